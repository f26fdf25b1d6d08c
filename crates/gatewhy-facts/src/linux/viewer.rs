//! Who is looking (`Question::Whoami`).
use super::field;
use super::users::Credentials;
use crate::prelude::*;

/// The user gatewhy runs as, and the host's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Viewer {
    /// As whom files are opened.
    pub credentials: Credentials,
    /// Effective capabilities, as a bit set.
    pub capabilities: u64,
    /// The host's own name.
    pub hostname: Vec<u8>,
    /// The kernel's release (`6.1.0-18-amd64`).
    pub kernel: Vec<u8>,
}

/// Reads the answer to `Question::Whoami`.
pub fn parse(bytes: &[u8]) -> Option<Viewer> {
    let line = |name: &[u8]| field::after(bytes, name).map(field::trim);
    let capabilities = line(b"cap_eff ")
        .and_then(|word| core::str::from_utf8(word).ok())
        .and_then(|word| u64::from_str_radix(word, 16).ok());
    let capabilities = capabilities.unwrap_or_default();
    Some(Viewer {
        credentials: Credentials {
            uid: field::number(line(b"euid ")?)?,
            gid: field::number(line(b"egid ")?)?,
            groups: field::numbers(line(b"groups ").unwrap_or_default()),
            overrides: capabilities & 0b10 != 0,
            searches: capabilities & 0b110 != 0,
        },
        capabilities,
        hostname: line(b"hostname ").unwrap_or_default().to_vec(),
        kernel: line(b"kernel ").unwrap_or_default().to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_user_overrides_nothing() {
        let text = b"euid 1000\negid 1000\ngroups 4 1000\ncap_eff 0000000000000000\nhostname web1\nkernel 6.1.0\n";
        let viewer = parse(text).unwrap();
        assert_eq!(viewer.credentials.groups, [4, 1000]);
        assert_eq!(viewer.hostname, b"web1");
        assert!(!viewer.credentials.overrides);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
