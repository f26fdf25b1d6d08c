//! `RewriteRule` and `RewriteCond`: as far as they decide where a request goes.
use super::config::Directive;
use super::route::Request;
use crate::fact::{Fact, Gap};
use crate::nginx::files::{Files, Kind};
use crate::nginx::pattern::{self, Captures};
use crate::path::HostPath;
use crate::prelude::*;

/// What the rules of one place make of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewritten<'c> {
    /// Nothing, or another path of the same site.
    Path(String),
    /// It is sent to a backend: the URL, and the rule.
    Proxied(String, &'c Directive),
    /// It is answered with this status.
    Answered(u16, &'c Directive),
}

/// Where rules are read, and with what.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "holds a trait object")]
pub struct Rules<'c, 'r> {
    /// The directives of the place.
    pub block: &'c [Directive],
    /// The request.
    pub request: &'r Request,
    /// The document root.
    pub root: &'r HostPath,
    /// The folder, for rules of a folder, with a slash at its end: it is cut off the
    /// path in front of the rules.
    pub folder: Option<&'r str>,
    /// The host's files.
    pub files: &'r dyn Files,
}

impl<'c> Rules<'c, '_> {
    /// Runs the rules over a path. What cannot be decided is noted in `gaps`.
    pub fn run(&self, path: &str, gaps: &mut Vec<Gap>) -> Rewritten<'c> {
        let engine = self.block.iter().rfind(|d| d.is("RewriteEngine"));
        if !engine.is_some_and(|d| d.arg(0).eq_ignore_ascii_case("on")) {
            return Rewritten::Path(path.to_owned());
        }
        let mut path = path.to_owned();
        let mut conditions: Vec<&Directive> = Vec::new();
        for directive in self.block {
            if directive.is("RewriteCond") {
                conditions.push(directive);
            }
            if !directive.is("RewriteRule") {
                continue;
            }
            let conditions = core::mem::take(&mut conditions);
            let Some(captures) = self.matches(directive, &path) else {
                continue;
            };
            match self.conditions(&conditions, &path) {
                Ok(false) => continue,
                Ok(true) => {}
                Err(gap) => {
                    gaps.push(gap);
                    continue;
                }
            }
            if let Some(end) = self.apply(directive, &captures, &mut path) {
                return end;
            }
        }
        Rewritten::Path(path)
    }

    /// The pattern's captures; none when it does not match.
    fn matches(&self, rule: &Directive, path: &str) -> Option<Vec<String>> {
        let subject = match self.folder {
            Some(folder) => path.strip_prefix(folder)?,
            None => path,
        };
        let pattern = rule.arg(0);
        let (wanted, pattern) = match pattern.strip_prefix('!') {
            Some(rest) => (false, rest),
            None => (true, pattern),
        };
        let caseless = has_flag(rule.arg(2), "NC") || has_flag(rule.arg(2), "nocase");
        let found = pattern::find(pattern.as_bytes(), caseless, subject.as_bytes()).ok()?;
        match (found, wanted) {
            (Some(found), true) => Some(groups(&found)),
            (None, false) => Some(Vec::new()),
            _ => None,
        }
    }

    /// `None` goes on with the next rule.
    fn apply(
        &self,
        rule: &'c Directive,
        captures: &[String],
        path: &mut String,
    ) -> Option<Rewritten<'c>> {
        let flags = rule.arg(2);
        if has_flag(flags, "F") {
            return Some(Rewritten::Answered(403, rule));
        }
        if has_flag(flags, "G") {
            return Some(Rewritten::Answered(410, rule));
        }
        if let Some(status) = redirect(flags) {
            return Some(Rewritten::Answered(status, rule));
        }
        let substitution = rule.arg(1);
        if substitution != "-" {
            let new = self.expanded(&with_captures(substitution, captures), path);
            if has_flag(flags, "P") || has_flag(flags, "proxy") {
                return Some(Rewritten::Proxied(new, rule));
            }
            *path = match self.folder {
                Some(folder) if !new.starts_with('/') => format!("{folder}{new}"),
                _ => new,
            };
        }
        let last = ["L", "last", "END", "PT"]
            .iter()
            .any(|flag| has_flag(flags, flag));
        last.then(|| Rewritten::Path(path.clone()))
    }

    /// Whether all conditions hold; those before `[OR]` need only one.
    fn conditions(&self, conditions: &[&Directive], path: &str) -> Result<bool, Gap> {
        let (mut any_so_far, mut in_or) = (false, false);
        for condition in conditions {
            let holds = self.condition(condition, path)?;
            let or = has_flag(condition.arg(2), "OR") || has_flag(condition.arg(2), "ornext");
            any_so_far = holds || (in_or && any_so_far);
            in_or = or;
            if !or && !any_so_far {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn condition(&self, condition: &Directive, path: &str) -> Result<bool, Gap> {
        let test = self.expanded(condition.arg(0), path);
        let pattern = condition.arg(1);
        let (wanted, pattern) = match pattern.strip_prefix('!') {
            Some(rest) => (false, rest),
            None => (true, pattern),
        };
        let holds = match pattern {
            "-f" => self.is_kind(&test, Kind::File)?,
            "-d" => self.is_kind(&test, Kind::Folder)?,
            _ => is_like(&test, pattern, has_flag(condition.arg(2), "NC"))?,
        };
        Ok(holds == wanted)
    }

    fn is_kind(&self, path: &str, kind: Kind) -> Result<bool, Gap> {
        match self.files.kind(&HostPath::new(path)) {
            Fact::Found(found, _) => Ok(found == kind),
            Fact::Absent(_) => Ok(false),
            Fact::Unknown(gap) => Err(gap),
        }
    }

    /// `%{NAME}` by its value; what our request does not have is empty.
    fn expanded(&self, text: &str, path: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("%{") {
            out.push_str(before);
            let Some((name, behind)) = after.split_once('}') else {
                rest = after;
                break;
            };
            out.push_str(&self.variable(name, path));
            rest = behind;
        }
        out.push_str(rest);
        out
    }

    fn variable(&self, name: &str, path: &str) -> String {
        let request = self.request;
        match name {
            "HTTP_HOST" | "SERVER_NAME" => request.host.clone(),
            "REQUEST_URI" => path.to_owned(),
            "REQUEST_METHOD" => "GET".to_owned(),
            "QUERY_STRING" => request.query().to_owned(),
            "HTTPS" => if request.tls { "on" } else { "off" }.to_owned(),
            "REQUEST_SCHEME" => if request.tls { "https" } else { "http" }.to_owned(),
            "SERVER_PORT" => request.local.port().to_string(),
            "DOCUMENT_ROOT" => self.root.to_string(),
            "REQUEST_FILENAME" | "SCRIPT_FILENAME" if self.folder.is_some() => {
                format!("{}{path}", self.root)
            }
            "REQUEST_FILENAME" | "SCRIPT_FILENAME" => path.to_owned(),
            _ => String::new(),
        }
    }
}

/// Equal, behind `=`, or as the regular expression has it.
fn is_like(test: &str, pattern: &str, caseless: bool) -> Result<bool, Gap> {
    if let Some(text) = pattern.strip_prefix('=') {
        return Ok(text == test);
    }
    let found = pattern::find(pattern.as_bytes(), caseless, test.as_bytes());
    let found = found.map_err(|why| Gap::new(format!("RewriteCond {pattern}"), why, ""))?;
    Ok(found.is_some())
}

fn groups(found: &Captures) -> Vec<String> {
    let each = found.groups.iter();
    each.map(|group| String::from_utf8_lossy(group).into_owned())
        .collect()
}

/// `$0` to `$9` by what the pattern caught.
pub fn with_captures(text: &str, captures: &[String]) -> String {
    let mut out = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let digit = letters.peek().and_then(|next| next.to_digit(10));
        match (letter, digit) {
            ('$', Some(digit)) => {
                letters.next();
                let at = usize::try_from(digit).unwrap_or(0);
                out.push_str(captures.get(at).map_or("", String::as_str));
            }
            ('\\', _) => out.extend(letters.next()),
            _ => out.push(letter),
        }
    }
    out
}

fn flags(text: &str) -> impl Iterator<Item = &str> {
    text.trim_start_matches('[')
        .trim_end_matches(']')
        .split(',')
        .map(str::trim)
}

fn has_flag(text: &str, name: &str) -> bool {
    flags(text).any(|flag| flag.eq_ignore_ascii_case(name))
}

/// The status of `R`, 302 unless it names one.
fn redirect(text: &str) -> Option<u16> {
    flags(text).find_map(|flag| {
        let (name, value) = flag.split_once('=').unwrap_or((flag, "302"));
        let is_it = name.eq_ignore_ascii_case("R") || name.eq_ignore_ascii_case("redirect");
        is_it.then(|| value.parse().unwrap_or(302))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_and_flags_are_read() {
        let captures = ["/a/b".to_owned(), "b".to_owned()];
        assert_eq!(
            with_captures("http://x/$1?y=\\$1$7", &captures),
            "http://x/b?y=$1"
        );
        assert!(has_flag("[P,L,NC]", "nc"));
        assert_eq!(redirect("[R=503,L]"), Some(503));
        assert_eq!(redirect("[L]"), None);
    }
}
