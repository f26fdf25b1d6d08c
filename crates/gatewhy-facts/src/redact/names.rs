//! Which names stand for secrets.

/// How sure a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// The value is a secret.
    Certain,
    /// Only a longer value is: `code=302` is none.
    IfLong,
    /// The value is a list of cookies.
    Cookies,
    /// One cookie and its attributes.
    SetCookie,
}

/// The longest name that is looked at.
const LONGEST: usize = 80;

/// Words that make any name secret that holds them.
const ANYWHERE: [&str; 18] = [
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "secret",
    "secrets",
    "token",
    "apikey",
    "credential",
    "credentials",
    "authorization",
    "bearer",
    "jwt",
    "privatekey",
    "phpsessid",
    "jsessionid",
    "sessid",
    "dbpass",
];

/// Words that make a name secret when they end it.
const LAST: [&str; 10] = [
    "pass",
    "pwd",
    "pw",
    "psk",
    "salt",
    "signature",
    "hmac",
    "pat",
    "dsn",
    "requirepass",
];

/// Words that need a longer value.
const WEAK_LAST: [&str; 7] = ["session", "sid", "sessionid", "auth", "sig", "otp", "nonce"];

/// Words before `key` (and `id`) that make it secret.
const KEYS: [&str; 17] = [
    "api",
    "access",
    "private",
    "secret",
    "auth",
    "encryption",
    "signing",
    "app",
    "master",
    "account",
    "shared",
    "storage",
    "license",
    "client",
    "service",
    "webhook",
    "deploy",
];

/// Words that make any name harmless when they end it: they speak about a secret.
const ABOUT: [&str; 26] = [
    "file",
    "path",
    "dir",
    "name",
    "type",
    "expires",
    "expiry",
    "expiration",
    "ttl",
    "lifetime",
    "length",
    "policy",
    "timeout",
    "size",
    "count",
    "limit",
    "min",
    "max",
    "enabled",
    "required",
    "header",
    "field",
    "zone",
    "url",
    "agent",
    "endpoint",
];

/// Names of nginx, FPM and systemd settings that only look secret.
const HARMLESS: [&str; 8] = [
    "proxy_pass",
    "fastcgi_pass",
    "uwsgi_pass",
    "scgi_pass",
    "grpc_pass",
    "memcached_pass",
    "by_pass",
    "cache_bypass",
];

/// Whether values under this name are secrets: `DB_PASSWORD`, `X-Api-Key`.
pub fn is_secret_name(name: &[u8]) -> bool {
    secrecy(name, false).is_some()
}

/// How secret the values under a name are. Query parameters have short names that
/// elsewhere mean something else.
pub(super) fn secrecy(name: &[u8], in_query: bool) -> Option<Secrecy> {
    if name.len() > LONGEST {
        return None;
    }
    let words = Words::of(name);
    let last = words.last()?;
    if is_one_of(last, &["cookie"]) {
        let set = words.before_last().is_some_and(|w| is_one_of(w, &["set"]));
        return Some(if set {
            Secrecy::SetCookie
        } else {
            Secrecy::Cookies
        });
    }
    if is_one_of(last, &ABOUT) || is_one_of(name, &HARMLESS) {
        return None;
    }
    let anywhere = words.all().iter().any(|word| is_one_of(word, &ANYWHERE));
    if anywhere || is_one_of(last, &LAST) || is_key(&words) {
        return Some(Secrecy::Certain);
    }
    let weak =
        is_one_of(last, &WEAK_LAST) || (in_query && is_one_of(last, &["key", "code", "state"]));
    weak.then_some(Secrecy::IfLong)
}

fn is_one_of(word: &[u8], list: &[&str]) -> bool {
    list.iter().any(|w| word.eq_ignore_ascii_case(w.as_bytes()))
}

fn is_key(words: &Words<'_>) -> bool {
    let (Some(last), Some(before)) = (words.last(), words.before_last()) else {
        return false;
    };
    let key = is_one_of(last, &["key", "keys"]) && is_one_of(before, &KEYS);
    key || (is_one_of(last, &["id"]) && is_one_of(before, &["session", "sess"]))
}

/// The words of a name: `X-Api-Key`, `dbPassword`, `DB_PASSWORD`. Logs hold a
/// million names, so they are cut without a copy.
struct Words<'a> {
    words: [&'a [u8]; MOST_WORDS],
    count: usize,
}

const MOST_WORDS: usize = 12;

impl<'a> Words<'a> {
    fn of(name: &'a [u8]) -> Self {
        let mut out = Self {
            words: [b""; MOST_WORDS],
            count: 0,
        };
        let mut rest = name;
        while let Some(start) = rest.iter().position(u8::is_ascii_alphanumeric) {
            rest = rest.get(start..).unwrap_or_default();
            let (word, behind) = rest.split_at_checked(word_length(rest)).unwrap_or_default();
            rest = behind;
            if let Some(slot) = out.words.get_mut(out.count) {
                *slot = word;
                out.count += 1;
            }
        }
        out
    }

    fn all(&self) -> &[&'a [u8]] {
        self.words.get(..self.count).unwrap_or_default()
    }

    fn last(&self) -> Option<&'a [u8]> {
        self.all().last().copied()
    }

    fn before_last(&self) -> Option<&'a [u8]> {
        self.all().iter().rev().nth(1).copied()
    }
}

/// Up to a byte that is neither letter nor digit, or to a capital behind a small
/// letter.
fn word_length(text: &[u8]) -> usize {
    let pairs = text.iter().zip(text.iter().skip(1));
    let ends = |(a, b): (&u8, &u8)| {
        !b.is_ascii_alphanumeric() || (a.is_ascii_lowercase() && b.is_ascii_uppercase())
    };
    let end = pairs.map(ends).position(|end| end);
    end.map_or(text.len(), |at| at.saturating_add(1))
}

/// Environment variables whose values help a diagnosis and harm nobody.
const HARMLESS_SETTINGS: [&str; 45] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "PWD",
    "TERM",
    "TZ",
    "LANG",
    "LANGUAGE",
    "ENV",
    "ENVIRONMENT",
    "NODE_ENV",
    "RAILS_ENV",
    "RACK_ENV",
    "APP_ENV",
    "FLASK_ENV",
    "FLASK_APP",
    "DJANGO_SETTINGS_MODULE",
    "PORT",
    "HOST",
    "BIND",
    "LISTEN",
    "ADDRESS",
    "HOSTNAME",
    "TMP",
    "TEMP",
    "TMPDIR",
    "WEB_CONCURRENCY",
    "NODE_OPTIONS",
    "JAVA_OPTS",
    "JAVA_TOOL_OPTIONS",
    "CATALINA_OPTS",
    "CATALINA_BASE",
    "JVM_OPTS",
    "GUNICORN_CMD_ARGS",
    "ASPNETCORE_URLS",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "MALLOC_ARENA_MAX",
    "DEBUG",
    "LOG_LEVEL",
    "PIDFILE",
    "PM2_HOME",
    "UMASK",
];

/// What such names may end with.
const HARMLESS_ENDS: [&str; 18] = [
    "_PORT",
    "_HOST",
    "_ADDR",
    "_ADDRESS",
    "_BIND",
    "_SOCKET",
    "_TIMEOUT",
    "_WORKERS",
    "_THREADS",
    "_CONCURRENCY",
    "_LOG",
    "_DIR",
    "_PATH",
    "_HOME",
    "_FILE",
    "_FILENAME",
    "_DIRECTORY",
    "_MEMORY",
];

/// Whether the value of an environment variable may stay as it is.
pub(super) fn is_harmless_setting(name: &[u8]) -> bool {
    let upper = name.to_ascii_uppercase();
    let ends = HARMLESS_ENDS
        .iter()
        .any(|end| upper.ends_with(end.as_bytes()));
    let known = is_one_of(name, &HARMLESS_SETTINGS) || ends || upper.starts_with(b"LC_");
    known && !is_secret_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_names_are_told_from_names_about_secrets() {
        let secret = "DB_PASSWORD dbPassword X-Api-Key api_key AWS_SECRET_ACCESS_KEY APP_KEY token \
            access_token csrfToken X-Amz-Signature Authorization db_pass PGPASSWORD.secret DSN";
        for name in secret.split_whitespace() {
            assert!(is_secret_name(name.as_bytes()), "{name}");
        }
        let harmless = "proxy_pass ssl_password_file POSTGRES_PASSWORD_FILE key keys_zone \
            proxy_cache_key ssl_certificate_key PassEnvironment token_expires compass monkey \
            server_tokens user client keepalive KeyringMode status code";
        for name in harmless.split_whitespace() {
            assert!(!is_secret_name(name.as_bytes()), "{name}");
        }
        assert_eq!(secrecy(b"code", true), Some(Secrecy::IfLong));
        assert!(is_harmless_setting(b"DB_HOST") && !is_harmless_setting(b"STRIPE"));
    }
}
