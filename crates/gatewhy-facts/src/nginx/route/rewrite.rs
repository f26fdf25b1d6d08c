//! The rewrite module: `rewrite`, `return`, `set`, `if` and `break`, in order.
use super::super::files::Kind;
use super::super::handler::own_handler;
use super::super::pattern;
use super::super::tree::{Body, Directive};
use super::super::units::number;
use super::super::uri::{Escape, escape};
use super::answer::{Answer, Outcome};
use super::router::{Router, refuse};
use crate::fact::Gap;
use crate::path::HostPath;
use crate::prelude::*;
use alloc::sync::Arc;

/// How a run of rewrite directives ends.
pub(super) enum Flow {
    /// The next directive.
    On,
    /// No further directives of this run.
    Stop,
    /// An answer.
    Done(Box<Outcome>),
}

/// The deepest nesting of `if` blocks; nginx allows one.
const IF_DEPTH: u8 = 4;

impl<'a> Router<'a> {
    /// Runs the rewrite directives of a level.
    pub(super) fn rewrite(
        &mut self,
        level: &'a [Arc<Directive>],
        in_location: bool,
    ) -> Result<Flow, Gap> {
        self.run_rewrites(level, in_location, 0)
    }

    fn run_rewrites(
        &mut self,
        level: &'a [Arc<Directive>],
        in_location: bool,
        depth: u8,
    ) -> Result<Flow, Gap> {
        for directive in level {
            let flow = match directive.name.bytes.as_slice() {
                b"rewrite" => self.run_rewrite(directive)?,
                b"return" => Flow::Done(Box::new(self.run_return(directive)?)),
                b"set" => self.run_set(directive)?,
                b"break" => {
                    self.stop_cycle();
                    Flow::Stop
                }
                b"if" if depth < IF_DEPTH => self.run_if(directive, in_location, depth)?,
                name => {
                    self.note_foreign(name, directive);
                    Flow::On
                }
            };
            if !matches!(flow, Flow::On) {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    /// Code of other modules may answer or redirect in these phases.
    fn note_foreign(&self, name: &[u8], directive: &Directive) {
        let phase = [
            &b"rewrite_by_lua"[..],
            b"access_by_lua",
            b"server_rewrite_by_lua",
        ];
        if phase.iter().any(|prefix| name.starts_with(prefix)) {
            let what = format!("what {} does", crate::untrusted::shown(name));
            let mut gap = Gap::new(what, "programs are not run here", "");
            gap.what = format!("{} ({})", gap.what, directive.source().place);
            self.note_gaps(&[gap]);
        }
    }

    fn run_set(&mut self, directive: &Directive) -> Result<Flow, Gap> {
        let (Some(name), Some(value)) = (directive.arg(0), directive.arg(1)) else {
            return Ok(Flow::On);
        };
        let name = name.strip_prefix(b"$").unwrap_or(name);
        // A value that is not known here stays unknown, until somebody needs it.
        let value = self.text(value);
        if name == b"args" {
            self.args = value?;
            self.valid_unparsed = false;
        } else {
            self.set_variable(name, value);
        }
        Ok(Flow::On)
    }

    fn run_return(&mut self, directive: &Directive) -> Result<Outcome, Gap> {
        let first = directive.arg(0).unwrap_or_default();
        let (status, text) = match number(first).and_then(|code| u16::try_from(code).ok()) {
            Some(status) => (status, directive.arg(1)),
            None => (302, Some(first)),
        };
        let text = match text {
            Some(text) => self.text(text)?,
            None => Vec::new(),
        };
        Ok(Outcome::Answer(Answer {
            status,
            text,
            why: "return".into(),
            place: Some(directive.place.clone()),
            error_page: None,
        }))
    }

    fn run_rewrite(&mut self, directive: &Arc<Directive>) -> Result<Flow, Gap> {
        let (Some(pattern), Some(replacement)) = (directive.arg(0), directive.arg(1)) else {
            return Ok(Flow::On);
        };
        let Some(captures) = regex(pattern, false, &self.uri)? else {
            self.captures.borrow_mut().clear();
            return Ok(Flow::On);
        };
        self.keep_captures(captures);
        let option = directive.arg(2).unwrap_or_default();
        let to_url = [&b"http://"[..], b"https://", b"$scheme"];
        let redirects = to_url.iter().any(|url| replacement.starts_with(url));
        let status = match option {
            b"permanent" => Some(301),
            b"redirect" => Some(302),
            _ if redirects => Some(302),
            _ => None,
        };
        let (replacement, add_args) = match replacement.strip_suffix(b"?") {
            Some(cut) => (cut, false),
            None => (replacement, true),
        };
        if let Some(status) = status {
            return self.redirect(directive, replacement, add_args, status);
        }
        self.internal = true;
        self.valid_unparsed = false;
        self.replace_uri(replacement, add_args)?;
        self.uri_changed = option != b"break";
        self.valid_location &= option != b"break";
        let shown = crate::untrusted::shown(&self.uri).to_string();
        self.note(
            format!("rewrite: the URI becomes \"{shown}\""),
            Some(directive.place.clone()),
        );
        if self.uri.is_empty() {
            let why = "the rewritten URI has a zero length";
            return Ok(Flow::Done(Box::new(refuse(500, why, Some(directive)))));
        }
        let stops = matches!(option, b"last" | b"break");
        Ok(if stops { Flow::Stop } else { Flow::On })
    }

    /// The part behind the first `?` of the replacement becomes the arguments.
    fn replace_uri(&mut self, replacement: &[u8], add_args: bool) -> Result<(), Gap> {
        let question = memchr::memchr(b'?', replacement);
        let (path, args) = match question {
            None => (replacement, None),
            Some(at) => {
                let (path, args) = replacement.split_at(at);
                (path, args.get(1..))
            }
        };
        let path = self.text(path)?;
        if let Some(args) = args {
            let mut args = self.text_with_escaped_captures(args)?;
            if add_args && !self.args.is_empty() {
                args.push(b'&');
                args.extend_from_slice(&self.args);
            }
            self.args = args;
        } else if !add_args {
            self.args.clear();
        }
        self.uri = path;
        Ok(())
    }

    fn redirect(
        &mut self,
        directive: &Directive,
        replacement: &[u8],
        add_args: bool,
        status: u16,
    ) -> Result<Flow, Gap> {
        let mut target = self.text_with_escaped_captures(replacement)?;
        if add_args && !self.args.is_empty() {
            let has_args = replacement.contains(&b'?');
            target.push(if has_args { b'&' } else { b'?' });
            target.extend_from_slice(&self.args);
        }
        Ok(Flow::Done(Box::new(Outcome::Answer(Answer {
            status,
            text: target,
            why: "rewrite to another URL".into(),
            place: Some(directive.place.clone()),
            error_page: None,
        }))))
    }

    /// Captures stand in arguments escaped, if the client's URI was.
    fn text_with_escaped_captures(&self, text: &[u8]) -> Result<Vec<u8>, Gap> {
        if !self.quoted && !self.plus {
            return self.text(text);
        }
        let plain = self.captures.borrow().clone();
        let escaped = plain.iter().map(|group| escape(group, Escape::Args));
        *self.captures.borrow_mut() = escaped.collect();
        let value = self.text(text);
        *self.captures.borrow_mut() = plain;
        value
    }

    fn stop_cycle(&mut self) {
        self.valid_location &= !self.uri_changed;
        self.uri_changed = false;
    }

    fn run_if(
        &mut self,
        directive: &'a Arc<Directive>,
        in_location: bool,
        depth: u8,
    ) -> Result<Flow, Gap> {
        let Body::Block(block) = &directive.body else {
            return Ok(Flow::On);
        };
        if !self.condition(directive)? {
            return Ok(Flow::On);
        }
        let file = self.tested_file(directive)?;
        self.note_about("if is true".into(), Some(directive.place.clone()), file);
        if in_location {
            self.inner = Some(directive);
            if let Some(handler) = own_handler(block) {
                self.handler = Some(handler);
            }
        }
        self.run_rewrites(block, in_location, depth.saturating_add(1))
    }

    /// The file that a condition asks for, if it asks for one.
    fn tested_file(&self, directive: &Directive) -> Result<Option<HostPath>, Gap> {
        let words = condition_words(directive);
        let [test, path] = words.as_slice() else {
            return Ok(None);
        };
        if !test.starts_with(b"-") && !test.starts_with(b"!-") {
            return Ok(None);
        }
        let path = self.text(path)?;
        Ok(Some(HostPath::new(
            String::from_utf8_lossy(&path).into_owned(),
        )))
    }

    fn condition(&mut self, directive: &Directive) -> Result<bool, Gap> {
        let words = condition_words(directive);
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let not_understood = || {
            let place = directive.source();
            let what = format!("the condition in {} line {:?}", place.place, place.line);
            Gap::new(what, "nginx would refuse it", "")
        };
        match words.as_slice() {
            [variable] if variable.starts_with(b"$") => {
                let value = self.text(variable)?;
                Ok(!value.is_empty() && value != b"0")
            }
            [variable, operator, .., value] if variable.starts_with(b"$") => {
                let left = self.text(variable)?;
                match *operator {
                    b"=" => Ok(left == self.text(value)?),
                    b"!=" => Ok(left != self.text(value)?),
                    b"~" | b"~*" | b"!~" | b"!~*" => {
                        let caseless = operator.ends_with(b"*");
                        let found = regex(value, caseless, &left)?;
                        let matched = found.is_some();
                        match found {
                            Some(captures) => self.keep_captures(captures),
                            None => self.captures.borrow_mut().clear(),
                        }
                        Ok(matched != operator.starts_with(b"!"))
                    }
                    _ => Err(not_understood()),
                }
            }
            [test, path] if test.starts_with(b"-") || test.starts_with(b"!-") => {
                let path = self.text(path)?;
                self.file_test(test, &path)?.ok_or_else(not_understood)
            }
            _ => Err(not_understood()),
        }
    }

    fn file_test(&self, test: &[u8], path: &[u8]) -> Result<Option<bool>, Gap> {
        let kind = self.kind(path)?;
        let (negated, letter) = match test {
            [b'!', b'-', letter] => (true, letter),
            [b'-', letter] => (false, letter),
            _ => return Ok(None),
        };
        let holds = match letter {
            b'f' => kind == Some(Kind::File),
            b'd' => kind == Some(Kind::Folder),
            b'e' => matches!(kind, Some(Kind::File | Kind::Folder | Kind::Link)),
            b'x' if kind.is_none() => false,
            b'x' => {
                let why = "execute permission is not looked at";
                let path = crate::untrusted::shown(path).to_string();
                return Err(Gap::new(path, why, ""));
            }
            _ => return Ok(None),
        };
        Ok(Some(holds != negated))
    }
}

/// Runs a regular expression of the configuration.
pub(super) fn regex(
    regex: &[u8],
    caseless: bool,
    subject: &[u8],
) -> Result<Option<pattern::Captures>, Gap> {
    pattern::find(regex, caseless, subject).map_err(|why| {
        let what = format!("whether \"{}\" matches", crate::untrusted::shown(regex));
        Gap::new(what, why, "")
    })
}

/// The words of a condition without the brackets around them.
fn condition_words(directive: &Directive) -> Vec<Vec<u8>> {
    let mut words: Vec<Vec<u8>> = directive.args.iter().map(|w| w.bytes.to_vec()).collect();
    if let Some(first) = words.first_mut()
        && first.first() == Some(&b'(')
    {
        first.remove(0);
    }
    if let Some(last) = words.last_mut()
        && last.last() == Some(&b')')
    {
        last.pop();
    }
    let last = words.len().saturating_sub(1);
    // An empty operand in quotes is a word; an empty bracket word is none.
    let quoted = |index: usize| directive.args.get(index).is_some_and(|w| w.quote.is_some());
    let kept = words.into_iter().enumerate().filter(|(index, word)| {
        let edge = *index == 0 || *index == last;
        !(edge && word.is_empty() && !quoted(*index))
    });
    kept.map(|(_, word)| word).collect()
}
