//! `listen` and `server_name`.
use super::authority::{self, Authority};
use super::tree::Directive;
use super::units::{number, size};
use super::word_bytes::WordBytes;
use crate::prelude::*;
use crate::source_text::{Place, Problem};

/// One socket of a `listen` directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address: a name stands for what it resolved to when nginx started.
    pub address: Authority,
    /// The parameters behind it.
    pub options: ListenOptions,
    /// Where it stands; `None` for the `*:80` of a server without `listen`.
    pub place: Option<Place>,
}

/// The parameters of `listen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenOptions {
    /// `default_server`, or its old name `default`.
    pub default_server: bool,
    /// `ssl`
    pub ssl: bool,
    /// `http2`
    pub http2: bool,
    /// `quic`
    pub quic: bool,
    /// `proxy_protocol`
    pub proxy_protocol: bool,
    /// `backlog=N`; nginx asks for 511 on Linux.
    pub backlog: Option<u64>,
    /// `rcvbuf=SIZE`, in bytes.
    pub rcvbuf: Option<u64>,
    /// `sndbuf=SIZE`, in bytes.
    pub sndbuf: Option<u64>,
    /// `reuseport`
    pub reuseport: bool,
    /// `deferred`
    pub deferred: bool,
    /// `ipv6only`; on by default.
    pub ipv6only: bool,
    /// `so_keepalive=…`, as written.
    pub so_keepalive: Option<Box<str>>,
    /// `bind`, or a parameter that implies it: the address gets its own socket.
    pub bind: bool,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self {
            default_server: false,
            ssl: false,
            http2: false,
            quic: false,
            proxy_protocol: false,
            backlog: None,
            rcvbuf: None,
            sndbuf: None,
            reuseport: false,
            deferred: false,
            ipv6only: true,
            so_keepalive: None,
            bind: false,
        }
    }
}

impl Listen {
    /// What a server without `listen` gets when the master runs as root.
    pub fn implied() -> Self {
        let all = core::net::Ipv4Addr::UNSPECIFIED;
        Self {
            address: Authority::Ip((all, 80).into()),
            options: ListenOptions::default(),
            place: None,
        }
    }
}

/// The sockets of one `listen` directive.
pub fn listens(directive: &Directive, problems: &mut Vec<Problem>) -> Vec<Listen> {
    let mut refuse = |what: String| {
        let place = directive.place.clone();
        problems.push(Problem { place, what });
    };
    let Some((first, parameters)) = directive.args.split_first() else {
        refuse("invalid number of arguments in \"listen\" directive".into());
        return Vec::new();
    };
    let addresses = match authority::listen(&first.bytes) {
        Ok(addresses) => addresses,
        Err(why) => {
            let url = crate::untrusted::shown(&first.bytes);
            refuse(format!("{why} in \"{url}\" of the \"listen\" directive"));
            return Vec::new();
        }
    };
    let mut options = ListenOptions::default();
    for parameter in parameters {
        if options.take(&parameter.bytes).is_none() {
            let shown = crate::untrusted::shown(&parameter.bytes);
            refuse(format!("invalid parameter \"{shown}\""));
        }
    }
    let listen = |address| Listen {
        address,
        options: options.clone(),
        place: Some(directive.place.clone()),
    };
    addresses.into_iter().map(listen).collect()
}

impl ListenOptions {
    /// Takes one parameter; `None` when nginx would refuse it.
    fn take(&mut self, parameter: &[u8]) -> Option<()> {
        match parameter {
            b"default_server" | b"default" => self.default_server = true,
            b"ssl" => self.ssl = true,
            b"http2" => self.http2 = true,
            b"quic" => self.quic = true,
            b"proxy_protocol" => self.proxy_protocol = true,
            // An old protocol that old configurations still name.
            b"spdy" => {}
            b"bind" | b"multipath" => self.bind = true,
            b"reuseport" => (self.reuseport, self.bind) = (true, true),
            b"deferred" => (self.deferred, self.bind) = (true, true),
            b"ipv6only=on" => (self.ipv6only, self.bind) = (true, true),
            b"ipv6only=off" => (self.ipv6only, self.bind) = (false, true),
            other => return self.take_value(other),
        }
        Some(())
    }

    fn take_value(&mut self, parameter: &[u8]) -> Option<()> {
        let at = memchr::memchr(b'=', parameter)?;
        let (name, value) = parameter.split_at(at.saturating_add(1));
        match name {
            b"backlog=" => self.backlog = Some(number(value).filter(|n| *n > 0)?),
            b"rcvbuf=" => self.rcvbuf = Some(size(value)?),
            b"sndbuf=" => self.sndbuf = Some(size(value)?),
            b"so_keepalive=" => {
                self.so_keepalive = Some(String::from_utf8_lossy(value).into());
            }
            b"setfib=" | b"fastopen=" => drop(number(value)?),
            b"accept_filter=" => return Some(()),
            _ => return None,
        }
        self.bind = true;
        Some(())
    }
}

/// One name of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerName {
    /// The name as written.
    pub written: WordBytes,
    /// What it matches.
    pub kind: NameKind,
    /// Where it stands; `None` for the empty name of a server without `server_name`.
    pub place: Option<Place>,
}

/// What a server's name matches. Texts are in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// The whole name.
    Exact(WordBytes),
    /// `*.example.org`, kept as `.example.org`; with `bare`, written as
    /// `.example.org`, also `example.org` itself.
    Suffix {
        /// The end of the name, with its leading dot.
        suffix: WordBytes,
        /// Whether the name without the leading dot matches too.
        bare: bool,
    },
    /// `www.example.*`, kept as `www.example.`.
    Prefix(WordBytes),
    /// A regular expression, without its `~`.
    Regex {
        /// The expression.
        pattern: WordBytes,
        /// It holds a capital letter, so case does not matter.
        caseless: bool,
    },
    /// `$hostname`: the machine's own name.
    Hostname,
}

/// The names of one `server_name` directive.
pub fn server_names(directive: &Directive, problems: &mut Vec<Problem>) -> Vec<ServerName> {
    let mut names = Vec::new();
    for word in &directive.args {
        match name_kind(&word.bytes) {
            Some(kind) => names.push(ServerName {
                written: word.bytes.clone(),
                kind,
                place: Some(Place {
                    file: directive.place.file.clone(),
                    span: word.span,
                }),
            }),
            None => problems.push(Problem {
                place: directive.place.clone(),
                what: format!(
                    "server name \"{}\" is invalid",
                    crate::untrusted::shown(&word.bytes)
                ),
            }),
        }
    }
    names
}

fn name_kind(written: &[u8]) -> Option<NameKind> {
    if written.eq_ignore_ascii_case(b"$hostname") {
        return Some(NameKind::Hostname);
    }
    if let Some(pattern) = written.strip_prefix(b"~") {
        return (!pattern.is_empty()).then(|| NameKind::Regex {
            pattern: pattern.into(),
            caseless: pattern.iter().any(u8::is_ascii_uppercase),
        });
    }
    let name = written.to_ascii_lowercase();
    let stars = memchr::memchr_iter(b'*', &name).count();
    let kind = match name.as_slice() {
        [b'*', suffix @ ..] => NameKind::Suffix {
            suffix: suffix.into(),
            bare: false,
        },
        [b'.', ..] => NameKind::Suffix {
            suffix: name.as_slice().into(),
            bare: true,
        },
        [prefix @ .., b'*'] => NameKind::Prefix(prefix.into()),
        _ => NameKind::Exact(name.as_slice().into()),
    };
    let fits = match &kind {
        NameKind::Suffix { suffix, bare } => {
            suffix.len() > 1 && suffix.starts_with(b".") && stars == usize::from(!bare)
        }
        NameKind::Prefix(prefix) => prefix.len() > 1 && prefix.ends_with(b".") && stars == 1,
        NameKind::Exact(_) | NameKind::Regex { .. } | NameKind::Hostname => stars == 0,
    };
    let dots = name.windows(2).any(|pair| pair == b"..");
    (fits && !dots && !name.contains(&0)).then_some(kind)
}
