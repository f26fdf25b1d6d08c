//! Lists of words as `systemctl show` prints them: separated by spaces, and in
//! double quotes with backslashes when a word needs that.
use crate::prelude::*;

/// The words of a value.
pub(super) fn split(value: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = value.chars();
    while let Some(word) = next_word(&mut rest) {
        words.push(word);
    }
    words
}

fn next_word(rest: &mut core::str::Chars<'_>) -> Option<String> {
    let mut word = None;
    let mut quoted = false;
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_with(String::new);
            }
            '\\' if quoted => word
                .get_or_insert_with(String::new)
                .push(rest.next().unwrap_or('\\')),
            c if c.is_ascii_whitespace() && !quoted => {
                if word.is_some() {
                    return word;
                }
            }
            c => word.get_or_insert_with(String::new).push(c),
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_of_a_real_environment() {
        let value = r#"NODE_ENV=production "GREETING=hello wide world" "QUOTE=a\"b" "BACKSLASH=a\\b" "DOLLAR=\$x""#;
        let words = split(value);
        assert_eq!(
            words,
            [
                "NODE_ENV=production",
                "GREETING=hello wide world",
                "QUOTE=a\"b",
                "BACKSLASH=a\\b",
                "DOLLAR=$x"
            ]
        );
        assert!(split("  ").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn never_longer_than_the_value(value: String) {
            let letters: usize = split(&value).iter().map(String::len).sum();
            proptest::prop_assert!(letters <= value.len());
        }
    }
}
