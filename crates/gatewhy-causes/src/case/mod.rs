//! One failing request, and all that can be told about it from the answers so far.
//!
//! A [`Case`] follows the request inwards, and each folder is a stretch of its way:
//! [`visit`] (what a visitor gets, or [`from_outside`] another machine), [`gateway`]
//! (the proxy that answers, one of the [`programs`]), [`routing`] (which server, location
//! and backends it picks), [`exchange`] (who listens at a backend's address, what it
//! answers itself), [`service`] and [`software`] (the process, its unit, its pool),
//! [`system`] (memory, disks, sockets, kernel); [`remedies`] are what fixes are made of.
//! Each step asks what it needs; what is not answered yet is a gap, and the next
//! round gets further.
pub mod exchange;
pub mod from_outside;
pub mod gateway;
pub mod programs;
pub mod remedies;
pub mod request;
pub mod routing;
pub mod service;
pub mod software;
pub mod system;
pub mod visit;

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
    visits: OnceCell<Vec<Fact<visit::site::Visit<'k>>>>,
    processes: OnceCell<Fact<Rc<Processes>>>,
    sockets: OnceCell<system::host::Sockets>,
    kind: OnceCell<programs::kind::Kind>,
    proxy: OnceCell<Fact<gateway::proxy::Proxy>>,
    way: OnceCell<Fact<routing::way::Way>>,
    haproxy: OnceCell<Fact<gatewhy_facts::haproxy::config::Config>>,
    apache: OnceCell<Fact<gatewhy_facts::apache::config::Config>>,
    caddy: OnceCell<Fact<gatewhy_facts::caddy::model::Config>>,
    varnish: OnceCell<Fact<gatewhy_facts::varnish::vcl::Vcl>>,
    traefik: OnceCell<Fact<gatewhy_facts::traefik::config::Config>>,
    envoy: OnceCell<Fact<gatewhy_facts::envoy::config::Config>>,
    lighttpd: OnceCell<Fact<gatewhy_facts::lighttpd::config::Config>>,
    nginx: OnceCell<Fact<gatewhy_facts::nginx::model::Nginx>>,
    route: OnceCell<Fact<routing::route::Routed>>,
    stream: OnceCell<Option<gatewhy_facts::forward::Route>>,
    peers: OnceCell<Vec<routing::peer::Peer>>,
    log: OnceCell<Fact<Vec<gateway::log::Logged<'k>>>>,
    fpms: OnceCell<Fact<Vec<software::fpm::Fpm>>>,
    own_services: OnceCell<Vec<service::own_services::OwnService>>,
    units: Shared<Vec<String>, Vec<Unit>>,
    journals: Shared<(String, u8), Journal>,
    missing: RefCell<BTreeMap<routing::peer::Dial, Fact<service::backend::Service>>>,
    whereabouts:
        RefCell<BTreeMap<routing::peer::Dial, Fact<service::listens_elsewhere::Whereabouts>>>,
    front: OnceCell<Fact<visit::front::Front>>,
    outdated: OnceCell<Fact<gateway::loaded_config::Outdated>>,
    circle: OnceCell<Fact<gateway::own_ring::Circle>>,
    outside: OnceCell<bool>,
    apology: OnceCell<Fact<gatewhy_facts::nginx::settings::ErrorPage>>,
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
