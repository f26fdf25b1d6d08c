//! Conditions and values on our own request. What is not known is neither true nor
//! false.
use super::tokens::{Kind, Token};
use crate::nginx::pattern;
use crate::prelude::*;

/// The deepest nesting of parentheses that is followed.
const DEPTH: usize = 24;

/// What a subroutine knows of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// `req.url`
    pub url: String,
    /// `req.http.host`
    pub host: String,
    /// Other headers that the VCL set itself.
    pub set: BTreeMap<String, String>,
    /// Whether it came over TLS.
    pub tls: bool,
}

/// Whether a condition holds.
pub fn holds(tokens: &[Token], seen: &Seen) -> Option<bool> {
    let mut reader = Reader {
        tokens,
        at: 0,
        seen,
    };
    reader.any(DEPTH)
}

/// A value: strings, variables and `regsub` one behind the other.
pub fn value(tokens: &[Token], seen: &Seen) -> Option<String> {
    let mut out = String::new();
    let mut rest = tokens;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match &first.kind {
            Kind::Text(text) => out.push_str(text),
            Kind::Sign("+") => {}
            Kind::Word(word) if word == "regsub" || word == "regsuball" => {
                let end = behind.iter().position(|token| token.is(")"))?;
                let (arguments, behind) = behind.split_at_checked(end)?;
                out.push_str(&replaced(arguments, seen, word == "regsuball")?);
                rest = behind.get(1..).unwrap_or_default();
            }
            Kind::Word(word) => out.push_str(&variable(word, seen)?),
            Kind::Sign(_) => return None,
        }
    }
    Some(out)
}

/// `(req.url, "PATTERN", "REPLACEMENT"`; references are `\1`.
fn replaced(arguments: &[Token], seen: &Seen, all: bool) -> Option<String> {
    let arguments = arguments.get(1..)?;
    let mut parts = arguments.split(|token| token.is(","));
    let subject = value(parts.next()?, seen)?;
    let pattern = parts.next()?.first()?.text()?;
    let with = parts.next()?.first()?.text()?;
    if all {
        // Only plain texts are replaced throughout.
        let is_plain = pattern
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/-_".contains(&b));
        return is_plain.then(|| subject.replace(pattern, with));
    }
    let found = pattern::find(pattern.as_bytes(), false, subject.as_bytes()).ok()?;
    let Some(found) = found else {
        return Some(subject);
    };
    let group = |at: usize| {
        let group = found.groups.get(at);
        group.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let whole = group(0)?;
    let mut new = with.to_owned();
    for number in 0..10_usize {
        let value = group(number).unwrap_or_default();
        new = new.replace(&format!("\\{number}"), &value);
    }
    let at = if whole.is_empty() {
        0
    } else {
        subject.find(&whole)?
    };
    let (before, rest) = subject.split_at_checked(at)?;
    let after = rest.get(whole.len()..)?;
    Some(format!("{before}{new}{after}"))
}

fn variable(word: &str, seen: &Seen) -> Option<String> {
    let name = word.to_ascii_lowercase();
    Some(match name.as_str() {
        "req.url" | "bereq.url" => seen.url.clone(),
        "req.http.host" | "bereq.http.host" => seen.host.clone(),
        "req.method" | "bereq.method" | "req.request" => "GET".to_owned(),
        "req.restarts" | "bereq.retries" => "0".to_owned(),
        "req.proto" => "HTTP/1.1".to_owned(),
        name => {
            let header = name
                .strip_prefix("req.http.")
                .or_else(|| name.strip_prefix("bereq.http."))?;
            match seen.set.get(header) {
                Some(value) => value.clone(),
                // What our own requests do not send is not there.
                None if !matches!(
                    header,
                    "user-agent" | "accept" | "connection" | "x-forwarded-for"
                ) =>
                {
                    String::new()
                }
                None => return None,
            }
        }
    })
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    seen: &'t Seen,
}

impl Reader<'_> {
    fn takes(&mut self, sign: &str) -> bool {
        let is = self.tokens.get(self.at).is_some_and(|token| token.is(sign));
        if is {
            self.at = self.at.saturating_add(1);
        }
        is
    }

    fn any(&mut self, depth: usize) -> Option<bool> {
        let mut found = self.all(depth);
        while self.takes("||") {
            let next = self.all(depth);
            found = match (found, next) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        found
    }

    fn all(&mut self, depth: usize) -> Option<bool> {
        let mut found = self.one(depth);
        while self.takes("&&") {
            let next = self.one(depth);
            found = match (found, next) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        found
    }

    fn one(&mut self, depth: usize) -> Option<bool> {
        let deeper = depth.checked_sub(1)?;
        if self.takes("!") {
            return self.one(deeper).map(|holds| !holds);
        }
        if self.takes("(") {
            let found = self.any(deeper);
            self.takes(")");
            return found;
        }
        self.comparison()
    }

    /// `req.url ~ "…"`, `req.http.host == "…"`, or a variable that is set.
    fn comparison(&mut self) -> Option<bool> {
        let left = self.operand();
        let signs = ["==", "!=", "~", "!~", "<", ">", "<=", ">="];
        let sign = signs.into_iter().find(|sign| self.takes(sign));
        let Some(sign) = sign else {
            return left.map(|left| !left.is_empty());
        };
        let right = self.operand();
        let (left, right) = (left?, right?);
        let fits = || {
            let found = pattern::find(right.as_bytes(), false, left.as_bytes());
            Some(found.ok()?.is_some())
        };
        match sign {
            "==" => Some(left == right),
            "!=" => Some(left != right),
            "~" => fits(),
            "!~" => fits().map(|fits| !fits),
            sign => {
                let (left, right): (u64, u64) = (left.parse().ok()?, right.parse().ok()?);
                Some(match sign {
                    "<" => left < right,
                    ">" => left > right,
                    "<=" => left <= right,
                    _ => left >= right,
                })
            }
        }
    }

    /// A variable, a number or a string; a call of a function is not known.
    fn operand(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at)?;
        if matches!(token.kind, Kind::Sign(_)) {
            return None;
        }
        self.at = self.at.saturating_add(1);
        if self.tokens.get(self.at).is_some_and(|token| token.is("(")) {
            self.skip_call();
            return None;
        }
        match &token.kind {
            Kind::Text(text) => Some(text.clone()),
            Kind::Word(word) if word.bytes().all(|b| b.is_ascii_digit()) => Some(word.clone()),
            Kind::Word(word) => variable(word, self.seen),
            Kind::Sign(_) => None,
        }
    }

    fn skip_call(&mut self) {
        let mut open = 0_usize;
        while let Some(token) = self.tokens.get(self.at) {
            self.at = self.at.saturating_add(1);
            if token.is("(") {
                open = open.saturating_add(1);
            } else if token.is(")") {
                open = open.saturating_sub(1);
                if open == 0 {
                    return;
                }
            }
        }
    }
}
