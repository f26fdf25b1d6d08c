//! Which program the proxy is: what differs from one to the other and is no matter
//! of a request.
use crate::case::Case;
use crate::case::gateway::proxy;
use crate::case::programs::relay::is_relay_process;
use gatewhy_facts::linux::processes::{Listed, Processes};
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::socket_proxy;
use gatewhy_fixes::Fix;

/// Which program the proxy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// nginx, and what was made from it.
    #[default]
    Nginx,
    /// Apache httpd.
    Apache,
    /// HAProxy.
    Haproxy,
    /// Caddy 2.
    Caddy,
    /// lighttpd 1.4.
    Lighttpd,
    /// Varnish Cache.
    Varnish,
    /// Traefik 2 and 3.
    Traefik,
    /// Envoy.
    Envoy,
    /// `systemd-socket-proxyd`: between a proxy and its backend.
    SocketProxy,
}

impl Kind {
    /// All that are known, in the order in which they are looked for.
    pub const ALL: [Self; 8] = [
        Self::Nginx,
        Self::Apache,
        Self::Haproxy,
        Self::Caddy,
        Self::Lighttpd,
        Self::Varnish,
        Self::Traefik,
        Self::Envoy,
    ];

    /// All that may hold a socket where a request arrives: those, and what only passes
    /// connections on and is never what a site is set up with.
    pub fn at_doors() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain([Self::SocketProxy])
    }

    /// The name used in sentences.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "Apache",
            Self::Haproxy => "HAProxy",
            Self::Caddy => "Caddy",
            Self::Lighttpd => "lighttpd",
            Self::Varnish => "Varnish",
            Self::Traefik => "Traefik",
            Self::Envoy => "Envoy",
            Self::SocketProxy => socket_proxy::PROGRAM,
        }
    }

    /// The names of its executable.
    pub const fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Nginx => &["nginx", "openresty", "angie", "freenginx"],
            Self::Apache => &["apache2", "httpd"],
            Self::Haproxy => &["haproxy"],
            Self::Caddy => &["caddy"],
            Self::Lighttpd => &["lighttpd"],
            Self::Varnish => &["varnishd"],
            Self::Traefik => &["traefik"],
            Self::Envoy => &["envoy"],
            Self::SocketProxy => &[socket_proxy::PROGRAM],
        }
    }

    /// How packages call its unit, the usual one first.
    pub const fn usual_units(self) -> &'static [&'static str] {
        match self {
            Self::Nginx => &["nginx.service", "openresty.service"],
            Self::Apache => &["apache2.service", "httpd.service"],
            Self::Haproxy => &["haproxy.service"],
            Self::Caddy => &["caddy.service", "caddy-api.service"],
            Self::Lighttpd => &["lighttpd.service"],
            Self::Varnish => &["varnish.service"],
            Self::Traefik => &["traefik.service"],
            Self::Envoy => &["envoy.service"],
            Self::SocketProxy => &[],
        }
    }

    /// Where Debian's and most other packages keep the configuration.
    pub const fn default_config(self) -> &'static str {
        match self {
            Self::Nginx => "/etc/nginx/nginx.conf",
            Self::Apache => "/etc/apache2/apache2.conf",
            Self::Haproxy => "/etc/haproxy/haproxy.cfg",
            Self::Caddy => "/etc/caddy/Caddyfile",
            Self::Lighttpd => "/etc/lighttpd/lighttpd.conf",
            Self::Varnish => "/etc/varnish/default.vcl",
            Self::Traefik => "/etc/traefik/traefik.yml",
            Self::Envoy => "/etc/envoy/envoy.yaml",
            // Its unit is all it has.
            Self::SocketProxy => "/etc/systemd/system",
        }
    }

    /// Where it logs errors unless told otherwise.
    pub const fn default_log(self) -> &'static str {
        match self {
            Self::Nginx => "/var/log/nginx/error.log",
            Self::Apache => "/var/log/apache2/error.log",
            Self::Haproxy => "/var/log/haproxy.log",
            // By itself it writes to the journal.
            Self::Caddy => "/var/log/caddy/caddy.log",
            Self::Lighttpd => "/var/log/lighttpd/error.log",
            // By itself it keeps its log in memory.
            Self::Varnish => "/var/log/varnish/varnish.log",
            // By itself it writes to the journal.
            Self::Traefik => "/var/log/traefik/traefik.log",
            Self::Envoy => "/var/log/envoy/envoy.log",
            // By itself it writes to the journal.
            Self::SocketProxy => "/var/log/syslog",
        }
    }

    /// The option with which its command line names the configuration.
    const fn config_option(self) -> &'static str {
        match self {
            Self::Nginx | Self::Envoy => "-c",
            Self::Apache | Self::Haproxy | Self::Lighttpd | Self::Varnish => "-f",
            Self::Caddy => "--config",
            Self::Traefik => "--configFile",
            // It has none.
            Self::SocketProxy => "--",
        }
    }

    /// The configuration that a command line names.
    pub(in crate::case) fn config_of<'w>(
        self,
        words: impl Iterator<Item = &'w str>,
    ) -> Option<String> {
        if self == Self::SocketProxy {
            return None;
        }
        let option = self.config_option();
        let mut words = words;
        while let Some(word) = words.next() {
            // Traefik's options have no case.
            let word = match word.get(..option.len()) {
                Some(start) if self == Self::Traefik && start.eq_ignore_ascii_case(option) => {
                    &format!("{option}{}", word.get(option.len()..).unwrap_or_default())
                }
                _ => word,
            };
            if word == option
                || (self == Self::Caddy && word == "-c")
                || (self == Self::Envoy && word == "--config-path")
            {
                return words.next().map(ToOwned::to_owned);
            }
            if let Some(path) = word.strip_prefix("--config-path=") {
                return Some(path.to_owned());
            }
            if let Some(path) = word
                .strip_prefix(option)
                .and_then(|rest| rest.strip_prefix('='))
            {
                return Some(path.to_owned());
            }
            // What was last loaded through its API.
            if self == Self::Caddy && word == "--resume" {
                return Some("/var/lib/caddy/.config/caddy/autosave.json".to_owned());
            }
        }
        None
    }

    /// The words with which it answers when it would use none of its servers.
    pub const fn words_without_server(self) -> Option<&'static str> {
        match self {
            Self::Traefik => Some("no available server"),
            Self::Envoy => Some("no healthy upstream"),
            _ => None,
        }
    }

    /// The kind of proxy that an executable's name stands for.
    pub fn of_program(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.programs().contains(&name))
    }

    /// Its master processes, or its only ones, oldest first.
    pub(in crate::case) fn masters(self, all: &Processes) -> Vec<&Listed> {
        let mut masters: Vec<&Listed> = all
            .0
            .values()
            .filter(|process| self.is_master(process, all))
            .collect();
        masters.sort_by_key(|process| (process.stat.start_ticks, process.stat.pid));
        masters
    }

    fn is_master(self, process: &Listed, all: &Processes) -> bool {
        let runs = |process: &Listed| {
            let comm = process.stat.comm.as_slice();
            self.programs().iter().any(|name| name.as_bytes() == comm)
        };
        match self {
            Self::Nginx => proxy::is_master(&proxy::title(process)),
            Self::SocketProxy => is_relay_process(process),
            Self::Apache
            | Self::Haproxy
            | Self::Caddy
            | Self::Lighttpd
            | Self::Varnish
            | Self::Traefik
            | Self::Envoy => runs(process) && !all.get(process.stat.ppid).is_some_and(runs),
        }
    }
}

impl Case<'_> {
    /// The name of the proxy that the visitor reaches, for sentences.
    pub fn proxy_name(&self) -> &'static str {
        self.proxy_kind().name()
    }

    /// The command that tests the proxy's configuration.
    pub fn test_command(&self) -> String {
        match self.proxy_kind() {
            Kind::Nginx if self.runs_by_hand() => format!("{} -t", self.nginx_by_hand()),
            Kind::Nginx => "nginx -t".to_owned(),
            Kind::Apache if self.config_path().as_str().starts_with("/etc/httpd") => {
                "apachectl configtest".to_owned()
            }
            Kind::Apache => "apache2ctl configtest".to_owned(),
            Kind::Haproxy => format!("haproxy -c -f {}", self.config_path()),
            Kind::Caddy => format!("caddy validate --config {}", self.config_path()),
            Kind::Lighttpd => format!("lighttpd -tt -f {}", self.config_path()),
            Kind::Varnish => format!("varnishd -C -f {} >/dev/null", self.config_path()),
            // It has none; what it does not understand it logs.
            Kind::Traefik => "journalctl -u traefik -n 20".to_owned(),
            Kind::Envoy => format!("envoy --mode validate -c {}", self.config_path()),
            Kind::SocketProxy => format!("systemd-analyze verify {}", self.proxy_unit_name()),
        }
    }

    /// The unit of the proxy, as a command names it: `nginx`, `apache2`.
    pub fn proxy_unit_name(&self) -> String {
        let usual = || match self.proxy_kind() {
            Kind::Apache if self.config_path().as_str().starts_with("/etc/httpd") => "httpd",
            kind => kind.usual_units().first().copied().unwrap_or_default(),
        };
        let unit = self.proxy_unit();
        let unit = unit.found().filter(|unit| unit.id.ends_with(".service"));
        let name = unit.map_or_else(usual, |unit| unit.id.as_str());
        name.strip_suffix(".service").unwrap_or(name).to_owned()
    }

    /// The command that lets the proxy take up its files: by its unit, or, where an
    /// nginx is no service, by its own program.
    pub fn reload_command(&self) -> String {
        if self.proxy_kind() == Kind::Nginx && self.proxy_unit().is_absent() {
            return format!("{} -s reload", self.nginx_by_hand());
        }
        // It watches its routes, and reads the rest when it starts.
        let verb = match self.proxy_kind() {
            Kind::Traefik | Kind::Envoy | Kind::SocketProxy => "restart",
            _ => "reload",
        };
        let before = match self.proxy_kind() {
            Kind::SocketProxy => "systemctl daemon-reload && ",
            _ => "",
        };
        format!("{before}systemctl {verb} {}", self.proxy_unit_name())
    }

    /// Whether an nginx of its own file runs that no unit starts: without that file's name
    /// `nginx` speaks of another one.
    fn runs_by_hand(&self) -> bool {
        self.proxy_unit().is_absent() && self.proxy().found().is_some()
    }

    /// The program of an nginx that no unit starts, with its file where that is not the
    /// usual one.
    fn nginx_by_hand(&self) -> String {
        let proxy = self.proxy();
        let exe = proxy.found().map(|proxy| proxy.exe.to_string());
        let exe = exe.as_deref().unwrap_or("nginx");
        let config = self.config_path();
        if config.as_str() == Kind::Nginx.default_config() {
            return exe.to_owned();
        }
        format!("{exe} -c {config}")
    }

    /// How a directive and its value are written, up to the value.
    pub fn assigned(&self, directive: &str) -> String {
        if self.proxy_kind() == Kind::Lighttpd {
            return format!("\"{directive}\" => ");
        }
        if self.proxy_kind() == Kind::Varnish {
            return format!(".{directive} = ");
        }
        if matches!(self.proxy_kind(), Kind::Traefik | Kind::Envoy) {
            return format!("{directive}: ");
        }
        let is_parameter = self.proxy_kind() == Kind::Apache
            && directive.bytes().all(|byte| byte.is_ascii_lowercase());
        format!("{directive}{}", if is_parameter { "=" } else { " " })
    }

    /// How a line ends.
    pub fn line_end(&self) -> &'static str {
        match self.proxy_kind() {
            Kind::Nginx | Kind::Varnish => ";",
            Kind::Apache
            | Kind::Haproxy
            | Kind::Caddy
            | Kind::Lighttpd
            | Kind::Traefik
            | Kind::Envoy
            | Kind::SocketProxy => "",
        }
    }

    /// Tests the proxy's configuration.
    #[must_use]
    pub fn tested(&self, fix: Fix) -> Fix {
        // It has no such command.
        if self.proxy_kind() == Kind::Traefik {
            return fix;
        }
        fix.run(
            self.test_command(),
            "tests the configuration; go on only if it succeeds",
        )
    }
}
