//! The TLS part of a recorded conversation.
use crate::prelude::*;
use crate::untrusted::shown;
use core::fmt::Write as _;

/// What is known of one TLS handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsRecord<'a> {
    /// The version agreed on, as OpenSSL names it: `TLSv1.3`.
    pub version: Option<String>,
    /// The cipher suite agreed on, by its IANA name.
    pub cipher: Option<String>,
    /// The application protocol agreed on (ALPN), `h2` or `http/1.1`.
    pub alpn: Option<String>,
    /// The alert with which the peer refused, at any time of the conversation.
    pub alert: Option<u8>,
    /// Whether the peer asked for a client certificate.
    pub wants_client_certificate: bool,
    /// Why the handshake failed on our side, in the TLS library's words.
    pub error: Option<String>,
    /// What the peer would do with handshakes of older versions; only asked when
    /// the real handshake failed.
    pub offers: Vec<(String, Offer)>,
    /// The first bytes that came in place of a handshake, before any decryption.
    pub received: &'a [u8],
}

/// What a peer did with the offer of one TLS version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It took it; the cipher suite's number.
    Accepted(u16),
    /// It refused with this alert.
    Alert(u8),
    /// It closed or reset the connection, or said something else.
    Refused,
    /// It did not answer in time.
    TimedOut,
}

impl TlsRecord<'_> {
    pub(super) fn lines(&self) -> String {
        let mut out = String::new();
        let texts = [
            ("version", &self.version),
            ("cipher", &self.cipher),
            ("alpn", &self.alpn),
            ("error", &self.error),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                let text = shown(text.as_bytes());
                let _ = writeln!(out, "{name} {text}");
            }
        }
        if let Some(alert) = self.alert {
            let _ = writeln!(out, "alert {alert}");
        }
        if self.wants_client_certificate {
            out.push_str("wants-client-certificate\n");
        }
        for (version, offer) in &self.offers {
            let _ = writeln!(out, "offer {version} {}", offer.word());
        }
        out
    }

    pub(super) fn read_lines(&mut self, bytes: &[u8]) {
        for line in super::lines(bytes) {
            let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
            match name {
                "version" => self.version = Some(harmless(rest)),
                "cipher" => self.cipher = Some(harmless(rest)),
                "alpn" => self.alpn = Some(harmless(rest)),
                "error" => self.error = Some(harmless(rest)),
                "alert" => self.alert = rest.parse().ok(),
                "wants-client-certificate" => self.wants_client_certificate = true,
                "offer" => self.offers.extend(offer(rest)),
                _ => {}
            }
        }
    }
}

fn offer(rest: &str) -> Option<(String, Offer)> {
    let (version, word) = rest.split_once(' ')?;
    let version = harmless(version);
    // White space of another kind is shown as a space.
    let is_word = !version.contains(' ');
    Some((version, Offer::from_word(word).filter(|_| is_word)?))
}

/// As it is written: a recording may come from anybody.
fn harmless(text: &str) -> String {
    shown(text.as_bytes()).to_string()
}

impl Offer {
    fn word(self) -> String {
        match self {
            Self::Accepted(cipher) => format!("accepted:{cipher}"),
            Self::Alert(alert) => format!("alert:{alert}"),
            Self::Refused => "refused".to_owned(),
            Self::TimedOut => "timeout".to_owned(),
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        match word.split_once(':') {
            Some(("accepted", n)) => n.parse().ok().map(Self::Accepted),
            Some(("alert", n)) => n.parse().ok().map(Self::Alert),
            Some(_) => None,
            None if word == "timeout" => Some(Self::TimedOut),
            None => Some(Self::Refused),
        }
    }
}
