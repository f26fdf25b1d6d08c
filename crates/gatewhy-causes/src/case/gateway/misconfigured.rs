//! Why nginx does not load the configuration on disk: its own words, and whether
//! they still hold.
use crate::case::Case;
use crate::case::gateway::proxy_unit::Emergency;
use crate::case::routing::route;
use crate::evidence::{Evidence, Strength};
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::walk::End;
use gatewhy_facts::nginx::modules;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;
use gatewhy_facts::source_text::Problem;
use gatewhy_facts::symptom::Symptom;

/// How far before the line that nginx names a semicolon may be missing.
const LINES_BACK: u32 = 8;

/// Why nginx does not load its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misconfigured {
    /// What kind of fault.
    pub kind: Kind,
    /// The fault in nginx's words, without its place.
    pub message: String,
    /// File and line that it is about.
    pub place: Option<(HostPath, u32)>,
    /// What nginx said, if it did.
    pub said: Option<Emergency>,
    /// Whether the fault is still there.
    pub still: Still,
}

/// What kind of fault keeps nginx from loading its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directive, file, certificate or name.
    Invalid,
    /// A directive of a module that is not loaded, or a module that cannot be.
    Module(modules::Missing),
    /// An address that it cannot listen on, because another program does.
    AddressInUse(String),
}

/// Whether a fault is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Still {
    /// It is: what shows it.
    Yes(Evidence),
    /// The file was changed since, and the fault is not seen in it.
    Changed(Evidence),
    /// Nobody could look.
    Unknown(Gap),
}

impl Case<'_> {
    /// The fault that the newest of nginx's words tell, or that is plain to see in
    /// the files.
    pub fn misconfigured(&self, said: Option<Emergency>) -> Option<Misconfigured> {
        let Some(said) = said else {
            return self.first_problem().as_ref().map(seen_by_us);
        };
        let kind = kind_of(&said);
        let still = match &kind {
            Kind::Module(missing) => self.module_is_there(missing),
            Kind::Invalid | Kind::AddressInUse(_) => None,
        };
        Some(Misconfigured {
            still: still.unwrap_or_else(|| self.still(&said)),
            kind,
            message: terse(&said.message),
            place: said.place.clone(),
            said: Some(said),
        })
    }

    /// The first thing in the files that nginx would refuse.
    pub fn first_problem(&self) -> Option<Problem> {
        self.nginx().found()?.problems.first().cloned()
    }

    fn still(&self, said: &Emergency) -> Still {
        match said.symptom {
            Symptom::StartHostNotFound => self.still_unknown_name(said),
            Symptom::StartCertificateUnusable | Symptom::StartFileUnusable => self
                .file_is_missing(said)
                .unwrap_or_else(|| self.unchanged(said)),
            _ => self.unchanged(said),
        }
    }

    /// A module that the configuration loads by now.
    fn module_is_there(&self, missing: &modules::Missing) -> Option<Still> {
        let file = missing
            .module
            .filter(|_| missing.how == modules::How::NotLoaded)?
            .file;
        let nginx = match self.nginx() {
            Fact::Found(nginx, _) => nginx,
            Fact::Absent(_) => return None,
            Fact::Unknown(gap) => return Some(Still::Unknown(gap)),
        };
        if let Some(gap) = nginx.gaps.first() {
            return Some(Still::Unknown(gap.clone()));
        }
        let mut lines = nginx.directives.iter();
        let names_it = |path: &[u8]| path.ends_with(file.as_bytes());
        let line = lines.find(|d| d.is("load_module") && d.arg(0).is_some_and(names_it))?;
        let source = route::source_of(&line.place);
        Some(Still::Changed(Evidence::strong(
            format!("{file} is loaded by now"),
            &source,
        )))
    }

    /// A name that still has no address.
    fn still_unknown_name(&self, said: &Emergency) -> Still {
        let name = said.names.as_deref().map(host_of).unwrap_or_default();
        match self.resolved(name) {
            Fact::Found(_, source) => {
                let text = format!("{name} has an address now");
                Still::Changed(Evidence::strong(text, &source))
            }
            Fact::Absent(source) => {
                let text = format!("{name} has no address now either");
                Still::Yes(Evidence::proof(text, &source))
            }
            Fact::Unknown(gap) => match self.lookup_failure(name) {
                Some(why) => {
                    let text = format!("{name} cannot be looked up now either: {why}");
                    let source = Source::new(format!("{name} (system resolver)"));
                    Still::Yes(Evidence::proof(text, &source))
                }
                None => Still::Unknown(gap),
            },
        }
    }

    /// Why the system's resolver gave no answer for a name, when it was asked and
    /// failed: nginx fails at the same.
    fn lookup_failure(&self, name: &str) -> Option<String> {
        let question = Question::Resolve {
            name: name.to_owned(),
        };
        match &self.known.ask(&question)?.outcome {
            outcome @ (Outcome::TimedOut(_) | Outcome::Failed(_)) => Some(outcome.to_string()),
            _ => None,
        }
    }

    /// A file that is named and not there; none when it is there.
    fn file_is_missing(&self, said: &Emergency) -> Option<Still> {
        let path = said.names.as_deref()?;
        let path = self.config_path().parent().join(path);
        match self.walk(&path) {
            Fact::Found(walk, source) => match walk.end {
                End::Missing(_) => {
                    let text = format!("{path} is not there");
                    Some(Still::Yes(Evidence::proof(text, &source)))
                }
                End::Reached | End::Refused(..) => None,
            },
            Fact::Absent(_) => None,
            Fact::Unknown(gap) => Some(Still::Unknown(gap)),
        }
    }

    /// nginx would say the same of a file that has not changed since; or we see the
    /// same fault in it.
    fn unchanged(&self, said: &Emergency) -> Still {
        let proxy = self.proxy_name();
        let Some((file, line)) = &said.place else {
            let source = said.source.clone();
            return Still::Yes(Evidence::strong(
                "it names no file that can be read",
                &source,
            ));
        };
        if let Some(problem) = self.problem_at(file, *line) {
            return Still::Yes(seen(&problem, Strength::Proof));
        }
        let changed = match self.walk(file) {
            Fact::Found(walk, source) => walk.changed().map(|at| (at, source)),
            Fact::Absent(_) => None,
            Fact::Unknown(gap) => return Still::Unknown(gap),
        };
        let Some((changed, source)) = changed else {
            return Still::Unknown(Gap::new(
                format!("when {file} was changed"),
                "the answer does not tell",
                "",
            ));
        };
        let ago = self.ago(changed);
        let source = source.at_time(changed);
        if changed <= said.at {
            let text = format!("{file} was last changed {ago}, before {proxy} said so");
            return Still::Yes(Evidence::proof(text, &source));
        }
        if changed <= said.latest {
            let text = format!("{file} was changed in the same second");
            return Still::Yes(Evidence::strong(text, &source));
        }
        let text = format!("{file} was changed {ago}, after {proxy} said so");
        match self.first_problem() {
            Some(problem) => Still::Yes(seen(&problem, Strength::Strong)),
            None => Still::Changed(Evidence::strong(text, &source)),
        }
    }

    fn problem_at(&self, file: &HostPath, line: u32) -> Option<Problem> {
        let nginx = self.nginx();
        let mut problems = nginx.found()?.problems.iter();
        let same =
            |problem: &&Problem| problem.place.file == *file && problem.place.span.line == line;
        problems.find(same).cloned()
    }
}

fn seen_by_us(problem: &Problem) -> Misconfigured {
    let kind = modules::missing(&problem.what).map_or(Kind::Invalid, Kind::Module);
    Misconfigured {
        kind,
        message: problem.what.clone(),
        place: Some((problem.place.file.clone(), problem.place.span.line)),
        said: None,
        still: Still::Yes(seen(problem, Strength::Strong)),
    }
}

fn seen(problem: &Problem, strength: Strength) -> Evidence {
    let source = route::source_of(&problem.place);
    Evidence {
        text: format!("the same is seen in the file: {}", problem.what),
        source,
        strength,
        excerpt: None,
    }
}

fn kind_of(said: &Emergency) -> Kind {
    if said.symptom == Symptom::StartAddressInUse {
        return Kind::AddressInUse(said.names.clone().unwrap_or_default());
    }
    modules::missing(&said.message).map_or(Kind::Invalid, Kind::Module)
}

/// The message without OpenSSL's call stack, of which one reason says all:
/// `… failed (SSL: error:80000002:system library::No such file or directory:…)`.
fn terse(message: &str) -> String {
    let Some((head, stack)) = message.split_once("() failed (SSL: ") else {
        return message.to_owned();
    };
    let what = head.rsplit_once(": ").map_or(head, |(what, _)| what);
    let reason = stack.split_once("::").and_then(|(_, rest)| {
        let end = rest.find([':', ')']).unwrap_or(rest.len());
        rest.get(..end)
            .map(|reason| reason.trim_end_matches(" error"))
    });
    match reason {
        Some(reason) if !reason.is_empty() => format!("{what}: {reason}"),
        _ => what.to_owned(),
    }
}

/// The host of `HOST:PORT/URI`.
pub fn host_of(text: &str) -> &str {
    let end = text.find([':', '/']).unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

impl Misconfigured {
    /// Whether it is another program that holds the address, and no fault of the
    /// files.
    pub const fn is_taken_address(&self) -> bool {
        matches!(self.kind, Kind::AddressInUse(_))
    }

    /// Whether it is about a module.
    pub const fn module(&self) -> Option<&modules::Missing> {
        match &self.kind {
            Kind::Module(missing) => Some(missing),
            Kind::Invalid | Kind::AddressInUse(_) => None,
        }
    }

    /// Whether the fault may have been mended since.
    pub const fn may_be_mended(&self) -> bool {
        matches!(self.still, Still::Changed(_))
    }

    /// `FILE:LINE`, where it names one.
    pub fn place_text(&self) -> Option<String> {
        self.place
            .as_ref()
            .map(|(file, line)| format!("{file}:{line}"))
    }

    /// The message with its place: `… (/etc/nginx/nginx.conf:3)`.
    pub fn text(&self) -> String {
        match self.place_text() {
            Some(place) => format!("{} ({place})", self.message),
            None => self.message.clone(),
        }
    }

    /// nginx's own words as evidence: strong, since log text alone proves nothing.
    pub fn words(&self, case: &Case<'_>) -> Option<Evidence> {
        let proxy = case.proxy_name();
        let said = self.said.as_ref()?;
        let ago = case.ago(said.at);
        let text = format!("{proxy} said {ago}: {}", self.text());
        Some(Evidence::strong(text, &said.source))
    }

    /// What shows that it is still so, or that it may not be any more.
    pub const fn now(&self) -> Option<&Evidence> {
        match &self.still {
            Still::Yes(evidence) | Still::Changed(evidence) => Some(evidence),
            Still::Unknown(_) => None,
        }
    }

    /// The line that lacks its semicolon, when that is the fault: nginx reads on and
    /// names the directive with a later line.
    pub fn missing_semicolon(&self, case: &Case<'_>) -> Option<(HostPath, u32, String)> {
        let (file, line) = self.place.as_ref()?;
        let message = self.message.as_str();
        let rest = message
            .strip_prefix("invalid number of arguments in \"")
            .or_else(|| message.strip_prefix("directive \""))?;
        let (name, _) = rest.split_once('"')?;
        let lines = (0..=LINES_BACK).map_while(|back| line.checked_sub(back));
        let mut texts = lines.filter_map(|line| {
            let text = case.config_line(file, line)?;
            Some((line, String::from_utf8_lossy(&text).trim().to_owned()))
        });
        let begins = |text: &str| {
            text.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([' ', '\t']))
        };
        let (line, text) = texts.find(|(_, text)| begins(text))?;
        let open = !text.ends_with([';', '{', '}']) && !text.contains('#');
        open.then(|| (file.clone(), line, text))
    }

    /// The line that it is about, as evidence with its text.
    pub fn line(&self, case: &Case<'_>) -> Option<Evidence> {
        let (file, line) = self.place.as_ref()?;
        let text = case.config_line(file, *line)?;
        let source = Source::new(file.to_string()).at_line(*line);
        let end = text.len();
        let start = text.len().saturating_sub(text.trim_ascii_start().len());
        let excerpt = crate::evidence::Excerpt {
            line: *line,
            text,
            mark_start: start,
            mark_end: end,
        };
        Some(Evidence::weak("the line", &source).with_excerpt(Some(excerpt)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssl_says_more_than_anybody_wants_to_read() {
        let long = "cannot load certificate \"/etc/ssl/a.crt\": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:calling fopen(/etc/ssl/a.crt, r) error:10000080:BIO routines::no such file)";
        assert_eq!(
            terse(long),
            "cannot load certificate \"/etc/ssl/a.crt\": No such file or directory"
        );
        let key = "SSL_CTX_use_PrivateKey(\"/etc/ssl/a.key\") failed (SSL: error:05800074:x509 certificate routines::key values mismatch)";
        assert_eq!(terse(key), key);
        assert_eq!(terse("unexpected \"}\""), "unexpected \"}\"");
        assert_eq!(host_of("api.internal:8080/x"), "api.internal");
    }
}
