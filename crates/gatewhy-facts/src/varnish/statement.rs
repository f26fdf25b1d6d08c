//! What a subroutine holds.
use super::tokens::Token;
use crate::prelude::*;
use crate::source_text::Place;

/// The deepest nesting of blocks that is followed.
const DEPTH: usize = 24;

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// `if … elsif … else …`: conditions with their blocks; none for `else`.
    If(Vec<(Option<Vec<Token>>, Vec<Statement>)>),
    /// `set NAME = VALUE;`
    Set(String, Vec<Token>, Place),
    /// `return (…);`
    Return(Vec<Token>, Place),
    /// `call NAME;`
    Call(String),
    /// `new NAME = …;` and calls of objects: the tokens as they stand.
    Other(Vec<Token>),
}

/// The block `{ … }` at a token, and how many tokens it takes from the first one on.
pub fn block(tokens: &[Token], from: usize) -> (Vec<Statement>, usize) {
    let mut reader = Reader { tokens, at: from };
    let body = reader.block(DEPTH);
    (body, reader.at)
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, sign: &str) -> bool {
        self.peek().is_some_and(|token| token.is(sign))
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        if is {
            self.at = self.at.saturating_add(1);
        }
        is
    }

    fn takes_word(&mut self, words: &[&str]) -> bool {
        let is = self
            .peek()
            .and_then(Token::word)
            .is_some_and(|word| words.contains(&word));
        if is {
            self.at = self.at.saturating_add(1);
        }
        is
    }

    fn block(&mut self, depth: usize) -> Vec<Statement> {
        let mut all = Vec::new();
        if !self.takes("{") {
            return all;
        }
        while self.peek().is_some() {
            if self.takes("}") {
                break;
            }
            if self.takes(";") {
                continue;
            }
            if depth > 0 {
                all.push(self.statement(depth));
            } else {
                self.at = self.at.saturating_add(1);
            }
        }
        all
    }

    fn statement(&mut self, depth: usize) -> Statement {
        let place = self.peek().map(|t| t.place.clone()).unwrap_or_default();
        if self.takes_word(&["if"]) {
            return Statement::If(self.branches(depth));
        }
        // A block on its own is run where it stands.
        if self.is("{") {
            return Statement::If(vec![(None, self.block(depth.saturating_sub(1)))]);
        }
        if self.takes_word(&["return"]) {
            return Statement::Return(self.until_end(), place);
        }
        if self.takes_word(&["call"]) {
            let rest = self.until_end();
            let name = rest.first().and_then(Token::word).unwrap_or_default();
            return Statement::Call(name.to_owned());
        }
        if self.takes_word(&["set"]) {
            let mut rest = self.until_end();
            let name = rest.first().and_then(Token::word).unwrap_or_default();
            let name = name.to_owned();
            let value = rest.split_off(rest.len().min(2));
            return Statement::Set(name, value, place);
        }
        Statement::Other(self.until_end())
    }

    fn branches(&mut self, depth: usize) -> Vec<(Option<Vec<Token>>, Vec<Statement>)> {
        let mut all = Vec::new();
        let condition = self.parenthesis();
        all.push((Some(condition), self.block(depth.saturating_sub(1))));
        loop {
            if self.takes_word(&["elsif", "elseif", "elif"]) {
                let condition = self.parenthesis();
                all.push((Some(condition), self.block(depth.saturating_sub(1))));
            } else if self.takes_word(&["else"]) {
                if self.takes_word(&["if"]) {
                    let condition = self.parenthesis();
                    all.push((Some(condition), self.block(depth.saturating_sub(1))));
                } else {
                    all.push((None, self.block(depth.saturating_sub(1))));
                    return all;
                }
            } else {
                return all;
            }
        }
    }

    /// What stands between two parentheses.
    fn parenthesis(&mut self) -> Vec<Token> {
        let mut inside = Vec::new();
        if !self.takes("(") {
            return inside;
        }
        let mut open = 1_usize;
        while let Some(token) = self.peek().cloned() {
            self.at = self.at.saturating_add(1);
            if token.is("(") {
                open = open.saturating_add(1);
            } else if token.is(")") {
                open = open.saturating_sub(1);
                if open == 0 {
                    break;
                }
            }
            inside.push(token);
        }
        inside
    }

    /// The tokens up to the semicolon, which is taken, or to a brace, which is not.
    fn until_end(&mut self) -> Vec<Token> {
        let mut all = Vec::new();
        while let Some(token) = self.peek().cloned() {
            if token.is("}") || token.is("{") && !all.is_empty() {
                // What opens a brace here is not understood; it is skipped as a block.
                if token.is("{") {
                    self.block(0);
                }
                break;
            }
            self.at = self.at.saturating_add(1);
            if token.is(";") {
                break;
            }
            all.push(token);
        }
        all
    }
}
