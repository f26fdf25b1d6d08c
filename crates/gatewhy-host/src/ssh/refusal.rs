//! Why a machine behind SSH could not be asked, and what to do about it.
use std::io;
use std::path::PathBuf;

/// A far side that could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum CannotAsk {
    /// `ssh` itself could not be started.
    #[error("cannot run ssh: {0}")]
    NoSsh(io::Error),
    /// The destination cannot be one.
    #[error("'{0}' is not a host to log in to")]
    Destination(String),
    /// The program to send could not be read.
    #[error("cannot read the program to send, {path}: {why}", path = .0.display(), why = .1)]
    Program(PathBuf, io::Error),
    /// The connection ended before the far side was ready; what was said.
    #[error("{stage}: {said}", stage = .0.words(), said = .1)]
    Refused(Stage, String),
    /// Its first line makes no sense.
    #[error("the far side did not answer as a shell does")]
    Strange,
    /// It is no Linux.
    #[error("the far side runs {0}, and gatewhy runs on Linux only")]
    System(String),
    /// Our program is not for its processor.
    #[error("the far side is a {theirs} machine, and this program is for {ours}")]
    Architecture {
        /// `uname -m` there.
        theirs: String,
        /// Ours.
        ours: &'static str,
    },
    /// No folder there in which a program may be put and run.
    #[error("no folder there lets a program be put into it and run")]
    NoFolder,
    /// The connection broke, or what came over it was no recording.
    #[error("the connection did not last: {0}")]
    Broken(String),
}

/// How far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Until the far side's shell answered.
    Login,
    /// Until our program ran there.
    Start,
}

impl Stage {
    const fn words(self) -> &'static str {
        match self {
            Self::Login => "cannot log in",
            Self::Start => "cannot run there",
        }
    }
}

impl CannotAsk {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoSsh(_) => "install the OpenSSH client",
            Self::Destination(_) => "as in: --host user@web1, or a Host of ~/.ssh/config",
            Self::Program(..) => "name a gatewhy built for the far machine",
            Self::Refused(stage, said) => refused(*stage, said),
            Self::Strange => "see what `ssh HOST uname -a` prints there",
            Self::System(_) => "run gatewhy on the Linux machine where the proxy runs",
            Self::Architecture { .. } => {
                "give a gatewhy built for it with --host-program FILE, or install it there"
            }
            Self::NoFolder => {
                "/dev/shm, /tmp, /var/tmp and the home folder are missing, full or mounted \
                 noexec; install gatewhy there and run it there"
            }
            Self::Broken(_) => "try again; nothing was changed there",
        }
    }
}

/// What ssh, sudo or the loader said tells what would help.
fn refused(stage: Stage, said: &str) -> &'static str {
    let known: [(&str, &str); 10] = [
        (
            "Host key verification failed",
            "compare the key's fingerprint with one from a source you trust, then mend \
             ~/.ssh/known_hosts; gatewhy never skips this check",
        ),
        (
            "Permission denied",
            "see which user and key `ssh -v HOST true` offers",
        ),
        (
            "Connection refused",
            "no SSH server listens there: check name and port",
        ),
        (
            "timed out",
            "check the address, and the firewalls on the way",
        ),
        (
            "closed by remote host",
            "try again; nothing was changed there",
        ),
        ("Could not resolve hostname", "check the name"),
        (
            "password is required",
            "sudo wants a password there: allow this user sudo without one (NOPASSWD), log in \
             as root, or leave --sudo out",
        ),
        (
            "sudo: not found",
            "there is no sudo there: log in as root, or leave --sudo out",
        ),
        (
            "GLIBC_",
            "its C library is older than this program's: use the static build of gatewhy",
        ),
        (
            "not found",
            "its C library is not this program's: use the static build of gatewhy",
        ),
    ];
    let found = known.iter().find(|(words, _)| said.contains(words));
    match (found, stage) {
        (Some((_, hint)), _) => hint,
        (None, Stage::Login) => "see whether `ssh HOST true` works",
        (None, Stage::Start) => "install gatewhy there and run it there",
    }
}
