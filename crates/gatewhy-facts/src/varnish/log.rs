//! Transactions as `varnishlog -g request` prints them: a request, and the fetches
//! from backends behind it.
use crate::log_line;
use crate::prelude::*;
use crate::scan;
use crate::symptom::Symptom;
use crate::time::Moment;

/// A visitor's request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction<'a> {
    /// The visitor's address and port, with a blank between.
    pub client: &'a [u8],
    /// When it came.
    pub at: Option<Moment>,
    /// What it asked for.
    pub url: &'a [u8],
    /// The Host header.
    pub host: Option<&'a [u8]>,
    /// The status that the visitor got.
    pub status: Option<u16>,
    /// What failed while a backend was asked, in order.
    pub failures: Vec<Failure<'a>>,
}

/// A failed fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure<'a> {
    /// The record's text: `backend default: fail errno 111 (Connection refused)`.
    pub message: &'a [u8],
    /// The backend's name, without that of the VCL.
    pub backend: Option<&'a [u8]>,
    /// The error number.
    pub errno: Option<u16>,
    /// What it means.
    pub symptom: Option<Symptom>,
}

/// Reads all transactions.
pub fn read(text: &[u8]) -> Vec<Transaction<'_>> {
    let mut all: Vec<Transaction<'_>> = Vec::new();
    let mut backend: Option<&[u8]> = None;
    for line in text.split(|byte| *byte == b'\n') {
        if line.starts_with(b"*   << Request") {
            all.push(Transaction::default());
            backend = None;
            continue;
        }
        let Some(now) = all.last_mut() else {
            continue;
        };
        let bare = line.trim_ascii_start();
        let dashes = bare.iter().take_while(|byte| **byte == b'-').count();
        let rest = bare.get(dashes..).unwrap_or_default().trim_ascii();
        let (tag, value) = scan::split_once(rest, " ").unwrap_or((rest, b""));
        record(now, &mut backend, (tag, value.trim_ascii()), line);
    }
    all
}

fn record<'a>(
    now: &mut Transaction<'a>,
    backend: &mut Option<&'a [u8]>,
    (tag, value): (&'a [u8], &'a [u8]),
    line: &'a [u8],
) {
    match tag {
        b"Begin" if value.starts_with(b"bereq") => *backend = None,
        b"ReqStart" if now.client.is_empty() => {
            let end = memchr::memrchr(b' ', value).unwrap_or(value.len());
            now.client = value.get(..end).unwrap_or(value);
        }
        b"Timestamp" if now.at.is_none() => now.at = timestamp(value),
        b"ReqURL" if now.url.is_empty() => now.url = value,
        b"ReqHeader" if now.host.is_none() => {
            let (name, host) = scan::split_once(value, ":").unwrap_or((value, b""));
            if name.eq_ignore_ascii_case(b"host") {
                now.host = Some(host.trim_ascii());
            }
        }
        b"RespStatus" => now.status = scan::whole_number(value),
        b"BackendOpen" | b"BackendReuse" => {
            let name = value.split(|byte| *byte == b' ').nth(1);
            *backend = name.map(without_vcl);
        }
        b"FetchError" => now.failures.push(failure(value, *backend, line)),
        _ => {}
    }
}

fn failure<'a>(message: &'a [u8], backend: Option<&'a [u8]>, line: &'a [u8]) -> Failure<'a> {
    let told = log_line::recognise(line);
    let named = message
        .strip_prefix(b"backend ")
        .and_then(|rest| scan::split_once(rest, ": "))
        .map(|(name, _)| without_vcl(name));
    Failure {
        message,
        backend: named.or(backend),
        errno: told.and_then(|told| told.errno).filter(|errno| *errno != 0),
        symptom: told.and_then(|told| told.symptom),
    }
}

/// `boot.default` is the backend `default` of the VCL `boot`.
fn without_vcl(name: &[u8]) -> &[u8] {
    scan::rsplit_once(name, ".").map_or(name, |(_, name)| name)
}

/// `Start: 1795277309.179390 0.000000 0.000000`
fn timestamp(value: &[u8]) -> Option<Moment> {
    let (_, rest) = scan::split_once(value, ": ")?;
    let (secs, _) = scan::number(rest)?;
    Some(Moment::from_secs(i64::try_from(secs).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What Varnish 7.1 wrote.
    const LOG: &[u8] = b"*   << Request  >> 2         \n\
-   Begin          req 1 rxreq\n\
-   Timestamp      Start: 1795277309.179390 0.000000 0.000000\n\
-   ReqStart       127.0.0.1 40294 a0\n\
-   ReqURL         /x\n\
-   ReqHeader      Host: localhost:6081\n\
-   RespStatus     503\n\
-   End            \n\
--  Begin          bereq 2 fetch\n\
--  ReqURL         /inner\n\
--  BackendOpen    24 boot.close 127.0.0.1 3991 127.0.0.1 51234 connect\n\
--  FetchError     HTC eof (-1)\n\
--  End            \n\n\
*   << Request  >> 5         \n\
-   ReqStart       ::1 40296 a0\n\
--  FetchError     backend default: fail errno 111 (Connection refused)\n";

    #[test]
    fn requests_and_their_failures() {
        let all = read(LOG);
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].client, all[0].url),
            (&b"127.0.0.1 40294"[..], &b"/x"[..])
        );
        assert_eq!(all[0].host, Some(&b"localhost:6081"[..]));
        assert_eq!(all[0].status, Some(503));
        assert_eq!(all[0].failures[0].backend, Some(&b"close"[..]));
        assert_eq!(
            all[0].failures[0].symptom,
            Some(Symptom::ClosedBeforeResponse)
        );
        assert_eq!(all[1].failures[0].errno, Some(111));
        assert_eq!(all[1].failures[0].backend, Some(&b"default"[..]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&text);
            let _ = read(&[b"*   << Request\n", &text[..]].concat());
        }
    }
}
