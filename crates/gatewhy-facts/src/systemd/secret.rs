//! Which environment variables may hold a secret.
//!
//! Answers are cleaned before they are parsed ([`crate::redact`]); this is the
//! second wall, for values in quotes or forms that were not seen there.
use crate::redact::is_secret_name;

/// Parts of names that secrets have.
const NAMES: [&str; 17] = [
    "PASS", "PWD", "SECRET", "TOKEN", "KEY", "CRED", "AUTH", "DSN", "SALT", "COOKIE", "PRIVATE",
    "SIGN", "CERT", "SESSION", "WEBHOOK", "LICENSE", "JWT",
];

/// A value longer than this is no port, path or switch.
const LONGEST: usize = 200;

/// Whether a variable's value may be a secret, by its name and its looks. In doubt
/// it is: a diagnosis needs ports, paths and switches, and little else.
pub(super) fn may_be(name: &str, value: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    is_secret_name(name.as_bytes())
        || NAMES.iter().any(|part| upper.contains(part))
        || is_masked(value)
        || value.len() > LONGEST
        || has_user_info(value)
        || looks_random(value)
}

/// Whether the value was masked before it came here.
fn is_masked(value: &str) -> bool {
    value.len() > 2 && value.bytes().all(|byte| byte == b'*')
}

/// `scheme://user:password@host`, or any `@` behind a scheme.
fn has_user_info(value: &str) -> bool {
    let after_scheme = value.split_once("://").map(|(_, rest)| rest);
    after_scheme.is_some_and(|rest| rest.contains('@'))
}

/// One long word of letters and digits without any structure, as keys are.
fn looks_random(value: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || "+/=_-".contains(c);
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let letters = value.chars().filter(char::is_ascii_alphabetic).count();
    value.len() >= 24
        && !value.starts_with('/')
        && value.chars().all(word)
        && digits >= 4
        && letters >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_paths_are_no_secrets_but_keys_are() {
        for (name, value) in [
            ("PORT", "3000"),
            ("NODE_ENV", "production"),
            ("APP_ROOT", "/srv/shop/releases/20261120031204/current"),
            ("BACKEND", "http://127.0.0.1:3000/"),
        ] {
            assert!(!may_be(name, value), "{name}");
        }
        for (name, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("ADMIN", "*******"),
            ("database", "postgres://shop:hunter2@db/shop"),
            ("STRIPE", "sk0live051HxY2eZvKYlo2C0000000"),
        ] {
            assert!(may_be(name, value), "{name}");
        }
    }
}
