//! Matchers of a Caddyfile: `/path*`, `*`, `@name`, and the named ones' definitions.
use super::model::{Match, TryFiles};
use super::tree::Line;
use crate::prelude::*;

/// The named matchers of a block: `@api path /api/*`, or with a block.
pub fn named(block: &[Line]) -> BTreeMap<String, Match> {
    let lines = block.iter().filter(|line| line.word(0).starts_with('@'));
    lines
        .map(|line| (line.word(0).to_owned(), definition(line)))
        .collect()
}

/// `not not …`: what is nested deeper is not evaluated.
const DEPTH: usize = 8;

fn definition(line: &Line) -> Match {
    inside(line, DEPTH)
}

/// The conditions behind the first word, or in the block.
fn inside(line: &Line, depth: usize) -> Match {
    let mut out = Match::default();
    if line.words.len() > 1 {
        let kept = line.words.get(1..).unwrap_or_default().to_vec();
        let inner = Line {
            words: kept,
            block: line.block.clone(),
            has_block: line.has_block,
        };
        condition(&inner, &mut out, depth);
    } else {
        for inner in &line.block {
            condition(inner, &mut out, depth);
        }
    }
    out
}

/// One condition; several of one kind are alternatives.
fn condition(line: &Line, out: &mut Match, depth: usize) {
    let values = line.from(1);
    match line.word(0) {
        "host" => out
            .hosts
            .extend(values.iter().map(|v| v.to_ascii_lowercase())),
        "path" => out.paths.extend(values),
        "path_regexp" => out.path_regexp = values.last().cloned(),
        "method" => out.methods.extend(values),
        "protocol" => out.protocol = values.first().cloned(),
        "header" => {
            let mut values = values.into_iter();
            let name = values.next().unwrap_or_default();
            out.headers.push((name, values.collect()));
        }
        "file" => out.file = Some(file(line)),
        "not" if depth > 0 => out.not.push(inside(line, depth.saturating_sub(1))),
        other => out.unknown = Some((other.to_owned(), line.place())),
    }
}

fn file(line: &Line) -> TryFiles {
    let mut out = TryFiles {
        names: line.from(1),
        ..TryFiles::default()
    };
    for inner in &line.block {
        match inner.word(0) {
            "root" => out.root = Some(inner.word(1).to_owned()),
            "try_files" => out.names = inner.from(1),
            "split_path" => out.split = inner.from(1),
            _ => {}
        }
    }
    if out.names.is_empty() {
        out.names.push("{path}".to_owned());
    }
    out
}

/// The matcher that a directive begins with, and where its arguments begin.
pub fn of_directive(line: &Line, named: &BTreeMap<String, Match>) -> (Option<Match>, usize) {
    let first = line.words.get(1).filter(|word| !word.quoted);
    match first.map(|word| word.text.as_str()) {
        Some("*") => (None, 2),
        Some(path) if path.starts_with('/') => {
            let paths = vec![path.to_owned()];
            let found = Match {
                paths,
                ..Match::default()
            };
            (Some(found), 2)
        }
        Some(name) if name.starts_with('@') => {
            let unknown = || Match {
                unknown: Some((name.to_owned(), line.place())),
                ..Match::default()
            };
            (Some(named.get(name).cloned().unwrap_or_else(unknown)), 2)
        }
        _ => (None, 1),
    }
}
