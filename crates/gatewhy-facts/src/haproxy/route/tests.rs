use super::super::config::parse;
use super::*;

const TEXT: &[u8] = b"defaults\n mode http\n timeout connect 5s\n timeout server 30s\n\
    frontend web\n bind :80\n acl is_api path_beg /api /v2\n acl shop hdr(host) -i shop.test\n\
    http-request return status 503 if { path /closed }\n\
    use_backend api if is_api shop\n use_backend old unless shop\n default_backend app\n\
    backend api\n server a 127.0.0.1:3000 check\n server b unix@/run/b.sock backup\n\
    backend old\n server a 127.0.0.1:1\nbackend app\n default-server check\n server a [::1]:3001 ssl verify none sni str(x.test)\n";

fn at(host: &str, target: &str) -> Route {
    told(host, target, None)
}

fn told(host: &str, target: &str, told: Option<&str>) -> Route {
    let mut config = Config::default();
    parse(
        TEXT,
        &HostPath::new("/etc/haproxy/haproxy.cfg"),
        &mut config,
    );
    route(&config, &request(host, target, told))
}

fn request(host: &str, target: &str, told: Option<&str>) -> Request {
    Request {
        local: "127.0.0.1:80".parse().unwrap(),
        socket: None,
        host: host.into(),
        host_header: host.into(),
        target: target.into(),
        tls: false,
        server_name: None,
        told: told.map(Into::into),
    }
}

#[test]
fn conditions_choose_the_backend() {
    assert_eq!(at("shop.test", "/api/x").backend.unwrap().0, "api");
    assert_eq!(at("other.test", "/api/x").backend.unwrap().0, "old");
    assert_eq!(at("Shop.Test", "/").backend.unwrap().0, "app");
    assert_eq!(at("shop.test", "/closed").answer.unwrap().0, 503);
}

#[test]
fn what_the_log_tells_goes_before_conditions() {
    let told = told("shop.test", "/closed", Some("old"));
    assert_eq!(told.backend.unwrap().0, "old");
    assert!(told.answer.is_none());
}

#[test]
fn a_map_names_the_backend_and_an_unknown_name_is_left_to_the_default() {
    let text = b"frontend web\n mode http\n bind :80\n\
        use_backend be_%[req.hdr(host),lower,map(/h.map)]\n default_backend app\n\
        backend be_a\n server a 127.0.0.1:1\nbackend app\n server b 127.0.0.1:2\n";
    let mut config = Config::default();
    parse(text, &HostPath::new("/h.cfg"), &mut config);
    let backend = |config: &Config, host: &str| {
        let route = route(config, &request(host, "/", None));
        (route.backend.map(|(name, _)| name), route.gaps.len())
    };
    assert_eq!(backend(&config, "a.test"), (None, 1));
    let map = vec![("a.test".into(), "a".into())];
    config.maps.insert("/h.map".into(), Ok(map));
    assert_eq!(backend(&config, "A.test"), (Some("be_a".into()), 0));
    assert_eq!(backend(&config, "b.test"), (Some("app".into()), 0));
}

#[test]
fn servers_and_time_outs_are_read() {
    let api = at("shop.test", "/v2/");
    assert_eq!(
        api.servers[1].address,
        Address::Unix(HostPath::new("/run/b.sock"))
    );
    assert!(api.servers[1].backup && api.servers[0].checked);
    assert_eq!(api.server_timeout.unwrap().0.as_secs(), 30);
    let app = at("shop.test", "/");
    let server = &app.servers[0];
    assert_eq!(server.address, Address::Host("::1".into(), 3001));
    assert!(server.checked && server.tls && !server.demands.is_any());
    assert_eq!(server.sni.as_deref(), Some("x.test"));
}

#[test]
fn a_request_is_followed_through_sockets_that_are_no_files() {
    let text = b"frontend edge\n mode tcp\n bind :80\n default_backend to_inner\n\
        backend to_inner\n mode tcp\n server inner abns@inner send-proxy-v2\n\
        frontend inner\n mode http\n bind abns@inner accept-proxy\n default_backend app\n\
        backend app\n server a 127.0.0.1:3000\n";
    let mut config = Config::default();
    parse(text, &HostPath::new("/h.cfg"), &mut config);
    let found = route(&config, &request("shop.test", "/", None));
    assert_eq!(found.backend.unwrap().0, "app");
    assert_eq!(
        found.servers[0].address,
        Address::Host("127.0.0.1".into(), 3000)
    );
    assert!(!found.is_tcp && found.gaps.is_empty());
    assert_eq!(found.blocks.len(), 4);
}

#[test]
fn an_abstract_socket_of_somebody_else_is_not_known() {
    for text in [
        &b"listen a\n mode http\n bind :80\n server s abns@else\n"[..],
        b"listen a\n mode http\n bind :80\n server s abns@x\nlisten b\n bind abns@x\n server s abns@x\n",
    ] {
        let mut config = Config::default();
        parse(text, &HostPath::new("/h.cfg"), &mut config);
        let found = route(&config, &request("shop.test", "/", None));
        assert!(matches!(found.servers[0].address, Address::Abstract(_)));
    }
}
