//! Lines that say that all went well: they are counted, and nothing else of them
//! matters. So such a line is not cut into its values; only those that prove it are
//! looked at, from both its ends. Of the other lines the part before the status is
//! not cut any further either.
use super::format::{Field, Piece, Shape};
use super::mark::Mark;
use crate::lanes;
use crate::near::find;
use crate::quotes::Quotes;
use fearless_simd::Simd;

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
    to_status: Between,
    /// Which piece of the format the status is.
    pub(super) behind: usize,
    /// The first byte behind the status.
    behind_status: u8,
    /// The upstream's statuses, seen from the end of the line.
    upstream: Option<FromEnd>,
}

/// What stands between the first quote and the status.
#[derive(Clone, Debug)]
enum Between {
    /// A quoted value, mostly the request, and this behind it.
    Quoted(Mark),
    /// Anything else.
    Pieces(Vec<Piece>),
}

impl Between {
    fn new(pieces: &[Piece]) -> Self {
        match pieces {
            [Piece::Value(..), Piece::Text(mark)] if mark.first() == b'"' => {
                Self::Quoted(mark.clone())
            }
            _ => Self::Pieces(pieces.into()),
        }
    }
}

/// The first part of a line, cut in the only way that is possible.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    /// `$time_local`.
    pub(super) time: &'a [u8; TIME],
    /// Where the status is in the line.
    pub(super) status: usize,
}

/// `$upstream_status`, seen from the end of the line.
#[derive(Clone, Debug)]
struct FromEnd {
    before: Mark,
    /// What is behind it, the last first.
    behind: Vec<Piece>,
}

/// Width of `$time_local`.
pub(super) const TIME: usize = 26;

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
            to_status: Between::new(pieces.get(time + 2..status)?),
            behind: status,
            behind_status: *text(pieces.get(status + 1)?)?.first()?,
            upstream: FromEnd::new(pieces)?,
        })
    }

    /// Cuts a line at its first quote and at its status; `None` where that is not sure.
    pub(super) fn head<'a>(&self, line: &'a [u8], quotes: Quotes<'_>) -> Option<Head<'a>> {
        let quote = quotes.next(0)?;
        let head = self.behind_time.strip_end(line.get(..quote)?)?;
        let (head, time) = head.split_last_chunk::<TIME>()?;
        let head = self.before_time.strip_end(head)?;
        if let Some(mark) = &self.address {
            let behind = mark.strip(line.get(find(mark.first(), head)?..)?)?;
            (line.len() - behind.len() <= head.len()).then_some(())?;
        }
        let status = self.status(line, quote + 1, quotes)?;
        Some(Head { time, status })
    }

    /// Where the status is; what follows the first quote is at `at`.
    fn status(&self, line: &[u8], at: usize, quotes: Quotes<'_>) -> Option<usize> {
        let behind = match &self.to_status {
            Between::Quoted(mark) => mark.strip(line.get(quotes.next(at)?..)?),
            Between::Pieces(pieces) => between(pieces, line.get(at..)?),
        };
        Some(line.len() - behind?.len())
    }

    /// The time of a line that is sure to say that all went well.
    #[inline(always)]
    pub(super) fn time_if_fine<'a, S: Simd>(
        &self,
        simd: S,
        line: &'a [u8],
        quotes: Quotes<'_>,
    ) -> Option<&'a [u8; TIME]> {
        let quote = quotes.next(0)?;
        let time = quote.checked_sub(self.behind_time.length() + TIME)?;
        let fits = self.behind_time.ends_at(line, quote) & self.before_time.ends_at(line, time);
        if !(fits && self.is_address_before(simd, line, time)) {
            return None;
        }
        let status = match &self.to_status {
            Between::Quoted(mark) => {
                let at = quotes.next(quote + 1)?;
                mark.begins_at(line, at).then_some(at + mark.length())?
            }
            Between::Pieces(_) => self.status(line, quote + 1, quotes)?,
        };
        let [first, second, third, behind] = *line.get(status..)?.first_chunk()?;
        let good = is_good([first, second, third]) && (behind == self.behind_status);
        let upstream = match &self.upstream {
            None => true,
            Some(upstream) => upstream.is_good(line, status + 3, quotes),
        };
        (good && upstream).then(|| line.get(time..)?.first_chunk())?
    }

    /// Whether what stands before the time at `time` begins with an address.
    #[inline(always)]
    fn is_address_before<S: Simd>(&self, simd: S, line: &[u8], time: usize) -> bool {
        let Some(mark) = &self.address else {
            return true;
        };
        let Some(at) = lanes::find(simd, line, mark.first()) else {
            return false;
        };
        let ends = at + mark.length() + self.before_time.length() <= time;
        ends && mark.begins_at(line, at)
    }
}

/// What follows `pieces`, the last of which is text.
fn between<'a>(pieces: &[Piece], mut rest: &'a [u8]) -> Option<&'a [u8]> {
    let mut pieces = pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        rest = match (piece, pieces.peek()) {
            (Piece::Text(mark), _) => mark.strip(rest)?,
            (Piece::Value(_, shape), Some(Piece::Text(mark))) => {
                rest.get(shape.end(rest, mark)?..)?
            }
            _ => return None,
        };
    }
    Some(rest)
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

    /// Whether every try went well, or there was none. What belongs to other values
    /// ends before `from`.
    #[inline(always)]
    fn is_good(&self, line: &[u8], from: usize, quotes: Quotes<'_>) -> bool {
        let end = match self.behind.as_slice() {
            [Piece::Text(mark)] if mark.ends_at(line, line.len()) => line.len() - mark.length(),
            [Piece::Text(_)] => return false,
            behind => match before(behind, line, quotes) {
                Some(before) => before.len(),
                None => return false,
            },
        };
        let Some(last) = line.get(..end).and_then(<[u8]>::last_chunk::<3>) else {
            return false;
        };
        let length = if is_good(*last) { 3 } else { 1 };
        let none = last.last() == Some(&b'-');
        let begins = end - length;
        let behind_all = begins >= from + self.before.length();
        (length == 3 || none) && behind_all && self.before.ends_at(line, begins)
    }
}

/// What is before `pieces`, the last of which comes first.
fn before<'a>(pieces: &[Piece], line: &'a [u8], quotes: Quotes<'_>) -> Option<&'a [u8]> {
    pieces.iter().try_fold(line, |line, piece| match piece {
        Piece::Text(mark) => mark.strip_end(line),
        Piece::Value(..) => line.get(..=quotes.last(line.len())?),
    })
}

/// Whether a visitor, or nginx, was well served with that status.
#[inline]
fn is_good(status: [u8; 3]) -> bool {
    let [first, second, third] = status;
    let digit = |byte: u8| byte.wrapping_sub(b'0') < 10;
    let fine = (first.wrapping_sub(b'1') < 4) & digit(second) & digit(third);
    fine && status != *b"499"
}

fn text(piece: &Piece) -> Option<&[u8]> {
    match piece {
        Piece::Text(mark) => Some(mark.text()),
        Piece::Value(..) => None,
    }
}
