//! Every reader on the machine the tests run on.
use super::*;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::{Command, Part, View};
use std::time::Duration;

fn ask(question: Question) -> Answer {
    LiveHost.answer(&[question]).remove(0)
}

fn bytes(question: Question) -> Vec<u8> {
    let shown = question.to_string();
    match ask(question).outcome {
        Outcome::Got { bytes, .. } => bytes,
        other => panic!("{shown}: {other}"),
    }
}

fn every_read() -> Vec<Question> {
    let view = View::Host;
    let path = HostPath::new("/proc/self/status");
    let pid = std::process::id();
    vec![
        Question::Now,
        Question::Whoami,
        Question::file("/etc/passwd"),
        Question::Folder {
            path: HostPath::new("/etc"),
            view,
        },
        Question::Walk {
            path: path.clone(),
            view,
        },
        Question::FileSystem {
            path: HostPath::new("/"),
            view,
        },
        Question::Processes,
        Question::Process { pid },
        Question::TcpListeners,
        Question::TcpConnections { port: 80 },
        Question::UnixSockets,
        Question::SocketOwners,
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
    let started = std::time::Instant::now();
    let answers = LiveHost.answer(&questions);
    assert_eq!(answers.len(), questions.len());
    for (question, answer) in questions.iter().zip(&answers) {
        println!(
            "{question}: {} in {} us",
            answer.outcome,
            answer.took.as_micros()
        );
    }
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(
        matches!(&answers[2].outcome, Outcome::Got { bytes, cut: false } if bytes.starts_with(b"root:"))
    );
}
