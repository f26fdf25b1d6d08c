//! What the tests of proxies that forward requests share: a host of a few files, and a
//! request through its configuration.
use gatewhy_facts::answer::Answer;
use gatewhy_facts::forward::{Configuration, Request, Route, Routes};
use gatewhy_facts::known::Known;
use gatewhy_facts::nginx::files::KnownFiles;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::{Question, View};

/// A host with these files and no others.
pub(crate) fn host(files: &[(&str, &str)]) -> Known {
    let mut known = Known::new();
    for (path, text) in files {
        known.learn(Question::file(*path), Answer::got(text.as_bytes().to_vec()));
    }
    known
}

/// The configuration of such a host.
pub(crate) fn load<C: Configuration>(known: &Known, main: &str) -> C {
    let view = View::Host;
    C::load(&KnownFiles { known, view }, &HostPath::new(main))
}

/// Where a request of such a host goes.
pub(crate) fn asked<C: Configuration + Routes>(known: &Known, main: &str, url: &str) -> Route {
    let view = View::Host;
    let (host, target) = url.split_once('/').unwrap();
    let request = Request {
        local: "127.0.0.1:80".parse().unwrap(),
        socket: None,
        host: host.to_owned(),
        host_header: host.to_owned(),
        target: format!("/{target}"),
        tls: false,
    };
    load::<C>(known, main).route(&KnownFiles { known, view }, &request)
}

/// The backends of a route as they are written.
pub(crate) fn targets(route: &Route) -> Vec<&str> {
    route.targets.iter().map(|t| t.written.as_str()).collect()
}

/// What of a route could not be told.
pub(crate) fn gaps(route: &Route) -> Vec<&str> {
    route.gaps.iter().map(|gap| gap.what.as_str()).collect()
}
