//! Verdaccio, a package registry that fetches from others (its *uplinks*): what the lines
//! of its log tell, in any of its formats.
use crate::log_line::json::Object;
use crate::prelude::*;
use crate::scan;

/// What a line tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// It asks an uplink.
    Asks {
        /// The URL there.
        url: Cow<'a, [u8]>,
    },
    /// An uplink did not serve it.
    Failed {
        /// The URL there.
        url: Cow<'a, [u8]>,
        /// The error: `ESOCKETTIMEDOUT`, `connect ECONNREFUSED 192.0.2.1:443` …
        error: Cow<'a, [u8]>,
    },
    /// An uplink answered.
    Answered {
        /// The URL there.
        url: Cow<'a, [u8]>,
    },
    /// It leaves an uplink alone for a while.
    Offline {
        /// Host and port.
        host: Cow<'a, [u8]>,
    },
    /// It ends, as its configuration cannot be read.
    BadConfig {
        /// The file, and what is wrong with it.
        reason: &'a [u8],
    },
    /// It ends, as it may not use its storage.
    StorageDenied {
        /// The file there.
        path: &'a [u8],
    },
}

/// Reads one line of its log.
pub fn read(line: &[u8]) -> Option<Event<'_>> {
    if line.trim_ascii_start().starts_with(b"{") {
        return json(&Object::parse(line)?);
    }
    ends(line).or_else(|| pretty(line))
}

/// Whether an uplink's error makes Verdaccio answer 503: it took too long, or hung up.
/// Of any other it says that there is no such package (404).
pub fn makes_unavailable(error: &[u8]) -> bool {
    [
        "ETIMEDOUT",
        "ESOCKETTIMEDOUT",
        "ECONNRESET",
        "socket hang up",
    ]
    .iter()
    .any(|told| scan::holds(error, told))
}

/// Whether an uplink's URL is for what a visitor asked for: they end in the same name.
/// A scope may be spelt `@a/b`, `@a%2fb` or `@a%2Fb`.
pub fn is_about(url: &[u8], target: &str) -> bool {
    let package = package(url);
    let target = target.to_ascii_lowercase().replace("%2f", "/");
    let mut parts = target.split(['/', '?']);
    !package.is_empty() && parts.any(|part| part == package)
}

fn package(url: &[u8]) -> String {
    let text = String::from_utf8_lossy(url).to_ascii_lowercase();
    let text = text.replace("%2f", "/");
    let bare = text.split('?').next().unwrap_or_default();
    bare.rsplit('/').next().unwrap_or_default().to_owned()
}

/// What it wrote before it ended.
fn ends(line: &[u8]) -> Option<Event<'_>> {
    if let Some((_, reason)) = scan::split_once(line, "cannot open config file ") {
        return Some(Event::BadConfig { reason });
    }
    let (_, rest) = scan::split_once(line, "permission denied, access '")?;
    let (path, _) = scan::split_once(rest, "'")?;
    let own = [&b".sinopia-db.json"[..], b".verdaccio-db.json"];
    own.iter()
        .any(|name| path.ends_with(name))
        .then_some(Event::StorageDenied { path })
}

/// ` http --- ERR, req: 'GET http://127.0.0.1:4881/a', error: ESOCKETTIMEDOUT`
fn pretty(line: &[u8]) -> Option<Event<'_>> {
    if let Some((_, rest)) = scan::split_once(line, "making request: '") {
        return Some(Event::Asks {
            url: url(rest)?.into(),
        });
    }
    if let Some((before, rest)) = scan::split_once(line, "host ")
        && let Some((host, _)) = scan::split_once(rest, " is now offline")
    {
        return is_level(before).then(|| Event::Offline { host: host.into() });
    }
    let (before, rest) = scan::split_once(line, ", req: '")?;
    is_level(before).then_some(())?;
    let url = url(rest)?.into();
    match scan::split_once(rest, "', error: ") {
        Some((_, error)) if before.ends_with(b"ERR") => {
            let error = error.trim_ascii_end().into();
            Some(Event::Failed { url, error })
        }
        _ => Some(Event::Answered { url }),
    }
}

/// ` warn --- `, perhaps in colours and with a time before it.
fn is_level(before: &[u8]) -> bool {
    before.len() <= 80 && scan::holds(before, "--")
}

/// `GET http://127.0.0.1:4881/a'…`
fn url(rest: &[u8]) -> Option<&[u8]> {
    let (_, rest) = scan::split_once(rest, " ")?;
    let (url, _) = scan::split_once(rest, "'")?;
    scan::holds(url, "://").then_some(url)
}

/// `{"level":25,…,"request":{"method":"GET","url":"…"},"status":"ERR","error":"…"}`
fn json<'a>(fields: &Object<'a>) -> Option<Event<'a>> {
    let owned = |text: &[u8]| Cow::<'a, [u8]>::Owned(text.to_vec());
    let message = fields.get("msg")?;
    if message.starts_with(b"making request: ") {
        return Some(Event::Asks {
            url: owned(fields.get("uri")?),
        });
    }
    if scan::holds(message, "is now offline") {
        return Some(Event::Offline {
            host: owned(fields.get("host")?),
        });
    }
    let is_request = scan::holds(message, "req: '");
    let request = fields.object("request").filter(|_| is_request)?;
    let url = request.get("url").filter(|url| scan::holds(url, "://"))?;
    let url = owned(url);
    let failed = fields.get("status") == Some(b"ERR") && scan::holds(message, "error: ");
    if !failed {
        return Some(Event::Answered { url });
    }
    let inner = fields.object("err");
    let error = fields
        .get("error")
        .or_else(|| inner.as_ref().and_then(|err| err.get("message")))?;
    Some(Event::Failed {
        url,
        error: owned(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What Verdaccio 5.8 wrote.
    #[test]
    fn its_lines_tell_of_its_uplinks() {
        let line =
            b" http --- ERR, req: 'GET http://127.0.0.1:4881/@slow%2Fa', error: ESOCKETTIMEDOUT";
        let Some(Event::Failed { url, error }) = read(line) else {
            panic!("not understood");
        };
        assert!(makes_unavailable(&error));
        for target in [
            "/@slow%2fa",
            "/@slow/a",
            "/npm/@slow%2Fa?x=1",
            "/@slow/a/-/a-1.0.0.tgz",
        ] {
            assert!(is_about(&url, target), "{target}");
        }
        assert!(!is_about(&url, "/lodash") && !is_about(b"http://x/", "/"));
        let refused = b" http --- ERR, req: 'GET http://127.0.0.1:9/lodash', error: connect ECONNREFUSED 127.0.0.1:9";
        assert!(
            matches!(read(refused), Some(Event::Failed { error, .. }) if !makes_unavailable(&error))
        );
        let served = b" http --- 200, req: 'GET http://127.0.0.1:4881/lodash' (streaming)";
        assert!(matches!(read(served), Some(Event::Answered { .. })));
        let own = b" http --- 200, user: null(127.0.0.1), req: 'GET /lodash', bytes: 0/0";
        assert_eq!(read(own), None);
        let asks = b" info --- making request: 'GET http://127.0.0.1:9/lodash'";
        assert!(
            matches!(read(asks), Some(Event::Asks { url }) if *url == b"http://127.0.0.1:9/lodash"[..])
        );
        let offline = b"\x1b[33m warn\x1b[39m --- host 127.0.0.1:4881 is now offline";
        assert!(
            matches!(read(offline), Some(Event::Offline { host }) if *host == b"127.0.0.1:4881"[..])
        );
    }

    #[test]
    fn it_tells_why_it_does_not_start() {
        let config = b" fatal--- cannot open config file /etc/verdaccio/config.yaml: YAMLException: bad indentation of a mapping entry (10:3)";
        assert!(
            matches!(read(config), Some(Event::BadConfig { reason }) if reason.ends_with(b"(10:3)"))
        );
        let storage = b"Error: EACCES: permission denied, access '/root/nothing/.sinopia-db.json'";
        assert!(
            matches!(read(storage), Some(Event::StorageDenied { path }) if path.starts_with(b"/root"))
        );
        assert_eq!(
            read(b"Error: EACCES: permission denied, access '/srv/app.json'"),
            None
        );
    }

    #[test]
    fn its_json_tells_the_same() {
        let asks = br#"{"level":30,"time":1795315412686,"method":"GET","uri":"http://127.0.0.1:4881/@slow%2Fa","msg":"making request: '@{method} @{uri}'"}"#;
        assert!(matches!(read(asks), Some(Event::Asks { .. })));
        let failed = br#"{"level":25,"time":1795315414694,"err":{"type":"Error","message":"ESOCKETTIMEDOUT"},"request":{"method":"GET","url":"http://127.0.0.1:4881/@slow%2Fa"},"status":"ERR","error":"ESOCKETTIMEDOUT","bytes":{"in":0,"out":0},"msg":"@{!status}, req: '@{request.method} @{request.url}', error: @{!error}"}"#;
        assert!(
            matches!(read(failed), Some(Event::Failed { error, .. }) if makes_unavailable(&error))
        );
    }

    proptest! {
        #[test]
        fn no_input_panics(line: Vec<u8>, target: String) {
            let _ = read(&line);
            let _ = is_about(&line, &target);
            let _ = read(&[b"{", line.as_slice()].concat());
        }
    }
}
