use super::*;

/// As a server writes it: `www.example` is an alias of `app.example`, which has
/// an address of each family; names are pointers where they can be.
fn answer() -> Vec<u8> {
    let mut all = vec![0x12, 0x34, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0];
    all.extend_from_slice(b"\x03www\x07example\0\0\x01\0\x01");
    all.extend_from_slice(b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x06\x03app\xc0\x10");
    all.extend_from_slice(b"\xc0\x29\0\x01\0\x01\0\0\0\x0a\0\x04\xc0\x00\x02\x07");
    all.extend_from_slice(b"\xc0\x29\0\x1c\0\x01\0\0\0\x0a\0\x10");
    all.extend_from_slice(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
    all
}

#[test]
fn aliases_pointers_and_both_families() {
    let message = parse(&answer()).unwrap();
    assert!(!message.damaged && message.recursive && !message.truncated);
    assert_eq!(message.name.as_deref(), Some("www.example"));
    assert_eq!(
        message.answers[0].data,
        Data::Alias("app.example".to_owned())
    );
    assert_eq!(message.answers[1].name, "app.example");
    let addresses: Vec<String> = message.addresses().map(|a| a.to_string()).collect();
    assert_eq!(addresses, ["192.0.2.7", "2001:db8::7"]);
    assert_eq!(message.ttl(), Some(10));
}

#[test]
fn codes_and_a_question_is_no_answer() {
    let header = |flags: [u8; 2]| parse(&[0, 0, flags[0], flags[1], 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(header([0x81, 0x83]).unwrap().code, ResponseCode::NoSuchName);
    assert_eq!(
        header([0x81, 0x02]).unwrap().code,
        ResponseCode::ServerFailure
    );
    assert!(header([0x83, 0x80]).unwrap().truncated);
    assert_eq!(header([0x01, 0x00]), None);
}

#[test]
fn a_cut_message_keeps_what_came_before() {
    let whole = answer();
    let message = parse(&whole[..whole.len() - 4]).unwrap();
    assert!(message.damaged);
    assert_eq!(message.addresses().count(), 1);
}

#[test]
fn names_that_point_at_themselves_end() {
    let mut bytes = vec![0, 0, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0];
    bytes.extend_from_slice(b"\xc0\x0c\0\x01\0\x01");
    assert!(parse(&bytes).unwrap().damaged);
    assert_eq!(
        name(b"\x03a.b\x01\xff\0", 0),
        Some(("a\\.b.\\255".to_owned(), 7))
    );
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, at in 0usize..200, value: u8) {
        let _ = parse(&bytes);
        let mut message = answer();
        if let Some(byte) = message.get_mut(at) {
            *byte = value;
        }
        let _ = parse(&message).map(|m| m.addresses().count());
    }
}
