//! What backends and their managers are configured with, and what proxies say of them.
use super::proxies::Only;
use gatewhy_facts::nginx::{authority, config, model, stream};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::{document, envoy, haproxy, pm2, supervisord, tomcat, traefik};

pub(crate) fn tomcat(data: &[u8]) {
    for connector in tomcat::connectors(data) {
        drop(connector.written());
    }
}

pub(crate) fn pm2(data: &[u8]) {
    const LIST: &str = "/home/shop/.pm2/dump.pm2";
    let list = document::load(&Only(LIST, data), &HostPath::new(LIST));
    drop(list.found().map(pm2::saved));
    drop(pm2::home(data));
    let script = HostPath::new("/srv/shop/app.js");
    let _ = pm2::fate(data, "shop", &script);
}

pub(crate) fn supervisor(data: &[u8]) {
    let here = HostPath::new("/etc/supervisor");
    for section in supervisord::sections(data) {
        drop((section.programs(&here, Some("group")), section.included()));
    }
    drop(supervisord::told(data, "shop"));
}

/// What running proxies say of their backends.
pub(crate) fn states(data: &[u8]) {
    for host in envoy::admin::hosts(data) {
        let _ = host.is_well();
    }
    drop(envoy::admin::counters(data));
    for server in traefik::api::servers(data) {
        let _ = server.authority();
    }
    for line in data.split(|byte| *byte == b'\n') {
        let _ = haproxy::log::health(line);
        let _ = haproxy::log::request(line);
    }
}

/// The words of a command line, one a line.
pub(crate) fn traefik_words(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    drop(traefik::command_line::options(text.lines()));
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    drop(traefik::command_line::variables(pairs));
}

pub(crate) fn nginx_stream(data: &[u8]) {
    const MAIN: &str = "/etc/nginx/nginx.conf";
    let config = config::load(&Only(MAIN, data), &HostPath::new(MAIN));
    let nginx = model::read(&config);
    let Some(stream) = &nginx.stream else { return };
    for port in [443, 8080] {
        let connection = stream::Connection {
            local: authority::Authority::Ip(([127, 0, 0, 1], port).into()),
            tls: true,
            server_name: Some("shop.test".into()),
            client: None,
            target: "/".into(),
        };
        drop(stream::route(&nginx.directives, stream, &connection));
    }
}
