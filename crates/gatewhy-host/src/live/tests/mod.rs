//! Every reader on the machine the tests run on, against other ways to know.
mod files;
mod processes;
mod programs;
mod sockets;

use super::*;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::{Command, Part, View};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn ask(question: Question) -> Outcome {
    LiveHost.answer(&[question]).remove(0).outcome
}

fn bytes(question: Question) -> Vec<u8> {
    let shown = question.to_string();
    match ask(question) {
        Outcome::Got { bytes, .. } => bytes,
        other => panic!("{shown}: {other}"),
    }
}

fn path(at: &Path) -> HostPath {
    HostPath::new(at.to_str().unwrap())
}

/// A new folder for one test, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("gatewhy-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn every_read() -> Vec<Question> {
    let view = View::Host;
    vec![
        Question::Now,
        Question::Whoami,
        Question::file("/etc/passwd"),
        Question::Folder {
            path: HostPath::new("/etc"),
            view,
        },
        Question::Walk {
            path: HostPath::new("/proc/self/status"),
            view,
        },
        Question::FileSystem {
            path: HostPath::new("/"),
            view,
        },
        Question::Processes,
        Question::Process {
            pid: std::process::id(),
        },
        Question::TcpListeners,
        Question::TcpConnections { port: 80 },
        Question::TcpConnected,
        Question::UnixSockets,
        Question::SocketOwners,
        Question::Networks,
        Question::KernelLog,
        Question::Resolve {
            name: "localhost".into(),
        },
        Question::Run(Command::SystemctlListUnits),
        Question::Run(Command::RouteTo {
            address: [127, 0, 0, 1].into(),
        }),
        Question::Run(Command::NftRuleset { round: 0 }),
    ]
}

#[test]
fn every_read_is_answered_in_order_and_soon() {
    let questions = every_read();
    let started = Instant::now();
    let answers = LiveHost.answer(&questions);
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(answers.len(), questions.len());
    for (question, answer) in questions.iter().zip(&answers) {
        println!(
            "{question}: {} in {} us",
            answer.outcome,
            answer.took.as_micros()
        );
        assert_ne!(answer.outcome, Outcome::NotRecorded);
    }
    let passwd = &answers[2].outcome;
    assert!(matches!(passwd, Outcome::Got { bytes, cut: false } if bytes.starts_with(b"root:")));
}

#[test]
fn a_reader_that_hangs_costs_its_own_answer_only() {
    fn hang_on_the_kernel_log(question: &Question) -> Answer {
        match question {
            Question::KernelLog => std::thread::sleep(Duration::from_secs(30)),
            Question::Whoami => panic!("a reader's bug"),
            _ => {}
        }
        Answer::got(*b"here")
    }
    let questions = [Question::KernelLog, Question::Whoami, Question::Now];
    let started = Instant::now();
    let answers = lanes::answer_all(&questions, hang_on_the_kernel_log);
    assert!(started.elapsed() < Duration::from_secs(4));
    assert!(matches!(answers[0].outcome, Outcome::TimedOut(_)));
    assert!(matches!(answers[1].outcome, Outcome::Failed(_)));
    assert!(matches!(&answers[2].outcome, Outcome::Got { bytes, .. } if bytes == b"here"));
}

#[test]
fn the_clock_agrees_with_ours() {
    let before = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let clock = gatewhy_facts::linux::clock::parse(&bytes(Question::Now)).unwrap();
    let before = i64::try_from(before.as_micros()).unwrap();
    assert!((0..5_000_000).contains(&(clock.now.0 - before)));
    assert!(clock.since_boot_us >= clock.monotonic_us && clock.monotonic_us > 0);
    let viewer = gatewhy_facts::linux::viewer::parse(&bytes(Question::Whoami)).unwrap();
    assert_eq!(viewer.credentials.uid, rustix::process::geteuid().as_raw());
}

#[test]
fn the_kernel_log_does_not_wait_for_more() {
    let started = Instant::now();
    let outcome = ask(Question::KernelLog);
    assert!(started.elapsed() < Duration::from_secs(2));
    match outcome {
        Outcome::Got { bytes, .. } => {
            let first = bytes
                .split(|b| *b == b'\n')
                .find(|l| !l.is_empty())
                .unwrap();
            assert!(first.contains(&b';'), "{}", String::from_utf8_lossy(first));
        }
        Outcome::Denied(_) | Outcome::Unsupported(_) => {}
        other => panic!("{other}"),
    }
}
