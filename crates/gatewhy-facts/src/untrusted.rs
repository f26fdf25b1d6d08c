//! Bytes from outside, and the only way to show them.
//!
//! Logs, headers, configuration and process names are written by strangers. A
//! terminal obeys some of those bytes (escape sequences, bidirectional marks),
//! so they are shown through [`shown`], which makes every such byte visible.
use crate::prelude::*;
use core::fmt;

/// Shows bytes from outside: printable text as it is, everything else visible
/// and harmless (`\x1b`, `\u{202e}`). Newlines become `\n`, so that one value
/// stays on one line.
pub fn shown(bytes: &[u8]) -> Shown<'_> {
    Shown(bytes)
}

/// The display form that [`shown`] gives.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a>(&'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                show_char(c, f)?;
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

fn show_char(c: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match c {
        '\n' => f.write_str("\\n"),
        '\t' => f.write_str(" "),
        _ if is_harmless(c) => fmt::Write::write_char(f, c),
        _ if c.is_ascii() => write!(f, "\\x{:02x}", u32::from(c)),
        _ => write!(f, "\\u{{{:x}}}", u32::from(c)),
    }
}

/// Whether a terminal shows this character and does nothing else with it.
///
/// Not harmless: C0, DEL and C1 controls, bidirectional marks and isolates,
/// zero-width characters, the byte-order mark, line and paragraph separators,
/// variation selectors, and tag characters.
pub fn is_harmless(c: char) -> bool {
    !matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// The shown form as a string, cut to `limit` characters with an ellipsis.
pub fn shown_within(bytes: &[u8], limit: usize) -> String {
    let mut out = String::new();
    let all = shown(bytes).to_string();
    let mut rest = all.chars();
    out.extend(rest.by_ref().take(limit));
    if rest.next().is_some() {
        out.pop();
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_bidi_marks_become_visible() {
        assert_eq!(shown(b"a\x1b[31mb").to_string(), "a\\x1b[31mb");
        assert_eq!(
            shown("x\u{202e}y\u{9b}".as_bytes()).to_string(),
            "x\\u{202e}y\\u{9b}"
        );
        assert_eq!(shown(b"\xff\n").to_string(), "\\xff\\n");
        assert_eq!(shown("grüße".as_bytes()).to_string(), "grüße");
    }

    proptest::proptest! {
        #[test]
        fn nothing_harmful_survives(bytes: Vec<u8>) {
            proptest::prop_assert!(shown(&bytes).to_string().chars().all(is_harmless));
        }
    }
}
