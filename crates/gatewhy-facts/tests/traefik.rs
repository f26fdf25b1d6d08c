//! Traefik's files, and where requests go by them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![allow(
    clippy::indexing_slicing,
    reason = "a test that cannot go on may panic"
)]
mod forwarding;
use forwarding::{gaps, host, targets};
use gatewhy_facts::forward::{Address, Configuration, Route, Scheme};
use gatewhy_facts::known::Known;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::traefik::config::Config;
use proptest::prelude::*;

fn load(known: &Known, main: &str) -> Config {
    forwarding::load(known, main)
}

fn asked(known: &Known, main: &str, url: &str) -> Route {
    forwarding::asked::<Config>(known, main, url)
}

const MAIN: &str = "/etc/traefik/traefik.yml";
const FIXED: &str = "entryPoints: {web: {address: ':80'}, other: {address: '127.0.0.1:81/tcp'}}
providers: {file: {filename: /etc/traefik/routes.yml}}
log: {filePath: /var/log/traefik.log}
";

const SHOP: &str = r"
http:
  routers:
    all: {rule: 'Host(`shop.test`)', service: pages}
    api:
      rule: Host(`shop.test`) && PathPrefix(`/api`)
      service: api@file
      middlewares: [plain]
    secure: {rule: 'Host(`shop.test`) && PathPrefix(`/`) && Method(`GET`)', service: none, tls: {}}
    elsewhere: {rule: 'PathPrefix(`/`)', priority: 999, entryPoints: [other], service: none}
  middlewares:
    plain: {stripPrefix: {prefixes: [/api]}}
  services:
    api:
      weighted: {services: [{name: a, weight: 1}, {name: b, weight: 0}]}
    a:
      loadBalancer:
        passHostHeader: false
        servers: [{url: 'http://node1:3000/'}, {url: 'https://[::1]'}]
        healthCheck: {path: /health}
    b: {loadBalancer: {servers: [{url: 'http://127.0.0.1:9'}]}}
    pages: {loadBalancer: {servers: [{url: 'h2c://127.0.0.1:4000'}]}}
";

fn routed(routes: &str, url: &str) -> Route {
    let known = host(&[(MAIN, FIXED), ("/etc/traefik/routes.yml", routes)]);
    asked(&known, MAIN, url)
}

#[test]
fn the_longest_rule_of_the_entry_point_takes_the_request() {
    let route = routed(SHOP, "shop.test/api/list?x=1");
    assert_eq!(targets(&route), ["node1:3000", "[::1]"]);
    assert_eq!(route.targets[1].address, Address::Host("::1".into(), 443));
    assert_eq!(route.sent, "/list?x=1");
    assert_eq!(route.host.as_deref(), Some("node1:3000"));
    assert_eq!(route.check.as_ref().unwrap().0, "/health");
    assert_eq!(route.read, None, "it waits for ever");
    assert_eq!(route.connect.as_ref().unwrap().time.as_secs(), 30);
    let names = route.blocks.iter().map(|(name, _)| name.as_str());
    assert_eq!(
        names.collect::<Vec<&str>>(),
        [
            "entryPoint web",
            "router api",
            "service api@file",
            "service a"
        ]
    );
    assert!(gaps(&route).is_empty(), "{:?}", route.gaps);
    let route = routed(SHOP, "shop.test/");
    assert_eq!(route.targets[0].scheme, Scheme::H2c);
    assert_eq!(route.error_log, Some(HostPath::new("/var/log/traefik.log")));
    assert!(targets(&routed(SHOP, "other.test/")).is_empty());
}

#[test]
fn what_is_not_known_is_told() {
    let odd = "http: {routers: {a: {rule: 'Host(`a.test`)', service: a, middlewares: [odd, gone]}, b: {rule: 'Query(`a`, `b`)', service: a}}, middlewares: {odd: {plugin: {}}}}";
    let route = routed(odd, "a.test/");
    let all = gaps(&route);
    assert_eq!(all.len(), 4, "{all:?}");
    assert!(all[0].starts_with("the rule of router b (/etc/traefik/routes.yml:1"));
    assert!(all[1].starts_with("plugin (/etc/traefik/routes.yml:1"));
    assert_eq!(all[2..], ["middleware gone", "service a"]);
    let route = routed("http: {{ env `X` }}", "a.test/");
    assert_eq!(gaps(&route), ["/etc/traefik/routes.yml"]);
    let docker = host(&[(MAIN, "providers:\n  docker: {}\n")]);
    let route = asked(&docker, MAIN, "a.test/");
    assert_eq!(
        gaps(&route),
        ["providers.docker (/etc/traefik/traefik.yml:2)"]
    );
}

#[test]
fn ports_are_those_of_the_entry_points() {
    let known = host(&[(MAIN, FIXED)]);
    let ports = |known: &Known| -> Vec<u16> {
        let all = load(known, MAIN).ports().into_iter();
        all.map(|(port, _)| port).collect()
    };
    assert_eq!(ports(&known), [80, 81]);
    // The port that was meant, though Traefik does not start with this.
    let known = host(&[(MAIN, "entryPoints: {web: {adress: ':8080'}}")]);
    assert_eq!(ports(&known), [8080]);
    let known = host(&[(MAIN, "log: {}")]);
    assert_eq!(ports(&known), [80]);
}

proptest! {
    #[test]
    fn never_panics(fixed in "[-:{}\\[\\],'`()&|/ \na-z0-9]{0,120}", routes in "[-:{}\\[\\],'`()&|/ \na-z0-9]{0,160}") {
        let _ = routed(&routes, "a.test/x");
        let known = host(&[(MAIN, &fixed), ("/etc/traefik/routes.yml", &routes)]);
        let _ = asked(&known, MAIN, "a.test/");
        let _ = routed(&format!("http: {{routers: {{a: {{rule: 'PathPrefix(`/`)', service: a}}}}, services: {{a: {routes}}}}}"), "a.test/");
    }
}
