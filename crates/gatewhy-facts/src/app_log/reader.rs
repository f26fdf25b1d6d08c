//! From lines of output to events.
use super::{AppEvent, Kind, Output};
use super::{generic, gunicorn, java, node, puma, python, uwsgi};
use crate::prelude::*;
use crate::scan;

/// The lines of a text, as output without times.
pub fn lines_of(text: &[u8]) -> impl Iterator<Item = Output<'_>> {
    scan::lines(text).map(|line| Output {
        text: line.bytes,
        at: None,
        pid: None,
    })
}

/// The events in a backend's output, in order.
pub fn read<'a>(output: impl IntoIterator<Item = Output<'a>>) -> Vec<AppEvent<'a>> {
    let mut reader = Reader::default();
    for line in output {
        reader.number = reader.number.saturating_add(1);
        reader.take(line);
    }
    reader.events
}

#[derive(Default)]
struct Reader<'a> {
    events: Vec<AppEvent<'a>>,
    number: u32,
    /// A Python traceback whose last line has not come yet, and who writes it.
    traceback: Option<(Option<u32>, python::Traceback<'a>)>,
    /// `FILE:LINE` on a line of its own, which Node.js prints before an error.
    throw_site: Option<ThrowSite<'a>>,
    /// Whether the last event may still get frames of its stack.
    in_stack: bool,
    /// Who wrote the last event's line.
    writer: Option<u32>,
    /// What the next traceback ends, if anything.
    before_traceback: Option<Kind>,
}

/// A place in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// In the application's own code: file and line.
    Own(&'a [u8], u32),
    /// In a library or in the runtime itself.
    Library,
}

impl<'a> Frame<'a> {
    const fn own(self) -> Option<(&'a [u8], u32)> {
        match self {
            Self::Own(file, line) => Some((file, line)),
            Self::Library => None,
        }
    }
}

#[derive(Clone, Copy)]
struct ThrowSite<'a> {
    place: Frame<'a>,
    line: u32,
}

/// Lines between the place of a throw and the error that was thrown: the source
/// line, a caret, an empty line.
const THROW_LINES: u32 = 5;

impl<'a> Reader<'a> {
    fn take(&mut self, line: Output<'a>) {
        let text = without_prefix(line.text);
        if self.continue_traceback(line, text) || self.continue_stack(line.pid, text) {
            return;
        }
        if python::begins_traceback(text) {
            self.traceback = Some((line.pid, python::Traceback::default()));
            return;
        }
        if let Some(place) = node::throw_site(text) {
            self.throw_site = Some(ThrowSite {
                place,
                line: self.number,
            });
            return;
        }
        if let Some(event) = self.recognise(text) {
            self.push(event, line);
        }
    }

    fn recognise(&mut self, text: &'a [u8]) -> Option<AppEvent<'a>> {
        gunicorn::line(text)
            .or_else(|| uwsgi::line(text))
            .or_else(|| puma::line(text))
            .or_else(|| self.node(text))
            .or_else(|| java::line(text))
            .or_else(|| python::line(text))
            .or_else(|| generic::line(text))
    }

    fn node(&mut self, text: &'a [u8]) -> Option<AppEvent<'a>> {
        let mut event = node::line(text)?;
        let site = self.throw_site.take();
        if let Some(site) = site.filter(|s| self.number.saturating_sub(s.line) <= THROW_LINES) {
            event.file_line = site.place.own();
            event.fatal = true;
        }
        Some(event)
    }

    fn push(&mut self, event: AppEvent<'a>, line: Output<'a>) {
        self.in_stack = true;
        self.writer = line.pid;
        self.before_traceback = Some(event.kind);
        self.events.push(AppEvent {
            line: self.number,
            at: event.at.or(line.at),
            pid: event.pid.or(line.pid),
            ..event
        });
    }

    /// Whether the line belongs to a traceback that has begun.
    fn continue_traceback(&mut self, line: Output<'a>, text: &'a [u8]) -> bool {
        // Workers share a journal: another one's lines come in between.
        let Some((writer, traceback)) = &mut self.traceback else {
            return false;
        };
        if *writer != line.pid {
            return false;
        }
        if traceback.takes(text) {
            return true;
        }
        let event = traceback.end(text);
        self.traceback = None;
        let Some(mut event) = event else { return false };
        event.fatal = self.before_traceback == Some(Kind::BootFailed);
        self.push(event, line);
        true
    }

    /// Whether the line is a frame of the last event's stack, or its end.
    fn continue_stack(&mut self, writer: Option<u32>, text: &'a [u8]) -> bool {
        let same = self.in_stack && self.writer == writer;
        let Some(event) = self.events.last_mut().filter(|_| same) else {
            return false;
        };
        if let Some(frame) = node::frame(text).or_else(|| java::frame(text)) {
            event.file_line = event.file_line.or(frame.own());
            return true;
        }
        if text.starts_with(b"Node.js v") {
            event.fatal = true;
            self.in_stack = false;
            return true;
        }
        if node::is_detail(text) {
            return true;
        }
        self.in_stack = false;
        false
    }
}

/// Without what `docker compose` or PM2 put before a line: `web_1  | `, `0|app  | `.
fn without_prefix(text: &[u8]) -> &[u8] {
    let Some((prefix, rest)) = scan::split_once(text, " | ") else {
        return text;
    };
    let prefix = prefix.trim_ascii_end();
    let name = |b: &u8| b.is_ascii_alphanumeric() || b"-_.|".contains(b);
    let fits = !prefix.is_empty() && prefix.len() <= 40 && prefix.iter().all(name);
    if fits { rest } else { text }
}
