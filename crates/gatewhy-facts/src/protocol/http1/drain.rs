//! Counts the rest of an answer whose bytes are not kept, until it is complete.
use super::progress::Want;
use super::{Context, Framing, Reading, body, head};

/// The rest of an answer that is longer than what is kept of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drain {
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// So many bytes of the body are still to come.
    Length(u64),
    Chunks(Chunk),
    UntilClose,
    Done,
    Broken,
}

/// Where in a chunked body (RFC 9112 section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chunk {
    /// In the digits of a size: what they say so far, and how many there are.
    Size(u64, u8),
    /// Behind the digits of this size, before the line's end.
    Extension(u64),
    /// So many bytes of data, and the line's end behind them, are to come.
    Data(u64),
    /// In a line of the trailer: whether it holds anything.
    Trailer(bool),
}

impl Drain {
    /// From all that has come so far of the answer to `sent`; none while its head
    /// is not complete.
    pub fn new(received: &[u8], sent: &[u8]) -> Option<Self> {
        let context = Context { sent, ended: false };
        let mut reading = Reading::default();
        head::read_answers(received, &context, &mut reading);
        if !reading.head_complete {
            return None;
        }
        let stage = match body::framing(received, sent.starts_with(b"HEAD "), &mut reading) {
            Framing::Nothing => Stage::Done,
            Framing::Length(length) => Stage::Length(length),
            Framing::Chunked => Stage::Chunks(Chunk::Size(0, 0)),
            Framing::UntilClose => Stage::UntilClose,
        };
        let mut drain = Self { stage };
        let start = reading.head_start.saturating_add(reading.head_bytes);
        drain.take(received.get(start..).unwrap_or_default());
        Some(drain)
    }

    /// Takes the next bytes, and says whether more belong to the answer.
    pub fn take(&mut self, bytes: &[u8]) -> Want {
        match self.stage {
            Stage::Length(left) => {
                let left = left.saturating_sub(bytes.len() as u64);
                self.stage = if left == 0 {
                    Stage::Done
                } else {
                    Stage::Length(left)
                };
            }
            Stage::Chunks(chunk) => self.stage = chunked(chunk, bytes),
            Stage::UntilClose | Stage::Done | Stage::Broken => {}
        }
        match self.stage {
            Stage::Done => Want::Nothing,
            Stage::Broken => Want::Foreign,
            Stage::Length(_) | Stage::Chunks(_) | Stage::UntilClose => Want::More,
        }
    }
}

fn chunked(mut chunk: Chunk, mut bytes: &[u8]) -> Stage {
    while let Some((first, rest)) = bytes.split_first() {
        if let Chunk::Data(left @ 3..) = chunk {
            // All but the line's end at once.
            let most = usize::try_from(left.saturating_sub(2)).unwrap_or(usize::MAX);
            let (data, behind) = bytes.split_at(most.min(bytes.len()));
            chunk = Chunk::Data(left.saturating_sub(data.len() as u64));
            bytes = behind;
            continue;
        }
        chunk = match next(chunk, *first) {
            Some(next) => next,
            None if chunk == Chunk::Trailer(false) && *first == b'\n' => return Stage::Done,
            None => return Stage::Broken,
        };
        bytes = rest;
    }
    Stage::Chunks(chunk)
}

/// The state behind one byte; none at the end, or where the byte does not fit.
fn next(chunk: Chunk, byte: u8) -> Option<Chunk> {
    const DIGITS: u8 = 15;
    match (chunk, byte) {
        (Chunk::Size(size, digits @ ..DIGITS), byte) if byte.is_ascii_hexdigit() => {
            let digit = char::from(byte).to_digit(16)?;
            let size = size.checked_mul(16)?.checked_add(u64::from(digit))?;
            Some(Chunk::Size(size, digits.saturating_add(1)))
        }
        (Chunk::Size(size, 1..), b'\r' | b';' | b' ' | b'\t') => Some(Chunk::Extension(size)),
        (Chunk::Extension(0), b'\n') => Some(Chunk::Trailer(false)),
        (Chunk::Extension(size), b'\n') => size.checked_add(2).map(Chunk::Data),
        (Chunk::Extension(size), _) => Some(Chunk::Extension(size)),
        (Chunk::Data(2), b'\r') => Some(Chunk::Data(1)),
        (Chunk::Data(1), b'\n') => Some(Chunk::Size(0, 0)),
        (Chunk::Trailer(true), b'\n') => Some(Chunk::Trailer(false)),
        (Chunk::Trailer(false), b'\n') => None,
        (Chunk::Trailer(something), byte) => Some(Chunk::Trailer(something || byte != b'\r')),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use proptest::prelude::{Just, any, prop_assert_eq, prop_oneof, proptest};

    fn drained(answer: &[u8], kept: usize, step: usize) -> Want {
        let (kept, rest) = answer.split_at(kept.min(answer.len()));
        let mut drain = Drain::new(kept, b"GET ").unwrap();
        let mut want = drain.take(b"");
        for piece in rest.chunks(step) {
            want = drain.take(piece);
        }
        want
    }

    #[test]
    fn the_announced_length_is_counted() {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
        let whole = [&head[..], b"0123456789"].concat();
        assert_eq!(drained(&whole, head.len() + 2, 3), Want::Nothing);
        assert_eq!(
            drained(&whole[..whole.len() - 1], head.len() + 2, 3),
            Want::More
        );
        assert!(Drain::new(b"HTTP/1.1 200 OK\r\nContent-", b"GET ").is_none());
    }

    #[test]
    fn the_last_chunk_is_waited_for() {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let body = b"5;x=y\r\n01234\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n";
        let whole = [&head[..], body].concat();
        for step in 1..9 {
            assert_eq!(drained(&whole, head.len(), step), Want::Nothing);
            assert_eq!(
                drained(&whole[..whole.len() - 1], head.len(), step),
                Want::More
            );
        }
        let bad = [&head[..], b"5\r\n012345\r\n"].concat();
        assert_eq!(drained(&bad, head.len(), 4), Want::Foreign);
    }

    proptest! {
        #[test]
        fn however_it_is_cut_the_end_is_the_same(
            sizes in proptest::collection::vec(1_usize..40, 0..6),
            kept in 0_usize..60,
            step in 1_usize..50,
            ends in prop_oneof![Just(true), any::<bool>()],
        ) {
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            let mut whole = head.to_vec();
            for size in sizes {
                whole.extend(format!("{size:x}\r\n{}\r\n", "x".repeat(size)).bytes());
            }
            if ends {
                whole.extend(b"0\r\n\r\n");
            }
            let want = if ends { Want::Nothing } else { Want::More };
            prop_assert_eq!(drained(&whole, head.len() + kept, step), want);
        }

        #[test]
        fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            drained(&[&head[..], &bytes].concat(), head.len(), 7);
        }
    }
}
