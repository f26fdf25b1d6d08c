//! A small `ClientHello` of the old versions, to learn what a server would take.
//!
//! No secret is agreed on, so no cryptography is needed: the server's first record
//! tells its choice, and then the connection is closed.
use crate::prelude::*;

/// A version that can be offered this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OldVersion {
    /// SSL 3.0.
    Ssl3,
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2, also with the cipher suites that modern libraries left out.
    Tls12,
}

impl OldVersion {
    /// All, newest first.
    pub const ALL: [Self; 4] = [Self::Tls12, Self::Tls11, Self::Tls10, Self::Ssl3];

    /// As OpenSSL names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssl3 => "SSLv3",
            Self::Tls10 => "TLSv1.0",
            Self::Tls11 => "TLSv1.1",
            Self::Tls12 => "TLSv1.2",
        }
    }

    const fn minor(self) -> u8 {
        match self {
            Self::Ssl3 => 0,
            Self::Tls10 => 1,
            Self::Tls11 => 2,
            Self::Tls12 => 3,
        }
    }
}

/// What a server's first record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerSays {
    /// Too little came to tell.
    Unfinished,
    /// It chose this minor version (of 3) and cipher suite.
    Hello {
        /// 0 for SSL 3.0, 1 for TLS 1.0, and so on.
        minor: u8,
        /// The cipher suite's number.
        cipher: u16,
    },
    /// It refused with an alert.
    Alert(u8),
    /// That is not TLS.
    NotTls,
}

/// ECDHE, DHE and RSA key exchange with GCM, CBC, RC4 and 3DES, strongest first.
const CIPHERS: [u16; 34] = [
    0xc02c, 0xc030, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0x009f, 0x009e, 0xc024, 0xc028, 0xc00a, 0xc014,
    0xc023, 0xc027, 0xc009, 0xc013, 0x006b, 0x0067, 0x0039, 0x0033, 0x009d, 0x009c, 0x003d, 0x003c,
    0x0035, 0x002f, 0xc012, 0xc008, 0x0016, 0x000a, 0xc011, 0xc007, 0x0005, 0x0004,
];

/// The record that offers one version; `random` should be fresh bytes.
pub fn client_hello(version: OldVersion, server_name: Option<&str>, random: [u8; 32]) -> Vec<u8> {
    let mut body = vec![3, version.minor()];
    body.extend_from_slice(&random);
    body.push(0);
    let ciphers: Vec<u8> = CIPHERS.iter().flat_map(|c| c.to_be_bytes()).collect();
    push_u16_sized(&mut body, &ciphers);
    body.extend_from_slice(&[1, 0]);
    if version != OldVersion::Ssl3 {
        let extensions = extensions(version, server_name);
        push_u16_sized(&mut body, &extensions);
    }
    let mut message = vec![1, 0];
    push_u16_sized(&mut message, &body);
    // The record itself says TLS 1.0 at most: old servers are picky about it.
    let mut record = vec![22, 3, version.minor().min(1)];
    push_u16_sized(&mut record, &message);
    record
}

fn extensions(version: OldVersion, server_name: Option<&str>) -> Vec<u8> {
    const GROUPS: [u8; 10] = [0, 8, 0, 29, 0, 23, 0, 24, 0, 25];
    const SIGNATURES: [u8; 22] = [
        0, 20, 4, 3, 5, 3, 6, 3, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1, 2, 1,
    ];
    let mut out = Vec::new();
    if let Some(name) = server_name.filter(|n| n.len() <= 255) {
        let mut entry = vec![0];
        push_u16_sized(&mut entry, name.as_bytes());
        let mut list = Vec::new();
        push_u16_sized(&mut list, &entry);
        push_extension(&mut out, 0, &list);
    }
    push_extension(&mut out, 10, &GROUPS);
    push_extension(&mut out, 11, &[1, 0]);
    if version == OldVersion::Tls12 {
        push_extension(&mut out, 13, &SIGNATURES);
    }
    // An empty renegotiation_info: some servers insist on it.
    push_extension(&mut out, 0xff01, &[0]);
    out
}

fn push_extension(out: &mut Vec<u8>, kind: u16, content: &[u8]) {
    out.extend_from_slice(&kind.to_be_bytes());
    push_u16_sized(out, content);
}

fn push_u16_sized(out: &mut Vec<u8>, content: &[u8]) {
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(content);
}

/// Reads the first bytes a server sent.
pub fn read_server(received: &[u8]) -> ServerSays {
    match received {
        [] => ServerSays::Unfinished,
        [21, 3, _, 0, 2, _, alert, ..] => ServerSays::Alert(*alert),
        [22, 3, _, _, _, rest @ ..] => read_hello(rest),
        [21 | 22, ..] if received.len() < 7 => ServerSays::Unfinished,
        _ => ServerSays::NotTls,
    }
}

fn read_hello(message: &[u8]) -> ServerSays {
    // Type, length, version, random, and the length of the session id.
    const SESSION_ID: usize = 1 + 3 + 2 + 32;
    if message.first().is_some_and(|kind| *kind != 2) {
        return ServerSays::NotTls;
    }
    let Some(session) = message.get(SESSION_ID) else {
        return ServerSays::Unfinished;
    };
    let at = SESSION_ID + 1 + usize::from(*session);
    match (message.get(5), message.get(at..at + 2)) {
        (Some(minor), Some([hi, lo])) => ServerSays::Hello {
            minor: *minor,
            cipher: u16::from_be_bytes([*hi, *lo]),
        },
        _ => ServerSays::Unfinished,
    }
}

impl ServerSays {
    /// Whether the server took exactly that version.
    pub const fn took(self, version: OldVersion) -> Option<u16> {
        match self {
            Self::Hello { minor, cipher } if minor == version.minor() => Some(cipher),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_inside_a_hello_agree() {
        for version in OldVersion::ALL {
            let hello = client_hello(version, Some("shop.example"), [7; 32]);
            assert_eq!(hello[..2], [22, 3]);
            let record = usize::from(hello[3]) * 256 + usize::from(hello[4]);
            let message = usize::from(hello[7]) * 256 + usize::from(hello[8]);
            assert_eq!((record, message), (hello.len() - 5, hello.len() - 9));
        }
    }

    #[test]
    fn a_servers_choice_is_read() {
        let mut hello = vec![22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
        hello.extend_from_slice(&[9; 32]);
        hello.extend_from_slice(&[0, 0xc0, 0x13, 0]);
        assert_eq!(read_server(&hello).took(OldVersion::Tls10), Some(0xc013));
        assert_eq!(read_server(&hello).took(OldVersion::Tls12), None);
        assert_eq!(read_server(&hello[..20]), ServerSays::Unfinished);
        assert_eq!(read_server(&[21, 3, 1, 0, 2, 2, 70]), ServerSays::Alert(70));
        assert_eq!(read_server(b"HTTP/1.1 400"), ServerSays::NotTls);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>, tail: Vec<u8>) {
            let _ = read_server(&bytes);
            let _ = read_server(&[&[22, 3, 1, 0, 90, 2][..], &tail].concat());
        }
    }
}
