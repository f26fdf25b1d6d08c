//! Access logs of Nginx Proxy Manager, which have an order of their own:
//! `[TIME] CACHE UPSTREAM_STATUS STATUS - METHOD SCHEME HOST "URI" [Client …] …`, and
//! for what is not proxied the same without the first two.
use super::nginx::{UpstreamFields, judge_access};
use super::record::{LoggedAt, Record, Server};
use crate::log_time;
use crate::nginx::error_log::Peer;
use crate::scan;

/// One line.
pub(super) fn access(line: &[u8]) -> Option<Record<'_>> {
    let (civil, rest) = log_time::day_first(line.strip_prefix(b"[")?)?;
    let (offset, rest) = log_time::zone(rest.strip_prefix(b" ")?)?;
    let (head, rest) = cut(rest.strip_prefix(b"] ")?)?;
    let status = scan::whole_number(head.rsplit(|b| *b == b' ').next()?)?;
    let mut words = rest.splitn(4, |b| *b == b' ');
    let (_method, scheme, host) = (words.next()?, words.next()?, words.next()?);
    let (uri, tail) = scan::split_once(words.next()?.strip_prefix(b"\"")?, "\" [Client ")?;
    let (client, tail) = scan::split_once(tail, "] [Length ")?;
    let mut record = Record::new(Server::Nginx, line);
    record.at = civil.moment(offset).map(LoggedAt::Moment);
    record.status = Some(status);
    record.scheme = Some(scheme);
    record.host = Some(host);
    record.request = Some(uri);
    record.client = Some(client);
    // The name of an upstream stands before the visitor's words.
    let (numbers, _) = scan::split_once(tail, " \"")?;
    let peer = scan::between(numbers, "[Sent-to ", "]").map(Peer::Name);
    let record = judge_access(record, UpstreamFields::default());
    Some(record.peer(peer))
}

/// Before and behind the dash between the status and the method.
fn cut(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut dashes = memchr::memmem::find_iter(text, b" - ");
    dashes.find_map(|at| {
        let (head, rest) = (text.get(..at)?, text.get(at + 3..)?);
        let plain = |b: &u8| b.is_ascii_digit() || b" -,:ABCDEGHILMPRSTUVY".contains(b);
        let status = head.rsplit(|b| *b == b' ').next()?;
        let method = rest.split(|b| *b == b' ').next()?;
        let fits = head.iter().all(plain)
            && status.len() == 3
            && status.iter().all(u8::is_ascii_digit)
            && method.first().is_some_and(u8::is_ascii_alphabetic);
        fits.then_some((head, rest))
    })
}
