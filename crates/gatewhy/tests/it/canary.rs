//! No recorded host holds a secret; and secrets planted into its answers reach
//! neither the recording nor a report.
use crate::hosts::{self, Recorded};
use crate::replay;
use gatewhy::investigate::investigate;
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::bundle;
use gatewhy_facts::question::{Command, Question};
use gatewhy_host::Host;
use gatewhy_host::recorded::RecordedHost;
use gatewhy_host::recorder::Recorder;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

const SECRET: &str = "c4n4ryS3cret";

/// Lines that hold the secret, as files and logs do.
const LINES: &str = "
Authorization: Bearer c4n4ryS3cret
Cookie: session=c4n4ryS3cret
DB_PASSWORD=c4n4ryS3cret
proxy_set_header Authorization \"Basic c4n4ryS3cret\";
env[DB_PASSWORD] = c4n4ryS3cret
GET /reset?token=c4n4ryS3cret HTTP/1.1
postgres://shop:c4n4ryS3cret@db/shop
";

/// A recorded host whose answers hold secrets, as if nobody had cleaned them.
struct Leaky {
    host: RecordedHost,
    planted: AtomicUsize,
}

impl Host for Leaky {
    fn answer(&self, questions: &[Question]) -> Vec<Answer> {
        let mut answers = self.host.answer(questions);
        for (question, answer) in questions.iter().zip(&mut answers) {
            if let Outcome::Got { bytes, .. } = &mut answer.outcome {
                let before = bytes.len();
                plant(question, bytes);
                let grown = usize::from(bytes.len() > before);
                self.planted.fetch_add(grown, Ordering::Relaxed);
            }
        }
        answers
    }
}

fn plant(question: &Question, bytes: &mut Vec<u8>) {
    match question {
        Question::Again(question) => plant(question, bytes),
        Question::File { .. } => bytes.extend(LINES.as_bytes()),
        Question::KernelLog => {
            bytes.extend(format!("4,999999,99999999,-;app: DB_PASSWORD={SECRET}\n").bytes());
        }
        Question::Run(Command::Journal { .. }) => bytes.extend(
            format!(
                "{{\"MESSAGE\":\"connect postgres://shop:{SECRET}@db/shop\",\"PRIORITY\":\"3\"}}\n"
            )
            .bytes(),
        ),
        Question::Run(Command::SystemctlShow { .. }) => {
            bytes.extend(format!("\nId=x.service\nEnvironment=DB_PASSWORD={SECRET}\n").bytes());
        }
        Question::Process { .. } | Question::Processes => {
            in_parts(
                bytes,
                "cmdline",
                format!("--password={SECRET}\0").as_bytes(),
            );
        }
        Question::Exchange(_) => in_parts(bytes, "received", LINES.as_bytes()),
        _ => {}
    }
}

/// Puts `secret` behind every part of a bundle whose name ends so.
fn in_parts(answer: &mut Vec<u8>, wanted: &str, secret: &[u8]) {
    let mut out = Vec::new();
    for (name, bytes) in bundle::parts(answer) {
        let mut bytes = bytes.to_vec();
        if name.ends_with(wanted) {
            bytes.extend(secret);
        }
        bundle::push(&mut out, name, &bytes);
    }
    *answer = out;
}

#[test]
fn planted_secrets_get_nowhere() {
    hosts::hold(|host| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.rec", host.name));
        drop(fs::remove_file(&path));
        let leaky = Leaky {
            host: host.open(),
            planted: AtomicUsize::new(0),
        };
        let recorder = Recorder::create(leaky, &path).unwrap();
        let done = investigate(&recorder, &host.request());
        recorder.finish().unwrap();
        let texts = [
            ("the recording", fs::read(&path).unwrap()),
            (
                "the report",
                replay::human_report(&done.diagnosis).into_bytes(),
            ),
            (
                "the JSON",
                replay::json_report(host, &done.diagnosis).into_bytes(),
            ),
        ];
        fs::remove_file(&path).unwrap();
        let leaks = texts.iter().filter_map(|(name, text)| leak(name, text));
        leaks.collect()
    });
}

fn leak(name: &str, text: &[u8]) -> Option<String> {
    let at = text
        .windows(SECRET.len())
        .position(|window| window == SECRET.as_bytes())?;
    let around = text.get(at.saturating_sub(80)..at + SECRET.len()).unwrap();
    Some(format!("{name} leaks: {}", String::from_utf8_lossy(around)))
}

/// The plants are real: without the recorder's cleaning they would be seen.
#[test]
fn secrets_are_planted_in_every_host() {
    hosts::hold(|host: &Recorded| {
        let leaky = Leaky {
            host: host.open(),
            planted: AtomicUsize::new(0),
        };
        let done = investigate(&leaky, &host.request());
        let seen = done
            .known
            .answers()
            .any(|(_, answer)| match &answer.outcome {
                Outcome::Got { bytes, .. } => leak("", bytes).is_some(),
                _ => false,
            });
        let planted = leaky.planted.into_inner();
        let enough = seen && planted >= 5;
        (!enough)
            .then(|| format!("{planted} secrets planted"))
            .into_iter()
            .collect()
    });
}

/// Cleaning a recording once more changes nothing, so nothing was left in it.
#[test]
fn recordings_are_clean() {
    hosts::hold(|host| {
        let done = host.investigate();
        let dirty = done.known.answers().filter(|(question, answer)| {
            let mut again = (*answer).clone();
            gatewhy_facts::redact::redact(question, &mut again);
            again != **answer
        });
        dirty
            .map(|(question, _)| format!("{question} still changes"))
            .collect()
    });
}
