//! Words of a shell. What a host, its visitors or its tenants named stays one word of the
//! commands that are printed, whatever it is called.
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

/// `text` as one word of a POSIX shell: as it is where no letter of it means anything to
/// one, else in single quotes.
pub fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    quoted(text)
}

/// The same, in single quotes in any case: for URLs, which people expect in them.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::process::Command;

    #[test]
    fn what_is_plain_stays_as_it_is() {
        assert_eq!(word("/srv/shop/app.js"), "/srv/shop/app.js");
        assert_eq!(word("/srv/a b"), "'/srv/a b'");
        assert_eq!(word(""), "''");
        assert_eq!(word("x;id"), "'x;id'");
        assert_eq!(quoted("http://a/?b'c"), r"'http://a/?b'\''c'");
    }

    /// As a real shell reads it.
    #[test]
    fn a_shell_sees_one_word() {
        let hostile = [
            "/plugins/;id>/tmp/pw;/a.php",
            "$(id)",
            "`id`",
            "a'b\"c\\d",
            "it's",
            "'; id; '",
            "~root",
            "*",
            "a\nb",
            "-rf",
            "\u{e9} &",
        ];
        for text in hostile {
            for written in [word(text), quoted(text)] {
                let script = format!("printf %s {written}");
                let out = Command::new("sh").args(["-c", &script]).output().unwrap();
                assert_eq!(String::from_utf8_lossy(&out.stdout), text, "{script}");
            }
        }
    }
}
