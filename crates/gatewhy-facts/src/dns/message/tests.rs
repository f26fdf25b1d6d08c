//! Answers of a real dnsmasq.
use super::*;

const ADDRESS: &[u8] = include_bytes!("../../../tests/data/dns/a.bin");
const ALIASES: &[u8] = include_bytes!("../../../tests/data/dns/cname-aaaa.bin");
const MISSING: &[u8] = include_bytes!("../../../tests/data/dns/nxdomain.bin");
const REFUSED: &[u8] = include_bytes!("../../../tests/data/dns/refused.bin");
const TRUNCATED: &[u8] = include_bytes!("../../../tests/data/dns/truncated.bin");
const WITH_EDNS: &[u8] = include_bytes!("../../../tests/data/dns/edns.bin");
const NO_DATA: &[u8] = include_bytes!("../../../tests/data/dns/nodata.bin");

fn read(bytes: &[u8]) -> Message {
    let message = parse(bytes).unwrap();
    assert_eq!(message.fault, None);
    assert_eq!(message.id, 0x1234);
    message
}

#[test]
fn an_address() {
    let message = read(ADDRESS);
    assert!(message.answers_to("App.Internal.", 1) && !message.answers_to("app.internal", 28));
    assert!(message.authoritative && message.recursion_available);
    assert_eq!(
        message.addresses(),
        ["192.0.2.20".parse::<IpAddr>().unwrap()]
    );
}

#[test]
fn aliases_are_followed() {
    let message = read(ALIASES);
    let mid = Data::Alias(Name("mid.internal".to_owned()));
    assert_eq!(message.answers[0].data, mid);
    assert_eq!(message.answers[2].ttl, 120);
    assert_eq!(
        message.addresses(),
        ["2001:db8::21".parse::<IpAddr>().unwrap()]
    );
}

#[test]
fn answers_without_an_address() {
    assert_eq!(read(MISSING).rcode, Rcode::NxDomain);
    assert_eq!(read(REFUSED).rcode.to_string(), "REFUSED");
    let none = read(NO_DATA);
    assert!(none.addresses().is_empty() && none.answers_to("app.internal", 28));
}

#[test]
fn more_than_fits() {
    let cut = read(TRUNCATED);
    assert!(cut.truncated);
    assert_eq!(cut.addresses().len(), 30);
    let whole = read(WITH_EDNS);
    assert!(!whole.truncated);
    assert_eq!(whole.addresses().len(), 60);
}

#[test]
fn a_name_that_points_at_itself_or_forward() {
    let mut bytes = ADDRESS.to_vec();
    // The answer's name: a pointer, at byte 30.
    assert_eq!(bytes[30..32], [0xc0, 12]);
    for target in [30, 31, 200] {
        bytes[31] = target;
        let message = parse(&bytes).unwrap();
        assert_eq!(message.fault, Some(Fault::BadName));
        assert_eq!(message.questions.len(), 1);
    }
}

#[test]
fn records_of_the_wrong_length() {
    let mut bytes = ADDRESS.to_vec();
    let at = bytes.len() - 5;
    assert_eq!(bytes[at], 4);
    bytes[at] = 3;
    assert_eq!(parse(&bytes).unwrap().fault, Some(Fault::BadRecord));
    assert_eq!(parse(&ADDRESS[..40]).unwrap().fault, Some(Fault::TooShort));
    assert_eq!(parse(&ADDRESS[..11]), None);
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>) {
        if let Some(message) = parse(&bytes) {
            let _ = message.addresses();
        }
    }

    #[test]
    fn never_panics_on_changed_answers(
        changes: Vec<(proptest::sample::Index, u8)>, length in 0..200_usize
    ) {
        let mut bytes = ALIASES.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(length);
        if let Some(message) = parse(&bytes) {
            let _ = message.addresses();
            for query in message.questions {
                proptest::prop_assert!(query.name.0.len() <= 4 * LONGEST_NAME);
            }
        }
    }
}
