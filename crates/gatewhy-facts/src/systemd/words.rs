//! Lists of words as `systemctl show` prints them: separated by spaces, and in
//! double quotes with C's escapes when a word needs that.
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
            '\\' if quoted => word.get_or_insert_with(String::new).push(escaped(rest)),
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

/// What follows a backslash: control characters by letter or in octal, anything
/// else for itself.
fn escaped(rest: &mut core::str::Chars<'_>) -> char {
    let octal = octal(rest.as_str());
    let c = rest.next().unwrap_or('\\');
    if let Some(c) = octal {
        rest.nth(1);
        return c;
    }
    match c {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        other => other,
    }
}

/// `033` at the start of the text.
fn octal(text: &str) -> Option<char> {
    let digits = text.get(..3)?;
    let are_octal = digits.chars().all(|c| c.is_digit(8));
    let number = u8::from_str_radix(digits, 8).ok().filter(|_| are_octal)?;
    Some(char::from(number))
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
        // Control characters as systemd 252 printed them.
        let control = r#""A=x\ny" "B=\033[0m" "C=\177 \001\a end" D=ü"#;
        let plain = ["A=x\ny", "B=\x1b[0m", "C=\x7f \x01\x07 end", "D=ü"];
        assert_eq!(split(control), plain);
    }

    proptest::proptest! {
        #[test]
        fn never_longer_than_the_value(value: String) {
            let letters: usize = split(&value).iter().map(String::len).sum();
            proptest::prop_assert!(letters <= value.len());
        }
    }
}
