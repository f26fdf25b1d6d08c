//! What backends write about themselves: to the journal, or to a file.
//!
//! Each runtime has its own form, and most tell a failure over several lines: the
//! error first and the stack behind it (Node.js, Java), or the other way round
//! (Python). [`read`] joins them to events of one shape.
//!
//! Applications also print what visitors sent. An event is [`exact`](AppEvent::exact)
//! when its line has the very form that the runtime prints, from its beginning;
//! other events are hints.
mod address;
mod generic;
mod gunicorn;
mod java;
mod node;
mod puma;
mod python;
mod reader;
mod uwsgi;

pub use address::Address;
pub use reader::{lines_of, read};

use crate::time::Moment;

/// One line of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Output<'a> {
    /// The line, without its end.
    pub text: &'a [u8],
    /// When it was written, where the journal says it.
    pub at: Option<Moment>,
    /// The process that wrote it, where the journal says it.
    pub pid: Option<u32>,
}

/// What happened in a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppEvent<'a> {
    /// What it was.
    pub kind: Kind,
    /// The line that says it, counted from 1.
    pub line: u32,
    /// When, where the line or the journal says it.
    pub at: Option<Moment>,
    /// The process it is about: where a master names a worker, the worker.
    pub pid: Option<u32>,
    /// The line.
    pub text: &'a [u8],
    /// What the line names; see the kind.
    pub subject: Option<&'a [u8]>,
    /// The number in the line; see the kind.
    pub number: Option<u64>,
    /// The application's own file and line, the innermost that is not a library's.
    pub file_line: Option<(&'a [u8], u32)>,
    /// The address it is about.
    pub address: Option<Address<'a>>,
    /// Whether it is known to have ended the process.
    pub fatal: bool,
    /// Whether the line has the very form that the runtime prints.
    pub exact: bool,
}

/// What a backend says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The runtime's own heap limit; not the kernel's OOM killer.
    HeapExhausted,
    /// Its address is taken.
    AddressInUse,
    /// It may not listen there.
    AddressDenied,
    /// Its address is not on this host.
    AddressAbsent,
    /// It cannot listen, and the line does not say why.
    ListenFailed,
    /// Subject: the module.
    ModuleMissing,
    /// The code does not parse. Subject: the message.
    SyntaxInvalid,
    /// An exception or rejection that nobody caught, or an error that was only
    /// logged when it is not [`fatal`](field@AppEvent::fatal). Subject: the message.
    Exception,
    /// A server the application needs refused its connection.
    DependencyRefused,
    /// A server the application needs did not answer in time.
    DependencyTimeout,
    /// The name of a server the application needs is not known. Subject: the name.
    DependencyNameUnknown,
    /// The database takes no more connections.
    DatabaseTooManyConnections,
    /// Something may not be opened. Subject: the line's own words.
    PermissionDenied,
    /// No file descriptor left.
    OutOfFiles,
    /// A request took longer than its supervisor allows. Subject: the request,
    /// where it is named.
    WorkerTimeout,
    /// A worker was killed. Number: the signal. A supervisor's guess at the reason
    /// is no evidence.
    WorkerKilled,
    /// A worker ended by itself. Number: exit code.
    WorkerExited,
    /// The application could not be loaded. Subject: why, where the line says it.
    BootFailed,
    /// A worker was started.
    WorkerStarted,
    /// A worker is replaced after so many requests.
    WorkerRecycled,
    /// A request ended in an error of the application. Subject: its URI.
    RequestFailed,
    /// A request that the server refuses.
    RequestInvalid,
    /// A request larger than the server's buffer, or no uwsgi at all. Number: the size.
    BlockTooLarge,
    /// A request's body is larger than the server or the application takes.
    BodyTooLarge,
    /// The accept queue is full. Number: its length.
    ListenQueueFull,
    /// It listens. Address: where.
    Listening,
    /// It starts. Subject: its version.
    Starting,
    /// It reloads.
    Reloading,
    /// It was told to stop.
    Stopping,
    /// It says itself that it crashed (segmentation fault).
    Crashed,
}

impl Kind {
    /// The permanent name.
    pub const fn id(self) -> &'static str {
        match self {
            Self::HeapExhausted => "heap-exhausted",
            Self::AddressInUse => "address-in-use",
            Self::AddressDenied => "address-denied",
            Self::AddressAbsent => "address-absent",
            Self::ListenFailed => "listen-failed",
            Self::ModuleMissing => "module-missing",
            Self::SyntaxInvalid => "syntax-invalid",
            Self::Exception => "exception",
            Self::DependencyRefused => "dependency-refused",
            Self::DependencyTimeout => "dependency-timeout",
            Self::DependencyNameUnknown => "dependency-name-unknown",
            Self::DatabaseTooManyConnections => "database-too-many-connections",
            Self::PermissionDenied => "permission-denied",
            Self::OutOfFiles => "out-of-files",
            Self::WorkerTimeout => "worker-timeout",
            Self::WorkerKilled => "worker-killed",
            Self::WorkerExited => "worker-exited",
            Self::BootFailed => "boot-failed",
            Self::WorkerStarted => "worker-started",
            Self::WorkerRecycled => "worker-recycled",
            Self::RequestFailed => "request-failed",
            Self::RequestInvalid => "request-invalid",
            Self::BlockTooLarge => "block-too-large",
            Self::BodyTooLarge => "body-too-large",
            Self::ListenQueueFull => "listen-queue-full",
            Self::Listening => "listening",
            Self::Starting => "starting",
            Self::Reloading => "reloading",
            Self::Stopping => "stopping",
            Self::Crashed => "crashed",
        }
    }
}

impl<'a> AppEvent<'a> {
    /// An event in the very form of its runtime, without details yet.
    const fn new(kind: Kind, text: &'a [u8]) -> Self {
        Self {
            kind,
            line: 0,
            at: None,
            pid: None,
            text,
            subject: None,
            number: None,
            file_line: None,
            address: None,
            fatal: false,
            exact: true,
        }
    }

    const fn subject(mut self, subject: &'a [u8]) -> Self {
        self.subject = Some(subject);
        self
    }

    const fn number(mut self, number: Option<u64>) -> Self {
        self.number = number;
        self
    }

    const fn address(mut self, address: Option<Address<'a>>) -> Self {
        self.address = address;
        self
    }

    const fn pid(mut self, pid: Option<u32>) -> Self {
        self.pid = pid;
        self
    }

    const fn fatal(mut self) -> Self {
        self.fatal = true;
        self
    }
}
