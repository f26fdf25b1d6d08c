//! Lines that say that all went well: they are counted, and nothing else of them
//! matters. So such a line is not cut into its values; only those that prove it are
//! looked at, from both its ends.
use super::format::{Field, Piece, Shape};
use super::mark::Mark;
use crate::near::find;

/// Where the values are that tell whether all went well.
///
/// There is such a plan for formats that begin as the combined one does, and that
/// have nothing but quoted values behind `$upstream_status`. A value never holds a
/// quote, so a line can be cut there in one way only.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The mark between the visitor's address and what follows it, if not the time.
    address: Option<Mark>,
    /// What stands right before the time.
    before_time: Mark,
    /// What stands between the time and the first quoted value.
    behind_time: Mark,
    /// From behind the first quote to the status.
    to_status: Vec<Piece>,
    /// The first byte behind the status.
    behind_status: u8,
    /// The upstream's statuses, seen from the end of the line.
    upstream: Option<FromEnd>,
}

/// `$upstream_status`, seen from the end of the line.
#[derive(Clone, Debug)]
struct FromEnd {
    before: Mark,
    /// What is behind it, the last first.
    behind: Vec<Piece>,
}

/// Width of `$time_local`.
const TIME: usize = 26;

impl Plan {
    /// The plan for a format, if it has the shape for one.
    pub(super) fn new(pieces: &[Piece]) -> Option<Self> {
        let [Piece::Value(_, Shape::Address), Piece::Text(address), ..] = pieces else {
            return None;
        };
        let time = pieces.iter().position(|p| p.is(Field::TimeLocal))?;
        let before_time = text(pieces.get(time.checked_sub(1)?)?)?;
        let behind_time = text(pieces.get(time + 1)?)?.strip_suffix(b"\"")?;
        let status = pieces.iter().position(|p| p.is(Field::Status))?;
        let no_quote = |piece: &Piece| text(piece).is_none_or(|text| !text.contains(&b'"'));
        let fits = pieces.get(..time)?.iter().all(no_quote)
            && !behind_time.contains(&b'"')
            && time < status;
        fits.then_some(Self {
            address: (time > 2).then(|| address.clone()),
            before_time: Mark::new(before_time),
            behind_time: Mark::new(behind_time),
            to_status: pieces.get(time + 2..status)?.into(),
            behind_status: *text(pieces.get(status + 1)?)?.first()?,
            upstream: FromEnd::new(pieces)?,
        })
    }

    /// The time of a line that says that all went well; `None` where it says
    /// anything else, or where that is not sure.
    pub(super) fn time<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let quote = memchr::memchr(b'"', line)?;
        let (head, rest) = line.split_at_checked(quote)?;
        let head = self.behind_time.strip_end(head)?;
        let (head, time) = head.split_at_checked(head.len().checked_sub(TIME)?)?;
        let head = self.before_time.strip_end(head)?;
        if let Some(mark) = &self.address {
            mark.strip(head.get(find(mark.first(), head)?..)?)?;
        }
        let (status, behind) = self.status(rest.get(1..)?)?.split_first_chunk::<3>()?;
        let fine = is_good(*status) && behind.first() == Some(&self.behind_status);
        let upstream = self.upstream.as_ref();
        (fine && upstream.is_none_or(|upstream| upstream.is_good(behind))).then_some(time)
    }

    /// From the status on.
    fn status<'a>(&self, mut rest: &'a [u8]) -> Option<&'a [u8]> {
        let mut pieces = self.to_status.iter().peekable();
        while let Some(piece) = pieces.next() {
            rest = match (piece, pieces.peek()) {
                (Piece::Text(mark), _) => mark.strip(rest)?,
                // Mostly the request, which is long.
                (Piece::Value(..), Some(Piece::Text(mark))) if mark.first() == b'"' => {
                    rest.get(memchr::memchr(b'"', rest)?..)?
                }
                (Piece::Value(_, shape), Some(Piece::Text(mark))) => {
                    rest.get(shape.end(rest, mark)?..)?
                }
                _ => return None,
            };
        }
        Some(rest)
    }
}

impl FromEnd {
    /// `Some(None)` for formats without that value.
    #[expect(clippy::option_option, reason = "no plan, or one without this")]
    fn new(pieces: &[Piece]) -> Option<Option<Self>> {
        let Some(at) = pieces.iter().position(|p| p.is(Field::UpstreamStatus)) else {
            return Some(None);
        };
        let (before, behind) = pieces.split_at_checked(at)?;
        let before = text(before.last()?)?;
        let behind: Vec<Piece> = behind.get(1..)?.iter().rev().cloned().collect();
        // A value among them begins behind a quote, so it can be found from its end.
        let quoted = behind.windows(2).all(|two| match two {
            [Piece::Value(..), Piece::Text(mark)] => mark.ends_with(b'"'),
            [Piece::Text(_), _] => true,
            _ => false,
        });
        (quoted && before.ends_with(b"\"")).then(|| {
            Some(Self {
                before: Mark::new(before),
                behind,
            })
        })
    }

    /// Whether every try went well, or there was none. `line` is its last part.
    fn is_good(&self, line: &[u8]) -> bool {
        let value = self
            .behind
            .iter()
            .try_fold(line, |line, piece| match piece {
                Piece::Text(mark) => mark.strip_end(line),
                Piece::Value(..) => line.get(..=memchr::memrchr(b'"', line)?),
            });
        let Some(text) = value else { return false };
        if let Some((text, status)) = text.split_last_chunk::<3>()
            && self.before.strip_end(text).is_some()
        {
            return is_good(*status);
        }
        text.strip_suffix(b"-")
            .is_some_and(|text| self.before.strip_end(text).is_some())
    }
}

/// Whether a visitor, or nginx, was well served with that status.
fn is_good(status: [u8; 3]) -> bool {
    matches!(status, [b'1'..=b'4', b'0'..=b'9', b'0'..=b'9']) && status != *b"499"
}

fn text(piece: &Piece) -> Option<&[u8]> {
    match piece {
        Piece::Text(mark) => Some(mark.text()),
        Piece::Value(..) => None,
    }
}
