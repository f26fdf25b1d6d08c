//! The `hosts` line of `/etc/nsswitch.conf`: who is asked for a name, in order.
use super::field;
use crate::prelude::*;
use crate::source_text::Span;

/// The line `hosts:`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostsLine {
    /// Who is asked, in order.
    pub services: Vec<Service>,
    /// Its line.
    pub span: Span,
}

/// One service: `files`, `dns`, `resolve`, `myhostname`, `mdns4_minimal` …
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What happens after its answer, if not the usual: go on until one succeeds.
    pub reactions: Vec<Reaction>,
}

/// `[!UNAVAIL=return]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// Whether it holds for all other outcomes.
    pub negated: bool,
    /// `success`, `notfound`, `unavail`, `tryagain`; in lower case.
    pub outcome: String,
    /// `return`, `continue`, `merge`; in lower case.
    pub action: String,
}

/// Reads the file; `None` when it has no such line (glibc then asks `files` and
/// `dns`; before 2.34 it asked `dns` first).
pub fn hosts(bytes: &[u8]) -> Option<HostsLine> {
    field::lines(bytes).find_map(|line| {
        let words = line.words_before(b"#").join(" ");
        let (database, rest) = words.split_once(':')?;
        (database.trim() == "hosts").then(|| HostsLine {
            services: services(rest),
            span: line.span,
        })
    })
}

fn services(mut rest: &str) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    while let Some(begin) = rest.find(|c: char| !c.is_whitespace()) {
        rest = rest.get(begin..).unwrap_or_default();
        if let Some(inner) = rest.strip_prefix('[') {
            let (inside, behind) = inner.split_once(']').unwrap_or((inner, ""));
            if let Some(last) = services.last_mut() {
                last.reactions.extend(reactions(inside));
            }
            rest = behind;
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || c == '[');
        let (name, behind) = rest
            .split_at_checked(end.unwrap_or(rest.len()))
            .unwrap_or((rest, ""));
        services.push(Service {
            name: name.to_owned(),
            reactions: Vec::new(),
        });
        rest = behind;
    }
    services
}

fn reactions(inside: &str) -> impl Iterator<Item = Reaction> {
    inside.split_whitespace().filter_map(|word| {
        let (outcome, action) = word.split_once('=')?;
        let outcome_only = outcome.strip_prefix('!');
        Some(Reaction {
            negated: outcome_only.is_some(),
            outcome: outcome_only.unwrap_or(outcome).to_ascii_lowercase(),
            action: action.to_ascii_lowercase(),
        })
    })
}

impl HostsLine {
    /// Whether that service is asked at all.
    pub fn asks(&self, service: &str) -> bool {
        self.services.iter().any(|known| known.name == service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_reactions() {
        let text = b"passwd: files\n# hosts: nis\nhosts:          files mymachines resolve [!UNAVAIL=return] mdns4_minimal [NOTFOUND=return] dns # end\n";
        let line = hosts(text).unwrap();
        let names: Vec<_> = line.services.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(
            names,
            ["files", "mymachines", "resolve", "mdns4_minimal", "dns"]
        );
        let reaction = &line.services[2].reactions[0];
        assert!(reaction.negated && reaction.action == "return");
        assert_eq!(reaction.outcome, "unavail");
        assert!(line.asks("dns") && !line.asks("nis"));
        assert_eq!(line.span.line, 3);
        assert_eq!(hosts(b"passwd: files\n"), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "(hosts:)?[\\[\\]!=a-z \u{85}ä#\n]{0,60}", bytes: Vec<u8>) {
            let _ = hosts(text.as_bytes());
            let _ = hosts(&bytes);
        }
    }
}
