//! `reverse_proxy` and `php_fastcgi` with their blocks.
use super::directives::{plain, try_files};
use super::model::{Handler, Match, Proxy, Route, TryFiles, Upstream};
use super::tree::Line;
use super::words::Word;
use crate::forward::{self, Timeout};
use crate::prelude::*;

/// Seconds to connect when nothing is written.
const DIAL_SECS: u64 = 3;

/// `reverse_proxy [MATCHER] [UPSTREAMS…] { … }`
pub fn read(line: &Line, at: usize) -> Proxy {
    let mut out = Proxy {
        place: line.place(),
        dial_timeout: Some(Timeout::usual(DIAL_SECS, "dial_timeout")),
        ..Proxy::default()
    };
    let words = line.words.get(at..).unwrap_or_default();
    for word in words {
        upstream(word, &mut out);
    }
    for inner in &line.block {
        setting(inner, &mut out);
    }
    out
}

fn setting(line: &Line, out: &mut Proxy) {
    match line.word(0) {
        "to" => {
            let words = line.words.get(1..).unwrap_or_default();
            for word in words {
                upstream(word, out);
            }
        }
        "dynamic" => out.dynamic = true,
        "header_up" if line.word(1).eq_ignore_ascii_case("host") => {
            out.host = Some(line.word(2).to_owned());
        }
        "health_uri" | "health_path" => {
            out.check = Some((line.word(1).to_owned(), line.place()));
        }
        "transport" => {
            out.fastcgi = line.word(1) == "fastcgi";
            for inner in &line.block {
                transport(inner, out);
            }
        }
        // Those of `php_fastcgi` stand in its own block.
        "root" | "split" | "dial_timeout" | "read_timeout" if out.fastcgi => transport(line, out),
        _ => {}
    }
}

fn transport(line: &Line, out: &mut Proxy) {
    let value = line.word(1);
    let time = |directive| {
        let time = forward::duration(value)?;
        Some(Timeout {
            time,
            directive,
            place: Some(line.place()),
        })
    };
    match line.word(0) {
        "tls" => out.tls = true,
        "tls_insecure_skip_verify" => (out.tls, out.tls_unchecked) = (true, true),
        "tls_trusted_ca_certs" => trusts(line, 1, out),
        "tls_trust_pool" => trust_pool(line, out),
        "tls_server_name" => {
            out.tls = true;
            out.tls_name = Some(value.to_owned());
        }
        "versions" => out.h2c = line.from(1).iter().any(|version| version == "h2c"),
        "dial_timeout" => out.dial_timeout = time("dial_timeout").or(out.dial_timeout.take()),
        "response_header_timeout" if !out.fastcgi => {
            out.read_timeout = time("response_header_timeout");
        }
        "read_timeout" if out.fastcgi => out.read_timeout = time("read_timeout"),
        "root" => out.root = Some(value.to_owned()),
        "split" => out.split = line.from(1),
        _ => {}
    }
}

/// `tls_trust_pool file PATH… { pem_file PATH… }`; what another pool holds is not known.
fn trust_pool(line: &Line, out: &mut Proxy) {
    trusts(line, 2, out);
    for inner in line.block.iter().filter(|l| l.word(0) == "pem_file") {
        trusts(inner, 1, out);
    }
}

fn trusts(line: &Line, from: usize, out: &mut Proxy) {
    out.tls = true;
    let files = line.from(from).into_iter();
    out.tls_trusted
        .extend(files.map(|file| (file, line.place())));
}

/// `[SCHEME://]HOST[:PORT]`, `unix/PATH`
fn upstream(word: &Word, out: &mut Proxy) {
    let text = word.text.as_str();
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(s, r)| (s, r));
    match scheme {
        "https" => out.tls = true,
        "h2c" => out.h2c = true,
        _ => {}
    }
    let rest = match rest.strip_prefix("unix+h2c/") {
        Some(path) => {
            out.h2c = true;
            format!("unix/{path}")
        }
        None => rest.to_owned(),
    };
    out.upstreams.push(Upstream {
        dial: rest,
        place: word.place.clone(),
    });
}

/// `php_fastcgi`: to the folder's index, to a script that is there, and to FastCGI.
pub fn php(line: &Line, fits: Option<Match>, at: usize) -> Vec<Route> {
    let mut proxy = Proxy {
        place: line.place(),
        fastcgi: true,
        dial_timeout: Some(Timeout::usual(DIAL_SECS, "dial_timeout")),
        ..Proxy::default()
    };
    let words = line.words.get(at..).unwrap_or_default();
    for word in words {
        upstream(word, &mut proxy);
    }
    let mut index = "index.php".to_owned();
    let mut names = Vec::new();
    for inner in &line.block {
        match inner.word(0) {
            "index" => inner.word(1).clone_into(&mut index),
            "try_files" => names = inner.from(1),
            _ => setting(inner, &mut proxy),
        }
    }
    if proxy.split.is_empty() {
        proxy.split.push(".php".to_owned());
    }
    let mut inner = Vec::new();
    if index != "off" {
        inner.push(to_folder(&index, &line.place()));
        if names.is_empty() {
            names = vec!["{path}".to_owned(), format!("{{path}}/{index}"), index];
        }
        inner.extend(try_files(None, names, proxy.split.clone()));
    }
    let scripts = Match {
        paths: proxy.split.iter().map(|end| format!("*{end}")).collect(),
        ..Match::default()
    };
    inner.push(plain(Some(scripts), vec![Handler::Proxy(Box::new(proxy))]));
    vec![plain(fits, vec![Handler::Subroute(inner)])]
}

/// A folder without its slash is redirected to.
fn to_folder(index: &str, place: &crate::source_text::Place) -> Route {
    let fits = Match {
        file: Some(TryFiles {
            names: vec![format!("{{path}}/{index}")],
            ..TryFiles::default()
        }),
        not: vec![Match {
            paths: vec!["*/".to_owned()],
            ..Match::default()
        }],
        ..Match::default()
    };
    plain(Some(fits), vec![Handler::Respond(308, place.clone())])
}
