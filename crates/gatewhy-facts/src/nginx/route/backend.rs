//! What a backend is asked, and who it is.
use super::super::authority::Authority;
use super::super::backend_settings::{BackendSettings, Family, NamedValue};
use super::super::handler::{self, Handler, Pass, Target};
use super::super::model::{Location, Matcher};
use super::super::settings::Settings;
use super::super::tree::Directive;
use super::super::upstream::Upstream;
use super::super::uri::{Escape, escape};
use super::answer::{BackendRequest, Call, Outcome, Peer, Resolution, Text};
use super::rewrite::regex;
use super::router::{Router, refuse_at};
use super::variables::unknown;
use crate::fact::Gap;
use crate::prelude::*;
use alloc::sync::Arc;

/// A `*_pass` whose variables have their values.
struct Goal {
    tls: bool,
    authority: Authority,
    host: String,
    has_port: bool,
    uri: Vec<u8>,
    is_variable: bool,
}

impl<'a> Router<'a> {
    /// Passes the request on.
    pub(super) fn call(&mut self, handler: &Pass) -> Result<Outcome, Gap> {
        // The handler was chosen by the last `if`; where it goes is inherited by
        // the block that holds now, from its own location at most.
        let Some(pass) = self.inherited_pass(handler.family) else {
            let why = "the handler is set, but no backend is";
            return Ok(refuse_at(500, why, &handler.place));
        };
        let goal = match self.goal(&pass)? {
            Ok(goal) => goal,
            Err(why) => return Ok(refuse_at(500, why, &pass.place)),
        };
        let settings = Settings::new(&self.scope(), Some(pass.family));
        let group = self.group(&goal);
        let peers = match group {
            Some(group) => self.members(group),
            None => vec![self.lone_peer(&goal, &pass, &settings)],
        };
        let request = match settings.backend.as_ref() {
            Some(backend) => self.backend_request(&goal, backend),
            None => return Ok(refuse_at(500, "no backend settings", &pass.place)),
        };
        Ok(Outcome::Backend(Box::new(Call {
            tls: goal.tls,
            group: group.map(|group| group.name.clone()),
            peers,
            request,
            pass,
        })))
    }

    fn inherited_pass(&self, family: Family) -> Option<Pass> {
        let of = |level: &[Arc<Directive>]| {
            let mut all = level.iter().rev().filter_map(|d| handler::pass(d));
            all.find(|pass| pass.family == family)
        };
        let inner = self.inner.and_then(|directive| of(directive.block()));
        inner.or_else(|| of(self.chain.last()?.directive.block()))
    }

    fn goal(&self, pass: &Pass) -> Result<Result<Goal, &'static str>, Gap> {
        let is_variable = matches!(pass.target, Target::Variable);
        let (tls, target) = if is_variable {
            let url = self.text(&pass.written)?;
            handler::fixed(pass.family, &url)
        } else {
            (pass.tls, pass.target.clone())
        };
        Ok(match target {
            Target::Fixed {
                authority,
                host,
                has_port,
                uri,
            } => Ok(Goal {
                tls,
                authority,
                host,
                has_port,
                uri: uri.unwrap_or_default(),
                is_variable,
            }),
            Target::Variable => Err("invalid URL"),
            Target::Invalid(why) => Err(why),
        })
    }

    fn group(&self, goal: &Goal) -> Option<&'a Upstream> {
        let named = !goal.has_port && !matches!(goal.authority, Authority::Unix(_));
        if named {
            self.http.upstream(&goal.host)
        } else {
            None
        }
    }

    fn members(&self, group: &Upstream) -> Vec<Peer> {
        let run_time = || match &group.resolver {
            Some(own) => own.value.clone(),
            None => resolver(&Settings::new(&self.scope(), None)),
        };
        let peer = |member: &super::super::upstream::Member| Peer {
            resolution: match (&member.address, member.resolve) {
                (Authority::Name { .. }, true) => Resolution::AtRunTime(run_time()),
                (Authority::Name { .. }, false) => Resolution::AtStart,
                (Authority::Ip(_) | Authority::Unix(_), _) => Resolution::None,
            },
            address: member.address.clone(),
            backup: member.backup,
            down: member.down,
            place: member.place.clone(),
        };
        self.note_gaps(&group.gaps);
        group.servers.iter().map(peer).collect()
    }

    fn lone_peer(&self, goal: &Goal, pass: &Pass, settings: &Settings) -> Peer {
        let resolution = match &goal.authority {
            Authority::Ip(_) | Authority::Unix(_) => Resolution::None,
            Authority::Name { host, port } => {
                if goal.is_variable && !self.resolved_at_start(host, *port) {
                    Resolution::AtRunTime(resolver(settings))
                } else {
                    Resolution::AtStart
                }
            }
        };
        Peer {
            address: goal.authority.clone(),
            resolution,
            backup: false,
            down: false,
            place: pass.place.clone(),
        }
    }

    /// A name that a `*_pass` without variables holds as well was resolved when
    /// nginx started, and those addresses serve here too.
    fn resolved_at_start(&self, host: &str, port: u16) -> bool {
        fn has(block: &[Arc<Directive>], host: &str, port: u16) -> bool {
            block.iter().any(|d| {
                let fixed = handler::pass(d).map(|pass| pass.target);
                let same = match fixed {
                    Some(Target::Fixed {
                        authority: Authority::Name { host: h, port: p },
                        ..
                    }) => p == port && h.eq_ignore_ascii_case(host),
                    _ => false,
                };
                same || has(d.block(), host, port)
            })
        }
        has(self.http.directive.block(), host, port)
    }

    fn backend_request(&self, goal: &Goal, settings: &BackendSettings) -> BackendRequest {
        let named = |all: &[NamedValue]| {
            let pair = |value: &NamedValue| (value.name.clone(), self.text(&value.value));
            all.iter().map(pair).collect::<Vec<_>>()
        };
        let headers = named(&settings.set_headers);
        let host = headers
            .iter()
            .rfind(|(name, _)| name.eq_ignore_ascii_case("host"));
        let host = match host {
            Some((_, value)) => value.clone(),
            None => Ok(host_header(goal)),
        };
        let tls_name = match &settings.tls.name {
            Some(name) => self.text(&name.value).map(|name| without_port(&name)),
            None => Ok(goal.host.clone().into_bytes()),
        };
        BackendRequest {
            method: match &settings.method {
                Some(method) => self.text(&method.value),
                None => Ok(self.method.clone().into_bytes()),
            },
            target: self.backend_target(goal),
            host,
            tls_name,
            headers,
            params: match settings.family {
                Family::FastCgi | Family::Uwsgi | Family::Scgi => self.params(settings),
                Family::Proxy | Family::Grpc | Family::Memcached => Vec::new(),
            },
        }
    }

    fn params(&self, settings: &BackendSettings) -> Vec<(String, Text)> {
        let params = settings.params.iter();
        let values = params.map(|param| (param, self.text(&param.value)));
        let mut all: Vec<(String, Text)> = values
            .filter(|(param, value)| !(param.if_not_empty && *value == Ok(Vec::new())))
            .map(|(param, value)| (param.name.clone(), value))
            .collect();
        // The client's header fields follow, as HTTP_…, where nothing set them.
        for (name, value) in &self.request.headers {
            let name = format!("HTTP_{}", name.to_ascii_uppercase().replace('-', "_"));
            let is_set = params_hold(settings, &name);
            if settings.pass_request_headers.value && !is_set {
                all.push((name, Ok(value.clone())));
            }
        }
        all
    }

    /// The target of the request line for an HTTP backend.
    fn backend_target(&self, goal: &Goal) -> Vec<u8> {
        let part = match goal.uri.first() {
            Some(b'?') => [b"/", goal.uri.as_slice()].concat(),
            _ => goal.uri.clone(),
        };
        if goal.is_variable && !part.is_empty() {
            return part;
        }
        if part.is_empty() && self.valid_unparsed {
            return self.unparsed.clone();
        }
        let cut = match self.chain.last() {
            Some(location) if self.valid_location && !part.is_empty() => {
                location_length(location).min(self.uri.len())
            }
            _ => 0,
        };
        let mut out = if self.valid_location {
            part
        } else {
            Vec::new()
        };
        let rest = self.uri.get(cut..).unwrap_or_default();
        if self.quoted || self.internal {
            out.extend(escape(rest, Escape::Path));
        } else {
            out.extend_from_slice(rest);
        }
        if !self.args.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.args);
        }
        out
    }

    /// `$fastcgi_script_name` and `$fastcgi_path_info`.
    pub(super) fn script_name_and_path_info(&self) -> Result<(Vec<u8>, Vec<u8>), Gap> {
        let scope = self.scope();
        let split = scope.nearest("fastcgi_split_path_info");
        let mut script = self.uri.clone();
        let mut info = Vec::new();
        if let Some(pattern) = split.and_then(|d| d.arg(0))
            && let Some(found) = regex(pattern, false, &self.uri)?
        {
            let group = |number: usize| found.groups.get(number).cloned().unwrap_or_default();
            (script, info) = (group(1), group(2));
        }
        if script.ends_with(b"/") {
            let index = scope.nearest("fastcgi_index").and_then(|d| d.arg(0));
            script.extend_from_slice(index.unwrap_or_default());
        }
        Ok((script, info))
    }

    /// `$proxy_host` or `$proxy_port`.
    pub(super) fn pass_host(&self, depth: u8, port: bool) -> Result<Vec<u8>, Gap> {
        let name: &[u8] = if port { b"proxy_port" } else { b"proxy_host" };
        let Some(Handler::Pass(_)) = &self.handler else {
            return Ok(Vec::new());
        };
        let pass = self.inherited_pass(Family::Proxy);
        let Some(pass) = pass.filter(|_| depth == 0) else {
            return Err(unknown(name, "it has no value here"));
        };
        match self.goal(&pass)? {
            Ok(goal) if port => Ok(port_of(&goal.authority).to_string().into_bytes()),
            Ok(goal) => Ok(host_header(&goal)),
            Err(why) => Err(unknown(name, why)),
        }
    }
}

fn resolver(settings: &Settings) -> Vec<String> {
    let resolver = settings.resolver.as_ref();
    resolver
        .map(|setting| setting.value.clone())
        .unwrap_or_default()
}

fn params_hold(settings: &BackendSettings, name: &str) -> bool {
    settings.params.iter().any(|param| param.name == name)
}

/// How much of the URI a location's own path is, for `proxy_pass` with a URI.
fn location_length(location: &Location) -> usize {
    match &location.matcher {
        Matcher::Exact(path) | Matcher::Prefix { path, .. } => path.len(),
        Matcher::Regex { .. } | Matcher::Named(_) => 0,
    }
}

const fn port_of(authority: &Authority) -> u16 {
    match authority {
        Authority::Ip(address) => address.port(),
        Authority::Name { port, .. } => *port,
        Authority::Unix(_) => 0,
    }
}

/// What `Host` holds by default: the port is left out when it is the protocol's.
fn host_header(goal: &Goal) -> Vec<u8> {
    let default = if goal.tls { 443 } else { 80 };
    let port = port_of(&goal.authority);
    match &goal.authority {
        Authority::Unix(_) => b"localhost".to_vec(),
        _ if !goal.has_port || port == default => goal.host.clone().into_bytes(),
        _ => format!("{}:{port}", goal.host).into_bytes(),
    }
}

/// A TLS name loses a port behind it.
fn without_port(name: &[u8]) -> Vec<u8> {
    let end = match name.first() {
        Some(b'[') => memchr::memchr(b']', name).map(|at| at.saturating_add(1)),
        _ => memchr::memchr(b':', name),
    };
    name.get(..end.unwrap_or(name.len()))
        .unwrap_or(name)
        .to_vec()
}
