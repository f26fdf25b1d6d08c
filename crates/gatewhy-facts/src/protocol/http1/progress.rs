//! Whether an answer that is still coming is complete.
use super::body::{Chunks, Scan};
use super::{Context, Framing, body, head};
use crate::protocol::identify::may_be_http1;

/// What a reader that has so many bytes should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Go on reading.
    More,
    /// The answer is complete.
    Nothing,
    /// This is not HTTP/1: take what comes at once, and stop.
    Foreign,
}

/// Watches an answer come in, without reading old bytes again and again.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    is_head: bool,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The head is not complete; no line feed pair ends before this offset.
    Head {
        seen: usize,
    },
    /// The body ends at this offset.
    Length(usize),
    Chunks(Chunks),
    UntilClose,
    Broken,
}

impl Progress {
    /// For the answer to these bytes.
    pub fn new(sent: &[u8]) -> Self {
        Self {
            is_head: sent.starts_with(b"HEAD "),
            stage: Stage::Head { seen: 0 },
        }
    }

    /// Looks at everything that has come so far.
    pub fn look(&mut self, received: &[u8]) -> Want {
        if !may_be_http1(received) {
            return Want::Foreign;
        }
        if let Stage::Head { seen } = self.stage {
            if !has_blank_line(received, seen) {
                self.stage = Stage::Head {
                    seen: received.len(),
                };
                return Want::More;
            }
            self.stage = self.after_head(received);
        }
        match &mut self.stage {
            Stage::Length(end) if *end <= received.len() => Want::Nothing,
            Stage::Chunks(chunks) => match chunks.run(received) {
                Scan::More => Want::More,
                Scan::Done => Want::Nothing,
                Scan::Bad { .. } => {
                    self.stage = Stage::Broken;
                    Want::Foreign
                }
            },
            Stage::Broken => Want::Foreign,
            Stage::Head { .. } | Stage::Length(_) | Stage::UntilClose => Want::More,
        }
    }

    fn after_head(&self, received: &[u8]) -> Stage {
        let mut reading = super::Reading::default();
        head::read_answers(received, &Context::default(), &mut reading);
        let interim = reading
            .code()
            .is_some_and(|c| (100..200).contains(&c) && c != 101);
        if !reading.head_complete || interim {
            return Stage::Head {
                seen: received.len(),
            };
        }
        let start = reading.head_start.saturating_add(reading.head_bytes);
        match body::framing(received, self.is_head, &mut reading) {
            Framing::Nothing => Stage::Length(start),
            Framing::Length(length) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                Stage::Length(start.saturating_add(length))
            }
            Framing::Chunked => Stage::Chunks(Chunks::new(start)),
            Framing::UntilClose => Stage::UntilClose,
        }
    }
}

/// Whether an empty line ends at or behind `seen`.
fn has_blank_line(received: &[u8], seen: usize) -> bool {
    let rest = received.get(seen.saturating_sub(3)..).unwrap_or_default();
    memchr::memchr_iter(b'\n', rest).any(|at| {
        let behind = rest.get(at + 1..).unwrap_or_default();
        behind.starts_with(b"\n") || behind.starts_with(b"\r\n")
    })
}
