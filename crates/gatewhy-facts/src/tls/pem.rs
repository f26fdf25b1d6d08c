//! PEM blocks (RFC 7468).
use crate::prelude::*;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const TRUSTED: &[u8] = b"-----BEGIN TRUSTED CERTIFICATE-----";
const END: &[u8] = b"-----END";
/// A bundle of all roots of the web holds fewer than 200.
const MOST_BLOCKS: usize = 2000;

/// The content of every certificate block; a block that is not base64 is empty.
pub(super) fn blocks(pem: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = pem;
    while let Some((start, is_trusted)) = next_block(rest) {
        rest = rest.get(start..).unwrap_or_default();
        let end = memchr::memmem::find(rest, END).unwrap_or(rest.len());
        let body = rest.get(..end).unwrap_or_default();
        let der = base64(body).unwrap_or_default();
        out.push(if is_trusted { first_element(der) } else { der });
        rest = rest.get(end..).unwrap_or_default();
        if out.len() >= MOST_BLOCKS {
            break;
        }
    }
    out
}

/// Where the next block's body begins, and whether it is OpenSSL's form with trust
/// settings behind the certificate.
fn next_block(pem: &[u8]) -> Option<(usize, bool)> {
    let plain = memchr::memmem::find(pem, BEGIN).map(|at| (at.saturating_add(BEGIN.len()), false));
    let trusted =
        memchr::memmem::find(pem, TRUSTED).map(|at| (at.saturating_add(TRUSTED.len()), true));
    match (plain, trusted) {
        (Some(a), Some(b)) => Some(if a.0 < b.0 { a } else { b }),
        (a, b) => a.or(b),
    }
}

fn first_element(der: Vec<u8>) -> Vec<u8> {
    let behind = super::certificate::element(&der, 0x30).map_or(0, |(_, rest)| rest.len());
    let length = der.len().saturating_sub(behind);
    let mut der = der;
    der.truncate(length);
    der
}

/// Decodes base64 with line ends in it; `None` when anything else is.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.iter().filter(|b| !b.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_among_other_text_are_found() {
        let text =
            b"Subject: x\n-----BEGIN CERTIFICATE-----\nSGVs\nbG8=\n-----END CERTIFICATE-----\n\
            -----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n\
            -----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        assert_eq!(blocks(text), [b"Hello".to_vec(), Vec::new()]);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_taken(bytes: Vec<u8>) {
            let _ = (blocks(&bytes), base64(&bytes));
            let _ = blocks(&[BEGIN, &bytes].concat());
        }
    }
}
