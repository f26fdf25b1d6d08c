//! Lines cut into words: `\` takes the next character's meaning away, `"` and `'`
//! quote, `#` begins a comment.
use crate::prelude::*;

/// The words of a line; empty for a comment.
pub fn words(line: &[u8]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let (mut word, mut open, mut quote) = (Vec::new(), false, None);
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        match (byte, quote) {
            (b'\\', None | Some(b'"')) => {
                word.extend(bytes.next());
                open = true;
            }
            (b'"' | b'\'', None) => {
                quote = Some(byte);
                open = true;
            }
            (_, Some(q)) if q == byte => quote = None,
            (b'#', None) => break,
            (b' ' | b'\t' | b'\r', None) => finish(&mut all, &mut word, &mut open),
            _ => {
                word.push(byte);
                open = true;
            }
        }
    }
    finish(&mut all, &mut word, &mut open);
    all
}

fn finish(all: &mut Vec<String>, word: &mut Vec<u8>, open: &mut bool) {
    if *open {
        let whole = core::mem::take(word);
        all.push(String::from_utf8_lossy(&whole).into_owned());
        *open = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_escapes_and_comments_are_known() {
        let text = br#"  acl a path_reg "^/x y" 'b#c' d\ e # rest"#;
        assert_eq!(words(text), ["acl", "a", "path_reg", "^/x y", "b#c", "d e"]);
        assert!(words(b"  # only").is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_are_cut(text in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = words(&text);
        }
    }
}
