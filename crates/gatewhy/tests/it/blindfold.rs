//! The blindfold law: whoever takes an answer away cannot make gatewhy surer.
//!
//! For every recorded host and every answer its diagnosis uses, the answer is
//! replaced by *denied*. No cause may become more certain, none may be ruled out
//! that was not, and a broken host never looks healthy. Only an alibi may be lost:
//! what was ruled out may become suspected.
use crate::hosts::{self, Recorded};
use crate::ratchet;
use gatewhy_causes::catalogue;
use gatewhy_causes::diagnose::{Guard, Request, diagnose, verdicts};
use gatewhy_causes::diagnosis::{Diagnosis, Outcome as Verdict};
use gatewhy_causes::rank::Weighed;
use gatewhy_causes::verdict::{Confidence, Verdict as Weight};
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::known::Known;
use gatewhy_facts::question::{Command, Question};
use gatewhy_host::Host;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is said of one cause, over all its subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Nothing,
    CannotTell,
    RuledOut,
    Fits(Confidence),
}

/// A diagnosis, and what every cause says behind it.
struct Told {
    diagnosis: Diagnosis,
    verdicts: Vec<Weighed>,
}

/// A broken law.
struct Violation {
    law: String,
    host: String,
    question: String,
}

#[test]
fn a_denied_answer_makes_nothing_more_certain() {
    let violations = hosts::gather(violations);
    let found = violations.iter().map(|v| v.law.clone()).collect();
    print!("{}", table(&violations));
    ratchet::hold("blindfold", &found, &ratchet::exceptions().blindfold);
}

/// The blindfold works: on a broken host some answer is needed for what is said.
#[test]
fn some_answer_is_needed() {
    hosts::hold(|host| {
        let (recorded, request) = (host.open(), host.request());
        let whole = host.investigate();
        let needed = whole.known.answers().filter(|(question, _)| {
            let known = denied(&whole.known, Some(question));
            tell(&recorded, &request, known).diagnosis.causes != whole.diagnosis.causes
        });
        let broken = host.about.expect.first.is_some();
        let enough = needed.count() >= 3 || !broken;
        let complaint = (!enough).then(|| "fewer than three answers matter".into());
        complaint.into_iter().collect()
    });
}

#[test]
fn surer_is_told_from_less_sure() {
    use Confidence::{Certain, Likely, Possible};
    let surer = [
        (Says::Nothing, Says::RuledOut),
        (Says::Fits(Certain), Says::RuledOut),
        (Says::Fits(Likely), Says::Fits(Certain)),
        (Says::RuledOut, Says::Fits(Certain)),
        (Says::Nothing, Says::Fits(Possible)),
        (Says::CannotTell, Says::RuledOut),
    ];
    assert!(surer.iter().all(|(was, is)| is_surer(*was, *is)));
    let not = [
        (Says::RuledOut, Says::Fits(Likely)),
        (Says::RuledOut, Says::Nothing),
        (Says::Fits(Certain), Says::Fits(Likely)),
        (Says::Fits(Certain), Says::Fits(Certain)),
        (Says::Fits(Certain), Says::Nothing),
    ];
    assert!(!not.iter().any(|(was, is)| is_surer(*was, *is)));
}

/// Laws broken, each with how often and one host where it is.
fn table(violations: &[Violation]) -> String {
    let mut laws: BTreeMap<&str, Vec<&Violation>> = BTreeMap::new();
    for violation in violations {
        laws.entry(&violation.law).or_default().push(violation);
    }
    let mut table = String::new();
    for (law, examples) in laws {
        writeln!(table, "{:4} {law}", examples.len()).unwrap();
        let mut hosts: Vec<_> = examples.iter().map(|v| (&v.host, &v.question)).collect();
        hosts.dedup_by_key(|(host, _)| *host);
        for (host, question) in hosts.iter().take(3) {
            writeln!(table, "         {host}: {question:.100}").unwrap();
        }
    }
    table
}

fn violations(host: &Recorded) -> Vec<Violation> {
    let (recorded, request) = (host.open(), host.request());
    let known = host.investigate().known;
    let whole = tell(&recorded, &request, denied(&known, None));
    let mut out = Vec::new();
    for (question, _) in known.answers() {
        let blind = tell(&recorded, &request, denied(&known, Some(question)));
        for change in changes(&whole, &blind) {
            out.push(Violation {
                law: format!("{change} without {}", kind(question)),
                host: host.name.clone(),
                question: question.to_string(),
            });
        }
    }
    out
}

/// The same answers, but for one.
fn denied(known: &Known, question: Option<&Question>) -> Known {
    let mut out = Known::new();
    for (asked, answer) in known.answers() {
        let answer = if Some(asked) == question {
            Answer::none(Outcome::Denied("permission denied".into()))
        } else {
            answer.clone()
        };
        out.learn(asked.clone(), answer);
    }
    out
}

/// What is told from what is known and whatever else is then asked.
fn tell(host: &dyn Host, request: &Request, mut known: Known) -> Told {
    let guard = Guard(&|work| {
        work();
        true
    });
    for _ in 0..100 {
        known.forget_asked();
        let diagnosis = diagnose(request, &known, &guard);
        let wanted = known.wanted();
        if wanted.is_empty() {
            return Told {
                diagnosis,
                verdicts: verdicts(request, &known, &guard),
            };
        }
        let answers = host.answer(&wanted);
        for (question, answer) in wanted.into_iter().zip(answers) {
            known.learn(question, answer);
        }
    }
    panic!("questions never end")
}

/// What became more certain than it was.
fn changes(before: &Told, after: &Told) -> Vec<String> {
    let mut out = Vec::new();
    let (was, is) = (before.diagnosis.verdict, after.diagnosis.verdict);
    // A site that answers well is told healthy; what could not be looked at is told, too.
    let admits = was == Verdict::Intermittent && !after.diagnosis.unchecked.is_empty();
    if is == Verdict::Healthy && was != Verdict::Healthy && !admits {
        out.push(format!("verdict {} → healthy", was.word()));
    }
    for cause in catalogue::all() {
        let (was, is) = (says(before, cause.id), says(after, cause.id));
        if is_surer(was, is) {
            out.push(format!("{}: {} → {}", cause.id, word(was), word(is)));
        }
    }
    out
}

fn says(told: &Told, id: &str) -> Says {
    let all = told.verdicts.iter().filter(|(cause, _)| cause.id == id);
    let all: Vec<_> = all.map(|(_, verdict)| verdict).collect();
    if let Some(confidence) = all.iter().filter_map(|verdict| verdict.confidence()).max() {
        return Says::Fits(confidence);
    }
    let unsure = |verdict: &&Weight| matches!(verdict, Weight::CannotTell(_));
    match all.first() {
        None => Says::Nothing,
        Some(_) if all.iter().any(unsure) => Says::CannotTell,
        Some(_) => Says::RuledOut,
    }
}

fn is_surer(was: Says, is: Says) -> bool {
    match (was, is) {
        (_, Says::Nothing | Says::CannotTell) => false,
        (was, Says::RuledOut) => was != Says::RuledOut,
        (Says::RuledOut, Says::Fits(now)) => now == Confidence::Certain,
        (Says::Nothing | Says::CannotTell, Says::Fits(_)) => true,
        (Says::Fits(then), Says::Fits(now)) => now > then,
    }
}

fn word(says: Says) -> &'static str {
    match says {
        Says::Nothing => "nothing",
        Says::CannotTell => "cannot tell",
        Says::RuledOut => "ruled out",
        Says::Fits(confidence) => confidence.word(),
    }
}

/// The kind of a question, the same on every host.
fn kind(question: &Question) -> String {
    match question {
        Question::Again(question) => format!("again {}", kind(question)),
        Question::File { path, .. } => format!("file {}", class(path.as_str())),
        Question::Run(Command::NginxVersion { .. }) => "nginx -V".into(),
        Question::Exchange(exchange) => {
            format!(
                "exchange until {}",
                first_word(&format!("{:?}", exchange.until))
            )
        }
        Question::Run(command) => {
            let text = command.to_string();
            text.split(' ')
                .take(2)
                .filter(|w| !w.contains('.'))
                .collect::<Vec<_>>()
                .join(" ")
        }
        other => first_word(&other.to_string()),
    }
}

/// Files by what they are to nginx and the system.
fn class(path: &str) -> String {
    let tops = [
        "/etc/nginx",
        "/etc/systemd",
        "/etc/php",
        "/var/log/nginx",
        "/proc",
        "/sys",
        "/etc",
    ];
    let top = tops.iter().find(|top| path.starts_with(**top));
    top.map_or_else(|| "elsewhere".into(), |top| format!("{top}/…"))
}

fn first_word(text: &str) -> String {
    text.split([' ', '{']).next().unwrap_or_default().to_owned()
}
