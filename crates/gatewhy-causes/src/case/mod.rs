//! One failing request, and all that can be told about it from the answers so far.
//!
//! A [`Case`] follows the request inwards: [`site`] (what a visitor gets), [`proxy`]
//! (which nginx answers), [`route`] (which server, location and backend it picks),
//! [`peer`] and [`link`] (each backend, who listens there, what it answers itself),
//! [`backend`] (the process, its unit, its pool), [`machine`] (memory, disks, kernel).
//! Each step asks what it needs; what is not answered yet is a gap, and the next
//! round gets further.
pub mod access;
pub mod admit;
pub mod answer;
pub mod apache;
pub mod application;
pub mod asked_besides;
pub mod astray;
pub mod awaits;
pub mod backend;
pub mod buffers;
pub mod cached;
pub mod caddy;
mod caddy_running;
pub mod chain;
pub mod circle;
pub mod clients;
pub mod container;
pub mod converse;
pub mod database;
pub mod demands;
pub mod direct;
pub mod dns;
pub mod door;
pub mod doors;
pub mod down;
pub mod edge;
pub mod elsewhere;
pub mod entrance;
pub mod envoy;
pub mod expected;
pub mod failed_step;
pub mod fate;
pub mod fault;
pub mod filter;
pub mod foreign;
pub mod forlorn;
pub mod forward;
pub mod fpm;
pub mod front;
pub mod fronted;
pub mod full;
pub mod halted;
pub mod handshake;
pub mod haproxy;
pub mod header;
pub mod header_limit;
pub mod hidden;
pub mod hops;
pub mod host;
pub mod insert;
pub mod keepalive;
pub mod kept;
pub mod killed;
pub mod kind;
pub mod lighttpd;
pub mod limits;
pub mod link;
pub mod loaded;
pub mod log;
pub mod lost;
pub mod machine;
pub mod misconfigured;
pub mod observed;
pub mod occupied;
mod on_disk;
pub mod outside;
pub mod outside_hops;
pub mod outside_notes;
pub mod own_answer;
pub mod own_services;
pub mod passage;
pub mod path_to;
pub mod peer;
pub mod people;
pub mod places;
pub mod pm2;
pub mod policy;
pub mod proxy;
pub mod proxy_header;
pub mod proxy_unit;
pub mod record;
pub mod redirect;
pub(crate) mod refusal;
pub mod remedy;
pub mod request;
pub mod room;
pub mod route;
pub mod scratch;
pub mod script;
pub mod served;
pub mod service_for;
pub mod services_behind;
pub mod site;
pub mod source_address;
pub mod stale_name;
pub mod stall;
pub mod starved;
pub mod strangers;
pub mod stream;
pub mod supervisord;
pub mod targets;
pub mod tls;
pub mod told_state;
pub mod tomcat;
pub mod track;
pub mod traefik;
mod traefik_words;
pub mod trust;
pub mod unblock;
pub mod units;
pub mod uwsgi;
pub mod varnish;
pub mod way;
pub mod workers;

use alloc::rc::Rc;
use core::cell::{Cell, OnceCell, RefCell};
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::known::Known;
use gatewhy_facts::linux::processes::Processes;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::journal::Journal;
use gatewhy_facts::systemd::show::Unit;
use request::Request;

/// One request, and what the answers so far tell about it.
#[derive(Debug)]
pub struct Case<'k> {
    /// The answers so far.
    pub known: &'k Known,
    /// What is diagnosed.
    pub request: &'k Request,
    cells: Cells<'k>,
}

/// Large answers, read once.
type Shared<K, T> = RefCell<BTreeMap<K, Fact<Rc<T>>>>;

/// What was worked out once; the answers do not change while a case lives.
#[derive(Debug, Default)]
struct Cells<'k> {
    visits: OnceCell<Vec<Fact<site::Visit<'k>>>>,
    processes: OnceCell<Fact<Processes>>,
    sockets: OnceCell<host::Sockets>,
    kind: OnceCell<kind::Kind>,
    proxy: OnceCell<Fact<proxy::Proxy>>,
    way: OnceCell<Fact<way::Way>>,
    haproxy: OnceCell<Fact<gatewhy_facts::haproxy::config::Config>>,
    apache: OnceCell<Fact<gatewhy_facts::apache::config::Config>>,
    caddy: OnceCell<Fact<gatewhy_facts::caddy::model::Config>>,
    varnish: OnceCell<Fact<gatewhy_facts::varnish::vcl::Vcl>>,
    traefik: OnceCell<Fact<gatewhy_facts::traefik::config::Config>>,
    envoy: OnceCell<Fact<gatewhy_facts::envoy::config::Config>>,
    lighttpd: OnceCell<Fact<gatewhy_facts::lighttpd::config::Config>>,
    nginx: OnceCell<Fact<gatewhy_facts::nginx::model::Nginx>>,
    route: OnceCell<Fact<route::Routed>>,
    stream: OnceCell<Option<gatewhy_facts::forward::Route>>,
    peers: OnceCell<Vec<peer::Peer>>,
    log: OnceCell<Fact<Vec<log::Logged<'k>>>>,
    fpms: OnceCell<Fact<Vec<fpm::Fpm>>>,
    own_services: OnceCell<Vec<own_services::OwnService>>,
    units: Shared<Vec<String>, Vec<Unit>>,
    journals: Shared<(String, u8), Journal>,
    missing: RefCell<BTreeMap<peer::Dial, Fact<backend::Service>>>,
    whereabouts: RefCell<BTreeMap<peer::Dial, Fact<elsewhere::Whereabouts>>>,
    front: OnceCell<Fact<front::Front>>,
    outdated: OnceCell<Fact<loaded::Outdated>>,
    circle: OnceCell<Fact<circle::Circle>>,
    outside: OnceCell<bool>,
    apology: OnceCell<Option<gatewhy_facts::nginx::settings::ErrorPage>>,
    /// Whether that is being worked out, which may ask whether the site is healthy.
    excusing: Cell<bool>,
}

impl<'k> Case<'k> {
    /// A case about `request`, with nothing worked out yet.
    pub fn new(known: &'k Known, request: &'k Request) -> Self {
        Self {
            known,
            request,
            cells: Cells::default(),
        }
    }

    /// What could not be looked at on the way of the request, whatever the causes
    /// make of it.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = self
            .visits()
            .iter()
            .filter_map(|v| v.gap().cloned())
            .collect();
        gaps.extend(self.outside_gaps());
        gaps.extend(self.proxy().gap().cloned());
        gaps.extend(self.proxy().found().and_then(|proxy| proxy.unseen.clone()));
        gaps.extend(self.route_gaps());
        // Of a healthy site, the log tells what fails now and then.
        if !self.peers().is_empty() {
            gaps.extend(self.log_gap());
            gaps.extend(self.clock_gap());
        }
        gaps
    }
}
