//! Where visitors' words stand. What they send is written into logs: a message counts
//! only where its server puts messages.
use super::record::{Record, Server};
use crate::scan;

/// Whether a request, or a part of one, is quoted: then words further on may be a
/// visitor's.
pub(super) fn quotes_visitor(text: &[u8]) -> bool {
    const METHODS: [&[u8]; 8] = [
        b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"CONNECT",
    ];
    // A response's head, as curl prints it, is no request.
    let text = text.strip_prefix(b"< ").unwrap_or(text);
    let mut blanks = memchr::memchr_iter(b' ', text);
    let has_method = blanks.any(|at| {
        let behind = text.get(at + 1);
        let likely = behind.is_some_and(|b| matches!(b, b'/' | b'"' | b'*'));
        let before = || text.get(..at).unwrap_or_default();
        likely
            && METHODS
                .iter()
                .any(|method| ends_with_word(before(), method))
    });
    has_method || scan::holds(text, " HTTP/1.") || scan::holds(text, " HTTP/2")
}

/// Whether a text ends with that word, and not with a longer one.
fn ends_with_word(text: &[u8], word: &[u8]) -> bool {
    let before = text.strip_suffix(word);
    before.is_some_and(|text| text.last().is_none_or(|b| !b.is_ascii_alphanumeric()))
}

/// Lines of formats that put visitors' words at their ends, whatever else they say:
/// request lines of uWSGI, records of Varnish's log, Gunicorn's request lines.
pub(super) fn request(line: &[u8]) -> Option<Record<'_>> {
    if line.starts_with(b"[pid: ") && scan::holds(line, "|app: ") {
        let failed = super::app::request_without_answer(line);
        return Some(failed.unwrap_or_else(|| Record::new(Server::Uwsgi, line)));
    }
    let dashes = line.iter().take_while(|b| **b == b'-').count();
    let rest = line.get(dashes..).filter(|_| (1..=8).contains(&dashes))?;
    let tag = rest.trim_ascii_start();
    let end = tag.iter().position(|b| *b == b' ')?;
    let name = tag.get(..end).filter(|_| rest.len() > tag.len())?;
    let of_visitor = ["Req", "Resp", "Bereq", "Beresp", "Obj", "Hash", "VCL_Log"]
        .iter()
        .any(|start| name.starts_with(start.as_bytes()));
    let is_status = name.ends_with(b"Status");
    (of_visitor && !is_status).then(|| Record::new(Server::Varnish, tag))
}
