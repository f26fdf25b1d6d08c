//! One line of any log that gateways, backends, supervisors and the kernel write.
//!
//! Each server has its own file here and gives the same [`Record`]. [`recognise`]
//! finds out by content who wrote a line; a reader of large files finds that out
//! once and then calls the [`Format`] itself. Nothing here allocates for a line,
//! except where a parser of its own (systemd, the kernel) does.
//!
//! A line is read by the grammar of its format: words that visitors or
//! applications may write are looked at only where the format puts the message.
mod apache;
mod apache_modules;
mod app;
mod caddy;
mod cloud;
mod container;
mod database;
mod envoy;
pub(crate) mod errno;
mod go_error;
mod haproxy;
pub mod json;
mod kernel;
mod lighttpd;
mod nginx;
mod node_proxy;
mod pasted;
mod php;
mod pm2;
mod record;
mod response;
mod ruby;
mod systemd;
mod table;
mod tomcat;
mod traefik;
mod varnish;
mod wrapper;

pub use nginx::from_error as from_nginx_error;
pub use pasted::{Pasted, join};
pub use record::{LoggedAt, Record, Role, Server, Timing};
pub use wrapper::{Wrapper, strip as strip_wrappers};

/// A way to write lines.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its permanent name, such as `nginx-error`.
    pub id: &'static str,
    /// Reads one line without wrappers; `None` when the line is of another format.
    pub read: for<'a> fn(&'a [u8]) -> Option<Record<'a>>,
    /// How syslog calls those who write it; empty where everybody may.
    tags: &'static [&'static str],
}

const fn format(
    id: &'static str,
    read: for<'a> fn(&'a [u8]) -> Option<Record<'a>>,
    tags: &'static [&'static str],
) -> Format {
    Format { id, read, tags }
}

/// Every format, the strictest first.
pub static FORMATS: &[Format] = &[
    format("php-fpm", php::fpm, &["php-fpm"]),
    format("nginx-error", nginx::error, &["nginx"]),
    format("apache-error", apache::error, &["apache2", "httpd"]),
    format("haproxy-request", haproxy::request, &["haproxy"]),
    format("haproxy-common", haproxy::common, &["haproxy"]),
    format("envoy-access", envoy::access, &["envoy"]),
    format("envoy-json", envoy::json, &["envoy"]),
    format("alb", cloud::alb, &[]),
    format("cloudfront", cloud::cloudfront, &[]),
    format("cloudflare", cloud::cloudflare, &[]),
    format("caddy-json", caddy::json, &["caddy"]),
    format("traefik-access", traefik::access, &["traefik"]),
    format("nginx-json", nginx::json, &["nginx"]),
    format("access-common", nginx::access, &[]),
    format("lighttpd", lighttpd::error, &["lighttpd"]),
    format("kernel", kernel::line, &["kernel", "audit"]),
    format("systemd-unit", systemd::unit, &["systemd"]),
    format("haproxy-event", haproxy::event, &["haproxy"]),
    format("varnish", varnish::record, &["varnish"]),
    format("varnish-manager", varnish::manager, &["varnish"]),
    format("caddy-console", caddy::console, &["caddy"]),
    format("caddy-1", caddy::first_version, &["caddy"]),
    format("traefik", traefik::own, &["traefik"]),
    format("envoy-body", envoy::body, &[]),
    format("puma", ruby::puma, &["puma"]),
    format("passenger", ruby::passenger, &[]),
    format("pm2", pm2::pm2, &["pm2"]),
    format("supervisord", pm2::supervisord, &["supervisord"]),
    format("tomcat", tomcat::line, &["tomcat", "catalina"]),
    format("php", php::message, &[]),
    format("node-proxy", node_proxy::line, &[]),
    format("application", app::exact, &[]),
    format("go-proxy", go_error::proxy, &[]),
    format("ingress-controller", container::controller, &[]),
    format("container", container::event, &[]),
    format("http-response", response::status_line, &[]),
    format("registry-client", response::registry, &[]),
];

/// Lines in no format of their own, known by words that are telling but not exact.
static LOOSE: &[Format] = &[
    format("error-page", response::page, &[]),
    format("envoy-details", envoy::details, &[]),
    format("status-words", response::status_words, &[]),
    format("database-words", database::words, &[]),
    format("application-words", app::hint, &[]),
    format("node-hang-up", node_proxy::hang_up, &[]),
];

/// Formats of which syslog or the journal must say who wrote them: their words are
/// anybody's.
static TAGGED: &[Format] = &[format("systemd-job", systemd::job, &["systemd"])];

/// Who wrote a line, and what it says. What syslog, the journal or a container's
/// output put before it is taken off.
pub fn recognise(line: &[u8]) -> Option<Record<'_>> {
    strictly(line).or_else(|| loosely(line))
}

/// By its words alone, for lines in no known format.
fn loosely(line: &[u8]) -> Option<Record<'_>> {
    let (wrapper, text) = strip_wrappers(line);
    let mut record = LOOSE.iter().find_map(|format| (format.read)(text))?;
    record.at = record.at.or(wrapper.at);
    record.pid = record.pid.or(wrapper.pid);
    Some(record)
}

/// By its format.
fn strictly(line: &[u8]) -> Option<Record<'_>> {
    let (wrapper, text) = strip_wrappers(line);
    let all = TAGGED.iter().chain(FORMATS);
    let named = all.filter(|format| is_named(format, wrapper.tag));
    let others = FORMATS.iter().filter(|format| is_open(format, wrapper.tag));
    let mut record = named.chain(others).find_map(|format| (format.read)(text))?;
    record.at = record.at.or(wrapper.at);
    record.pid = record.pid.or(wrapper.pid);
    Some(record)
}

fn is_named(format: &Format, tag: Option<&[u8]>) -> bool {
    tag.is_some_and(|tag| {
        let name = tag.rsplit(|b| *b == b'/').next().unwrap_or_default();
        format
            .tags
            .iter()
            .any(|known| name.starts_with(known.as_bytes()))
    })
}

/// Whether a line of that name may be of a format that others write. The kernel's
/// and systemd's words are believed only where nobody else's name stands before.
fn is_open(format: &Format, tag: Option<&[u8]>) -> bool {
    let guarded = matches!(format.id, "kernel" | "systemd-unit");
    !is_named(format, tag) && (!guarded || tag.is_none())
}
