//! This machine, asked now.
mod file;
mod identity;
mod kernel_log;
mod lanes;
mod log;
mod netlink;
mod networks;
mod open;
mod owners;
mod packet_filter;
mod patience;
mod processes;
mod programs;
mod resolve;
mod run;
mod trouble;
mod trusted;
pub(crate) mod walk;

pub use log::lines_within;

#[cfg(test)]
mod tests;

use crate::Host;
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::question::Question;

/// The machine gatewhy runs on. Reads only; see [`Question`] for each format.
#[derive(Clone, Copy, Debug, Default)]
pub struct LiveHost;

impl Host for LiveHost {
    fn answer(&self, questions: &[Question]) -> Vec<Answer> {
        lanes::answer_all(questions, answer)
    }
}

fn answer(question: &Question) -> Answer {
    match question {
        Question::Again(question) => answer(question),
        Question::Exchange(exchange) => crate::probe::exchange(exchange),
        Question::Dns { server, name, kind } => crate::probe::dns(*server, name, *kind),
        other => match read(other) {
            Ok(outcome) | Err(outcome) => Answer::none(outcome),
        },
    }
}

fn read(question: &Question) -> Result<Outcome, Outcome> {
    match question {
        Question::Now => Ok(whole(identity::now())),
        Question::Whoami => Ok(whole(identity::whoami())),
        Question::File { path, view, part } => file::read(path, *view, *part),
        Question::Folder { path, view } => file::list(path, *view),
        Question::Walk { path, view } => walk::answer(path, *view).map(whole),
        Question::FileSystem { path, view } => file::file_system(path, *view).map(whole),
        Question::Processes => processes::all(),
        Question::Process { pid } => processes::one(*pid).map(whole),
        Question::TcpListeners => netlink::listeners(),
        Question::TcpConnected => netlink::connected(),
        Question::TcpConnections { port } => netlink::connections(*port),
        Question::UnixSockets => netlink::unix(),
        Question::SocketOwners => owners::answer(),
        Question::Networks => networks::answer(),
        Question::KernelLog => kernel_log::answer(),
        Question::Resolve { name } => resolve::answer(name),
        Question::Run(command) => programs::answer(command),
        Question::Dns { .. } | Question::Exchange(_) | Question::Again(_) => {
            Err(Outcome::Unsupported("a probe, not a read".to_owned()))
        }
    }
}

fn whole(bytes: Vec<u8>) -> Outcome {
    Outcome::Got { bytes, cut: false }
}
