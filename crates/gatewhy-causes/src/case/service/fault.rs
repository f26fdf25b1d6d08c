//! What a service's last words tell: the fault that ended it.
use gatewhy_facts::app_log::{self, AppEvent, Kind, Output};
use gatewhy_facts::php_fpm::{self, log::Event};
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::journal::Entry;
use gatewhy_facts::untrusted::{shown, shown_within};

/// The fault that a service's last words tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it was.
    pub kind: Kind,
    /// The line that says it.
    pub text: Vec<u8>,
    /// What the line names.
    pub subject: Option<String>,
    /// The address it is about.
    pub address: Option<String>,
    /// The application's own file and line.
    pub file_line: Option<(String, u32)>,
    /// Whether the words tell that it never came up.
    pub at_start: bool,
}

impl Fault {
    /// The last fault among these entries, the kinds that end a process first.
    pub fn last(entries: &[Entry]) -> Option<Self> {
        let output = entries.iter().map(|entry| Output {
            text: entry.message.as_deref().unwrap_or_default(),
            at: Some(entry.at),
            pid: entry.pid,
        });
        Self::of_output(output).or_else(|| Self::of_fpm(entries))
    }

    /// The same of the end of a file that it writes to.
    pub fn in_text(text: &[u8]) -> Option<Self> {
        Self::of_output(app_log::lines_of(text)).or_else(|| Self::at_the_end(text))
    }

    /// An exception that was the very last that it wrote, but for its stack: PM2 catches
    /// what nobody caught, and writes it without what Node.js writes around it.
    fn at_the_end(text: &[u8]) -> Option<Self> {
        let events = app_log::read(app_log::lines_of(text));
        let last = events.last()?;
        let line = usize::try_from(last.line).ok()?;
        let mut behind = app_log::lines_of(text).skip(line);
        let is_frame = |text: &[u8]| text.is_empty() || text.trim_ascii().starts_with(b"at ");
        let ends = behind.all(|line| is_frame(line.text));
        (ends && last.exact && last.kind == Kind::Exception).then(|| Self::of(last))
    }

    fn of_output<'a>(output: impl IntoIterator<Item = Output<'a>>) -> Option<Self> {
        let events = app_log::read(output);
        let ending = |event: &&AppEvent<'_>| {
            event.exact
                && (prevents_start(event.kind) || event.kind == Kind::HeapExhausted || event.fatal)
        };
        // That it could not be loaded says less than why.
        let vague = |event: &&AppEvent<'_>| event.kind == Kind::BootFailed;
        let telling = events.iter().rev().filter(ending).find(|e| !vague(e));
        let at_start = events.iter().filter(ending).any(|e| prevents_start(e.kind));
        telling
            .or_else(|| events.iter().rev().find(ending))
            .map(|event| Self {
                at_start,
                ..Self::of(event)
            })
    }

    /// PHP-FPM says in words of its own why it does not start.
    fn of_fpm(entries: &[Entry]) -> Option<Self> {
        entries.iter().find_map(|entry| {
            let text = entry.message.as_deref()?;
            let record = php_fpm::log::parse(text)?;
            let (kind, place) = match record.event {
                Event::ConfigInvalid { place, .. } => (Kind::BootFailed, place),
                Event::BindFailed { .. } | Event::AlreadyListening { .. } => {
                    (Kind::ListenFailed, None)
                }
                Event::UnknownAccount { .. } => (Kind::BootFailed, None),
                _ => return None,
            };
            let file_line = place.map(|(file, line)| (shown(file).to_string(), line));
            Some(Self {
                kind,
                text: text.to_vec(),
                subject: Some(shown_within(record.message, 160)),
                address: None,
                file_line,
                at_start: prevents_start(kind),
            })
        })
    }

    fn of(event: &AppEvent<'_>) -> Self {
        Self {
            kind: event.kind,
            text: event.text.to_vec(),
            subject: event.subject.map(|subject| shown_within(subject, 120)),
            address: event.address.as_ref().map(ToString::to_string),
            file_line: event
                .file_line
                .map(|(file, line)| (shown(file).to_string(), line)),
            at_start: prevents_start(event.kind),
        }
    }

    /// Whether it keeps a service from starting at all.
    pub const fn is_at_start(&self) -> bool {
        self.at_start
    }

    /// Whether it names why the service cannot run at all, and want of memory is no reason
    /// for that.
    pub const fn names_a_reason(&self) -> bool {
        prevents_start(self.kind) && !matches!(self.kind, Kind::BootFailed)
    }

    /// In plain words.
    pub fn words(&self) -> String {
        let named = |what: &str| {
            self.subject
                .as_ref()
                .map_or_else(|| what.to_owned(), |subject| format!("{what}: {subject}"))
        };
        let address = self.address.as_deref().unwrap_or("its address");
        match self.kind {
            Kind::AddressInUse => format!("{address} is in use by another process"),
            Kind::AddressDenied => format!("it may not listen on {address}"),
            Kind::AddressAbsent => format!("{address} is not an address of this host"),
            Kind::ModuleMissing => named("a module is missing"),
            Kind::SyntaxInvalid => self.at(named("a file does not parse")),
            Kind::BootFailed => named("it stopped while it was loaded"),
            Kind::ListenFailed => named("it cannot listen"),
            Kind::HeapExhausted => "its heap is full".to_owned(),
            Kind::Exception => self.at(named("uncaught error")),
            _ => shown_within(self.text.trim_ascii(), 120),
        }
    }
}

impl Fault {
    /// With the application's own file and line.
    fn at(&self, words: String) -> String {
        match &self.file_line {
            Some((file, line)) => format!("{words} ({file}:{line})"),
            None => words,
        }
    }
}

/// Whether a program that says so does not come up.
pub(crate) const fn prevents_start(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::AddressInUse
            | Kind::AddressDenied
            | Kind::AddressAbsent
            | Kind::ListenFailed
            | Kind::ModuleMissing
            | Kind::SyntaxInvalid
            | Kind::BootFailed
    )
}
