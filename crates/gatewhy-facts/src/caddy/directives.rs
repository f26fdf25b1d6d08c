//! What the directives of a site come to, in the order in which Caddy runs them.
use super::matcher;
use super::model::{Handler, Match, Route, TryFiles};
use super::proxy_block;
use super::tree::Line;
use crate::fact::Gap;
use crate::prelude::*;
use crate::source_text::Place;

/// Caddy's own order; what is written elsewhere is run as if it stood here.
const ORDER: &[&str] = &[
    "tracing",
    "map",
    "vars",
    "root",
    "skip_log",
    "log_skip",
    "fs",
    "header",
    "copy_response_headers",
    "request_body",
    "redir",
    "method",
    "rewrite",
    "uri",
    "try_files",
    "basicauth",
    "basic_auth",
    "forward_auth",
    "request_header",
    "encode",
    "push",
    "intercept",
    "templates",
    "invoke",
    "handle",
    "handle_path",
    "route",
    "abort",
    "error",
    "copy_response",
    "respond",
    "metrics",
    "reverse_proxy",
    "php_fastcgi",
    "file_server",
    "acme_server",
];

/// Directives that end no request and change nothing that matters here.
const HARMLESS: &[&str] = &[
    "tracing",
    "map",
    "vars",
    "skip_log",
    "log_skip",
    "log",
    "fs",
    "header",
    "request_header",
    "request_body",
    "encode",
    "push",
    "templates",
    "tls",
    "bind",
    "handle_errors",
    "handle_response",
    "copy_response_headers",
    "metrics",
    "acme_server",
    "intercept",
];

/// A directive's routes with what they are sorted by.
struct Sorted {
    order: usize,
    path: usize,
    has_matcher: bool,
    routes: Vec<Route>,
}

/// The routes of a block, sorted.
pub fn routes(block: &[Line], gaps: &mut Vec<Gap>) -> Vec<Route> {
    let mut all = unsorted(block, gaps);
    all.sort_by_key(|one| {
        let path = core::cmp::Reverse(one.path);
        (one.order, path, !one.has_matcher)
    });
    all.into_iter().flat_map(|one| one.routes).collect()
}

/// The routes as they are written, for `route`.
fn literal(block: &[Line], gaps: &mut Vec<Gap>) -> Vec<Route> {
    let all = unsorted(block, gaps).into_iter();
    all.flat_map(|one| one.routes).collect()
}

fn unsorted(block: &[Line], gaps: &mut Vec<Gap>) -> Vec<Sorted> {
    let named = matcher::named(block);
    let lines = block.iter().filter(|line| !line.word(0).starts_with('@'));
    lines
        .filter(|line| !HARMLESS.contains(&line.word(0)))
        .map(|line| {
            let (fits, at) = matcher::of_directive(line, &named);
            Sorted {
                order: order(line.word(0)),
                path: path_length(line.word(0), fits.as_ref(), line.word(1)),
                has_matcher: fits.is_some(),
                routes: directive(line, fits, at, gaps),
            }
        })
        .collect()
}

fn order(name: &str) -> usize {
    // Both are one group, of which the first that fits is taken.
    let name = if name == "handle_path" {
        "handle"
    } else {
        name
    };
    let found = ORDER.iter().position(|known| *known == name);
    found.unwrap_or(ORDER.len())
}

/// A single path counts by its length; one without `*` goes before one with it.
fn path_length(name: &str, fits: Option<&Match>, written: &str) -> usize {
    let paths = fits.map(|fits| fits.paths.as_slice()).unwrap_or_default();
    let path = match paths {
        [only] => only.as_str(),
        _ if name == "handle_path" => written,
        _ => return 0,
    };
    let bare = path.trim_end_matches('*').len();
    let exact = usize::from(bare == path.len());
    bare.saturating_mul(2).saturating_add(exact)
}

fn directive(line: &Line, fits: Option<Match>, at: usize, gaps: &mut Vec<Gap>) -> Vec<Route> {
    let place = line.place();
    let args = line.from(at);
    let arg = |at: usize| args.get(at).cloned().unwrap_or_default();
    let one = |handler: Handler| vec![plain(fits.clone(), vec![handler])];
    match line.word(0) {
        "root" => one(Handler::Root(arg(0))),
        "redir" => one(Handler::Respond(redirect(&arg(1)), place)),
        "rewrite" => one(Handler::Rewrite(arg(0))),
        "uri" => uri(&args).map(one).unwrap_or_default(),
        "try_files" => try_files(fits, args, Vec::new()),
        "handle" => grouped(line, fits, routes(&line.block, gaps), "handle"),
        "handle_path" => stripped(line, fits, gaps),
        "route" => vec![named_block(line, fits, literal(&line.block, gaps))],
        "abort" => one(Handler::Unknown("abort".to_owned(), place)),
        "error" => one(Handler::Respond(status(&args, 500), place)),
        "respond" => one(Handler::Respond(status_of_respond(line, &args), place)),
        "reverse_proxy" => one(Handler::Proxy(Box::new(proxy_block::read(line, at)))),
        "php_fastcgi" => proxy_block::php(line, fits, at),
        "file_server" => one(Handler::FileServer),
        "basicauth" | "basic_auth" => one(Handler::Unknown("basic_auth".to_owned(), place)),
        "forward_auth" => one(Handler::Ask(Box::new(proxy_block::read(line, at)))),
        other => {
            gaps.push(undecided(other, &place));
            Vec::new()
        }
    }
}

/// What is not followed, with its line.
pub fn undecided(name: &str, place: &Place) -> Gap {
    Gap::new(
        format!("{name} ({}:{})", place.file, place.span.line),
        "what it does with this request is not evaluated",
        "",
    )
}

/// A route without a name.
pub fn plain(fits: Option<Match>, handlers: Vec<Handler>) -> Route {
    Route {
        matches: fits.into_iter().collect(),
        handlers,
        ..Route::default()
    }
}

fn named_block(line: &Line, fits: Option<Match>, routes: Vec<Route>) -> Route {
    let words = [line.word(0), line.word(1)].join(" ");
    Route {
        block: Some((words.trim().to_owned(), line.place())),
        ..plain(fits, vec![Handler::Subroute(routes)])
    }
}

fn grouped(line: &Line, fits: Option<Match>, routes: Vec<Route>, group: &str) -> Vec<Route> {
    vec![Route {
        group: Some(group.to_owned()),
        ..named_block(line, fits, routes)
    }]
}

/// `handle_path /x/*`: the same without the path's beginning.
fn stripped(line: &Line, fits: Option<Match>, gaps: &mut Vec<Gap>) -> Vec<Route> {
    let prefix = line.word(1).trim_end_matches('*').trim_end_matches('/');
    let mut inner = vec![plain(None, vec![Handler::StripPrefix(prefix.to_owned())])];
    inner.extend(routes(&line.block, gaps));
    grouped(line, fits, inner, "handle")
}

fn redirect(code: &str) -> u16 {
    match code {
        "permanent" => 301,
        "html" => 200,
        code => code.parse().unwrap_or(302),
    }
}

fn status(args: &[String], usual: u16) -> u16 {
    let mut numbers = args.iter().rev().filter_map(|arg| arg.parse().ok());
    numbers.next().unwrap_or(usual)
}

/// `respond [BODY] [STATUS] { body …; close }`
fn status_of_respond(line: &Line, args: &[String]) -> u16 {
    let is_status = |arg: &&String| arg.len() == 3 && arg.bytes().all(|b| b.is_ascii_digit());
    let last = args.last().filter(is_status);
    let found = last.and_then(|arg| arg.parse().ok());
    let _ = line;
    found.unwrap_or(200)
}

fn uri(args: &[String]) -> Option<Handler> {
    let value = args.get(1)?.clone();
    match args.first()?.as_str() {
        "strip_prefix" => Some(Handler::StripPrefix(value)),
        "strip_suffix" => Some(Handler::StripSuffix(value)),
        _ => None,
    }
}

/// Rewrites to the first file that is there.
pub fn try_files(fits: Option<Match>, names: Vec<String>, split: Vec<String>) -> Vec<Route> {
    let mut fits = fits.unwrap_or_default();
    fits.file = Some(TryFiles {
        root: None,
        names,
        split,
    });
    let rewrite = Handler::Rewrite("{http.matchers.file.relative}".to_owned());
    vec![plain(Some(fits), vec![rewrite])]
}
