//! A host behind SSH, with nothing installed there.
//!
//! The system's own `ssh` logs in, so that its configuration, keys, agents and jump
//! hosts count. One connection carries everything: a shell script says which machine
//! it is, takes this very program, and runs it there from a folder in memory that the
//! program removes as it starts. It makes the diagnosis there and writes its recording
//! to us, secrets removed; what is shown here is made from that recording. Three round
//! trips in all, however many questions are asked.
//!
//! The far side may be hostile: its lines, its recording and its messages have limits
//! of bytes and time, and its bytes are only shown through an encoder.
mod link;
mod refusal;

use crate::recorded::RecordedHost;
use link::Link;
pub use refusal::{CannotAsk, Stage};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the far side runs; `RUN` stands for what comes before the program.
const FAR_SIDE: &str = include_str!("far_side.sh");
/// The first line that is ours; the shell's own start-up files may print others.
const HERE: &str = "gatewhy-here 1 ";
/// The program's own first line.
const READY: &str = "gatewhy-ready ";
/// Somebody may have to type a password.
const LOGIN: Duration = Duration::from_mins(2);
/// For the program to arrive over a slow line.
const UPLOAD: Duration = Duration::from_mins(3);

/// Where to log in, and how.
#[derive(Clone, Debug)]
pub struct Login<'a> {
    /// As `ssh` takes it: `web1`, `user@web1`, `ssh://user@web1:2222`.
    pub host: &'a str,
    /// Whether the program is run by `sudo -n` there.
    pub sudo: bool,
    /// The program to send; this very one where none is given.
    pub program: Option<&'a Path>,
}

/// A program of ours that waits, on the far side, for what to do.
#[derive(Debug)]
pub struct FarSide {
    link: Link,
    /// The machine as its shell told it.
    pub machine: Machine,
}

/// The far machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// `uname -s`.
    system: String,
    /// `uname -m`.
    architecture: String,
    /// The user that logged in.
    pub uid: u32,
    /// The folder that the program is put into.
    folder: Option<String>,
}

impl FarSide {
    /// Logs in, and starts the program there.
    pub fn reach(login: &Login<'_>) -> Result<Self, CannotAsk> {
        let program = program(login)?;
        let mut link = Link::open(login.host, &script(login.sudo))?;
        let line = link.line_that_starts(HERE, LOGIN);
        let line = line.map_err(|why| link.refused(Stage::Login, &why))?;
        let machine = Machine::read(&line).ok_or(CannotAsk::Strange)?;
        machine.check(login.program.is_some())?;
        link.send_program(program);
        let ready = link.line_that_starts(READY, UPLOAD);
        ready.map_err(|why| link.refused(Stage::Start, &why))?;
        Ok(Self { link, machine })
    }

    /// Has the program carry out these arguments, and takes in its recording.
    pub fn record(
        mut self,
        arguments: &str,
        patience: Duration,
    ) -> Result<RecordedHost, CannotAsk> {
        self.link.send_line(arguments);
        let read = RecordedHost::read(self.link.rest(patience));
        read.map_err(|why| match self.link.messages() {
            said if said.is_empty() => CannotAsk::Broken(why.to_string()),
            said => CannotAsk::Broken(format!("{why}; it said: {said}")),
        })
    }
}

fn program(login: &Login<'_>) -> Result<Vec<u8>, CannotAsk> {
    let path = match login.program {
        Some(path) => path.to_owned(),
        // Still there when the file was replaced since we started.
        None => PathBuf::from("/proc/self/exe"),
    };
    std::fs::read(&path).map_err(|why| CannotAsk::Program(path, why))
}

fn script(sudo: bool) -> String {
    let run = if sudo { "sudo -n --" } else { "" };
    format!("exec sh -c '{}'", FAR_SIDE.replace("RUN", run))
}

impl Machine {
    fn read(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix(HERE)?.split(' ').map(ToOwned::to_owned);
        Some(Self {
            system: words.next()?,
            architecture: words.next()?,
            uid: words.next()?.parse().ok()?,
            folder: words.next().filter(|folder| folder.starts_with('/')),
        })
    }

    /// Whether our program can run there.
    fn check(&self, other_program: bool) -> Result<(), CannotAsk> {
        if self.system != "Linux" {
            return Err(CannotAsk::System(self.system.clone()));
        }
        let ours = std::env::consts::ARCH;
        if !other_program && self.architecture != ours {
            return Err(CannotAsk::Architecture {
                theirs: self.architecture.clone(),
                ours,
            });
        }
        match self.folder {
            Some(_) => Ok(()),
            None => Err(CannotAsk::NoFolder),
        }
    }
}

#[cfg(test)]
mod tests;
