//! Connections through nginx's stream block.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::forward::{Address, Route, Scheme};
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::nginx::files::{FileText, Files, Kind};
use gatewhy_facts::nginx::stream::{Connection, route};
use gatewhy_facts::nginx::{config, model};
use gatewhy_facts::path::HostPath;
use proptest::prelude::*;

/// A configuration in one file.
struct OneFile<'t>(&'t str);

impl Files for OneFile<'_> {
    fn read(&self, path: &HostPath) -> Fact<FileText<'_>> {
        let source = Source::new(path.as_str());
        let (bytes, cut) = (self.0.as_bytes(), false);
        match path.as_str() {
            "/etc/nginx/nginx.conf" => Fact::Found(FileText { bytes, cut }, source),
            _ => Fact::Absent(source),
        }
    }

    fn list(&self, folder: &HostPath) -> Fact<Vec<(String, Kind)>> {
        Fact::Absent(Source::new(folder.as_str()))
    }

    fn kind(&self, path: &HostPath) -> Fact<Kind> {
        Fact::Absent(Source::new(path.as_str()))
    }
}

fn follow(text: &str, port: u16, name: Option<&str>) -> Option<Route> {
    let main = HostPath::new("/etc/nginx/nginx.conf");
    let nginx = model::read(&config::load(&OneFile(text), &main));
    let connection = Connection {
        local: Authority::Ip(([127, 0, 0, 1], port).into()),
        tls: name.is_some(),
        server_name: name.map(str::to_owned),
        client: Some([127, 0, 0, 1].into()),
        target: "/".to_owned(),
    };
    route(&nginx.directives, nginx.stream.as_ref()?, &connection)
}

const BY_NAME: &str = r"
error_log /var/log/nginx/all.log;
stream {
    error_log /var/log/nginx/stream.log;
    map $ssl_preread_server_name $group {
        hostnames;
        .shop.test   web;
        ~^db\.       10.0.0.5:5432;
        vpn.test     unix:/run/vpn.sock;
        empty.test   '';
        default      $ssl_preread_server_name:8443;
    }
    upstream web { server 127.0.0.1:8443; server 127.0.0.1:8444 down; }
    server { listen 443; ssl_preread on; proxy_protocol on; proxy_pass $group; }
    server { listen 127.0.0.1:444 ssl; proxy_timeout 5s; proxy_pass 127.0.0.1:80; }
    server { listen 53 udp; proxy_pass 127.0.0.1:5353; }
    server { listen 445; proxy_ssl on; proxy_ssl_server_name on; proxy_pass app.test:443; }
}
";

fn hosts(route: &Route) -> Vec<Address> {
    let targets = route.targets.iter();
    targets.map(|target| target.address.clone()).collect()
}

fn at(host: &str, port: u16) -> Vec<Address> {
    vec![Address::Host(host.to_owned(), port)]
}

#[test]
fn the_name_of_the_handshake_chooses() {
    let shop = follow(BY_NAME, 443, Some("www.shop.test")).unwrap();
    assert_eq!(hosts(&shop), at("127.0.0.1", 8443));
    assert_eq!(shop.group.as_deref(), Some("web"));
    assert_eq!(shop.targets[0].scheme, Scheme::Https);
    assert_eq!(shop.tls_name.as_deref(), Some("www.shop.test"));
    assert!(shop.sends_proxy.is_some() && shop.gaps.is_empty());
    let log = shop.error_log.unwrap();
    assert_eq!(log.as_str(), "/var/log/nginx/stream.log");
    let database = follow(BY_NAME, 443, Some("db.shop.internal")).unwrap();
    assert_eq!(hosts(&database), at("10.0.0.5", 5432));
    let vpn = follow(BY_NAME, 443, Some("vpn.test")).unwrap();
    assert_eq!(hosts(&vpn), [Address::Unix(HostPath::new("/run/vpn.sock"))]);
}

#[test]
fn a_name_out_of_a_variable_is_looked_up_by_nginx_itself() {
    let other = follow(BY_NAME, 443, Some("other.test")).unwrap();
    assert_eq!(hosts(&other), at("other.test", 8443));
    assert_eq!(other.gaps.len(), 1);
}

#[test]
fn what_comes_to_no_address_is_a_gap() {
    let empty = follow(BY_NAME, 443, Some("empty.test")).unwrap();
    assert!(empty.targets.is_empty());
    assert_eq!(empty.gaps.len(), 1);
    // Without TLS there is no name to read: ":8443" is no address.
    let plain = follow(BY_NAME, 443, None).unwrap();
    assert!(plain.targets.is_empty() && !plain.gaps.is_empty());
}

#[test]
fn tls_ends_where_the_server_speaks_it() {
    let decrypted = follow(BY_NAME, 444, Some("shop.test")).unwrap();
    assert_eq!(decrypted.targets[0].scheme, Scheme::Http);
    assert_eq!(decrypted.read.unwrap().time.as_secs(), 5);
    assert!(decrypted.sends_proxy.is_none());
    let wrapped = follow(BY_NAME, 445, None).unwrap();
    assert_eq!(wrapped.targets[0].scheme, Scheme::Https);
    assert_eq!(wrapped.tls_name.as_deref(), Some("app.test"));
}

#[test]
fn datagrams_are_another_matter() {
    assert_eq!(follow(BY_NAME, 53, None), None);
    assert_eq!(follow(BY_NAME, 80, None), None);
}

proptest! {
    #[test]
    fn any_stream_block_is_followed(text in "[a-z $;{}:.0-9~*'\\\\]{0,200}", name in "[a-z.]{0,12}") {
        let text = format!("stream {{ server {{ listen 443; ssl_preread on; {text} }} {text} }}");
        let _ = (follow(&text, 443, Some(&name)), follow(&text, 80, None));
    }
}
