//! The JSON configuration.
use super::model::{Config, Handler, Match, Proxy, Route, Server, TryFiles, Upstream};
use crate::fact::Gap;
use crate::forward::Timeout;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::{Place, Span};
use core::time::Duration;
use serde_json::Value;

/// The deepest nesting of routes that is read.
const DEPTH: usize = 32;
/// Nanoseconds to connect when nothing is written.
const DIAL_NANOS: u64 = 3_000_000_000;

/// Reads a configuration.
pub fn read(text: &[u8], file: &HostPath) -> Config {
    let mut out = Config {
        is_there: true,
        ..Config::default()
    };
    let Ok(whole) = serde_json::from_slice::<Value>(text) else {
        let why = "it is no JSON that could be read";
        out.gaps.push(Gap::new(file.to_string(), why, ""));
        return out;
    };
    let reader = Reader { text, file };
    let servers = whole.pointer("/apps/http/servers");
    let all = servers.and_then(Value::as_object).into_iter().flatten();
    out.servers = all
        .map(|(name, server)| reader.server(name, server))
        .collect();
    let off = whole.pointer("/admin/disabled") == Some(&Value::Bool(true));
    let listen = whole.pointer("/admin/listen").and_then(Value::as_str);
    out.admin = off.then_some("off").or(listen).map(ToOwned::to_owned);
    let writer = whole.pointer("/logging/logs/default/writer");
    let path = writer.and_then(|writer| writer.get("filename")?.as_str());
    out.log_file = path.map(HostPath::new);
    let logs = whole.pointer("/logging/logs").and_then(Value::as_object);
    let files = logs
        .into_iter()
        .flatten()
        .filter_map(|(_, log)| log.pointer("/writer/filename")?.as_str());
    out.logs = files.map(HostPath::new).collect();
    out
}

struct Reader<'t> {
    text: &'t [u8],
    file: &'t HostPath,
}

impl Reader<'_> {
    /// Where a string stands first.
    fn place(&self, string: &str) -> Place {
        let needle = format!("\"{string}\"");
        let start = memchr::memmem::find(self.text, needle.as_bytes()).unwrap_or(0);
        let before = self.text.get(..start).unwrap_or_default();
        let lines = memchr::memchr_iter(b'\n', before).count();
        Place {
            file: self.file.clone(),
            span: Span {
                start,
                end: start.saturating_add(needle.len()).min(self.text.len()),
                line: u32::try_from(lines.saturating_add(1)).unwrap_or(u32::MAX),
            },
        }
    }

    fn server(&self, name: &str, server: &Value) -> Server {
        let listens = strings(server, "listen").into_iter();
        let ports = listens.filter_map(|text| {
            let (_, port) = text.rsplit_once(':')?;
            Some((port.parse().ok()?, self.place(&text)))
        });
        let mut routes = self.routes(server, DEPTH);
        for route in &mut routes {
            let title = || (format!("server {name}"), self.place(name));
            route.block.get_or_insert_with(title);
        }
        Server {
            ports: ports.collect(),
            routes,
        }
    }

    fn routes(&self, value: &Value, depth: usize) -> Vec<Route> {
        let routes = value.get("routes").and_then(Value::as_array);
        let routes = routes.filter(|_| depth > 0).into_iter().flatten();
        routes.map(|route| self.route(route, depth)).collect()
    }

    fn route(&self, value: &Value, depth: usize) -> Route {
        let matches = value.get("match").and_then(Value::as_array);
        let handlers = value.get("handle").and_then(Value::as_array);
        let handlers = handlers.into_iter().flatten();
        Route {
            block: None,
            matches: matches
                .into_iter()
                .flatten()
                .map(|one| self.matcher(one, DEPTH))
                .collect(),
            handlers: handlers
                .flat_map(|one| self.handler(one, depth.saturating_sub(1)))
                .collect(),
            group: text(value, "group"),
            terminal: value.get("terminal").and_then(Value::as_bool) == Some(true),
        }
    }

    fn matcher(&self, value: &Value, depth: usize) -> Match {
        let mut out = Match::default();
        for (name, one) in value.as_object().into_iter().flatten() {
            match name.as_str() {
                "host" => out.hosts = list(one),
                "path" => out.paths = list(one),
                "method" => out.methods = list(one),
                "path_regexp" => out.path_regexp = text(one, "pattern"),
                "protocol" => out.protocol = one.as_str().map(ToOwned::to_owned),
                "header" => {
                    let all = one.as_object().into_iter().flatten();
                    out.headers = all.map(|(name, v)| (name.clone(), list(v))).collect();
                }
                "not" if depth > 0 => {
                    let all = one.as_array().into_iter().flatten();
                    out.not = all
                        .map(|one| self.matcher(one, depth.saturating_sub(1)))
                        .collect();
                }
                "file" => out.file = Some(file(one)),
                other => out.unknown = Some((other.to_owned(), self.place(other))),
            }
        }
        out
    }

    fn handler(&self, value: &Value, depth: usize) -> Vec<Handler> {
        let kind = text(value, "handler").unwrap_or_default();
        let one = |handler| vec![handler];
        match kind.as_str() {
            "subroute" => one(Handler::Subroute(self.routes(value, depth))),
            "reverse_proxy" if is_ask(value) => one(Handler::Ask(Box::new(self.proxy(value)))),
            "reverse_proxy" => one(Handler::Proxy(Box::new(self.proxy(value)))),
            "static_response" => {
                let status = number(value, "status_code").unwrap_or(200);
                one(Handler::Respond(status, self.place("static_response")))
            }
            "error" => {
                let status = number(value, "status_code").unwrap_or(500);
                one(Handler::Respond(status, self.place("error")))
            }
            "rewrite" => {
                let prefix = text(value, "strip_path_prefix").map(Handler::StripPrefix);
                let suffix = text(value, "strip_path_suffix").map(Handler::StripSuffix);
                let uri = text(value, "uri").map(Handler::Rewrite);
                [prefix, suffix, uri].into_iter().flatten().collect()
            }
            "vars" => text(value, "root").map(Handler::Root).into_iter().collect(),
            "file_server" => one(Handler::FileServer),
            "headers" | "encode" | "templates" | "map" | "request_body" | "push" | "tracing" => {
                Vec::new()
            }
            other => one(Handler::Unknown(other.to_owned(), self.place(other))),
        }
    }

    fn proxy(&self, value: &Value) -> Proxy {
        let upstreams = value.get("upstreams").and_then(Value::as_array);
        let dials = upstreams.into_iter().flatten();
        let dials = dials.filter_map(|upstream| text(upstream, "dial"));
        let upstreams: Vec<Upstream> = dials
            .map(|dial| Upstream {
                place: self.place(&dial),
                dial,
            })
            .collect();
        let transport = value.get("transport").unwrap_or(&Value::Null);
        let fastcgi = transport.get("protocol").and_then(Value::as_str) == Some("fastcgi");
        let tls = transport.get("tls").filter(|tls| !tls.is_null());
        let read = if fastcgi {
            "read_timeout"
        } else {
            "response_header_timeout"
        };
        Proxy {
            place: upstreams
                .first()
                .map_or_else(|| self.place("reverse_proxy"), |first| first.place.clone()),
            dynamic: value.get("dynamic_upstreams").is_some(),
            fastcgi,
            tls: tls.is_some(),
            h2c: strings(transport, "versions").iter().any(|v| v == "h2c"),
            tls_name: tls.and_then(|tls| text(tls, "server_name")),
            tls_unchecked: tls
                .and_then(|tls| tls.get("insecure_skip_verify"))
                .and_then(Value::as_bool)
                == Some(true),
            tls_trusted: self.trusted(tls.unwrap_or(&Value::Null)),
            host: value
                .pointer("/headers/request/set/Host/0")
                .and_then(Value::as_str)
                .map(ToOwned::to_owned),
            check: value.pointer("/health_checks/active").and_then(|active| {
                let asks = text(active, "uri").or_else(|| text(active, "path"))?;
                let place = self.place(&asks);
                Some((asks, place))
            }),
            root: text(transport, "root"),
            split: strings(transport, "split_path"),
            dial_timeout: self
                .timeout(transport, "dial_timeout")
                .or_else(|| Some(Timeout::usual(DIAL_NANOS / 1_000_000_000, "dial_timeout"))),
            read_timeout: self.timeout(transport, read),
            upstreams,
        }
    }

    fn trusted(&self, tls: &Value) -> Vec<(String, Place)> {
        let pool = tls.get("ca").unwrap_or(&Value::Null);
        let files = strings(tls, "root_ca_pem_files").into_iter();
        let files = files.chain(strings(pool, "pem_files"));
        files
            .map(|file| {
                let place = self.place(&file);
                (file, place)
            })
            .collect()
    }

    /// Nanoseconds, or a duration in words.
    fn timeout(&self, value: &Value, name: &'static str) -> Option<Timeout> {
        let set = value.get(name)?;
        let time = match set.as_str() {
            Some(words) => crate::forward::duration(words)?,
            None => Duration::from_nanos(set.as_u64()?),
        };
        Some(Timeout {
            time,
            directive: name,
            place: Some(self.place(name)),
        })
    }
}

fn file(value: &Value) -> TryFiles {
    TryFiles {
        root: text(value, "root"),
        names: strings(value, "try_files"),
        split: strings(value, "split_path"),
    }
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(ToOwned::to_owned)
}

/// A number, or a string with one.
fn number(value: &Value, name: &str) -> Option<u16> {
    let found = value.get(name)?;
    let number = found.as_u64().and_then(|n| u16::try_from(n).ok());
    number.or_else(|| found.as_str()?.parse().ok())
}

fn strings(value: &Value, name: &str) -> Vec<String> {
    value.get(name).map(list).unwrap_or_default()
}

fn list(value: &Value) -> Vec<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(|one| one.as_str().map(ToOwned::to_owned))
        .collect()
}
/// What `forward_auth` comes to: another request is made of it, and a good answer to that
/// is not passed on, but lets the request go on.
fn is_ask(value: &Value) -> bool {
    let rewritten = value
        .get("rewrite")
        .and_then(|rewrite| text(rewrite, "method"));
    let taken = value.get("handle_response").and_then(Value::as_array);
    let good = |one: &Value| {
        let statuses = one.get("match").and_then(|fits| fits.get("status_code"));
        let mut statuses = statuses.and_then(Value::as_array).into_iter().flatten();
        statuses.any(|status| status.as_u64() == Some(2))
    };
    rewritten.as_deref() == Some("GET") && taken.into_iter().flatten().any(good)
}
