//! From a request to its backends.
use super::command_line::CommandLine;
use super::expression::{self, Seen};
use super::statement::Statement;
use super::tokens::Token;
use super::vcl::{Backend, Vcl};
use crate::fact::Gap;
use crate::forward::{Address, Request, Route, Scheme, Target, Timeout, duration, host_and_port};
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;
use core::time::Duration;

/// Milliseconds to connect when nothing is written.
const CONNECT_MS: u64 = 3_500;
/// Seconds until the first byte when nothing is written.
const FIRST_BYTE_SECS: u64 = 60;
/// The deepest nesting of blocks and calls that is followed.
const DEPTH: usize = 32;
/// The most statements that are run.
const STEPS: usize = 20_000;

/// Follows a request through the VCL.
pub fn route(vcl: &Vcl, command: &CommandLine, request: &Request) -> Route {
    let mut state = State {
        vcl,
        seen: Seen {
            url: request.target.clone(),
            host: request.host_header.clone(),
            set: BTreeMap::new(),
            tls: request.tls,
        },
        hint: None,
        steps: 0,
        out: Route {
            gaps: vcl.gaps.clone(),
            ..Route::default()
        },
    };
    let ended = state.sub("vcl_recv", DEPTH);
    if !matches!(ended, Some(End::Answered)) {
        state.sub("vcl_backend_fetch", DEPTH);
        state.choose(command, request);
    }
    state.out
}

/// How a subroutine ended.
enum End {
    /// With an answer of Varnish's own.
    Answered,
    /// Otherwise.
    Returned,
}

struct State<'v> {
    vcl: &'v Vcl,
    seen: Seen,
    hint: Option<(String, Place)>,
    steps: usize,
    out: Route,
}

impl State<'_> {
    fn sub(&mut self, name: &str, depth: usize) -> Option<End> {
        let vcl = self.vcl;
        let statements = vcl.subs.get(name)?;
        self.run(statements, depth.checked_sub(1)?)
    }

    fn run(&mut self, statements: &[Statement], depth: usize) -> Option<End> {
        for statement in statements {
            self.steps = self.steps.saturating_add(1);
            if self.steps > STEPS {
                return None;
            }
            let ended = match statement {
                Statement::If(branches) => self.branches(branches, depth),
                Statement::Set(name, value, place) => {
                    self.set(name, value, place);
                    None
                }
                Statement::Return(what, place) => Some(self.returned(what, place)),
                Statement::Call(name) => self.sub(name, depth),
                Statement::Other(_) => None,
            };
            if ended.is_some() {
                return ended;
            }
        }
        None
    }

    fn branches(
        &mut self,
        branches: &[(Option<Vec<Token>>, Vec<Statement>)],
        depth: usize,
    ) -> Option<End> {
        let depth = depth.checked_sub(1)?;
        for (condition, block) in branches {
            let holds = match condition {
                Some(condition) => expression::holds(condition, &self.seen),
                None => Some(true),
            };
            match holds {
                Some(true) => return self.run(block, depth),
                Some(false) => {}
                None if matters(block) => {
                    let place = condition.iter().flatten().next().map(|t| t.place.clone());
                    self.gap("if", &place.unwrap_or_default());
                }
                None => {}
            }
        }
        None
    }

    fn gap(&mut self, what: &str, place: &Place) {
        let what = format!("{what} ({}:{})", place.file, place.span.line);
        let why = "what it does with this request is not evaluated";
        self.out.gaps.push(Gap::new(what, why, ""));
    }

    fn set(&mut self, name: &str, value: &[Token], place: &Place) {
        match name {
            "req.backend_hint" | "bereq.backend" | "req.backend" => {
                let word = value.first().and_then(Token::word).unwrap_or_default();
                let bare = word.strip_suffix(".backend").unwrap_or(word);
                self.hint = Some((bare.to_owned(), place.clone()));
            }
            "req.url" | "bereq.url" => match expression::value(value, &self.seen) {
                Some(url) => self.seen.url = url,
                None => self.gap("set req.url", place),
            },
            "req.http.host" | "req.http.Host" | "bereq.http.host" | "bereq.http.Host" => {
                match expression::value(value, &self.seen) {
                    Some(host) => {
                        self.out.host = Some(host.clone());
                        self.seen.host = host;
                    }
                    None => self.gap("set req.http.host", place),
                }
            }
            name => {
                let header = name.strip_prefix("req.http.");
                if let (Some(header), Some(value)) = (header, expression::value(value, &self.seen))
                {
                    self.seen.set.insert(header.to_ascii_lowercase(), value);
                }
            }
        }
    }

    /// `(synth(503, "…"))`; all else goes on to a backend.
    fn returned(&mut self, what: &[Token], place: &Place) -> End {
        let words: Vec<&str> = what.iter().filter_map(Token::text).collect();
        let status = match words.as_slice() {
            ["synth", status, ..] => status.parse().ok(),
            ["synth"] => Some(503),
            _ => return End::Returned,
        };
        self.out
            .blocks
            .push(("return (synth)".to_owned(), place.clone()));
        self.out.answer = Some((status.unwrap_or(503), place.clone()));
        End::Answered
    }

    fn choose(&mut self, command: &CommandLine, request: &Request) {
        let vcl = self.vcl;
        let names = match &self.hint {
            Some((name, place)) => {
                let members = members(vcl, name);
                if vcl.backends.iter().any(|b| b.name == *name) {
                    vec![name.clone()]
                } else if members.is_empty() {
                    let (name, place) = (name.clone(), place.clone());
                    self.gap(&name, &place);
                    return;
                } else {
                    self.out.group = Some(name.clone());
                    members
                }
            }
            None => usual(vcl).into_iter().collect(),
        };
        if let (Some(group), Some((_, place))) = (&self.out.group, &self.hint) {
            self.out
                .blocks
                .push((format!("director {group}"), place.clone()));
        }
        let all = vcl.backends.iter();
        let chosen: Vec<&Backend> = all.filter(|b| names.contains(&b.name)).collect();
        for backend in &chosen {
            let name = format!("backend {}", backend.name);
            if chosen.len() == 1 {
                self.out.blocks.push((name, backend.place.clone()));
            }
            self.out.targets.extend(target(backend));
        }
        self.out.check = chosen.iter().find_map(|backend| backend.probe.clone());
        self.times(command, chosen.first().copied());
        self.out.sent.clone_from(&self.seen.url);
        let _ = request;
    }

    fn times(&mut self, command: &CommandLine, backend: Option<&Backend>) {
        let time = |directive: &'static str, usual: Duration| {
            let own = backend.and_then(|backend| backend.settings.get(directive));
            let set = own.and_then(|(text, place)| Some((duration(text)?, place.clone())));
            let (time, place) = match set {
                Some((time, place)) => (time, Some(place)),
                None => (command.seconds(directive).unwrap_or(usual), None),
            };
            Some(Timeout {
                time,
                directive,
                place,
            })
        };
        self.out.connect = time("connect_timeout", Duration::from_millis(CONNECT_MS));
        self.out.read = time("first_byte_timeout", Duration::from_secs(FIRST_BYTE_SECS));
    }
}

/// Whether a block may change where the request goes.
fn matters(block: &[Statement]) -> bool {
    block.iter().any(|statement| match statement {
        Statement::If(branches) => branches.iter().any(|(_, block)| matters(block)),
        Statement::Set(name, ..) => {
            let (_, last) = name.rsplit_once('.').unwrap_or(("", name));
            name.contains("backend") || last == "url" || last.eq_ignore_ascii_case("host")
        }
        Statement::Return(what, _) => what.iter().any(|token| token.word() == Some("synth")),
        Statement::Call(_) => true,
        Statement::Other(_) => false,
    })
}

/// The backend that a request goes to unless told otherwise.
fn usual(vcl: &Vcl) -> Option<String> {
    let named = vcl
        .backends
        .iter()
        .find(|backend| backend.name == "default");
    let first = || vcl.backends.first();
    named.or_else(first).map(|backend| backend.name.clone())
}

/// The backends of a director: `NAME.add_backend(BACKEND …)` in `vcl_init`.
fn members(vcl: &Vcl, director: &str) -> Vec<String> {
    let statements = vcl.subs.get("vcl_init").into_iter().flatten();
    let call = format!("{director}.add_backend");
    let names = statements.filter_map(|statement| match statement {
        Statement::Other(tokens) if tokens.first().and_then(Token::word) == Some(&call) => {
            tokens.get(2).and_then(Token::word).map(ToOwned::to_owned)
        }
        _ => None,
    });
    names.collect()
}

/// The target that a backend stands for; none for `backend x none;`.
pub fn target(backend: &Backend) -> Option<Target> {
    let get = |key: &str| backend.settings.get(key);
    if let Some((path, place)) = get("path") {
        return Some(Target {
            name: backend.name.clone(),
            address: Address::Unix(HostPath::new(path.clone())),
            scheme: Scheme::Http,
            written: path.clone(),
            place: place.clone(),
        });
    }
    let (host, place) = get("host")?;
    let port = get("port").map_or("80", |(port, _)| port.as_str());
    let port = match port {
        "http" => 80,
        "https" => 443,
        port => port.parse().ok()?,
    };
    let (host, port) = host_and_port(host, port)?;
    // The port's own line says more where it stands alone.
    let place = get("port").map_or(place, |(_, port)| port);
    Some(Target {
        name: backend.name.clone(),
        written: format!("{host}:{port}"),
        address: Address::Host(host, port),
        scheme: Scheme::Http,
        place: place.clone(),
    })
}

/// The way where there is no VCL: `-b ADDRESS`.
pub fn without_vcl(
    address: &str,
    command: &CommandLine,
    request: &Request,
    file: &HostPath,
) -> Route {
    let place = Place {
        file: file.clone(),
        ..Place::default()
    };
    let address = match address.strip_prefix('/') {
        Some(_) => Some(Address::Unix(HostPath::new(address))),
        None => host_and_port(address, 80).map(|(host, port)| Address::Host(host, port)),
    };
    let written = match &address {
        Some(Address::Host(host, port)) => format!("{host}:{port}"),
        Some(Address::Unix(path)) => path.to_string(),
        None => String::new(),
    };
    let targets = address.map(|address| Target {
        name: "default".to_owned(),
        address,
        scheme: Scheme::Http,
        written,
        place,
    });
    let time = |directive: &'static str, usual: Duration| {
        Some(Timeout {
            time: command.seconds(directive).unwrap_or(usual),
            directive,
            place: None,
        })
    };
    Route {
        targets: targets.into_iter().collect(),
        connect: time("connect_timeout", Duration::from_millis(CONNECT_MS)),
        read: time("first_byte_timeout", Duration::from_secs(FIRST_BYTE_SECS)),
        sent: request.target.clone(),
        ..Route::default()
    }
}
