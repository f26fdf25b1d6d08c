use super::nginx::{Release, Verdict, verdict};
use super::*;
use proptest::prelude::*;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\n";

fn ended(bytes: &[u8]) -> Reading {
    let context = Context {
        sent: b"GET / HTTP/1.1\r\n\r\n",
        ended: true,
    };
    read(bytes, &context)
}

fn kinds(rest: &[u8]) -> Vec<Kind> {
    let all = [OK, rest].concat();
    ended(&all).oddities.iter().map(|o| o.kind).collect()
}

#[test]
fn a_sound_answer_has_no_oddities() {
    let bytes = b"HTTP/1.1 404 Not Found\r\nServer:  x \r\nContent-Length: 2\r\n\r\nno";
    let answer = ended(bytes);
    assert_eq!(answer.oddities, []);
    assert_eq!(answer.code(), Some(404));
    assert_eq!(answer.value(bytes, "server"), Some(&b"x"[..]));
    assert_eq!(answer.head_bytes, bytes.len() - 2);
    assert!(answer.is_complete());
}

#[test]
fn each_fault_is_named() {
    let table: [(&[u8], &[Kind]); 21] = [
        (b"Foo\r\n\r\n", &[Kind::NoColon]),
        (b"Foo bar\r\n\r\n", &[Kind::NoColon, Kind::ByteInName(b' ')]),
        (b"Foo : bar\r\n\r\n", &[Kind::ByteInName(b' ')]),
        (b"Fo\x01o: bar\r\n\r\n", &[Kind::ByteInName(1)]),
        (b": bar\r\n\r\n", &[Kind::EmptyName]),
        (b"A: b\r\n c: d\r\n\r\n", &[Kind::FoldedLine]),
        (b"HTTP/1.1 200 OK\r\n\r\n", &[Kind::StatusLineAmongHeaders]),
        (b"A: b\0c\r\n\r\n", &[Kind::NulInValue]),
        (b"A: b\x1bc\r\n\r\n", &[Kind::ControlInValue(0x1b)]),
        (b"A: b\rc: d\r\n\r\n", &[Kind::BareCarriageReturn]),
        (b"A: b\nC: d\n\n", &[Kind::BareLineFeed]),
        (
            b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
            &[Kind::DuplicateLength { same: true }],
        ),
        (b"Content-Length: -1\r\n\r\n", &[Kind::BadLength]),
        (b"Transfer-Encoding: gzip\r\n\r\n", &[Kind::UnknownEncoding]),
        (
            b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            &[Kind::LengthAndEncoding],
        ),
        (
            b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
            &[Kind::BadChunk],
        ),
        (
            b"Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n",
            &[Kind::BareLineFeedInChunk],
        ),
        (
            b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
            &[Kind::ShortBody { missing: None }],
        ),
        (
            b"Content-Length: 5\r\n\r\nab",
            &[Kind::ShortBody { missing: Some(3) }],
        ),
        (b"Content-Length: 1\r\n\r\nabc", &[Kind::ExtraBytes]),
        (b"Content-Le", &[Kind::ClosedInHead]),
    ];
    for (rest, wanted) in table {
        assert_eq!(kinds(rest), wanted, "{}", crate::untrusted::shown(rest));
    }
}

#[test]
fn what_is_no_http_is_named() {
    let other = |bytes: &[u8]| ended(bytes).other_protocol();
    assert_eq!(other(b"SSH-2.0-OpenSSH_9.2\r\n"), Some(Protocol::Ssh));
    assert_eq!(other(b"\x15\x03\x03\0\x02\x02\x28"), Some(Protocol::Tls));
    assert_eq!(other(b"HTTP/1.1 200 OK\r\n\r\n"), None);
    let bad = ended(b"HTTP/1.1 OK\r\nA: b\r\n\r\n");
    assert_eq!(
        bad.oddities.first().map(|o| o.kind),
        Some(Kind::BadStatusLine)
    );
}

#[test]
fn interim_answers_are_skipped() {
    let bytes = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
    let answer = ended(bytes);
    assert_eq!((answer.code(), &*answer.interim), (Some(204), &[103][..]));
    assert!(answer.headers.is_empty() && answer.is_complete());
}

#[test]
fn an_answer_to_head_has_no_body() {
    let context = Context {
        sent: b"HEAD / HTTP/1.1\r\n\r\n",
        ended: true,
    };
    let answer = read(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", &context);
    assert!(answer.is_complete() && answer.oddities.is_empty());
}

#[test]
fn cgi_output_takes_its_status_as_nginx_does() {
    let code = |output: &[u8]| read_cgi(output, true).code();
    assert_eq!(code(b"Status: 404 Not Found\r\n\r\nx"), Some(404));
    assert_eq!(code(b"Location: /x\r\n\r\n"), Some(302));
    assert_eq!(code(b"Content-type: text/html\r\n\r\n"), Some(200));
    let bad = read_cgi(b"Status: no\r\n\r\n", true);
    assert_eq!(
        bad.oddities.first().map(|o| o.kind),
        Some(Kind::BadCgiStatus)
    );
}

#[test]
fn nginx_refuses_what_its_release_refuses() {
    let new = Some(Release(1, 26, 0));
    let old = Some(Release(1, 20, 2));
    let both = Kind::LengthAndEncoding;
    assert!(matches!(verdict(both, new), Verdict::Refuses(_)));
    assert_eq!(verdict(both, Some(Release(1, 22, 1))), Verdict::Accepts);
    assert_eq!(verdict(Kind::ByteInName(b' '), old), Verdict::Accepts);
    assert!(matches!(
        verdict(Kind::ByteInName(b' '), new),
        Verdict::Refuses(_)
    ));
    assert_eq!(
        verdict(Kind::NotHttp(Protocol::Ssh), new),
        Verdict::PassesAsHttp09
    );
    assert_eq!(verdict(Kind::NoColon, new), Verdict::Accepts);
    assert_eq!(verdict(Kind::Interim(103), new), Verdict::TakesAsFinal);
    assert_eq!(verdict(Kind::Interim(103), None), Verdict::Accepts);
    assert_eq!(verdict(Kind::BareLineFeedInChunk, new), Verdict::Accepts);
}

fn answer() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"HTTP/1.1 200 OK\r\n".to_vec()),
        Just(b"HTTP/1.0 100 C\r\n".to_vec()),
        Just(b"Content-Length: 3\r\n".to_vec()),
        Just(b"Transfer-Encoding: chunked\r\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"3\r\nabc\r\n".to_vec()),
        Just(b"0\r\n\r\n".to_vec()),
        Just(b"ffffffffffffffff\r\n".to_vec()),
        Just(b"Content-Length: 99999999999999999999\r\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_answer_is_read_with_places_inside_it(rest in answer(), ended: bool, head: bool) {
        let bytes = [OK, &rest].concat();
        let sent: &[u8] = if head { b"HEAD " } else { b"GET " };
        let got = read(&bytes, &Context { sent, ended });
        for o in &got.oddities {
            prop_assert!(o.start <= o.end && o.end <= bytes.len(), "{o:?}");
        }
        for h in &got.headers {
            prop_assert!(h.start <= h.name_end && h.value <= h.end && h.end <= bytes.len());
        }
        prop_assert!(got.head_start + got.head_bytes <= bytes.len());
        prop_assert!(got.body.start + got.body.bytes <= bytes.len());
        let _ = decode_chunks(&rest);
    }

    #[test]
    fn raw_bytes_never_panic(bytes: Vec<u8>, ended: bool) {
        let got = read(&bytes, &Context { sent: b"", ended });
        prop_assert!(got.oddities.iter().all(|o| o.end <= bytes.len()));
        prop_assert!(read_cgi(&bytes, ended).oddities.iter().all(|o| o.end <= bytes.len()));
    }

    /// Read in pieces or at once, the end is seen at the same byte.
    #[test]
    fn progress_agrees_with_the_whole_reading(rest in answer(), step in 1_usize..9) {
        let bytes = [OK, &rest].concat();
        let mut watch = Progress::new(b"GET ");
        let mut end = bytes.len();
        let mut want = Want::More;
        for at in (0..=bytes.len()).step_by(step).chain([bytes.len()]) {
            want = watch.look(&bytes[..at]);
            if want != Want::More {
                end = at;
                break;
            }
        }
        let whole = read(&bytes[..end], &Context { sent: b"GET ", ended: false });
        let interim_only = whole.code().is_some_and(|c| c < 200);
        prop_assert_eq!(want == Want::Nothing, whole.is_complete() && !interim_only);
    }

    #[test]
    fn chunks_come_back_whole(chunks: Vec<Vec<u8>>) {
        let mut body = Vec::new();
        for chunk in chunks.iter().filter(|c| !c.is_empty()) {
            body.extend_from_slice(format!("{:x};e=1\r\n", chunk.len()).as_bytes());
            body.extend_from_slice(chunk);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"0\r\nTrailer: x\r\n\r\n");
        prop_assert_eq!(decode_chunks(&body), chunks.concat());
    }
}
