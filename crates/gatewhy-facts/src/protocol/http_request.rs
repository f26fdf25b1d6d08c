//! The bytes of a GET or HEAD request, as a proxy or a visitor would send them.
use crate::prelude::*;

/// What every request of ours says about who sends it.
pub const USER_AGENT: &str = concat!("gatewhy/", env!("CARGO_PKG_VERSION"));

/// A request without a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// `GET` or `HEAD`.
    pub method: &'a str,
    /// The target as it is sent: an absolute path with its query.
    pub target: &'a [u8],
    /// `Host`, not sent when empty.
    pub host: &'a [u8],
    /// The minor version: nginx sends HTTP/1.0 before release 1.29.7, 1.1 since.
    pub minor: u8,
    /// Further header lines, as the proxy adds them. One that has a name which is
    /// sent anyway replaces that.
    pub extra: &'a [(Vec<u8>, Vec<u8>)],
}

impl Request<'_> {
    /// The bytes to send. Bytes that would end a line or the target early are left
    /// out, so that nobody can slip in a second request.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend_from_slice(self.method.as_bytes());
        out.push(b' ');
        out.extend(self.target.iter().filter(|b| **b > b' ' && **b != 0x7f));
        out.extend_from_slice(if self.minor == 0 {
            b" HTTP/1.0\r\n"
        } else {
            b" HTTP/1.1\r\n"
        });
        let own: [(&str, &[u8]); 4] = [
            ("Host", self.host),
            ("Connection", b"close"),
            ("User-Agent", USER_AGENT.as_bytes()),
            ("Accept", b"*/*"),
        ];
        for (name, value) in own {
            if !value.is_empty() && !self.replaces(name) {
                push_line(&mut out, name.as_bytes(), value);
            }
        }
        for (name, value) in self.extra {
            push_line(&mut out, name, value);
        }
        out.extend_from_slice(b"\r\n");
        out
    }

    fn replaces(&self, name: &str) -> bool {
        let same = |n: &[u8]| n.eq_ignore_ascii_case(name.as_bytes());
        self.extra.iter().any(|(n, _)| same(n))
    }
}

fn push_line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    let line_safe = |b: &&u8| !matches!(b, b'\r' | b'\n' | 0);
    out.extend(name.iter().filter(line_safe).filter(|b| **b != b':'));
    out.extend_from_slice(b": ");
    out.extend(value.iter().filter(line_safe));
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxys_own_headers_replace_ours() {
        let extra = [
            (b"host".to_vec(), b"app".to_vec()),
            (b"X-Real-IP".to_vec(), b"127.0.0.1".to_vec()),
        ];
        let request = Request {
            method: "GET",
            target: b"/a?b=c",
            host: b"shop.example",
            minor: 0,
            extra: &extra,
        };
        let text = String::from_utf8(request.bytes()).unwrap();
        let agent = format!("User-Agent: {USER_AGENT}\r\n");
        assert!(text.starts_with("GET /a?b=c HTTP/1.0\r\nConnection: close\r\n"));
        assert!(text.contains(&agent) && text.ends_with("X-Real-IP: 127.0.0.1\r\n\r\n"));
        assert!(!text.contains("shop.example"));
    }

    proptest::proptest! {
        #[test]
        fn nobody_can_slip_in_a_second_request(target: Vec<u8>, host: Vec<u8>, value: Vec<u8>) {
            let extra = [(value.clone(), value)];
            let request = Request { method: "HEAD", target: &target, host: &host, minor: 1, extra: &extra };
            let bytes = request.bytes();
            let blank = memchr::memmem::find_iter(&bytes, b"\r\n\r\n").collect::<Vec<_>>();
            proptest::prop_assert_eq!(blank, [bytes.len() - 4]);
            proptest::prop_assert!(!bytes.windows(2).any(|w| w[1] == b'\n' && w[0] != b'\r'));
        }
    }
}
