//! Settings towards a backend: the `proxy_*`, `fastcgi_*`, `uwsgi_*`, `scgi_*`,
//! `grpc_*` and `memcached_*` families, which are the same directives under
//! different names.
use super::scope::{Scope, arguments, flag, text};
use super::setting::Setting;
use super::tree::Directive;
use super::units::{number, size, time};
use crate::prelude::*;
use crate::source_text::Place;
use core::time::Duration;

/// The modules that pass a request to a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// HTTP.
    Proxy,
    /// FastCGI.
    FastCgi,
    /// uwsgi.
    Uwsgi,
    /// SCGI.
    Scgi,
    /// gRPC over HTTP/2.
    Grpc,
    /// memcached.
    Memcached,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Proxy,
        Self::FastCgi,
        Self::Uwsgi,
        Self::Scgi,
        Self::Grpc,
        Self::Memcached,
    ];

    /// What its directives begin with, without the underscore.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            Self::FastCgi => "fastcgi",
            Self::Uwsgi => "uwsgi",
            Self::Scgi => "scgi",
            Self::Grpc => "grpc",
            Self::Memcached => "memcached",
        }
    }
}

/// A name with a value: a header or a FastCGI parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedValue {
    /// The name.
    pub name: String,
    /// The value, with its variables.
    pub value: Vec<u8>,
    /// `fastcgi_param … if_not_empty`: left out when the value is empty.
    pub if_not_empty: bool,
    /// Where it stands.
    pub place: Place,
}

/// What holds between nginx and a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendSettings {
    /// Whose directives these are.
    pub family: Family,
    /// `*_connect_timeout`; 60 s by default.
    pub connect_timeout: Setting<Duration>,
    /// `*_send_timeout`: between two writes; 60 s by default.
    pub send_timeout: Setting<Duration>,
    /// `*_read_timeout`: between two reads; 60 s by default.
    pub read_timeout: Setting<Duration>,
    /// `*_buffer_size`, for the whole response header; one page by default, which
    /// is 4096 bytes nearly everywhere.
    pub buffer_size: Setting<u64>,
    /// `*_buffers`: how many of what size; 8 of one page by default.
    pub buffers: Setting<(u64, u64)>,
    /// `*_busy_buffers_size`; twice the larger of the two above by default.
    pub busy_buffers_size: Option<Setting<u64>>,
    /// `*_temp_file_write_size`; twice the larger of the two above by default.
    pub temp_file_write_size: Option<Setting<u64>>,
    /// `*_buffering`; on by default.
    pub buffering: Setting<bool>,
    /// `*_request_buffering`; on by default.
    pub request_buffering: Setting<bool>,
    /// `*_next_upstream`; `error timeout` by default.
    pub next_upstream: Setting<Vec<String>>,
    /// `*_next_upstream_tries`; 0, no limit, by default.
    pub next_upstream_tries: Setting<u64>,
    /// `*_next_upstream_timeout`; 0, no limit, by default.
    pub next_upstream_timeout: Setting<Duration>,
    /// `*_intercept_errors`; off by default.
    pub intercept_errors: Setting<bool>,
    /// `*_ignore_client_abort`; off by default.
    pub ignore_client_abort: Setting<bool>,
    /// `*_socket_keepalive`; off by default.
    pub socket_keepalive: Setting<bool>,
    /// `*_bind`, as written.
    pub bind: Option<Setting<String>>,
    /// `*_cache`: the zone, or `off`.
    pub cache: Option<Setting<String>>,
    /// `*_cache_valid`, as written: statuses, if any, and a time.
    pub cache_valid: Vec<Setting<Vec<String>>>,
    /// `*_cache_key`, with its variables.
    pub cache_key: Option<Setting<Vec<u8>>>,
    /// `proxy_http_version`. Without it 1.1 since nginx 1.29.7, 1.0 before.
    pub http_version: Option<Setting<String>>,
    /// `proxy_method`
    pub method: Option<Setting<Vec<u8>>>,
    /// `*_set_header`; empty when nginx's own `Host` and `Connection` hold.
    pub set_headers: Vec<NamedValue>,
    /// `proxy_set_body`
    pub set_body: Option<Setting<Vec<u8>>>,
    /// `*_pass_request_headers`; on by default.
    pub pass_request_headers: Setting<bool>,
    /// `*_pass_request_body`; on by default.
    pub pass_request_body: Setting<bool>,
    /// `fastcgi_param`, `uwsgi_param` or `scgi_param`.
    pub params: Vec<NamedValue>,
    /// `fastcgi_index`
    pub index: Option<Setting<Vec<u8>>>,
    /// `fastcgi_split_path_info`: a regular expression of two groups.
    pub split_path_info: Option<Setting<Vec<u8>>>,
    /// `fastcgi_keep_conn`; off by default.
    pub keep_conn: Setting<bool>,
    /// `*_temp_path`
    pub temp_path: Option<Setting<String>>,
    /// `*_max_temp_file_size`, in bytes; 1 GiB by default, 0 for none.
    pub max_temp_file_size: Setting<u64>,
    /// TLS towards the backend.
    pub tls: TlsSettings,
}

/// TLS towards the backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// `*_ssl_verify`; off by default.
    pub verify: Setting<bool>,
    /// `*_ssl_verify_depth`; 1 by default.
    pub verify_depth: Setting<u64>,
    /// `*_ssl_trusted_certificate`
    pub trusted_certificate: Option<Setting<String>>,
    /// `*_ssl_crl`
    pub crl: Option<Setting<String>>,
    /// `*_ssl_name`, with its variables; the host of `*_pass` by default.
    pub name: Option<Setting<Vec<u8>>>,
    /// `*_ssl_server_name`: whether the name is sent; off by default.
    pub server_name: Setting<bool>,
    /// `*_ssl_protocols`
    pub protocols: Option<Setting<Vec<String>>>,
    /// `*_ssl_ciphers`
    pub ciphers: Option<Setting<String>>,
    /// `*_ssl_certificate`: the client certificate.
    pub certificate: Option<Setting<String>>,
    /// `*_ssl_certificate_key`
    pub certificate_key: Option<Setting<String>>,
    /// `*_ssl_session_reuse`; on by default.
    pub session_reuse: Setting<bool>,
}

/// One page of memory on nearly every machine.
pub const PAGE: u64 = 4096;

const MINUTE: Duration = Duration::from_mins(1);

impl BackendSettings {
    /// What holds in that scope.
    pub fn new(family: Family, scope: &Scope<'_>) -> Self {
        let at = Prefixed { family, scope };
        Self {
            family,
            connect_timeout: at.value("connect_timeout", MINUTE, time),
            send_timeout: at.value("send_timeout", MINUTE, time),
            read_timeout: at.value("read_timeout", MINUTE, time),
            buffer_size: at.value("buffer_size", PAGE, size),
            buffers: at.buffers(),
            busy_buffers_size: at.optional("busy_buffers_size", size),
            temp_file_write_size: at.optional("temp_file_write_size", size),
            buffering: at.value("buffering", true, flag),
            request_buffering: at.value("request_buffering", true, flag),
            next_upstream: at
                .list("next_upstream")
                .unwrap_or_else(|| Setting::default_value(vec!["error".into(), "timeout".into()])),
            next_upstream_tries: at.value("next_upstream_tries", 0, number),
            next_upstream_timeout: at.value("next_upstream_timeout", Duration::ZERO, time),
            intercept_errors: at.value("intercept_errors", false, flag),
            ignore_client_abort: at.value("ignore_client_abort", false, flag),
            socket_keepalive: at.value("socket_keepalive", false, flag),
            bind: at.optional("bind", text),
            cache: at.optional("cache", text),
            cache_valid: at.lists("cache_valid"),
            cache_key: at.optional("cache_key", bytes),
            http_version: at.optional("http_version", text),
            method: at.optional("method", bytes),
            set_headers: at.named_values("set_header"),
            set_body: at.optional("set_body", bytes),
            pass_request_headers: at.value("pass_request_headers", true, flag),
            pass_request_body: at.value("pass_request_body", true, flag),
            params: at.named_values("param"),
            index: at.optional("index", bytes),
            split_path_info: at.optional("split_path_info", bytes),
            keep_conn: at.value("keep_conn", false, flag),
            temp_path: at.optional("temp_path", text),
            max_temp_file_size: at.value("max_temp_file_size", 1 << 30, size),
            tls: at.tls(),
        }
    }
}

/// A scope seen through one family's names.
struct Prefixed<'a> {
    family: Family,
    scope: &'a Scope<'a>,
}

impl Prefixed<'_> {
    fn name(&self, rest: &str) -> String {
        format!("{}_{rest}", self.family.prefix())
    }

    fn value<T>(
        &self,
        rest: &str,
        default: T,
        parse: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Setting<T> {
        self.scope.value(&self.name(rest), default, parse)
    }

    fn optional<T>(
        &self,
        rest: &str,
        parse: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Option<Setting<T>> {
        self.scope.optional(&self.name(rest), parse)
    }

    fn list(&self, rest: &str) -> Option<Setting<Vec<String>>> {
        let directive = self.scope.nearest(&self.name(rest))?;
        Some(Setting::at(arguments(directive), &directive.place))
    }

    fn lists(&self, rest: &str) -> Vec<Setting<Vec<String>>> {
        let all = self.scope.all(&self.name(rest)).into_iter();
        all.map(|d| Setting::at(arguments(d), &d.place)).collect()
    }

    fn buffers(&self) -> Setting<(u64, u64)> {
        let written = self.scope.nearest(&self.name("buffers")).and_then(|d| {
            let pair = (number(d.arg(0)?)?, size(d.arg(1)?)?);
            Some(Setting::at(pair, &d.place))
        });
        written.unwrap_or(Setting::default_value((8, PAGE)))
    }

    fn named_values(&self, rest: &str) -> Vec<NamedValue> {
        let all = self.scope.all(&self.name(rest));
        all.into_iter().filter_map(|d| named_value(d)).collect()
    }

    fn tls(&self) -> TlsSettings {
        TlsSettings {
            verify: self.value("ssl_verify", false, flag),
            verify_depth: self.value("ssl_verify_depth", 1, number),
            trusted_certificate: self.optional("ssl_trusted_certificate", text),
            crl: self.optional("ssl_crl", text),
            name: self.optional("ssl_name", bytes),
            server_name: self.value("ssl_server_name", false, flag),
            protocols: self.list("ssl_protocols"),
            ciphers: self.optional("ssl_ciphers", text),
            certificate: self.optional("ssl_certificate", text),
            certificate_key: self.optional("ssl_certificate_key", text),
            session_reuse: self.value("ssl_session_reuse", true, flag),
        }
    }
}

fn named_value(directive: &Directive) -> Option<NamedValue> {
    Some(NamedValue {
        name: String::from_utf8_lossy(directive.arg(0)?).into_owned(),
        value: directive.arg(1)?.to_vec(),
        if_not_empty: directive.arg(2) == Some(b"if_not_empty"),
        place: directive.place.clone(),
    })
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands where parsers stand that may refuse"
)]
fn bytes(value: &[u8]) -> Option<Vec<u8>> {
    Some(value.to_vec())
}
