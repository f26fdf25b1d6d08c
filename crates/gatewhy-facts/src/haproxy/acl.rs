//! Conditions (`acl`, `if`, `unless`) on what our own request has: host, path, method.
use super::config::{Line, Section};
use super::route::Request;
use crate::nginx::pattern;
use crate::prelude::*;

/// Whether a rule's `if` or `unless` holds; a rule without one always does. `None`
/// when it asks for something that is not known.
pub fn applies(section: &Section, rule: &Line, request: &Request) -> Option<bool> {
    let at = rule.words.iter().position(|w| w == "if" || w == "unless");
    let Some(at) = at else {
        return Some(true);
    };
    let words = rule.words.get(at.saturating_add(1)..).unwrap_or_default();
    let holds = condition(section, words, request)?;
    Some(holds == (rule.word(at) == "if"))
}

/// How the fetches begin that count what visitors do: of a stick table, or of a whole
/// frontend or backend.
const COUNTERS: [&str; 14] = [
    "sc_",
    "sc0_",
    "sc1_",
    "sc2_",
    "src_http_",
    "src_conn_",
    "src_sess_",
    "src_get_gp",
    "fe_conn",
    "fe_req_rate",
    "fe_sess_rate",
    "be_conn",
    "be_sess_rate",
    "table_",
];

/// Whether a rule's condition counts what visitors do.
pub fn counts(section: &Section, rule: &Line) -> bool {
    let counter = |word: &String| COUNTERS.iter().any(|lead| word.starts_with(lead));
    let named = |word: &String| {
        let name = word.trim_start_matches('!');
        let mut lines = section.lines.iter().filter(|l| l.is(&["acl", name]));
        lines.any(|line| line.words.iter().any(counter))
    };
    let mut words = rule.words.iter();
    words.any(|word| word == "if" || word == "unless") && words.any(|w| counter(w) || named(w))
}

/// Words side by side are all to hold; `or` and `||` part alternatives.
fn condition(section: &Section, words: &[String], request: &Request) -> Option<bool> {
    let mut unknown = false;
    for alternative in words.split(|word| word == "or" || word == "||") {
        match all_hold(section, alternative, request) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(false)
}

fn all_hold(section: &Section, words: &[String], request: &Request) -> Option<bool> {
    let mut unknown = false;
    let mut words = words;
    while let Some((first, rest)) = words.split_first() {
        let (wanted, name) = match first.strip_prefix('!') {
            Some(name) => (false, name),
            None => (true, first.as_str()),
        };
        let holds = if name == "{" {
            let end = rest.iter().position(|word| word == "}")?;
            words = rest.get(end.saturating_add(1)..).unwrap_or_default();
            test(rest.get(..end).unwrap_or_default(), request)
        } else {
            words = rest;
            named(section, name, request)
        };
        match holds {
            Some(holds) if holds != wanted => return Some(false),
            Some(_) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(true)
}

/// All lines of that name together; any of them is enough.
fn named(section: &Section, name: &str, request: &Request) -> Option<bool> {
    match name {
        "TRUE" => return Some(true),
        "FALSE" | "METH_POST" => return Some(false),
        "METH_GET" => return Some(true),
        _ => {}
    }
    let lines = section.lines.iter().filter(|l| l.is(&["acl", name]));
    let mut unknown = true;
    for line in lines {
        match test(line.words.get(2..).unwrap_or_default(), request) {
            Some(true) => return Some(true),
            Some(false) => unknown = false,
            None => return None,
        }
    }
    (!unknown).then_some(false)
}

/// `hdr(host) -i a b`, `path_beg /x` …
fn test(words: &[String], request: &Request) -> Option<bool> {
    let (fetch, rest) = words.split_first()?;
    let (subject, how) = subject(fetch, request)?;
    let mut caseless = fetch.contains(",lower");
    let mut how = how;
    let mut rest = rest.iter();
    let mut values: Vec<&str> = Vec::new();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-i" if values.is_empty() => caseless = true,
            "-m" if values.is_empty() => how = method(rest.next()?)?,
            "-f" => return None,
            "--" => {}
            value => values.push(value),
        }
    }
    let any = values
        .iter()
        .map(|value| fits(&subject, value, how, caseless));
    let any: Option<Vec<bool>> = any.collect();
    Some(any?.contains(&true))
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Equal,
    Begins,
    Ends,
    Contains,
    Regex,
    Folder,
    Domain,
}

fn method(word: &str) -> Option<How> {
    Some(match word {
        "str" => How::Equal,
        "beg" => How::Begins,
        "end" => How::Ends,
        "sub" => How::Contains,
        "reg" => How::Regex,
        "dir" => How::Folder,
        "dom" => How::Domain,
        _ => return None,
    })
}

/// What a fetch takes of our request, and how its name says that it is compared.
pub(super) fn subject(fetch: &str, request: &Request) -> Option<(String, How)> {
    let bare = fetch.split(',').next().unwrap_or(fetch);
    let host = || request.host_header.clone();
    let bare_host = || request.host.clone();
    let (name, argument) = bare.split_once('(').unwrap_or((bare, ""));
    let is_host = argument.trim_end_matches(')').eq_ignore_ascii_case("host");
    let (lead, how) = match name
        .rsplit_once('_')
        .and_then(|(lead, tail)| Some((lead, method(tail)?)))
    {
        Some(found) => found,
        None => (name, How::Equal),
    };
    let subject = match lead {
        "hdr" | "req.hdr" | "req.fhdr" if is_host => {
            if fetch.contains("host_only") || fetch.contains("field(1,:)") {
                bare_host()
            } else {
                host()
            }
        }
        "path" => request.path().to_owned(),
        "url" => request.target.clone(),
        "method" => "GET".to_owned(),
        "req.ssl_sni" | "req_ssl_sni" | "ssl_fc_sni" => {
            request.server_name.clone().unwrap_or_default()
        }
        // 1 is the beginning of a handshake.
        "req.ssl_hello_type" | "req_ssl_hello_type" => u8::from(request.tls).to_string(),
        "hdr" | "req.hdr" => String::new(),
        _ => return None,
    };
    Some((subject, how))
}

fn fits(subject: &str, value: &str, how: How, caseless: bool) -> Option<bool> {
    if how == How::Regex {
        let found = pattern::find(value.as_bytes(), caseless, subject.as_bytes());
        return found.ok().map(|found| found.is_some());
    }
    let (subject, value) = if caseless {
        (subject.to_ascii_lowercase(), value.to_ascii_lowercase())
    } else {
        (subject.to_owned(), value.to_owned())
    };
    Some(match how {
        How::Equal => subject == value,
        How::Begins => subject.starts_with(&value),
        How::Ends => subject.ends_with(&value),
        How::Contains => subject.contains(&value),
        How::Folder => subject
            .split('/')
            .any(|part| part == value.trim_matches('/')),
        How::Domain => {
            subject.split(['.', ':', '/']).any(|part| part == value) || subject.contains(&value)
        }
        How::Regex => false,
    })
}
