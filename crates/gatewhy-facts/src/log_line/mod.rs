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
mod client_words;
mod cloud;
mod container;
mod database;
mod edge_page;
mod envoy;
pub(crate) mod errno;
mod go_error;
mod haproxy;
mod heroku;
pub mod json;
mod json_wrapped;
mod kernel;
mod lighttpd;
mod nginx;
mod node_proxy;
mod npm;
mod paste_markup;
mod pasted;
mod php;
mod pm2;
mod record;
mod registry;
mod response;
mod ruby;
mod served_requests;
mod systemd;
mod table;
mod tomcat;
mod traefik;
mod unicorn;
mod varnish;
mod visitor_words;
mod wrapper;

use json::Object;

pub use json_wrapped::{Kept, kept};
pub use nginx::from_error as from_nginx_error;
pub use pasted::{Pasted, join};
pub use record::{LoggedAt, Record, Role, Server, Timing};
pub use served_requests::fine;
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
    by: By,
}

/// By what a format is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// How its lines begin: nothing that stands further on changes that.
    Start,
    /// An object's members.
    Json,
    /// Words: only in lines where no visitor's can stand.
    Words,
}

const fn format(
    by: By,
    id: &'static str,
    read: for<'a> fn(&'a [u8]) -> Option<Record<'a>>,
    tags: &'static [&'static str],
) -> Format {
    Format { id, read, tags, by }
}

/// Every format. Those that are known by their start come first, the strictest of
/// them before others: they hold what visitors write.
pub static FORMATS: &[Format] = &[
    format(By::Start, "request", visitor_words::request, &[]),
    format(By::Start, "nginx-error", nginx::own_error, &["nginx"]),
    format(By::Start, "php-fpm", php::fpm, &["php-fpm"]),
    format(By::Start, "unicorn", unicorn::line, &["unicorn"]),
    format(
        By::Start,
        "apache-error",
        apache::own_error,
        &["apache2", "httpd"],
    ),
    format(By::Start, "tomcat", tomcat::dated, &["tomcat", "catalina"]),
    format(By::Start, "haproxy-request", haproxy::request, &["haproxy"]),
    format(By::Start, "haproxy-common", haproxy::common, &["haproxy"]),
    format(By::Start, "envoy-access", envoy::access, &["envoy"]),
    format(By::Start, "heroku-router", heroku::router, &["heroku"]),
    format(By::Start, "alb", cloud::alb, &[]),
    format(By::Start, "cloudfront", cloud::cloudfront, &[]),
    format(By::Start, "access-common", nginx::access, &[]),
    format(By::Start, "nginx-proxy-manager", npm::access, &["nginx"]),
    format(By::Start, "nginx-message", nginx::error, &["nginx"]),
    format(
        By::Start,
        "apache-message",
        apache::error,
        &["apache2", "httpd"],
    ),
    format(By::Start, "lighttpd", lighttpd::error, &["lighttpd"]),
    format(By::Start, "verdaccio", registry::verdaccio, &[]),
    format(By::Start, "nexus", registry::nexus, &[]),
    format(By::Start, "artifactory", registry::jfrog, &[]),
    format(By::Start, "npm-log", registry::npm_log, &[]),
    format(By::Start, "yarn", response::yarn, &[]),
    format(By::Start, "envoy-own", envoy::own, &["envoy"]),
    format(By::Json, "envoy-json", envoy::json, &["envoy"]),
    format(By::Json, "cloudflare", cloud::cloudflare, &[]),
    format(By::Json, "caddy-json", caddy::json, &["caddy"]),
    format(By::Json, "traefik-access", traefik::access, &["traefik"]),
    format(By::Json, "nginx-json", nginx::json, &["nginx"]),
    format(By::Json, "traefik-json", traefik::own, &["traefik"]),
    format(By::Json, "go-proxy-json", go_error::proxy, &[]),
    format(By::Words, "kernel", kernel::line, &["kernel", "audit"]),
    format(By::Words, "systemd-unit", systemd::unit, &["systemd"]),
    format(By::Words, "haproxy-event", haproxy::event, &["haproxy"]),
    format(By::Start, "varnish", varnish::record, &["varnish"]),
    format(By::Words, "varnish-manager", varnish::manager, &["varnish"]),
    format(By::Start, "caddy-console", caddy::console, &["caddy"]),
    format(By::Start, "caddy-1", caddy::first_version, &["caddy"]),
    format(By::Start, "caddy-command", caddy::command, &["caddy"]),
    format(By::Start, "traefik", traefik::own, &["traefik"]),
    format(By::Words, "envoy-body", envoy::body, &[]),
    format(By::Words, "apachectl", apache::control, &["apachectl"]),
    format(
        By::Words,
        "database",
        database::server,
        &["mariadbd", "mysqld", "postgres"],
    ),
    format(By::Words, "puma", ruby::puma, &["puma"]),
    format(By::Words, "passenger", ruby::passenger, &[]),
    format(By::Words, "pm2", pm2::pm2, &["pm2"]),
    format(By::Words, "supervisord", pm2::supervisord, &["supervisord"]),
    format(
        By::Words,
        "tomcat-exception",
        tomcat::line,
        &["tomcat", "catalina"],
    ),
    format(By::Words, "php", php::message, &[]),
    format(By::Words, "node-proxy", node_proxy::line, &[]),
    format(By::Words, "container", container::event, &[]),
    format(By::Words, "axios", client_words::axios, &[]),
    format(By::Words, "application", app::exact, &[]),
    format(By::Words, "go-proxy", go_error::proxy, &[]),
    format(By::Words, "ingress-controller", container::controller, &[]),
    format(By::Words, "http-response", response::status_line, &[]),
    format(By::Words, "registry-client", response::registry, &[]),
];

/// Lines in no format of their own, known by words that are telling but not exact.
static LOOSE: &[Format] = &[
    format(By::Words, "edge-page", edge_page::line, &[]),
    format(By::Words, "error-page", response::page, &[]),
    format(By::Words, "envoy-details", envoy::details, &[]),
    format(By::Words, "status-words", response::status_words, &[]),
    format(By::Words, "client-words", client_words::line, &[]),
    format(By::Words, "database-words", database::words, &[]),
    format(By::Words, "application-words", app::hint, &[]),
    format(By::Words, "node-hang-up", node_proxy::hang_up, &[]),
];

/// Formats of which syslog or the journal must say who wrote them: their words are
/// anybody's.
static TAGGED: &[Format] = &[
    format(By::Words, "systemd-job", systemd::job, &["systemd"]),
    format(By::Words, "heroku-platform", heroku::platform, &["heroku"]),
    format(
        By::Words,
        "systemd-socket-proxyd",
        systemd::socket_proxy,
        &["systemd-socket-proxyd"],
    ),
];

/// Who wrote a line, and what it says. What syslog, the journal or a container's
/// output put before it is taken off.
pub fn recognise(line: &[u8]) -> Option<Record<'_>> {
    strictly(line).or_else(|| loosely(line))
}

/// By its words alone, for lines in no known format.
fn loosely(line: &[u8]) -> Option<Record<'_>> {
    let (wrapper, text) = strip_wrappers(line);
    let mut record = match Object::parse(text) {
        Some(fields) => of_members(fields)?,
        None => of_words(text)?,
    };
    record.at = record.at.or(wrapper.at);
    record.pid = record.pid.or(wrapper.pid);
    Some(record)
}

fn of_words(text: &[u8]) -> Option<Record<'_>> {
    let quoted = visitor_words::quotes_visitor(text);
    let all = LOOSE.iter().filter(|_| !quoted);
    all.into_iter().find_map(|format| (format.read)(text))
}

/// Where programs that log in JSON put what they have to say.
const MESSAGES: [&[&str]; 8] = [
    &["msg"],
    &["message"],
    &["err"],
    &["error"],
    &["exception"],
    &["stack"],
    &["log"],
    &["event"],
];

/// What an application says in JSON; its other members may be a visitor's.
fn of_members(fields: Object<'_>) -> Option<Record<'_>> {
    let texts = fields.pick(MESSAGES).into_iter().flatten();
    let mut records = texts.filter_map(|text| {
        let words = FORMATS.iter().filter(|format| format.by == By::Words);
        let open = words.filter(|format| is_open(format, Some(b"")));
        let quoted = visitor_words::quotes_visitor(text);
        let strict = open
            .filter(|_| !quoted)
            .find_map(|format| (format.read)(text));
        strict.or_else(|| of_words(text))
    });
    records.next()
}

/// By its format.
fn strictly(line: &[u8]) -> Option<Record<'_>> {
    let (wrapper, text) = strip_wrappers(line);
    let is_json = text.first() == Some(&b'{') && Object::parse(text).is_some();
    let quoted = !is_json && visitor_words::quotes_visitor(text);
    let fits = |format: &&Format| match format.by {
        By::Start => !is_json,
        By::Json => is_json,
        By::Words => !is_json && !quoted,
    };
    let all = TAGGED.iter().chain(FORMATS);
    let named = all.filter(|format| is_named(format, wrapper.tag));
    let others = FORMATS.iter().filter(|format| is_open(format, wrapper.tag));
    let mut fitting = named.chain(others).filter(fits);
    let mut record = fitting.find_map(|format| (format.read)(text))?;
    record.at = record.at.or(wrapper.at);
    record.pid = record.pid.or(wrapper.pid);
    Some(record)
}

fn is_named(format: &Format, tag: Option<&[u8]>) -> bool {
    tag.is_some_and(|tag| {
        // `(node)`: systemd's own process, before it becomes the service's.
        let tag = if tag.starts_with(b"(") {
            b"systemd"
        } else {
            tag
        };
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
