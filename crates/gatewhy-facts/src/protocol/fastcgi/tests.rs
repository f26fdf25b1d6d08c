use super::*;
use crate::protocol::http1::Want;
use proptest::prelude::*;

fn record(kind: u8, content: &[u8], padding: u8) -> Vec<u8> {
    let [hi, lo] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let mut out = vec![1, kind, 0, 1, hi, lo, padding, 0];
    out.extend_from_slice(content);
    out.resize(out.len() + usize::from(padding), 0);
    out
}

fn kinds(reply: &Reply) -> Vec<Kind> {
    reply.oddities.iter().map(|o| o.kind).collect()
}

#[test]
fn a_whole_reply_is_put_together() {
    let bytes = [
        record(7, b"PHP Warning", 5),
        record(6, b"Content-Type: text/html\r\n", 7),
        record(6, b"\r\nhello", 1),
        record(6, b"", 0),
        record(3, &[0, 0, 0, 255, 0, 0, 0, 0], 0),
    ]
    .concat();
    let reply = read(&bytes, true);
    assert_eq!(reply.stdout, b"Content-Type: text/html\r\n\r\nhello");
    assert_eq!(reply.stderr, b"PHP Warning");
    assert_eq!(reply.oddities, []);
    let end = reply.end.map(|e| (e.app_status, e.protocol_status));
    assert_eq!(end, Some((255, ProtocolStatus::Complete)));
    let head = crate::protocol::http1::read_cgi(&reply.stdout, true).head_bytes;
    assert_eq!(
        &bytes[reply.received_bytes_of_head(head).unwrap()..][..5],
        b"hello"
    );
}

#[test]
fn faults_are_named_and_what_came_is_kept() {
    let head = record(6, b"A: b\r\n\r\nbody", 4);
    let dead = read(&head, true);
    assert_eq!(
        (kinds(&dead), dead.stdout.len()),
        (vec![Kind::ClosedWithoutEnd], 12)
    );
    let cut = read(&head[..14], true);
    assert_eq!(
        (kinds(&cut), &*cut.stdout),
        (vec![Kind::ClosedInRecord], &b"A: b\r\n"[..])
    );
    assert_eq!(kinds(&read(b"HTTP/1.1 400 Bad", true)), [Kind::Version(72)]);
    assert_eq!(kinds(&read(b"HT", true)), [Kind::Version(72)]);
    let end = record(3, &[0; 8], 0);
    assert_eq!(kinds(&read(&end, true)), [Kind::EndedInHead]);
    let short = [head.clone(), record(3, &[0; 3], 0)].concat();
    assert_eq!(
        kinds(&read(&short, true)),
        [Kind::ShortEnd(3), Kind::ClosedWithoutEnd]
    );
    let strange = [record(9, b"", 0), head, end].concat();
    assert_eq!(kinds(&read(&strange, true)), [Kind::Type(9)]);
    assert_eq!(kinds(&read(b"", true)), []);
}

#[test]
fn parameters_may_be_replaced_and_are_long_encoded_when_long() {
    let long = vec![b'x'; 300];
    let extra = [(b"SCRIPT_NAME".to_vec(), long)];
    let get = GetRequest {
        method: "GET",
        script_filename: b"/srv/index.php",
        script_name: b"/index.php",
        request_uri: b"/index.php?a=b",
        document_root: b"/srv",
        host: b"shop.example",
        https: false,
        extra: &extra,
    };
    let params = get.params();
    assert_eq!(
        params.iter().filter(|(n, _)| n == b"SCRIPT_NAME").count(),
        1
    );
    assert!(params.contains(&(b"QUERY_STRING".to_vec(), b"a=b".to_vec())));
    let bytes = request(&params);
    assert!(memchr::memmem::find(&bytes, b"\x0b\x80\0\x01\x2cSCRIPT_NAME").is_some());
    assert_eq!(bytes.len() % 8, 0);
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        (
            any::<u8>(),
            proptest::collection::vec(any::<u8>(), 0..20),
            0_u8..9
        )
            .prop_map(|(kind, content, padding)| record(kind % 12, &content, padding)),
        Just(record(6, b"A: b\r\n\r\n", 0)),
        Just(record(3, &[0; 8], 0)),
        proptest::collection::vec(any::<u8>(), 0..10),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_stream_is_read(bytes in stream(), ended: bool, cut in 0_usize..60) {
        let bytes = &bytes[..bytes.len().saturating_sub(cut)];
        let reply = read(bytes, ended);
        prop_assert!(reply.stdout.len() + reply.stderr.len() <= bytes.len());
        prop_assert!(reply.oddities.iter().all(|o| o.at <= bytes.len()));
        for n in 0..=reply.stdout.len() {
            let place = reply.received_bytes_of_head(n);
            prop_assert!(place.is_none_or(|p| bytes[p - 1] == reply.stdout[n - 1]));
        }
    }

    #[test]
    fn raw_bytes_never_panic(bytes: Vec<u8>, ended: bool) {
        let _ = (read(&bytes, ended), contents(&bytes));
    }

    #[test]
    fn progress_ends_with_the_request(bytes in stream(), step in 1_usize..9) {
        let mut watch = FastCgiProgress::default();
        for at in (0..=bytes.len()).step_by(step) {
            if watch.look(&bytes[..at]) == Want::Nothing {
                let reply = read(&bytes[..at], false);
                let short = reply.oddities.iter().any(|o| matches!(o.kind, Kind::ShortEnd(_)));
                prop_assert!(reply.end.is_some() || short);
                break;
            }
        }
    }

    /// What we build is what a FastCGI application reads back.
    #[test]
    fn requests_hold_their_parameters(
        params in proptest::collection::vec(
            (proptest::collection::vec(any::<u8>(), 0..200), proptest::collection::vec(any::<u8>(), 0..200)),
            0..6,
        )
    ) {
        let bytes = request(&params);
        let mut at = 0;
        let mut content = Vec::new();
        while at < bytes.len() {
            let (kind, len, pad) = (bytes[at + 1], usize::from(bytes[at + 4]) * 256 + usize::from(bytes[at + 5]), bytes[at + 6]);
            if kind == 4 {
                content.extend_from_slice(&bytes[at + 8..at + 8 + len]);
            }
            at += 8 + len + usize::from(pad);
        }
        prop_assert_eq!(at, bytes.len());
        prop_assert_eq!(read_params(&content), params);
    }
}

fn read_params(mut content: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut out = Vec::new();
    while !content.is_empty() {
        let name = take_length(&mut content);
        let value = take_length(&mut content);
        let (pair, rest) = content.split_at(name + value);
        out.push((pair[..name].to_vec(), pair[name..].to_vec()));
        content = rest;
    }
    out
}

fn take_length(content: &mut &[u8]) -> usize {
    let size = if content[0] & 0x80 == 0 { 1 } else { 4 };
    let (digits, rest) = content.split_at(size);
    *content = rest;
    let first = usize::from(digits[0] & 0x7f);
    digits[1..]
        .iter()
        .fold(first, |n, d| n * 256 + usize::from(*d))
}
