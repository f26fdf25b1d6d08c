//! Listeners and clusters of a bootstrap file.
use crate::document::{self, Node};
use crate::fact::{Fact, Gap};
use crate::forward::Configuration;
use crate::nginx::files::Files;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;

/// The filter that speaks HTTP.
const HTTP: &str = "envoy.filters.network.http_connection_manager";

/// Envoy's bootstrap file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// All of it.
    pub whole: Node,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// Whether the file is there at all.
    pub is_there: bool,
}

impl Configuration for Config {
    fn load(files: &dyn Files, main: &HostPath) -> Self {
        let mut out = Self::default();
        match document::load(files, main) {
            Fact::Found(whole, _) => {
                out.is_there = true;
                out.elsewhere(&whole);
                out.whole = whole;
            }
            Fact::Absent(_) => {}
            Fact::Unknown(gap) => out.gaps.push(gap),
        }
        out
    }

    fn is_there(&self) -> bool {
        self.is_there
    }

    fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    fn ports(&self) -> Vec<(u16, Place)> {
        let all = self.listeners().iter();
        all.filter_map(|listener| port(listener.get("address")))
            .collect()
    }
}

/// The port of an address, and its line.
pub fn port(address: &Node) -> Option<(u16, Place)> {
    let port = address.at(&["socket_address", "port_value"]);
    Some((port.number()?, port.place()))
}

impl Config {
    fn elsewhere(&mut self, whole: &Node) {
        for name in ["lds_config", "cds_config", "ads_config"] {
            if let Some(node) = whole.get("dynamic_resources").find(name) {
                let place = node.place();
                let what = format!("{name} ({}:{})", place.file, place.span.line);
                let why = "what a control plane gives stands in no file";
                self.gaps.push(Gap::new(what, why, ""));
            }
        }
    }

    /// What listens.
    pub fn listeners(&self) -> &[Node] {
        self.whole.at(&["static_resources", "listeners"]).items()
    }

    /// A cluster by its name.
    pub fn cluster(&self, name: &str) -> Option<&Node> {
        let all = self.whole.at(&["static_resources", "clusters"]).items();
        all.iter()
            .find(|cluster| cluster.get("name").text() == Some(name))
    }

    /// The filters that speak HTTP on a listener.
    pub fn http_filters(listener: &Node) -> impl Iterator<Item = &Node> {
        let chains = listener.get("filter_chains").items().iter();
        let usual = listener.find("default_filter_chain");
        let filters = chains
            .chain(usual)
            .flat_map(|chain| chain.get("filters").items());
        filters
            .filter(|filter| filter.get("name").text() == Some(HTTP) || is_http(filter))
            .map(|filter| filter.get("typed_config"))
    }

    /// Whether requests are logged anywhere.
    pub fn logs_requests(&self) -> bool {
        let mut filters = self.listeners().iter().flat_map(Self::http_filters);
        filters.any(|filter| !filter.get("access_log").items().is_empty())
    }

    /// Whether a route puts another host in the place of the visitor's, which is then
    /// logged, too.
    pub fn rewrites_hosts(&self) -> bool {
        let filters = self.listeners().iter().flat_map(Self::http_filters);
        let hosts =
            filters.flat_map(|filter| filter.at(&["route_config", "virtual_hosts"]).items());
        let mut routes = hosts.flat_map(|host| host.get("routes").items());
        routes.any(|route| {
            let mut set = route.get("route").members().iter();
            set.any(|(name, _)| {
                let name: String = name.chars().filter(|c| *c != '_').collect();
                name.to_ascii_lowercase().contains("hostrewrite")
            })
        })
    }

    /// The files that requests are logged to.
    pub fn access_logs(&self) -> Vec<&str> {
        let filters = self.listeners().iter().flat_map(Self::http_filters);
        let logs = filters.flat_map(|filter| filter.get("access_log").items());
        logs.filter_map(|log| log.at(&["typed_config", "path"]).text())
            .filter(|path| !path.starts_with("/dev/std"))
            .collect()
    }
}

/// Whether a filter speaks HTTP, whatever it is called.
fn is_http(filter: &Node) -> bool {
    let kind = filter.at(&["typed_config", "@type"]).text();
    kind.is_some_and(|kind| kind.ends_with(".HttpConnectionManager"))
}
