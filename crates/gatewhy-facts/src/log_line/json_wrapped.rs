//! Lines that a container's runtime, the journal or a collector keeps as a string in
//! JSON.
use super::json::{Object, unescape};
use super::record::LoggedAt;
use super::wrapper;
use crate::prelude::*;
use crate::scan;
use crate::time::Moment;

/// A line that was kept, and when it was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept<'a> {
    /// The line; of the journal with its tag before it, as syslog writes it.
    pub text: Cow<'a, [u8]>,
    /// When.
    pub at: Option<LoggedAt>,
}

/// The line in an object of Docker's `json-file`, of `journalctl -o json`, of Google
/// Cloud's logging or of Filebeat. Anything else keeps none.
pub fn kept(line: &[u8]) -> Option<Kept<'_>> {
    let object = Object::parse(line)?;
    // Most objects keep none: that is known in one pass.
    let [text] = object.pick([&["log", "MESSAGE", "textPayload", "message"]]);
    text?;
    docker(object)
        .or_else(|| journal(object))
        .or_else(|| collected(object))
}

fn ended(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_ascii_end()),
        Cow::Owned(text) => Cow::Owned(text.trim_ascii_end().to_vec()),
    }
}

/// `{"log":"…\n","stream":"stderr","time":"…"}`
fn docker(object: Object<'_>) -> Option<Kept<'_>> {
    let (log, _stream) = (object.get("log")?, object.get("stream")?);
    Some(Kept {
        text: ended(unescape(log)),
        at: object.get("time").and_then(wrapper::iso),
    })
}

fn journal(object: Object<'_>) -> Option<Kept<'_>> {
    let message = object.get("MESSAGE")?;
    let time = object
        .get("__REALTIME_TIMESTAMP")
        .and_then(scan::whole_number);
    let at = Moment(time.unwrap_or_default()).local(0).replace(' ', "T");
    let who = object
        .get("SYSLOG_IDENTIFIER")
        .or_else(|| object.get("_COMM"));
    let pid = object.get("_PID").unwrap_or(b"0");
    let head = [
        at.as_bytes(),
        b"Z - ",
        who.unwrap_or(b"unknown"),
        b"[",
        pid,
        b"]: ",
    ]
    .concat();
    Some(Kept {
        text: Cow::Owned([head.as_slice(), &unescape(message)].concat()),
        at: None,
    })
}

/// `{"textPayload":"…","insertId":"…","timestamp":"…"}`,
/// `{"@timestamp":"…","message":"…","log":{"file":…}}`
fn collected(object: Object<'_>) -> Option<Kept<'_>> {
    let of_google = || {
        object
            .get("insertId")
            .and_then(|_| object.get("textPayload"))
    };
    let of_filebeat = || {
        let file = object.object("log")?.get("file").is_some();
        object.get("message").filter(|_| file)
    };
    let text = of_google().or_else(of_filebeat)?;
    let at = object.get("timestamp").or_else(|| object.get("@timestamp"));
    Some(Kept {
        text: ended(unescape(text)),
        at: at.and_then(wrapper::iso),
    })
}
