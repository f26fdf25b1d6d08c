//! What nginx makes of an answer's oddities.
//!
//! The rules are those of `ngx_http_parse.c`, `ngx_http_upstream.c` and the proxy
//! and FastCGI modules, release 1.31.5, with the releases in which they changed.
use super::Kind;

/// An nginx release, as `nginx -v` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release(pub u16, pub u16, pub u16);

/// What nginx does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Takes it as it is.
    Accepts,
    /// Takes it and writes a warning.
    Warns(&'static str),
    /// Answers 502; what its error log says.
    Refuses(&'static str),
    /// Passes all bytes on as the body of an HTTP/0.9 answer, with status 009 in
    /// its access log.
    PassesAsHttp09,
    /// Takes an interim answer for the final one.
    TakesAsFinal,
    /// Cuts the body behind the head that it passed on; what its error log says. When
    /// the fault comes before anything was sent to the visitor (nginx collects 1460
    /// bytes first, `postpone_output`), it closes without any answer.
    CutsBody(&'static str),
}

/// The first release that refuses control bytes and blanks in header names.
const STRICT_NAMES: Release = Release(1, 21, 1);
/// The first release whose header handlers may refuse.
const STRICT_FRAMING: Release = Release(1, 23, 0);
/// The first release that knows 103 Early Hints.
const EARLY_HINTS: Release = Release(1, 29, 0);
/// The first release that wants a carriage return in chunk lines.
const STRICT_CHUNKS: Release = Release(1, 29, 4);
/// The first release that notices bytes behind the body.
const EXTRA_BYTES: Release = Release(1, 19, 1);

/// What nginx of a release does about one oddity. Without a release, today's rules.
pub fn verdict(kind: Kind, release: Option<Release>) -> Verdict {
    let since = |first: Release| release.is_none_or(|r| r >= first);
    match kind {
        Kind::NotHttp(_) | Kind::BadStatusLine => Verdict::PassesAsHttp09,
        Kind::Interim(code) | Kind::InterimInHttp10(code) => {
            interim(code, kind, since(EARLY_HINTS))
        }
        Kind::ByteInName(0) | Kind::NulInValue | Kind::BareCarriageReturn => INVALID_HEADER,
        Kind::ByteInName(_) | Kind::EmptyName | Kind::FoldedLine => {
            refuses_if(since(STRICT_NAMES), INVALID_HEADER)
        }
        Kind::DuplicateLength { .. } | Kind::DuplicateEncoding => refuses_if(
            since(STRICT_FRAMING),
            Verdict::Refuses("upstream sent duplicate header line"),
        ),
        Kind::LengthAndEncoding => refuses_if(
            since(STRICT_FRAMING),
            Verdict::Refuses(
                "upstream sent \"Content-Length\" and \"Transfer-Encoding\" headers at the same time",
            ),
        ),
        Kind::BadLength => refuses_if(
            since(STRICT_FRAMING),
            Verdict::Refuses("upstream sent invalid \"Content-Length\" header"),
        ),
        Kind::UnknownEncoding => refuses_if(
            since(STRICT_FRAMING),
            Verdict::Refuses("upstream sent unknown \"Transfer-Encoding\""),
        ),
        Kind::BadCgiStatus => Verdict::Refuses("upstream sent invalid status"),
        Kind::BadChunk => BAD_CHUNK,
        Kind::BareLineFeedInChunk => refuses_if(since(STRICT_CHUNKS), BAD_CHUNK),
        Kind::ClosedInHead => Verdict::Refuses(
            "upstream prematurely closed connection while reading response header from upstream",
        ),
        Kind::ShortBody { .. } => {
            Verdict::CutsBody("upstream prematurely closed connection while reading upstream")
        }
        Kind::ExtraBytes => refuses_if(
            since(EXTRA_BYTES),
            Verdict::Warns("upstream sent more data than specified in \"Content-Length\" header"),
        ),
        Kind::NoColon
        | Kind::StatusLineAmongHeaders
        | Kind::ControlInValue(_)
        | Kind::BareLineFeed
        | Kind::ChunkedInHttp10 => Verdict::Accepts,
    }
}

const INVALID_HEADER: Verdict = Verdict::Refuses("upstream sent invalid header");
const BAD_CHUNK: Verdict = Verdict::CutsBody("upstream sent invalid chunked response");

const fn refuses_if(strict: bool, verdict: Verdict) -> Verdict {
    if strict { verdict } else { Verdict::Accepts }
}

fn interim(code: u16, kind: Kind, knows_early_hints: bool) -> Verdict {
    match (code, kind) {
        (103, Kind::InterimInHttp10(_)) if knows_early_hints => {
            Verdict::Refuses("upstream sent HTTP/1.0 response with early hints")
        }
        (103, _) if knows_early_hints => Verdict::Accepts,
        _ => Verdict::TakesAsFinal,
    }
}

/// Whether a head of so many bytes fits a header buffer (`proxy_buffer_size` and
/// the like). FastCGI's record headers before the end of the head count as well.
pub const fn head_fits(head_bytes: usize, buffer_size: usize) -> bool {
    head_bytes <= buffer_size
}
