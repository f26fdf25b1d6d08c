//! Requests to uwsgi and SCGI applications, as nginx sends them. Their answers are
//! those of HTTP, or of CGI: header lines without a status line.
use crate::prelude::*;

/// The most bytes that the variables of a uwsgi packet may have.
const UWSGI_MOST: usize = 65_535;

/// A uwsgi packet: modifiers 0, the length and the variables, little-endian. What
/// does not fit into one packet is left out.
pub fn uwsgi_request(params: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in params {
        let whole = name.len().saturating_add(value.len()).saturating_add(4);
        if body.len().saturating_add(whole) <= UWSGI_MOST {
            push_sized(&mut body, name);
            push_sized(&mut body, value);
        }
    }
    let [low, high] = u16::try_from(body.len()).unwrap_or(0).to_le_bytes();
    let mut out = vec![0, low, high, 0];
    out.extend_from_slice(&body);
    out
}

fn push_sized(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_le_bytes());
    out.extend_from_slice(text);
}

/// An SCGI request without a body: a netstring of the headers.
pub fn scgi_request(params: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut headers = b"CONTENT_LENGTH\x000\x00SCGI\x001\x00".to_vec();
    let own = |name: &[u8]| name == b"CONTENT_LENGTH" || name == b"SCGI";
    for (name, value) in params.iter().filter(|(name, _)| !own(name)) {
        for text in [name, value] {
            headers.extend(text.iter().filter(|byte| **byte != 0));
            headers.push(0);
        }
    }
    let mut out = format!("{}:", headers.len()).into_bytes();
    out.extend_from_slice(&headers);
    out.push(b',');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> Vec<(Vec<u8>, Vec<u8>)> {
        vec![(b"REQUEST_METHOD".to_vec(), b"GET".to_vec())]
    }

    #[test]
    fn a_uwsgi_packet_is_as_the_protocol_says() {
        let packet = uwsgi_request(&params());
        assert_eq!(packet.get(..4), Some(&[0, 21, 0, 0][..]));
        assert_eq!(packet.get(4..), Some(&b"\x0e\0REQUEST_METHOD\x03\0GET"[..]));
    }

    #[test]
    fn an_scgi_request_begins_with_its_length() {
        let request = scgi_request(&params());
        assert!(request.starts_with(b"43:CONTENT_LENGTH\x000\x00SCGI\x001\x00REQUEST_METHOD"));
        assert!(request.ends_with(b"\x00GET\x00,"));
    }

    proptest::proptest! {
        #[test]
        fn lengths_always_fit(params: Vec<(Vec<u8>, Vec<u8>)>) {
            let packet = uwsgi_request(&params);
            let told = usize::from(u16::from_le_bytes([packet[1], packet[2]]));
            proptest::prop_assert_eq!(packet.len(), told + 4);
            proptest::prop_assert!(scgi_request(&params).ends_with(b","));
        }
    }
}
