//! Words and refusals, compared with nginx's own tokenizer.
//!
//! `nginx_tokens/expected.txt` holds what nginx's `ngx_conf_read_token` made of
//! each generated case. With `GATEWHY_NGINX_ORACLE` (a program around that function)
//! and `GATEWHY_NGINX_CORPUS` (a folder of configurations) every file of the folder
//! is compared as well; `docs/design/nginx-conformance.md` says how, and what came out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
use gatewhy_facts::nginx::lexer::{End, Lexer};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const EXPECTED: &str = include_str!("nginx_tokens/expected.txt");
const CASES: u64 = 600;

/// A statement a line: `[word][word]; LINE`, bytes outside plain ASCII as `\xx`;
/// `$` at the end, or `! LINE: MESSAGE` where nginx stops.
fn tokens(text: &[u8]) -> String {
    let mut lexer = Lexer::new(text);
    let mut out = String::new();
    loop {
        let statement = lexer.statement();
        if lexer.has_faults() {
            break;
        }
        for word in &statement.words {
            let _ = write!(out, "[{}]", plain(&word.bytes));
        }
        let line = statement.end_span.line;
        match statement.end {
            End::Semicolon => writeln!(out, "; {line}"),
            End::Open => writeln!(out, "{{ {line}"),
            End::Close => writeln!(out, "}} {line}"),
            End::File => {
                out.push_str("$\n");
                return out;
            }
            End::Missing => break,
        }
        .unwrap();
    }
    let faults = lexer.into_faults();
    let first = faults.first().unwrap();
    let _ = writeln!(out, "! {}: {}", first.span.line, first.what);
    out
}

fn plain(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        if matches!(byte, b'!'..=b'~') && !b"\\[]".contains(byte) {
            out.push(char::from(*byte));
        } else {
            let _ = write!(out, "\\{byte:02x}");
        }
    }
    out
}

/// Same seed, same bytes, on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }
}

/// Everything nginx's tokenizer treats in its own way.
const PIECES: &[&str] = &[
    " ",
    "\t",
    "\r\n",
    "\n",
    ";",
    ";\n",
    "{",
    "}",
    "}\n",
    "\"",
    "'",
    "\\",
    "\\\"",
    "\\'",
    "\\\\",
    "\\n",
    "\\t",
    "\\r",
    "\\x",
    "\\ ",
    "\\;",
    "\\{",
    "$",
    "${",
    "${a}",
    "$a",
    "#",
    " #c\n",
    "(",
    ")",
    "\")",
    "a",
    "bc",
    "server",
    "location",
    "~",
    "^/a{2}$",
    "\u{feff}",
    "\u{a0}",
    "ü",
    "\0",
    "\u{7f}",
    "\"a b\"",
    "'a \" b'",
    "\"a;b{c}\"",
    "\"\"",
    "''",
    "\"a\\\"b\"",
    "if ($a = \"b\") {",
    "listen 80;",
    "root /a;",
    "server {",
    "map $a $b {",
    "-",
    "=",
    "\"x\"y",
    "'x'#",
];

/// Words that are right wherever a word may stand.
const WORDS: &[&str] = &[
    "a",
    "b}c",
    "d#e",
    "f\"g'h",
    "${i}",
    "j${k}l$m",
    "\\;n",
    "o\\{p",
    "q\\ r",
    "\"s;{t}#\n\"",
    "'u\"v'",
    "\"\"",
    "\"w\\\"x\"",
    "\"\\t\\n\\r\\q\\\\\"",
    "y\\t\\.z",
    "\"${A}{\"",
    "$",
    "(B",
    "\"C\")",
    "\u{a0}\u{fc}",
    "\0\u{7f}",
    "~*",
    "\\",
    "{$",
];

/// Statements that nginx accepts, mostly.
fn right_case(dice: &mut Dice) -> Vec<u8> {
    let (mut text, mut open) = (Vec::new(), 0);
    for _ in 0..=dice.roll(12) {
        text.extend(dice.pick(&["a", "server", "map", "if"]).as_bytes());
        for _ in 0..dice.roll(5) {
            text.extend(
                dice.pick(&[" ", "\n", "\t ", "\r\n", " #c;{\"\n"])
                    .as_bytes(),
            );
            text.extend(dice.pick(WORDS).as_bytes());
        }
        if dice.roll(25) == 0 {
            let length = 4_088 + dice.roll(8);
            text.extend(dice.pick(&[" ", " \"", " '", " $", "\n#"]).as_bytes());
            let closing: &[u8] = match text.last() {
                Some(b'"') => b"\"",
                Some(b'\'') => b"'",
                Some(b'#') => b"\n",
                _ => b"",
            };
            text.extend(vec![b'z'; length]);
            text.extend(closing);
        }
        match dice.roll(4) {
            0 => {
                text.extend(b" {\n");
                open += 1;
            }
            1 if open > 0 => {
                text.extend(b" ; }\n");
                open -= 1;
            }
            _ => text.extend(dice.pick(&[" ;", ";\n", "\n;"]).as_bytes()),
        }
    }
    text
}

fn case(seed: u64) -> Vec<u8> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    if !seed.is_multiple_of(3) {
        return right_case(&mut dice);
    }
    let mut text = Vec::new();
    for _ in 0..=dice.roll(16) {
        // Valid statements keep most cases from stopping at once.
        if dice.roll(2) == 0 {
            text.extend(dice.pick(&["a b;", " c d\n;", "e {", "}"]).as_bytes());
        }
        text.extend(dice.pick(PIECES).as_bytes());
    }
    text
}

/// FNV-1a, 64 bits.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The number of the case, the hash of its tokens, and how it ends.
fn summary(seed: u64, tokens: &str) -> String {
    let last = tokens.lines().last().unwrap();
    format!(
        "{seed} {:016x} {}",
        hash(tokens),
        last.replace(|c: char| !c.is_ascii_graphic(), " ")
    )
}

#[test]
fn generated_cases_give_the_tokens_that_nginx_gave() {
    let expected: Vec<&str> = EXPECTED.lines().collect();
    assert_eq!(expected.len(), usize::try_from(CASES).unwrap());
    let refused = expected.iter().filter(|line| line.contains(" ! ")).count();
    assert!(
        (100..500).contains(&refused),
        "{refused} of the cases are refused"
    );
    for (seed, expected) in (0..CASES).zip(expected) {
        let text = case(seed);
        let ours = tokens(&text);
        assert_eq!(
            summary(seed, &ours),
            expected,
            "{}\n{ours}",
            text.escape_ascii()
        );
    }
}

/// What nginx's tokenizer makes of files: one block a file, begun by `@ PATH`.
fn nginx_tokens(oracle: &str, files: &[PathBuf]) -> Vec<String> {
    let mut all = Vec::new();
    for some in files.chunks(500) {
        let output = Command::new(oracle).args(some).output().unwrap();
        assert!(output.status.success());
        // A refused byte is printed raw.
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        for block in text.split("@ /").skip(1) {
            all.push(block.split_once('\n').unwrap().1.to_owned());
        }
    }
    assert_eq!(all.len(), files.len());
    all
}

/// Messages that hold raw bytes are compared without them.
fn comparable(tokens: &str) -> String {
    let raw = |line: &str| line.contains("\\x") || line.contains("\\u") || !line.is_ascii();
    let lines = tokens.lines().map(|line| match line.split_once('"') {
        Some((head, tail))
            if line.starts_with("! ") && (raw(tail) || tail.contains(|c: char| c.is_control())) =>
        {
            head.to_owned()
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn files_below(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, into);
        } else {
            into.push(path);
        }
    }
}

#[test]
fn a_corpus_gives_the_tokens_that_nginx_gives_now() {
    let (Ok(oracle), Ok(corpus)) = (
        std::env::var("GATEWHY_NGINX_ORACLE"),
        std::env::var("GATEWHY_NGINX_CORPUS"),
    ) else {
        eprintln!("SKIPPED: GATEWHY_NGINX_ORACLE and GATEWHY_NGINX_CORPUS are not set");
        return;
    };
    let mut files = Vec::new();
    files_below(Path::new(&corpus), &mut files);
    let (mut refused, mut wrong, mut bytes) = (0, Vec::new(), 0);
    for (path, theirs) in files.iter().zip(nginx_tokens(&oracle, &files)) {
        let text = std::fs::read(path).unwrap();
        bytes += text.len();
        refused += usize::from(theirs.contains("\n! ") || theirs.starts_with("! "));
        let ours = tokens(&text);
        if comparable(&ours) != comparable(&theirs) {
            wrong.push(format!(
                "{}\n nginx: {theirs}\n ours: {ours}",
                path.display()
            ));
        }
    }
    eprintln!(
        "{} files, {bytes} bytes, nginx refuses {refused}, {} differ",
        files.len(),
        wrong.len()
    );
    wrong.truncate(5);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_expected_tokens_can_be_recorded() {
    let (Ok(oracle), Ok(into)) = (
        std::env::var("GATEWHY_NGINX_ORACLE"),
        std::env::var("GATEWHY_RECORD_TOKENS"),
    ) else {
        return;
    };
    let folder = std::env::temp_dir().join(format!("gatewhy-tokens-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let paths: Vec<_> = (0..CASES)
        .map(|seed| folder.join(format!("{seed:05}")))
        .collect();
    for (seed, path) in (0..CASES).zip(&paths) {
        std::fs::write(path, case(seed)).unwrap();
    }
    let lines = (0..CASES).zip(nginx_tokens(&oracle, &paths));
    let lines: Vec<_> = lines.map(|(seed, tokens)| summary(seed, &tokens)).collect();
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(into, lines.join("\n") + "\n").unwrap();
}
