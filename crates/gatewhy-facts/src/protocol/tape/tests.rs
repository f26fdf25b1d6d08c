use super::*;
use proptest::prelude::*;

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        Just(How::Ok),
        Just(How::Refused),
        Just(How::TimedOut),
        Just(How::Foreign),
        any::<u8>().prop_map(How::Alert),
        any::<i32>().prop_map(How::Errno),
    ]
}

#[test]
fn a_failed_connection_says_where_and_how_it_ended() {
    let answer = b"phases 99\nconnect errno:13 42\n\n";
    let heard = Conversation::read(answer);
    assert!(heard.phases.is_empty(), "the part is shorter than it says");
    let answer = b"phases 20\nconnect errno:13 42\n\n";
    let heard = Conversation::read(answer);
    let end = heard.end().map(|p| (p.step, p.how, p.micros));
    assert_eq!(end, Some((Step::Connect, How::Errno(13), 42)));
    assert!(!heard.connected());
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        hows in proptest::collection::vec((how(), any::<u64>()), 0..5),
        received: Vec<u8>,
        certificate: Vec<u8>,
        alert: Option<u8>,
        wants: bool,
        cipher: u16,
    ) {
        let phases = hows.iter().zip(Step::WORDS).map(|(h, (step, _))| Phase {
            step,
            how: h.0,
            micros: h.1,
        });
        let tls = TlsRecord {
            version: Some("TLSv1.3".into()),
            alert,
            wants_client_certificate: wants,
            error: Some("received fatal alert: ProtocolVersion".into()),
            offers: vec![("TLSv1.0".into(), Offer::Accepted(cipher))],
            received: &received,
            ..TlsRecord::default()
        };
        let said = Conversation {
            phases: phases.collect(),
            local: "[::1]:4711".parse().ok(),
            peer: Some(PeerProcess { pid: 1, uid: 33, gid: 34 }),
            received: &received,
            tls: Some(tls),
            counted: Some(7),
            certificates: vec![&certificate],
        };
        let written = encode(&said);
        prop_assert_eq!(Conversation::read(&written), said);
    }

    #[test]
    fn damaged_answers_never_panic(bytes: Vec<u8>) {
        let heard = Conversation::read(&bytes);
        prop_assert!(heard.received.len() <= bytes.len());
    }
}
