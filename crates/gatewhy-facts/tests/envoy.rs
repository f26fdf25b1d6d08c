//! Envoy's bootstrap file, and where requests go by it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#![allow(
    clippy::indexing_slicing,
    reason = "a test that cannot go on may panic"
)]
mod forwarding;
use forwarding::{gaps, host, targets};
use gatewhy_facts::envoy::config::Config;
use gatewhy_facts::forward::{Address, Configuration, Route, Scheme};
use gatewhy_facts::known::Known;
use gatewhy_facts::path::HostPath;
use proptest::prelude::*;

fn load(known: &Known, main: &str) -> Config {
    forwarding::load(known, main)
}

fn asked(known: &Known, main: &str, url: &str) -> Route {
    forwarding::asked::<Config>(known, main, url)
}

const MAIN: &str = "/etc/envoy/envoy.yaml";

fn bootstrap(hosts: &str, clusters: &str) -> Known {
    // What stands in brackets may be no less indented than what it belongs to.
    let (hosts, clusters) = (hosts.replace('\n', " "), clusters.replace('\n', " "));
    let text = format!(
        r#"
static_resources:
  listeners:
  - name: web
    address: {{socket_address: {{address: 0.0.0.0, port_value: 80}}}}
    filter_chains:
    - filters:
      - name: any name
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          access_log: [{{typed_config: {{path: /var/log/envoy.log}}}}]
          route_config: {{virtual_hosts: {hosts}}}
  clusters: {clusters}
"#
    );
    host(&[(MAIN, &text)])
}

const HOSTS: &str = "[
  {name: all, domains: ['*'], routes: [{match: {prefix: /}, direct_response: {status: 404}}]},
  {name: some, domains: ['*.test'], routes: [{match: {prefix: /}, route: {cluster: gone}}]},
  {name: shop, domains: [shop.test], routes: [
    {match: {path: /}, route: {cluster: pages}},
    {match: {safe_regex: {regex: '/[0-9]+'}}, redirect: {host_redirect: x}},
    {match: {prefix: /x, headers: [{name: a}]}, route: {cluster: pages}},
    {match: {prefix: /api/}, route: {cluster: api, prefix_rewrite: /, timeout: 2s}},
    {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: pages, weight: 0}, {name: api, weight: 9}]}, timeout: 0s}}]}]";
const CLUSTERS: &str = "[
  {name: pages, load_assignment: {endpoints: [{lb_endpoints: [{endpoint: {address: {pipe: {path: /run/pages.sock}}}}]}]}},
  {name: api, connect_timeout: 0.25s, transport_socket: {typed_config: {sni: api.internal}},
   health_checks: [{http_health_check: {path: /health}}],
   load_assignment: {endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 8443}}}}]}]}}]";

fn routed(url: &str) -> Route {
    asked(&bootstrap(HOSTS, CLUSTERS), MAIN, url)
}

#[test]
fn a_request_goes_by_host_and_the_first_route_that_fits() {
    let route = routed("shop.test/api/list?x=1");
    assert_eq!(targets(&route), ["10.0.0.1:8443"]);
    assert_eq!(route.targets[0].scheme, Scheme::Https);
    assert_eq!(route.tls_name.as_deref(), Some("api.internal"));
    assert_eq!(route.sent, "/list?x=1");
    assert_eq!(route.connect.as_ref().unwrap().time.as_millis(), 250);
    assert_eq!(route.read.as_ref().unwrap().time.as_secs(), 2);
    assert_eq!(route.check.as_ref().unwrap().0, "/health");
    assert_eq!(route.error_log, Some(HostPath::new("/var/log/envoy.log")));
    assert!(gaps(&route).is_empty());
    let route = routed("shop.test/?a");
    let pipe = Address::Unix(HostPath::new("/run/pages.sock"));
    assert_eq!(route.targets[0].address, pipe);
    assert_eq!(route.read.as_ref().unwrap().time.as_secs(), 15);
    assert_eq!(routed("shop.test/17").answer.unwrap().0, 301);
    let route = routed("shop.test/17a");
    assert_eq!(targets(&route), ["10.0.0.1:8443"]);
    assert_eq!(route.read, None, "0s is no limit");
    assert_eq!(routed("a.example/").answer.unwrap().0, 404);
}

#[test]
fn what_is_not_known_is_told() {
    let route = routed("b.test/");
    assert_eq!(gaps(&route).len(), 1);
    assert!(gaps(&route)[0].starts_with("cluster gone (/etc/envoy/envoy.yaml:"));
    let route = routed("shop.test/xy");
    assert!(gaps(&route)[0].starts_with("a route's match ("));
    assert_eq!(targets(&route), ["10.0.0.1:8443"], "it may still go on");
    let control = host(&[(MAIN, "dynamic_resources: {ads_config: {api_type: GRPC}}")]);
    let route = asked(&control, MAIN, "b.test/");
    assert_eq!(gaps(&route), ["ads_config (/etc/envoy/envoy.yaml:1)"]);
}

#[test]
fn ports_are_those_of_the_listeners() {
    let config = load(&bootstrap(HOSTS, CLUSTERS), MAIN);
    let ports: Vec<u16> = config.ports().into_iter().map(|(port, _)| port).collect();
    assert_eq!(ports, [80]);
}

proptest! {
    #[test]
    fn never_panics(hosts in "[-:{}\\[\\],'/ *\na-z0-9]{0,160}", clusters in "[-:{}\\[\\],' \na-z0-9]{0,160}") {
        let _ = asked(&bootstrap(&hosts, CLUSTERS), MAIN, "a.test/x");
        let _ = asked(&bootstrap(HOSTS, &clusters), MAIN, "shop.test/x");
    }
}
