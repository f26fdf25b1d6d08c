//! The values of variables in a request under way.
use super::super::authority::Authority;
use super::super::listen::NameKind;
use super::super::pattern;
use super::super::template::{Part, parts};
use super::super::tree::Directive;
use super::super::uri::{Escape, escape};
use super::router::Router;
use crate::fact::Gap;
use crate::prelude::*;
use alloc::sync::Arc;

/// The deepest chain of variables that are defined by each other.
const DEPTH: u8 = 32;
/// The longest text that is worked out: values can be made of themselves.
const TEXT: usize = 1 << 18;

impl Router<'_> {
    /// The value of a text with variables.
    pub(super) fn text(&self, text: &[u8]) -> Result<Vec<u8>, Gap> {
        self.text_at(text, 0)
    }

    pub(super) fn text_at(&self, text: &[u8], depth: u8) -> Result<Vec<u8>, Gap> {
        if !text.contains(&b'$') {
            return Ok(text.to_vec());
        }
        let shown = || crate::untrusted::shown(text).to_string();
        let Some(parts) = parts(text) else {
            return Err(Gap::new(shown(), "nginx would refuse it", ""));
        };
        let mut out = Vec::new();
        for part in parts {
            match part {
                Part::Literal(literal) => out.extend(literal),
                Part::Capture(number) => {
                    let captures = self.captures.borrow();
                    out.extend_from_slice(captures.get(number).map_or(&[], Vec::as_slice));
                }
                Part::Variable(name) => out.extend(self.variable(&name, depth)?),
            }
            if out.len() > TEXT {
                return Err(Gap::new(
                    shown(),
                    format!("it is longer than {TEXT} bytes"),
                    "",
                ));
            }
        }
        Ok(out)
    }

    pub(super) fn set_variable(&self, name: &[u8], value: Result<Vec<u8>, Gap>) {
        self.values
            .borrow_mut()
            .insert(name.to_ascii_lowercase(), value);
    }

    /// What a regular expression found becomes `$1` and the named variables.
    pub(super) fn keep_captures(&self, captures: pattern::Captures) {
        for (name, value) in captures.named {
            self.set_variable(name.as_bytes(), Ok(value));
        }
        *self.captures.borrow_mut() = captures.groups;
    }

    fn variable(&self, name: &[u8], depth: u8) -> Result<Vec<u8>, Gap> {
        let name = name.to_ascii_lowercase();
        if depth > DEPTH {
            return Err(unknown(&name, "it is defined by itself"));
        }
        if let Some(value) = self.values.borrow().get(&name) {
            return value.clone();
        }
        if let Some(value) = self.request_variable(&name) {
            return Ok(value);
        }
        if let Some(value) = self.computed_variable(&name, depth) {
            return value;
        }
        if let Some(value) = self.prefixed_variable(&name) {
            return Ok(value);
        }
        if let Some(value) = self.defined_variable(&name, depth) {
            return value;
        }
        if self.is_set_somewhere(&name) {
            return Ok(Vec::new());
        }
        Err(unknown(&name, "only the running nginx knows it"))
    }

    /// Variables that follow from the request as it is now.
    fn request_variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        let text = |text: &str| text.as_bytes().to_vec();
        let yes_no = |yes: bool, value: &str| if yes { text(value) } else { Vec::new() };
        Some(match name {
            b"uri" | b"document_uri" => self.uri.clone(),
            b"request_uri" => self.unparsed.clone(),
            b"args" | b"query_string" => self.args.clone(),
            b"is_args" => yes_no(!self.args.is_empty(), "?"),
            b"host" if !self.host_name.is_empty() => self.host_name.clone(),
            b"host" | b"server_name" => self.server_name(),
            b"request_method" => text(&self.method),
            b"scheme" if self.request.tls => text("https"),
            b"scheme" => text("http"),
            b"https" => yes_no(self.request.tls, "on"),
            b"server_protocol" => text(&self.request.protocol),
            b"request" => {
                let method = &self.request.method;
                let words = [method.as_bytes(), &self.request.target];
                let line = [&words[..], &[self.request.protocol.as_bytes()]].concat();
                line.join(&b' ')
            }
            b"server_addr" => self.local_part(|ip, _| ip),
            b"server_port" => self.local_part(|_, port| port),
            b"ssl_server_name" => text(self.request.sni.as_deref().unwrap_or_default()),
            b"http2" | b"http3" if !self.request.protocol.starts_with("HTTP/2") => Vec::new(),
            // An error in nginx's log, and an empty value.
            b"request_filename" if self.alias_is_lost() => Vec::new(),
            b"request_filename" => return self.file_path(&self.uri).ok(),
            b"document_root" => return self.root_path().ok(),
            _ => return None,
        })
    }

    /// Variables that are known only in part, or need more than the request.
    fn computed_variable(&self, name: &[u8], depth: u8) -> Option<Result<Vec<u8>, Gap>> {
        Some(match name {
            b"request_filename" => self.file_path(&self.uri),
            b"document_root" => self.root_path(),
            b"fastcgi_script_name" => self.script_name_and_path_info().map(|(script, _)| script),
            b"fastcgi_path_info" => self.script_name_and_path_info().map(|(_, info)| info),
            b"remote_addr" | b"realip_remote_addr" => self.client(),
            b"proxy_add_x_forwarded_for" => {
                self.client()
                    .map(|client| match self.request.header("x-forwarded-for") {
                        Some(before) => [before, b", ", &client].concat(),
                        None => client,
                    })
            }
            b"proxy_host" => self.pass_host(depth, false),
            b"proxy_port" => self.pass_host(depth, true),
            b"hostname" => match &self.host.name {
                Some(name) => Ok(name.as_bytes().to_vec()),
                None => Err(unknown(name, "the machine's name is not known")),
            },
            b"realpath_root" => Err(unknown(
                name,
                "it depends on symbolic links, which are not followed here",
            )),
            _ => return None,
        })
    }

    /// `$arg_…`, `$http_…`, `$cookie_…`; and two headers with names of their own.
    fn prefixed_variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        let header = |name: &str| self.request.header(name).unwrap_or_default().to_vec();
        if let Some(argument) = name.strip_prefix(b"arg_") {
            return Some(self.argument(argument));
        }
        if let Some(cookie) = name.strip_prefix(b"cookie_") {
            return Some(self.cookie(cookie));
        }
        if let Some(field) = name.strip_prefix(b"http_") {
            let field = String::from_utf8_lossy(field).replace('_', "-");
            return Some(header(&field));
        }
        match name {
            b"content_type" => Some(header("content-type")),
            b"content_length" => Some(header("content-length")),
            // Without credentials there is no user.
            b"remote_user" if self.request.header("authorization").is_none() => Some(Vec::new()),
            _ => None,
        }
    }

    fn argument(&self, name: &[u8]) -> Vec<u8> {
        let pairs = self.args.split(|byte| *byte == b'&');
        let mut values = pairs.filter_map(|pair| {
            let (key, value) = pair.split_at_checked(name.len())?;
            let value = value.strip_prefix(b"=")?;
            key.eq_ignore_ascii_case(name).then(|| value.to_vec())
        });
        values.next().unwrap_or_default()
    }

    fn cookie(&self, name: &[u8]) -> Vec<u8> {
        let cookies = self.request.header("cookie").unwrap_or_default();
        let mut values = cookies.split(|byte| *byte == b';').filter_map(|pair| {
            let pair = pair.trim_ascii();
            let at = memchr::memchr(b'=', pair)?;
            let (key, value) = pair.split_at(at);
            key.eq_ignore_ascii_case(name)
                .then(|| value.get(1..).unwrap_or_default().to_vec())
        });
        values.next().unwrap_or_default()
    }

    fn client(&self) -> Result<Vec<u8>, Gap> {
        match self.request.client {
            Some(ip) => Ok(ip.to_string().into_bytes()),
            None => Err(unknown(
                b"remote_addr",
                "the visitor's address is not known",
            )),
        }
    }

    /// The server's first name, as `$server_name` shows it.
    fn server_name(&self) -> Vec<u8> {
        let Some(first) = self.server.names.first() else {
            return Vec::new();
        };
        match &first.kind {
            NameKind::Suffix { suffix, bare: true } => suffix.get(1..).unwrap_or_default().to_vec(),
            NameKind::Regex { pattern, .. } => pattern.to_vec(),
            NameKind::Hostname => match &self.host.name {
                Some(name) => name.to_ascii_lowercase().into_bytes(),
                None => first.written.to_vec(),
            },
            NameKind::Exact(_) | NameKind::Suffix { .. } | NameKind::Prefix(_) => {
                first.written.to_ascii_lowercase()
            }
        }
    }

    fn local_part(&self, choose: impl FnOnce(String, String) -> String) -> Vec<u8> {
        match &self.request.local {
            Authority::Ip(address) => {
                let ip = address.ip().to_canonical().to_string();
                choose(ip, address.port().to_string()).into_bytes()
            }
            other => choose(other.to_string(), String::new()).into_bytes(),
        }
    }

    /// `map`, `split_clients` and `geo` in the http block.
    fn defined_variable(&self, name: &[u8], depth: u8) -> Option<Result<Vec<u8>, Gap>> {
        let definition = self.http.definition(name)?;
        let value = self.definition(definition, depth.saturating_add(1));
        let volatile = definition
            .entries()
            .iter()
            .any(|entry| entry.is("volatile"));
        if !volatile && value.is_ok() {
            self.set_variable(name, value.clone());
        }
        Some(value)
    }

    /// Whether a `set` anywhere makes this a variable; unset ones are empty.
    fn is_set_somewhere(&self, name: &[u8]) -> bool {
        fn sets(block: &[Arc<Directive>], name: &[u8]) -> bool {
            block.iter().any(|d| {
                let set = d.is("set")
                    && d.arg(0)
                        .and_then(|variable| variable.strip_prefix(b"$"))
                        .is_some_and(|variable| variable.eq_ignore_ascii_case(name));
                set || sets(d.block(), name)
            })
        }
        sets(self.http.directive.block(), name)
    }

    /// The matched path for redirects: escaped where it must be.
    pub(super) fn escaped_uri(&self) -> Vec<u8> {
        escape(&self.uri, Escape::Path)
    }
}

/// A gap for a variable.
pub(in super::super) fn unknown(name: &[u8], why: &str) -> Gap {
    let name = crate::untrusted::shown(name);
    Gap::new(format!("the value of ${name}"), why, "")
}
