//! nginx's configuration language: words, blocks, includes, and what is said of
//! broken input.
use core::fmt::Write as _;
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::known::Known;
use gatewhy_facts::nginx::config::{self, Config};
use gatewhy_facts::nginx::directive_names::{Context, Names};
use gatewhy_facts::nginx::files::KnownFiles;
use gatewhy_facts::nginx::lexer::{End, Lexer};
use gatewhy_facts::nginx::tree::{self, Body, Directive, Inside};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::{Part, Question, View};
use proptest::prelude::*;
use std::sync::Arc;

/// Bytes as text, control bytes in angle brackets.
fn text_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace('\n', "<n>");
    text.replace('\t', "<t>")
        .replace('\r', "<r>")
        .replace('\u{feff}', "<bom>")
}

/// The words as text, statements ended by `;`, `{`, `}`; then nginx's refusal.
fn words(text: &[u8]) -> String {
    let mut lexer = Lexer::new(text);
    let mut out = String::new();
    loop {
        let statement = lexer.statement();
        for word in &statement.words {
            let _ = write!(out, "[{}]", text_of(&word.bytes));
        }
        out.push(match statement.end {
            End::Semicolon => ';',
            End::Open => '{',
            End::Close => '}',
            End::Missing => '!',
            End::File => break,
        });
    }
    for fault in lexer.into_faults() {
        let _ = write!(out, " {}: {}", fault.span.line, fault.what);
    }
    out
}

#[test]
fn words_are_cut_as_nginx_cuts_them() {
    for (text, expected) in [
        ("a b;", "[a][b];"),
        ("a\tb\r\nc;", "[a][b][c];"),
        ("a#b #c\n d;", "[a#b][d];"),
        ("a b{c;}", "[a][b]{[c];}"),
        ("a ${b}c;", "[a][${b}c];"),
        ("a x${b}{", "[a][x${b}]{"),
        ("a b}c;", "[a][b}c];"),
        ("a b\"c'd;", "[a][b\"c'd];"),
        ("a \"b;{}#\n\";", "[a][b;{}#<n>];"),
        ("a '$b{c}';", "[a][$b{c}];"),
        ("if ($a = \"b\") {", "[if][($a][=][b][)]{"),
        (
            r#"a \"b\'c\\d\te\rf\ng\.h;"#,
            r#"[a]["b'c\d<t>e<r>f<n>g\.h];"#,
        ),
        (r#"a "x\"y" z;"#, r#"[a][x"y][z];"#),
        (r"a b\ c\;d;", r"[a][b\ c\;d];"),
        ("a \"\" '';", "[a][][];"),
        ("set_by_lua_block $x{", "[set_by_lua_block][$x]{"),
        ("\u{feff}a b;", "[<bom>a][b];"),
        ("a $;", "[a][$];"),
        ("a ${{b;", "[a][${{b];"),
    ] {
        assert_eq!(words(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn what_nginx_refuses_is_said_in_its_words() {
    for (text, expected) in [
        (";a b;", "[a][b]; 1: unexpected \";\""),
        ("a b\n}", "[a][b]!} 2: unexpected \"}\""),
        (
            "a b",
            "[a][b]! 1: unexpected end of file, expecting \";\" or \"}\"",
        ),
        ("a \"b\"c;", "[a][b][c]; 1: unexpected \"c\""),
        (
            "a \"b;\nc d;",
            "[a][b];[c][d]; 2: unexpected end of file, expecting \";\" or \"}\"",
        ),
        ("location ~ ^/a{2}$ {}", "[location][~][^/a]{[2}$]{} 1: "),
    ] {
        assert!(
            words(text.as_bytes()).starts_with(expected.trim_end_matches(" 1: ")),
            "{text}: {}",
            words(text.as_bytes())
        );
    }
    assert_eq!(words(b"{a b;}"), "{[a][b];} 1: unexpected \"{\"");
}

#[test]
fn words_and_comments_longer_than_the_buffer_are_refused() {
    let long = |n: usize| "x".repeat(n);
    let faults = |text: String| {
        let all = words(text.as_bytes());
        all.split(" 1: ")
            .skip(1)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(faults(format!("{};", long(4095))).is_empty());
    let too_long = ["too long parameter \"xxxxxxxxxx...\" started"];
    assert_eq!(faults(format!("{};", long(4096))), too_long);
    // A word that is just complete fails on the next byte when a blank ended it.
    assert_eq!(faults(format!("{} ;", long(4095))), too_long);
    assert!(faults(format!("{} ;", long(4094))).is_empty());
    let quote = ["too long parameter, probably missing terminating \"\"\" character"];
    assert_eq!(faults(format!("a \"{}\";", long(4096))), quote);
    assert!(faults(format!("a \"{}\";", long(4094))).is_empty());
    let comment = ["too long parameter \"#xxxxxxxxx...\" started"];
    assert_eq!(faults(format!("#{}\na;", long(4096))), comment);
    assert!(faults(format!("#{}\na;", long(4000))).is_empty());
}

fn tree_of(text: &str) -> tree::Tree {
    tree::parse(
        &HostPath::new("/etc/nginx/nginx.conf"),
        text.as_bytes(),
        Inside::Directives(Context::Main),
        &Names::new(),
    )
}

fn problems(text: &str) -> Vec<String> {
    let tree = tree_of(text);
    tree.problems
        .iter()
        .map(|p| format!("{}: {}", p.place.span.line, p.what))
        .collect()
}

#[test]
fn blocks_nest_and_broken_ones_are_recovered() {
    assert!(problems("http { server { listen 80; } }").is_empty());
    assert_eq!(
        problems("http {\n server {\n"),
        ["3: unexpected end of file, expecting \"}\""]
    );
    assert_eq!(problems("events {}\n}\nuser www;"), ["2: unexpected \"}\""]);
    let text = "http { server {\n root /srv\n location / { proxy_pass http://a; } } }";
    assert_eq!(
        problems(text),
        ["3: directive \"root\" is not terminated by \";\""]
    );
    let tree = tree_of(text);
    let server = &tree.directives[0].block()[0].block();
    assert_eq!(server[0].arg(0), Some(&b"/srv"[..]));
    assert!(server[1].is("location") && server[1].block()[0].is("proxy_pass"));
    assert_eq!(
        problems("http;"),
        ["1: directive \"http\" has no opening \"{\""]
    );
}

#[test]
fn entries_of_a_map_are_no_directives_and_lua_is_skipped() {
    let tree = tree_of(
        "http { map $a $b { default 1; proxy_pass 2; ~^/x{ 3; }\n\
         server { content_by_lua_block { local t = {'}'} } listen 80; } }",
    );
    let http = tree.directives[0].block();
    assert_eq!(http[0].block().len(), 0);
    assert!(http[0].entries()[1].is("proxy_pass"));
    let tree =
        tree_of("http { server { rewrite_by_lua_block { local t = {'}'} -- }\n } listen 80; } }");
    let server = tree.directives[0].block()[0].block();
    assert!(matches!(server[0].body, Body::Lua(_)));
    assert!(server[1].is("listen"));
    assert!(tree.problems.is_empty());
}

#[test]
fn depth_is_limited() {
    let deep = "a {".repeat(100_000);
    assert!(problems(&deep)[0].contains("more than 64 blocks"));
    let closed = format!("{}{} user x;", "a {".repeat(70), "}".repeat(70));
    assert!(
        tree_of(&closed)
            .directives
            .last()
            .is_some_and(|d| d.is("user"))
    );
}

struct Host(Known);

impl Host {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut known = Known::new();
        let mut folders = std::collections::BTreeMap::<String, Vec<u8>>::new();
        for (path, text) in files {
            let path = HostPath::new(*path);
            known.learn(question(path.as_str()), Answer::got(text.as_bytes()));
            let names = folders
                .entry(path.parent().as_str().to_owned())
                .or_default();
            names.extend(b"f ");
            names.extend(path.file_name().as_bytes());
            names.push(0);
        }
        for (folder, names) in folders {
            known.learn(folder_question(&folder), Answer::got(names));
        }
        Self(known)
    }

    fn load(&self) -> Config {
        let files = KnownFiles {
            known: &self.0,
            view: View::Host,
        };
        config::load(&files, &HostPath::new("/etc/nginx/nginx.conf"))
    }
}

fn question(path: &str) -> Question {
    Question::File {
        path: HostPath::new(path),
        view: View::Host,
        part: Part::Head(1 << 20),
    }
}

fn folder_question(path: &str) -> Question {
    Question::Folder {
        path: HostPath::new(path),
        view: View::Host,
    }
}

/// `name(arg arg){…}` without places.
fn shape(directives: &[Arc<Directive>]) -> String {
    let mut out = String::new();
    for directive in directives {
        let _ = write!(out, "{}", directive.name.bytes.escape_ascii());
        for arg in &directive.args {
            let _ = write!(out, " {}", arg.bytes.escape_ascii());
        }
        match &directive.body {
            Body::None => out.push(';'),
            Body::Block(inner) | Body::Entries(inner) => {
                let _ = write!(out, "{{{}}}", shape(inner));
            }
            Body::Lua(_) => out.push_str("lua;"),
            Body::Unread(_) => out.push('?'),
        }
    }
    out
}

#[test]
fn includes_are_put_in_place_relative_to_the_main_file() {
    let host = Host::new(&[
        (
            "/etc/nginx/nginx.conf",
            "http { include conf.d/*.conf; map $a $b { include m; } }",
        ),
        ("/etc/nginx/conf.d/b.conf", "b 1;"),
        ("/etc/nginx/conf.d/a.conf", "a 1; include sub/x;"),
        ("/etc/nginx/conf.d/.hidden.conf", "h 1;"),
        ("/etc/nginx/conf.d/c.conf.bak", "c 1;"),
        ("/etc/nginx/sub/x", "x 1;"),
        ("/etc/nginx/m", "proxy_pass 2;"),
    ]);
    let config = host.load();
    assert_eq!(
        shape(&config.directives),
        "http{a 1;x 1;b 1;map $a $b{proxy_pass 2;}}"
    );
    assert!(config.problems.is_empty() && config.gaps.is_empty());
    let files: Vec<_> = config.files.iter().map(HostPath::as_str).collect();
    let expected = ["nginx.conf", "conf.d/a.conf", "sub/x", "conf.d/b.conf", "m"];
    assert_eq!(files, expected.map(|f| format!("/etc/nginx/{f}")));
}

#[test]
fn what_could_not_be_read_is_a_gap_and_never_empty() {
    let mut host = Host::new(&[(
        "/etc/nginx/nginx.conf",
        "include a; include b; include c; include d/*;",
    )]);
    host.0.learn(
        question("/etc/nginx/a"),
        Answer::none(Outcome::Denied("EACCES".into())),
    );
    host.0
        .learn(question("/etc/nginx/b"), Answer::none(Outcome::Absent));
    host.0.learn(
        folder_question("/etc/nginx/d"),
        Answer::none(Outcome::Absent),
    );
    let config = host.load();
    assert_eq!(shape(&config.directives), "include a?include c?");
    assert_eq!(config.gaps.len(), 2);
    assert!(config.gaps[1].is_pending());
    assert_eq!(host.0.wanted(), [question("/etc/nginx/c")]);
    let what: Vec<_> = config.problems.iter().map(|p| p.what.as_str()).collect();
    assert_eq!(
        what,
        ["open() \"/etc/nginx/b\" failed (2: No such file or directory)"]
    );
}

#[test]
fn cycles_cut_files_and_explosions_are_reported() {
    let config = Host::new(&[
        ("/etc/nginx/nginx.conf", "include a;"),
        ("/etc/nginx/a", "x 1; include b;"),
        ("/etc/nginx/b", "include a;"),
    ])
    .load();
    assert!(config.problems[0].what.contains("includes itself"));
    assert_eq!(shape(&config.directives), "x 1;");

    let doubled = |next: &str| format!("p {{ include {next}; }} q {{ include {next}; }}");
    let mut files = vec![("/etc/nginx/nginx.conf".to_owned(), doubled("f0"))];
    for n in 0..40 {
        files.push((format!("/etc/nginx/f{n}"), doubled(&format!("f{}", n + 1))));
    }
    files.push(("/etc/nginx/f40".to_owned(), "x 1;".to_owned()));
    let files: Vec<_> = files
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    let config = Host::new(&files).load();
    assert!(!config.gaps.is_empty());

    let mut host = Host::new(&[]);
    let outcome = Outcome::Got {
        bytes: b"user www;".to_vec(),
        cut: true,
    };
    host.0
        .learn(question("/etc/nginx/nginx.conf"), Answer::none(outcome));
    assert_eq!(host.load().gaps.len(), 1);
}

#[test]
fn a_directive_that_an_included_file_repeats_is_refused_once() {
    let config = Host::new(&[
        (
            "/etc/nginx/nginx.conf",
            "http { server { location /a { proxy_read_timeout 5s; include p; }
             location /b { include p; proxy_read_timeout 5s; } location /c { include p; }
             more_set_headers x; } }",
        ),
        (
            "/etc/nginx/p",
            "proxy_read_timeout 9s;\nproxy_set_header A b; proxy_set_header A c;",
        ),
    ])
    .load();
    let shown = |p: &gatewhy_facts::source_text::Problem| {
        format!("{}:{} {}", p.place.file, p.place.span.line, p.what)
    };
    let problems: Vec<_> = config.problems.iter().map(shown).collect();
    let what = "\"proxy_read_timeout\" directive is duplicate";
    assert_eq!(
        problems,
        [
            format!("/etc/nginx/p:1 {what}"),
            format!("/etc/nginx/nginx.conf:2 {what}")
        ]
    );
    let foreign: Vec<_> = config.foreign.iter().map(shown).collect();
    assert_eq!(
        foreign,
        ["/etc/nginx/nginx.conf:3 unknown directive \"more_set_headers\""]
    );
}

#[test]
fn a_folder_matched_by_a_pattern_is_refused() {
    let mut host = Host::new(&[("/etc/nginx/nginx.conf", "include sites/*;")]);
    host.0.learn(
        folder_question("/etc/nginx/sites"),
        Answer::got("d sub\0f x\0"),
    );
    host.0
        .learn(question("/etc/nginx/sites/x"), Answer::got("x 1;"));
    let config = host.load();
    assert_eq!(
        config.problems[0].what,
        "pread() \"/etc/nginx/sites/sub\" failed (21: Is a directory)"
    );
    assert_eq!(shape(&config.directives), "x 1;");
}

/// Bytes that look like a configuration.
fn config_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"server ".to_vec()),
        Just(b"map $a $b ".to_vec()),
        Just(b"content_by_lua_block ".to_vec()),
        Just(b"include x;".to_vec()),
        Just(b"proxy_pass http://$host;\n".to_vec()),
        "[{};\"'#\\\\$ \n\ta-]{1,6}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_cut_into_words_within_its_bounds(text in config_like()) {
        let mut lexer = Lexer::new(&text);
        let mut last = 0;
        for _ in 0..=text.len() {
            let statement = lexer.statement();
            for word in &statement.words {
                prop_assert!(word.span.start <= word.span.end && word.span.end <= text.len());
                prop_assert!(word.span.start >= last);
                last = word.span.start;
            }
            prop_assert!(statement.end_span.end <= text.len());
            if statement.end == End::File {
                return Ok(());
            }
        }
        prop_assert!(false, "no end");
    }

    #[test]
    fn any_text_is_a_tree_with_places_inside_it(text in config_like()) {
        fn check(block: &[Arc<Directive>], length: usize) -> bool {
            block.iter().all(|d| {
                d.place.span.start <= d.place.span.end && d.place.span.end <= length
                    && check(d.block(), length) && check(d.entries(), length)
            })
        }
        let tree = tree::parse(&HostPath::new("/x"), &text, Inside::Directives(Context::Main), &Names::new());
        prop_assert!(check(&tree.directives, text.len()));
        prop_assert!(tree.problems.iter().all(|p| p.place.span.end <= text.len()));
        let mut lexer = Lexer::new(&text);
        while lexer.statement().end != End::File {}
        if tree.problems.is_empty() && !text.windows(13).any(|w| w == b"_by_lua_block") {
            prop_assert!(!lexer.has_faults());
        }
    }
}
