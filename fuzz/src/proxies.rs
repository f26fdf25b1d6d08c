//! The configurations and logs of the proxies besides nginx.
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::forward::{self, Configuration, Routes};
use gatewhy_facts::nginx::files::{FileText, Files, Kind};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::protocol::{error_page, http1};
use gatewhy_facts::{apache, caddy, envoy, haproxy, lighttpd, log_window, traefik, varnish};

/// A host with one file; everything else is not there.
pub(crate) struct Only<'a>(pub(crate) &'static str, pub(crate) &'a [u8]);

impl Files for Only<'_> {
    fn read(&self, path: &HostPath) -> Fact<FileText<'_>> {
        if path.as_str() == self.0 {
            let text = FileText {
                bytes: self.1,
                cut: false,
            };
            return Fact::Found(text, Source::new(path.as_str()));
        }
        Fact::Absent(Source::new(path.as_str()))
    }

    fn list(&self, folder: &HostPath) -> Fact<Vec<(String, Kind)>> {
        Fact::Unknown(Gap::new(folder.as_str(), "nobody looked", ""))
    }

    fn kind(&self, path: &HostPath) -> Fact<Kind> {
        Fact::Absent(Source::new(path.as_str()))
    }
}

fn request() -> forward::Request {
    forward::Request {
        local: ([127, 0, 0, 1], 80).into(),
        socket: None,
        host: "shop.test".into(),
        host_header: "shop.test".into(),
        target: "/api/cart.php?x=1".into(),
        tls: false,
    }
}

pub(crate) fn apache(data: &[u8]) {
    const MAIN: &str = "/etc/apache2/apache2.conf";
    let files = Only(MAIN, data);
    let config = apache::config::load(&files, &HostPath::new(MAIN));
    let asked = request();
    let request = apache::route::Request {
        local: asked.local,
        host: asked.host,
        target: asked.target,
        tls: asked.tls,
    };
    drop(apache::route::route(&config, &files, &request));
}

pub(crate) fn haproxy(data: &[u8]) {
    const MAIN: &str = "/etc/haproxy/haproxy.cfg";
    let config = haproxy::config::load(&Only(MAIN, data), &HostPath::new(MAIN));
    let asked = request();
    let request = haproxy::route::Request {
        local: asked.local,
        socket: asked.socket,
        host: asked.host,
        host_header: asked.host_header,
        target: asked.target,
        tls: true,
        server_name: Some("shop.test".into()),
        told: None,
    };
    drop(haproxy::route::route(&config, &request));
    drop(haproxy::stats::parse(data));
}

pub(crate) fn caddy(data: &[u8]) {
    for main in ["/etc/caddy/Caddyfile", "/etc/caddy/caddy.json"] {
        let files = Only(main, data);
        let config = caddy::load(&files, &HostPath::new(main));
        drop(caddy::route::route(&config, &files, &request()));
    }
}

pub(crate) fn lighttpd(data: &[u8]) {
    const MAIN: &str = "/etc/lighttpd/lighttpd.conf";
    let files = Only(MAIN, data);
    let config = lighttpd::config::load(&files, &HostPath::new(MAIN));
    drop(lighttpd::route::route(&config, &files, &request()));
}

pub(crate) fn varnish(data: &[u8]) {
    const MAIN: &str = "/etc/varnish/default.vcl";
    let vcl = varnish::vcl::load(&Only(MAIN, data), &HostPath::new(MAIN));
    let words = ["varnishd", "-a", ":80", "-f", MAIN];
    let command = varnish::command_line::CommandLine::read(words);
    drop(varnish::route::route(&vcl, &command, &request()));
}

pub(crate) fn varnish_log(data: &[u8]) {
    drop(varnish::log::read(data));
}

pub(crate) fn error_page(data: &[u8]) {
    let context = http1::Context {
        sent: b"GET / HTTP/1.1\r\n\r\n",
        ended: true,
    };
    drop(error_page::read(&http1::read(data, &context), data));
}

pub(crate) fn log_window(data: &[u8]) {
    for line in data.split(|byte| *byte == b'\n') {
        let _ = log_window::time_of(line, 3600);
    }
}

pub(crate) fn traefik(data: &[u8]) {
    for main in ["/etc/traefik/traefik.yml", "/etc/traefik/traefik.toml"] {
        let files = Only(main, data);
        let config = traefik::config::Config::load(&files, &HostPath::new(main));
        drop(config.route(&files, &request()));
    }
}

pub(crate) fn envoy(data: &[u8]) {
    const MAIN: &str = "/etc/envoy/envoy.yaml";
    let files = Only(MAIN, data);
    let config = envoy::config::Config::load(&files, &HostPath::new(MAIN));
    drop(config.route(&files, &request()));
}
