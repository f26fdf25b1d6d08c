//! The program behind the `gatewhy` command, as a library so that the project's
//! own chores can describe its command line, and its tests hold recorded hosts
//! against it.
//!
//! [`main`] runs one command line; [`command`] describes it. [`investigate`] is the
//! loop of questions and answers, [`report`] shows what came of it.
mod cli;
mod exit;
mod explain;
mod failure;
pub mod investigate;
pub mod lines;
mod logs;
mod ranges;
mod remote;
pub mod report;
mod run;
mod sink;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use std::process::ExitCode;

pub use explain::page;

/// Runs the process's command line to its exit code. A panic is a bug and ends
/// with 70.
pub fn main() -> ExitCode {
    let ended = std::panic::catch_unwind(|| match cli::Cli::try_parse() {
        Ok(cli) => run::run(&cli),
        Err(error) => usage(&error),
    });
    ended.unwrap_or(exit::Exit::Bug).into()
}

/// The command line's description.
pub fn command() -> clap::Command {
    cli::Cli::command()
}

/// Every exit code with its meaning.
pub fn exit_codes() -> &'static [(u8, &'static str)] {
    &exit::Exit::ALL
}

fn usage(error: &clap::Error) -> exit::Exit {
    // A closed standard output is not worth a message.
    drop(error.print());
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => exit::Exit::Healthy,
        _ => exit::Exit::Usage,
    }
}
