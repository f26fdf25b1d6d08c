//! Conditions (`acl`, `if`, `unless`) on what our own request has: host, path, method.
use super::config::{Line, Section};
use super::lists::{self, Lists};
use super::route::Request;
use crate::nginx::pattern;
use crate::prelude::*;

/// A request, and the lists that conditions may hold it against.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'r> {
    /// The request.
    pub request: &'r Request,
    /// The lists, by their files.
    pub lists: &'r Lists,
}

/// Whether a rule's `if` or `unless` holds; a rule without one always does. `None`
/// when it asks for something that is not known.
pub fn applies(section: &Section, rule: &Line, asked: Asked<'_>) -> Option<bool> {
    let at = rule.words.iter().position(|w| w == "if" || w == "unless");
    let Some(at) = at else {
        return Some(true);
    };
    let words = rule.words.get(at.saturating_add(1)..).unwrap_or_default();
    let holds = condition(section, words, asked)?;
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
fn condition(section: &Section, words: &[String], asked: Asked<'_>) -> Option<bool> {
    let mut unknown = false;
    for alternative in words.split(|word| word == "or" || word == "||") {
        match all_hold(section, alternative, asked) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(false)
}

fn all_hold(section: &Section, words: &[String], asked: Asked<'_>) -> Option<bool> {
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
            test(rest.get(..end).unwrap_or_default(), asked)
        } else {
            words = rest;
            named(section, name, asked)
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
fn named(section: &Section, name: &str, asked: Asked<'_>) -> Option<bool> {
    match name {
        "TRUE" => return Some(true),
        "FALSE" | "METH_POST" => return Some(false),
        "METH_GET" => return Some(true),
        _ => {}
    }
    let lines = section.lines.iter().filter(|l| l.is(&["acl", name]));
    let mut unknown = true;
    for line in lines {
        match test(line.words.get(2..).unwrap_or_default(), asked) {
            Some(true) => return Some(true),
            Some(false) => unknown = false,
            None => return None,
        }
    }
    (!unknown).then_some(false)
}

/// `hdr(host) -i a b`, `path_beg /x` …
fn test(words: &[String], asked: Asked<'_>) -> Option<bool> {
    let (fetch, rest) = words.split_first()?;
    let (subject, how) = subject(fetch, asked.request)?;
    let mut caseless = fetch.contains(",lower");
    let mut how = how;
    let mut rest = rest.iter();
    let mut values: Vec<&str> = Vec::new();
    let (mut by_list, mut is_map) = (false, false);
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-i" if values.is_empty() => caseless = true,
            "-m" if values.is_empty() => how = method(rest.next()?)?,
            "-f" if values.is_empty() || by_list => {
                let list = asked
                    .lists
                    .get(lists::file_of(rest.next()?))?
                    .as_ref()
                    .ok()?;
                by_list = true;
                // With `-M`, what stands behind the first word is a value.
                let keys = list.iter().map(|line| {
                    let key = line.split([' ', '\t']).next().filter(|_| is_map);
                    key.unwrap_or(line)
                });
                values.extend(keys);
            }
            "-M" if values.is_empty() => is_map = true,
            "-n" if values.is_empty() => {}
            "--" if values.is_empty() => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Gap;

    fn holds(words: &str, list: Option<&str>) -> Option<bool> {
        let request = Request {
            local: "127.0.0.1:80".parse().unwrap(),
            socket: None,
            host: "shop.test".to_owned(),
            host_header: "Shop.test".to_owned(),
            target: "/api/x".to_owned(),
            tls: false,
            server_name: None,
            told: None,
        };
        let list = list.map(|text| text.split('|').map(ToOwned::to_owned).collect());
        let list = list.ok_or_else(|| Gap::new("/l", "denied", ""));
        let lists: Lists = [("/l".to_owned(), list)].into();
        let words: Vec<String> = words.split(' ').map(ToOwned::to_owned).collect();
        let (request, lists) = (&request, &lists);
        test(&words, Asked { request, lists })
    }

    #[test]
    fn values_stand_in_files() {
        let list = Some("other.test|shop.test");
        assert_eq!(holds("hdr(host) -f /l", list), Some(false));
        assert_eq!(holds("hdr(host) -i -f /l", list), Some(true));
        assert_eq!(holds("hdr(host),lower -f file@/l", list), Some(true));
        assert_eq!(holds("path -m beg -f /l", Some("/app|/api")), Some(true));
        assert_eq!(holds("path_beg -f /l /api", Some("/x")), Some(true));
        assert_eq!(
            holds("hdr(host) -i -M -f /l", Some("shop.test be_shop")),
            Some(true)
        );
        assert_eq!(holds("hdr(host) -f /l", None), None);
        assert_eq!(holds("hdr(host) -f /other", list), None);
    }
}
