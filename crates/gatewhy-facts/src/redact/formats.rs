//! Secrets that give themselves away by their form, wherever they stand.
use super::Ranges;
use core::ops::Range;
use memchr::memmem;

/// All of them in a text.
pub(super) fn find(bytes: &[u8]) -> Ranges {
    let mut out = Ranges::new();
    key_blocks(bytes, &mut out);
    user_infos(bytes, &mut out);
    schemes(bytes, &mut out);
    web_tokens(bytes, &mut out);
    prefixed(bytes, &mut out);
    hashes(bytes, &mut out);
    php_sessions(bytes, &mut out);
    out
}

/// PHP names a visitor's session file by the session's id.
fn php_sessions(bytes: &[u8], out: &mut Ranges) {
    const MARK: &[u8] = b"/sess_";
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b',');
    let ids = memmem::find_iter(bytes, MARK).map(|mark| run(bytes, mark + MARK.len(), is_id));
    out.extend(ids);
}

/// The bytes behind `from` for which `take` holds.
pub(super) fn run(bytes: &[u8], from: usize, take: impl Fn(u8) -> bool) -> Range<usize> {
    let rest = bytes.get(from..).unwrap_or_default();
    let length = rest.iter().position(|b| !take(*b)).unwrap_or(rest.len());
    from..from.saturating_add(length)
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

const fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\r' | b'\n')
}

/// The most bytes of one secret that is searched for by its form. Without a bound,
/// a text of nothing but beginnings would be read again for each of them.
const LONGEST: usize = 32 << 10;

/// `-----BEGIN … PRIVATE KEY-----` to its end; a block whose beginning or end was
/// cut off is masked as far as its lines look like one.
fn key_blocks(bytes: &[u8], out: &mut Ranges) {
    const MARK: &[u8] = b"PRIVATE KEY-----";
    const WINDOW: usize = 40;
    let mut last = 0;
    for mark in memmem::find_iter(bytes, MARK) {
        if mark < last {
            continue;
        }
        let window = mark.saturating_sub(WINDOW);
        let label = bytes.get(window..mark).unwrap_or_default();
        let Some(dashes) = memmem::rfind(label, b"-----") else {
            continue;
        };
        let begins = label
            .get(dashes..)
            .is_some_and(|l| l.starts_with(b"-----BEGIN"));
        let body = if begins {
            key_body(bytes, mark.saturating_add(MARK.len()))
        } else {
            body_before(bytes, window.saturating_add(dashes))
        };
        last = body.end;
        out.push(body);
    }
}

fn key_body(bytes: &[u8], start: usize) -> Range<usize> {
    let rest = bytes.get(start..).unwrap_or_default();
    let rest = rest.get(..rest.len().min(LONGEST)).unwrap_or_default();
    let end = memmem::find(rest, b"-----END").unwrap_or_else(|| {
        // PEM headers (`DEK-Info: …`) and `\n` in JSON belong to it.
        let is_body = |b: u8| is_key_byte(b) || matches!(b, b'\\' | b' ' | b':' | b',' | b'-');
        run(rest, 0, is_body).end
    });
    start..start.saturating_add(end)
}

fn body_before(bytes: &[u8], end: usize) -> Range<usize> {
    let before = bytes
        .get(end.saturating_sub(LONGEST)..end)
        .unwrap_or_default();
    let length = before.iter().rev().take_while(|b| is_key_byte(**b)).count();
    end.saturating_sub(length)..end
}

/// `scheme://user:password@host`: the password, or the whole when there is none.
fn user_infos(bytes: &[u8], out: &mut Ranges) {
    for mark in memmem::find_iter(bytes, b"://") {
        let start = mark.saturating_add(3);
        let ends = |b: u8| {
            b <= b' ' || matches!(b, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | 0x7f)
        };
        let authority = run(bytes, start, |b| !ends(b));
        let text = bytes.get(authority).unwrap_or_default();
        let Some(at) = memchr::memrchr(b'@', text) else {
            continue;
        };
        let info = text.get(..at).unwrap_or_default();
        let password = memchr::memchr(b':', info).map_or(0, |colon| colon.saturating_add(1));
        out.push(start.saturating_add(password)..start.saturating_add(at));
    }
}

/// `Bearer …`, `Basic …` and the like, also without the header's name.
fn schemes(bytes: &[u8], out: &mut Ranges) {
    const SCHEMES: [&[u8]; 6] = [
        b"Bearer ",
        b"bearer ",
        b"Basic ",
        b"basic ",
        b"Bearer%20",
        b"Negotiate ",
    ];
    for scheme in SCHEMES {
        for mark in memmem::find_iter(bytes, scheme) {
            let start = mark.saturating_add(scheme.len());
            let value = run(bytes, start, |b| is_base64(b) || matches!(b, b'.' | b'~'));
            if value.len() >= 8 && looks_random(bytes.get(value.clone()).unwrap_or_default()) {
                out.push(value);
            }
        }
    }
}

/// Words of a sentence hold neither digits nor capitals inside.
fn looks_random(value: &[u8]) -> bool {
    let inner = value.get(1..).unwrap_or_default();
    value.len() >= 20
        || inner
            .iter()
            .any(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || *b == b'=')
}

/// JSON web tokens: `eyJ….….…`.
fn web_tokens(bytes: &[u8], out: &mut Ranges) {
    let mut last = 0;
    for mark in memmem::find_iter(bytes, b"eyJ") {
        if mark < last {
            continue;
        }
        let value = run(bytes, mark, |b| is_base64(b) || b == b'.');
        let text = bytes.get(value.clone()).unwrap_or_default();
        last = value.end;
        if memchr::memchr_iter(b'.', text).count() >= 2 || value.len() >= 40 {
            out.push(mark.saturating_add(3)..value.end);
        }
    }
}

/// Tokens of well-known services, by the prefix that they are issued with.
fn prefixed(bytes: &[u8], out: &mut Ranges) {
    const PREFIXES: [&[u8]; 18] = [
        b"ghp_",
        b"gho_",
        b"ghs_",
        b"github_pat_",
        b"glpat-",
        b"xoxb-",
        b"xoxp-",
        b"xoxa-",
        b"sk_live_",
        b"sk_test_",
        b"rk_live_",
        b"whsec_",
        b"AKIA",
        b"ASIA",
        b"AIza",
        b"npm_",
        b"hooks.slack.com/services/",
        b"discord.com/api/webhooks/",
    ];
    for prefix in PREFIXES {
        let mut last = 0;
        for mark in memmem::find_iter(bytes, prefix) {
            if mark < last {
                continue;
            }
            let start = mark.saturating_add(prefix.len());
            let value = run(bytes, start, is_base64);
            last = value.end;
            if value.len() >= 12 {
                out.push(value);
            }
        }
    }
}

/// `user:$apr1$…`: password hashes of htpasswd and shadow files.
fn hashes(bytes: &[u8], out: &mut Ranges) {
    const KINDS: [&[u8]; 10] = [
        b"$apr1$", b"$1$", b"$2a$", b"$2b$", b"$2y$", b"$5$", b"$6$", b"$y$", b"{SHA}", b"{SSHA}",
    ];
    for colon in memchr::memchr_iter(b':', bytes) {
        let start = colon.saturating_add(1);
        let rest = bytes.get(start..).unwrap_or_default();
        let Some(kind) = KINDS.iter().find(|k| rest.starts_with(k)) else {
            continue;
        };
        let value = run(bytes, start.saturating_add(kind.len()), |b| {
            is_base64(b) || matches!(b, b'.' | b'$')
        });
        if value.len() >= 20 {
            out.push(value);
        }
    }
}
