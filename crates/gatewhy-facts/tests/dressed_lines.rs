//! Lines as people show them: quoted in Markdown, copied from a page's source or a
//! coloured terminal, with what containers put before them, wrapped. They say what
//! they say without all that.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
use gatewhy_facts::log_line::{join, recognise};
use gatewhy_facts::symptom::Symptom;
use std::collections::BTreeMap;
use std::fs;

/// Every known message: what it is recognised as, and its line.
fn messages() -> Vec<(Symptom, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/signatures");
    let mut all = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for row in text.lines() {
            let line = row.splitn(3, ' ').nth(2).unwrap();
            let symptom = recognise(line.as_bytes()).and_then(|record| record.symptom);
            all.extend(symptom.map(|symptom| (symptom, line.to_owned())));
        }
    }
    all.sort();
    all
}

fn entities(line: &str) -> String {
    let line = line.replace('&', "&amp;").replace('"', "&quot;");
    line.replace('\'', "&#39;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn curled(line: &str) -> String {
    let mut open = false;
    let curl = |c: char| match c {
        '"' => {
            open = !open;
            if open { '\u{201c}' } else { '\u{201d}' }
        }
        c => c,
    };
    line.chars().map(curl).collect()
}

type Dress = fn(&str) -> String;

const DRESSES: &[(&str, Dress)] = &[
    ("backquotes", |line| format!("`{line}`.")),
    ("quoted in a letter", |line| format!("> {line}")),
    ("an item of a list", |line| format!("* {line}")),
    ("bold", |line| format!("**{line}**")),
    ("indented", |line| format!("    {line}")),
    ("in quotation marks", |line| format!("\"{line}\",")),
    ("entities", entities),
    ("curled quotation marks", curled),
    ("a string of a program", |line| line.replace('"', "\\\"")),
    ("coloured", |line| format!("\u{1b}[31m{line}\u{1b}[0m")),
    ("coloured by compose", |line| {
        format!("\u{1b}[36mshop_1  |\u{1b}[0m {line}")
    }),
    ("Swarm", |line| format!("shop_web.1.k2vq@node1    | {line}")),
    ("kubectl --prefix", |line| {
        format!("[pod/shop-6d4cf56db6-abcde/nginx] {line}")
    }),
    ("--timestamps", |line| {
        format!("2026-11-20T03:12:04.708084488Z {line}")
    }),
    ("blanks that do not break", |line| {
        line.replace(' ', "\u{a0}")
    }),
];

#[test]
fn what_stands_round_a_line_changes_nothing() {
    let messages = messages();
    assert!(messages.len() > 300, "{}", messages.len());
    let mut wrong: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, dress) in DRESSES {
        for (symptom, line) in &messages {
            let pasted = join(dress(line).as_bytes());
            let told = pasted.first().and_then(|one| one.record()?.symptom);
            if told != Some(*symptom) {
                let one = format!("{symptom:?}, got {told:?}: {line}");
                wrong.entry(name).or_default().push(one);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A line as a terminal of so many columns shows it.
fn wrapped(line: &str, columns: usize) -> String {
    let mut out = String::new();
    let mut width = 0;
    for word in line.split(' ') {
        let fits = width > 0 && width + 1 + word.len() <= columns;
        out.push_str(if fits {
            " "
        } else if width > 0 {
            "\n"
        } else {
            ""
        });
        width = if fits {
            width + 1 + word.len()
        } else {
            word.len()
        };
        out.push_str(word);
    }
    out
}

/// Not every place where a line breaks leaves something that is known to go on.
#[test]
fn most_wrapped_lines_are_put_together() {
    for columns in [100, 140] {
        let all = messages();
        let long = all.iter().filter(|(_, line)| line.len() > columns);
        let told = |line: &str| {
            let pasted = join(wrapped(line, columns).as_bytes());
            pasted.first().and_then(|one| one.record()?.symptom)
        };
        let wrong: Vec<_> = long
            .clone()
            .filter(|(symptom, line)| told(line) != Some(*symptom))
            .map(|(symptom, line)| format!("{symptom:?}, got {:?}: {line}", told(line)))
            .collect();
        let count = long.count();
        assert!(count > 50, "{count}");
        assert!(
            wrong.len() * 20 <= count,
            "{} of {count}: {wrong:#?}",
            wrong.len()
        );
    }
}

/// As `jq .` prints what Caddy logs.
#[test]
fn objects_that_are_spread_out_are_one() {
    let text = br#"{
  "level": "error",
  "logger": "http.log.error",
  "msg": "dial tcp 127.0.0.1:3000: connect: connection refused",
  "request": {
    "method": "GET",
    "host": "shop.test"
  },
  "status": 502
}
2026/11/20 03:12:04 [error] 812#812: *1 no live upstreams while connecting to upstream, client: 203.0.113.9
"#;
    let pasted = join(text);
    let told: Vec<_> = pasted
        .iter()
        .map(|one| (one.lines.len(), one.record().and_then(|r| r.symptom)))
        .collect();
    assert_eq!(
        told,
        [
            (10, Some(Symptom::ConnectRefused)),
            (1, Some(Symptom::NoLiveUpstreams))
        ]
    );
}
