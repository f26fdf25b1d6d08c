//! `ExecStart=` and its like: prefixes, program, arguments (systemd.service(5),
//! "Command Lines").
use super::quoted::{Broken, Word, Words};
use super::unit_name::UnitName;
use crate::prelude::*;

/// One command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecLine {
    /// The program as written, after specifiers: a path, or a name to search for.
    pub path: String,
    /// The name it is given (`@`), or the program, and its arguments. Variables are
    /// still in there: see [`ExecLine::with_variables`].
    pub argv: Vec<String>,
    /// `-`: its failure does not matter.
    pub ignores_failure: bool,
    /// `:`: `$NAME` stays as it is.
    pub keeps_dollars: bool,
    /// `+`, `!` or `!!`: it runs with more rights than `User=` has.
    pub privileged: bool,
    /// Specifiers that could not be replaced.
    pub unknown_specifiers: Vec<char>,
}

/// The commands of one setting: several when a `;` stands alone between them.
/// What is broken ends the list, with why.
pub fn parse(value: &str, unit: &UnitName) -> (Vec<ExecLine>, Option<&'static str>) {
    let mut lines = Vec::new();
    let mut words = Words::of(value);
    loop {
        match line(&mut words, unit) {
            Ok(Some(line)) => lines.push(line),
            Ok(None) => return (lines, None),
            Err(broken) => return (lines, Some(broken.in_words())),
        }
    }
}

fn line(words: &mut Words<'_>, unit: &UnitName) -> Result<Option<ExecLine>, Broken> {
    let Some(first) = words.next() else {
        return Ok(None);
    };
    let mut line = ExecLine::default();
    let first = first?.text;
    let (program, renames) = line.take_prefixes(&first);
    line.path = line.expand(program, unit);
    if !renames {
        line.argv.push(line.path.clone());
    }
    loop {
        if words.take_escaped_semicolon() {
            line.argv.push(";".to_owned());
            continue;
        }
        let Some(word) = words.next() else { break };
        let Word { text, plain } = word?;
        if text == ";" && plain {
            break;
        }
        let text = line.expand(&text, unit);
        line.argv.push(text);
    }
    Ok(Some(line))
}

impl ExecLine {
    /// The program without its prefixes, and whether the next word is its name.
    fn take_prefixes<'a>(&mut self, first: &'a str) -> (&'a str, bool) {
        let mut renames = false;
        let mut rest = first.chars();
        loop {
            let before = rest.as_str();
            match rest.next() {
                Some('-') => self.ignores_failure = true,
                Some('@') => renames = true,
                Some(':') => self.keeps_dollars = true,
                Some('+' | '!') => self.privileged = true,
                // systemd 258: through the user's shell.
                Some('|') => {}
                _ => return (before, renames),
            }
        }
    }

    fn expand(&mut self, text: &str, unit: &UnitName) -> String {
        let expanded = unit.expand(text);
        self.unknown_specifiers.extend(expanded.unknown);
        expanded.text
    }

    /// The arguments with the environment's variables in them: `${NAME}` anywhere,
    /// `$NAME` as a word of its own, which is then split at white space. A variable
    /// that is not set is empty. `$$` stands for a dollar.
    pub fn with_variables(&self, variables: &BTreeMap<String, String>) -> Vec<String> {
        let Some((name, arguments)) = self.argv.split_first() else {
            return Vec::new();
        };
        if self.keeps_dollars {
            return self.argv.clone();
        }
        let mut all = vec![name.clone()];
        for argument in arguments {
            match whole_variable(argument) {
                Some(name) => all.extend(split_value(variables.get(name))),
                None => all.push(replace_braced(argument, variables)),
            }
        }
        all
    }
}

/// The name in a word that is `$NAME` and nothing else.
fn whole_variable(word: &str) -> Option<&str> {
    let name = word.strip_prefix('$')?;
    is_variable_name(name).then_some(name)
}

/// The words of a variable that stands alone; quotes in it work as usual.
fn split_value(value: Option<&String>) -> Vec<String> {
    let value = value.map(String::as_str).unwrap_or_default();
    let words: Result<Vec<_>, Broken> = Words::of(value).map(|word| Ok(word?.text)).collect();
    words.unwrap_or_else(|_| value.split_whitespace().map(str::to_owned).collect())
}

fn replace_braced(word: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        let braced = behind
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'));
        match braced {
            Some((name, after)) if is_variable_name(name) => {
                let value = variables.get(name).map(String::as_str);
                out.push_str(value.unwrap_or_default());
                rest = after;
            }
            _ => {
                out.push('$');
                rest = behind.strip_prefix('$').unwrap_or(behind);
            }
        }
    }
    out.push_str(rest);
    out
}

/// Whether it is a name that an environment variable may have for systemd.
pub(super) fn is_variable_name(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(letter) && name.starts_with(|c: char| letter(c) && !c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: &str) -> ExecLine {
        let (mut lines, broken) = parse(value, &UnitName::new("shop@1.service"));
        assert_eq!((lines.len(), broken), (1, None));
        lines.remove(0)
    }

    #[test]
    fn prefixes() {
        let line = one("-@:/bin/x renamed %i ${A}");
        assert!(line.ignores_failure && line.keeps_dollars && !line.privileged);
        assert_eq!(line.path, "/bin/x");
        assert_eq!(line.argv, ["renamed", "1", "${A}"]);
        let variables = BTreeMap::from([("A".to_owned(), "b".to_owned())]);
        assert_eq!(line.with_variables(&variables), ["renamed", "1", "${A}"]);
        assert!(one("!!/bin/x").privileged && one("+/bin/x").privileged);
    }

    #[test]
    fn broken_lines_tell_why() {
        let (lines, why) = parse("/bin/a ; /bin/b 'x", &UnitName::default());
        assert_eq!(lines.len(), 1);
        assert_eq!(why, Some("a quote is not closed"));
        assert_eq!(parse("", &UnitName::default()), (Vec::new(), None));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(value: String, odd in "[-@:+!;$ {}A%i\\\\\"']{0,40}") {
            let unit = UnitName::new("shop@1.service");
            for value in [value, odd] {
                for line in parse(&value, &unit).0 {
                    let _ = line.with_variables(&BTreeMap::new());
                }
            }
        }
    }
}
