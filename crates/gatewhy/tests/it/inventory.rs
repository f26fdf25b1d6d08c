//! Nothing is asked of a host that the list of questions does not tell: every file, folder
//! and conversation of the recorded hosts fits a row of it.
use crate::hosts::{self, Recorded};
use gatewhy_facts::answer::Outcome;
use gatewhy_facts::inventory::{FILES, NAMED, PROBES};
use gatewhy_facts::scan;
use gatewhy_host::recorded::RecordedHost;
use std::collections::{BTreeMap, BTreeSet};

/// Each row of [`PROBES`], and how the keys of its questions look.
const PROBE_KEYS: &[(&str, &[&str])] = &[
    (
        "GET URL through the proxy",
        &["exchange * send=GET *\\x0d\\nUser-Agent: gatewhy\\x0d\\n*"],
    ),
    (
        "GET request to the backend itself, over HTTP, FastCGI, uwsgi or SCGI",
        &[
            "exchange * send=GET *\\x0d\\nUser-Agent: gatewhy\\x0d\\n*",
            "exchange * until=FastCgiEnd * send=*REQUEST_METHOD=GET\\n*",
            "exchange * send=\\x00*\\x0e\\x00REQUEST_METHOD\\x03\\x00GET*",
            "exchange * send=*:CONTENT_LENGTH\\x000\\x00SCGI\\x001\\x00*REQUEST_METHOD\\x00GET\\x00*",
        ],
    ),
    (
        "GET /-/ping, /service/rest/v1/status/writable, /artifactory/api/system/ping",
        &[
            "exchange * send=GET /-/ping HTTP/1.1\\x0d\\n*User-Agent: gatewhy\\x0d\\n*",
            "exchange * send=GET */service/rest/v1/status/writable HTTP/1.1\\x0d\\n*User-Agent: gatewhy\\x0d\\n*",
            "exchange * send=GET */artifactory/api/system/ping HTTP/1.1\\x0d\\n*User-Agent: gatewhy\\x0d\\n*",
        ],
    ),
    (
        "PROXY header before such a request",
        &[
            "exchange * send=PROXY TCP4 127.0.0.1 127.0.0.1 * *\\x0d\\nGET *\\x0d\\nUser-Agent: gatewhy\\x0d\\n*",
            "exchange * before=PROXY\\x20TCP4* send=GET *\\x0d\\nUser-Agent: gatewhy\\x0d\\n*",
        ],
    ),
    (
        "AJP ping, opening of HTTP/2",
        &[
            "exchange * until=FirstBytes * send=\\x124\\x00\\x01\\n",
            "exchange * until=FirstBytes * send=PRI \\* HTTP/2.0\\x0d\\n\\x0d\\nSM\\x0d\\n\\x0d\\n\\x00\\x00\\x00\\x04\\x00\\x00\\x00\\x00\\x00",
        ],
    ),
    (
        "connect, TLS handshake",
        &["exchange * until=Connected * send="],
    ),
    (
        "greeting of a database",
        &["exchange * until=FirstBytes * send="],
    ),
    (
        "show stat to HAProxy's stats socket",
        &["exchange unix:/* send=show stat\\n"],
    ),
    (
        "GET /config/ of Caddy's admin API",
        &[
            "exchange 127.* send=GET /config/ HTTP/1.1\\x0d\\nHost: *\\x0d\\nConnection: close\\x0d\\n\\x0d\\n",
            "exchange unix:/* send=GET /config/ HTTP/1.1\\x0d\\nHost: *\\x0d\\nConnection: close\\x0d\\n\\x0d\\n",
        ],
    ),
    (
        "GET /clusters, GET /stats of Envoy's admin interface",
        &[
            "exchange 127.* send=GET /clusters HTTP/1.1\\x0d\\nHost: *\\x0d\\nConnection: close\\x0d\\n\\x0d\\n",
            "exchange 127.* send=GET /stats?filter=ssl.fail_verify&usedonly HTTP/1.1\\x0d\\nHost: *\\x0d\\nConnection: close\\x0d\\n\\x0d\\n",
        ],
    ),
    (
        "GET /api/http/services of Traefik's API",
        &["exchange 127.0.0.1:* send=GET /api/http/services?per_page=1000 HTTP/1.1\\x0d\\nHost: *"],
    ),
    (
        "DNS question to the resolver that the proxy uses",
        &["dns *"],
    ),
];

/// Whether the whole text fits a pattern: `*` is any run of characters, `\*` a star.
fn fits(pattern: &str, text: &str) -> bool {
    let pattern = pattern.replace("\\*", "\0");
    let literal = |part: &str| part.replace('\0', "*");
    let mut parts = pattern.split('*');
    let first = literal(parts.next().unwrap());
    let Some(mut rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    let mut parts: Vec<String> = parts.map(literal).collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in &parts {
        let Some(at) = rest.find(part.as_str()) else {
            return false;
        };
        rest = rest.get(at + part.len()..).unwrap();
    }
    rest.ends_with(last.as_str())
}

#[test]
fn patterns_fit_what_they_say() {
    assert!(fits("/etc/php*", "/etc/php") && fits("/etc/php*", "/etc/php/8.2/fpm"));
    assert!(!fits("/etc/php*", "/srv/etc/php") && !fits("/etc/hosts", "/etc/hosts.allow"));
    assert!(fits("*/.env", "/srv/app/.env") && !fits("*/.env", "/srv/app/.env.old"));
    assert!(fits("a*bc*d", "abcbcd") && !fits("a*bc*d", "abd") && !fits("a*b*b", "ab"));
    assert!(fits("PRI \\* H", "PRI * H") && !fits("PRI \\* H", "PRI x H"));
}

/// Whether a text names a path for itself, and not one that only begins or ends with it.
fn names(text: &[u8], path: &str) -> bool {
    let path = path.trim_end_matches('/').as_bytes();
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.*$".contains(&byte);
    let mut from = 0;
    while let Some(at) = scan::find(&text[from..], path).filter(|_| !path.is_empty()) {
        let (start, end) = (from + at, from + at + path.len());
        let before = start.checked_sub(1).and_then(|at| text.get(at));
        let goes_on = match &text[end..] {
            [b'/' | b'.', next, ..] => word(*next),
            [next, ..] => word(*next) && *next != b'.',
            [] => false,
        };
        if !before.is_some_and(|byte| word(*byte) || *byte == b'/') && !goes_on {
            return true;
        }
        from = start + 1;
    }
    false
}

#[test]
fn a_path_is_named_for_itself() {
    assert!(names(b"root /srv/www;", "/srv/www") && names(b"in /srv/www/ now", "/srv/www/"));
    assert!(names(b"/srv/www", "/srv/www") && !names(b"x", "/") && !names(b"", "/srv"));
    assert!(!names(b"root /srv/www2;", "/srv/www") && !names(b"/srv/www/a", "/srv/www"));
    assert!(!names(b"/srv/www.old", "/srv/www") && !names(b"/a/srv/www", "/srv/www"));
}

/// A question's key, whether it was asked before the probes or again after them.
fn bare(key: &str) -> &str {
    key.strip_prefix("again ").unwrap_or(key)
}

/// The kind and the path of a question after what stands at a path.
fn path_of(key: &str) -> Option<(&str, &str)> {
    let (kind, rest) = bare(key).split_once(' ')?;
    let path = rest.split(' ').next()?;
    ["file", "folder", "walk"]
        .contains(&kind)
        .then_some((kind, path))
}

/// What was answered, by who wrote it: the rows of [`NAMED`].
fn texts(host: &RecordedHost) -> BTreeMap<&'static str, Vec<&[u8]>> {
    let mut all: BTreeMap<&str, Vec<&[u8]>> = BTreeMap::new();
    for (key, answer) in host.answers() {
        let Outcome::Got { bytes, .. } = &answer.outcome else {
            continue;
        };
        let key = bare(key);
        let is_log = key.contains(" tail=") || key.contains(" from=");
        let is_kernels = ["file /proc/", "file /sys/"]
            .iter()
            .any(|start| key.starts_with(start));
        let row = match key.split_once(' ').map_or(key, |(kind, _)| kind) {
            "file" if is_log => "LOGGED",
            "file" if !is_kernels => "CONFIGURED",
            "run" if key.starts_with("run journalctl") => "LOGGED",
            "run" if key.starts_with("run systemctl") => "SERVICE",
            // Its paths are part of the program.
            "run" if key.ends_with(" -V") => "CONFIGURED",
            "process" | "processes" | "unix-sockets" => "RUNNING",
            _ => continue,
        };
        all.entry(row).or_default().push(bytes);
    }
    all
}

/// The folders above a path, but not those just below the root, which many names share.
fn above(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(at, _)| at).skip(2);
    ends.filter_map(|at| path.get(..at))
}

/// One question after a path, among the answers of its host.
struct Asked<'a> {
    kind: &'a str,
    path: &'a str,
    texts: &'a BTreeMap<&'static str, Vec<&'a [u8]>>,
    folders: &'a BTreeSet<&'a str>,
}

impl Asked<'_> {
    /// Whether a row of [`NAMED`] covers it.
    fn is_named_by(&self, row: &str) -> bool {
        let texts = self.texts.get(row).map(Vec::as_slice).unwrap_or_default();
        let told = |path: &str| texts.iter().any(|text| names(text, path));
        match row {
            "CONFIGURED" => {
                // Where a document root is not there, the site is looked for beside it.
                let listed = |folder: &str| self.kind == "walk" && self.folders.contains(folder);
                let below = above(self.path).any(|folder| told(folder) || listed(folder));
                told(self.path) || below || self.is_beside(texts)
            }
            // A word of its command is a path in its working folder.
            "SERVICE" => told(self.path) || told(self.path.trim_start_matches('/')),
            "RUNNING" => told(self.path),
            "LOGGED" => self.kind == "walk" && told(self.path),
            other => panic!("{other} has no rule here"),
        }
    }

    /// Whether it is the folder of a file that is named, or a rotated log beside that one.
    fn is_beside(&self, texts: &[&[u8]]) -> bool {
        let holds = |start: String| {
            let found = |text: &&[u8]| scan::holds(text, &start);
            texts.iter().any(found)
        };
        if self.kind == "folder" {
            return holds(format!("{}/", self.path));
        }
        let (folder, name) = self.path.rsplit_once('/').unwrap_or_default();
        let stem: String = name.chars().take_while(|c| c.is_alphanumeric()).collect();
        !folder.is_empty() && !stem.is_empty() && holds(format!("{folder}/{stem}."))
    }
}

fn unlisted_paths(host: &Recorded) -> Vec<String> {
    let open = host.open();
    let texts = texts(&open);
    let asked: BTreeSet<_> = open.answers().filter_map(|(key, _)| path_of(key)).collect();
    let folders = asked.iter().filter(|(kind, _)| *kind == "folder");
    let folders: BTreeSet<&str> = folders.map(|(_, path)| *path).collect();
    let open = |(kind, path): &&(&str, &str)| {
        let asked = Asked {
            kind,
            path,
            texts: &texts,
            folders: &folders,
        };
        !FILES.iter().any(|(row, _)| fits(row, path))
            && !NAMED.iter().any(|(row, _)| asked.is_named_by(row))
    };
    let open = asked.iter().filter(open);
    open.map(|(kind, path)| format!("{kind} {path}")).collect()
}

#[test]
fn every_path_that_is_asked_for_is_listed() {
    hosts::hold(unlisted_paths);
}

fn conversations(host: &RecordedHost) -> impl Iterator<Item = &str> {
    let keys = host.answers().map(|(key, _)| bare(key));
    keys.filter(|key| key.starts_with("exchange ") || key.starts_with("dns "))
}

fn unlisted_conversations(host: &Recorded) -> Vec<String> {
    let patterns = PROBE_KEYS.iter().flat_map(|(_, keys)| *keys);
    let patterns: Vec<&str> = patterns.copied().collect();
    let open = host.open();
    let unlisted = conversations(&open).filter(|key| !patterns.iter().any(|p| fits(p, key)));
    unlisted.map(str::to_owned).collect()
}

#[test]
fn every_conversation_is_listed() {
    let told: Vec<&str> = PROBES.iter().map(|(row, _)| *row).collect();
    let known: Vec<&str> = PROBE_KEYS.iter().map(|(row, _)| *row).collect();
    assert_eq!(told, known, "a row without its keys, or keys without a row");
    hosts::hold(unlisted_conversations);
}

/// A pattern that no host ever fitted would be a guess.
#[test]
fn every_kind_of_conversation_was_held() {
    let keys: Vec<String> = hosts::gather(|host| {
        let open = host.open();
        conversations(&open).map(str::to_owned).collect()
    });
    for (row, patterns) in PROBE_KEYS {
        let held = keys.iter().any(|key| patterns.iter().any(|p| fits(p, key)));
        assert!(held, "no recorded host has: {row}");
    }
}
