//! What Envoy's admin interface tells: `/clusters` and `/stats`, in their plain form.
use crate::nginx::error_log::Peer;
use crate::prelude::*;
use crate::scan;
use core::net::SocketAddr;

/// The most servers that are kept.
const HOSTS: usize = 4_096;

/// A server of a cluster, as Envoy sees it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The cluster's name.
    pub cluster: String,
    /// Its address as Envoy writes it: `127.0.0.1:3000`, or a socket's path.
    pub address: String,
    /// What is wrong with it: `/failed_active_hc`; `healthy` for nothing.
    pub flags: String,
}

impl Host {
    /// Whether Envoy sends requests to it.
    pub fn is_well(&self) -> bool {
        self.flags == "healthy"
    }

    /// Whether it is the server at that address.
    pub fn is_at(&self, address: SocketAddr) -> bool {
        Peer::parse(self.address.as_bytes()) == Peer::Inet(address)
    }
}

/// Reads `/clusters`: lines of `CLUSTER::ADDRESS::health_flags::FLAGS`.
pub fn hosts(text: &[u8]) -> Vec<Host> {
    let lines = text.split(|byte| *byte == b'\n').filter_map(host);
    lines.take(HOSTS).collect()
}

/// An address of IPv6 has colons of its own, but always in brackets.
fn host(line: &[u8]) -> Option<Host> {
    let (before, flags) = scan::split_once(line, "::health_flags::")?;
    let (cluster, address) = scan::split_once(before, "::")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Host {
        cluster: text(cluster),
        address: text(address),
        flags: text(flags.trim_ascii()),
    })
}

/// Reads `/stats`: lines of `NAME: NUMBER`, those above zero.
pub fn counters(text: &[u8]) -> Vec<(String, u64)> {
    let lines = text.split(|byte| *byte == b'\n');
    let each = lines.filter_map(|line| {
        let (name, number) = scan::rsplit_once(line, ": ")?;
        let number: u64 = scan::whole_number(number.trim_ascii())?;
        (number > 0).then(|| (String::from_utf8_lossy(name).into_owned(), number))
    });
    each.take(HOSTS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLUSTERS: &[u8] = b"api::observability_name::api\n\
        api::127.0.0.1:3000::cx_connect_fail::0\n\
        api::127.0.0.1:3000::health_flags::/failed_active_hc\n\
        api::[::1]:3001::health_flags::healthy\napi::/run/a.sock::health_flags::healthy\n";

    #[test]
    fn servers_have_flags() {
        let all = hosts(CLUSTERS);
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].cluster, "api");
        assert!(all[0].is_at("127.0.0.1:3000".parse().unwrap()) && !all[0].is_well());
        assert!(all[1].is_at("[::1]:3001".parse().unwrap()) && all[1].is_well());
        assert_eq!(all[2].address, "/run/a.sock");
    }

    #[test]
    fn counters_above_zero_are_kept() {
        let text = b"cluster.api.ssl.fail_verify_san: 4\ncluster.api.ssl.fail_verify_error: 0\nx\n";
        let all = counters(text);
        assert_eq!(all, [("cluster.api.ssl.fail_verify_san".to_owned(), 4)]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (hosts(&text), counters(&text));
        }
    }
}
