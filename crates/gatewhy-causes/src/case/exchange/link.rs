//! One backend and the proxy's way to it: who listens, and what it says.
use crate::case::Case;
use crate::case::exchange::direct::{Direct, Outcome};
use crate::case::gateway::log::{Logged, is_peer};
use crate::case::routing::peer::{Dial, Peer};
use crate::case::system::host::{Listener, unix_listener_of};
use crate::evidence::Evidence;
use crate::verdict::Verdict;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::sockets::{self, TcpState};
use gatewhy_facts::linux::walk::{self, End, Kind, Walk};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;
use gatewhy_facts::symptom::Symptom;

/// A peer with everything that can be told about it.
#[derive(Clone, Copy, Debug)]
pub struct Link<'c, 'k> {
    /// The case.
    pub case: &'c Case<'k>,
    /// The peer.
    pub peer: &'c Peer,
}

/// How old a record may be that tells why a server is passed over: `fail_timeout` is ten
/// seconds unless it is set, and seldom set longer than this.
const PASSED_OVER_SECS: i64 = 60;

impl<'k> Case<'k> {
    /// The links that may be the broken one. A name without an address is none: the
    /// causes about names judge it.
    pub fn links(&self) -> Vec<Link<'_, 'k>> {
        self.suspects()
            .into_iter()
            .filter(|peer| !matches!(peer.dial, Dial::Name(..)))
            .map(|peer| Link { case: self, peer })
            .collect()
    }

    /// One verdict for each link about which `judge` has something to say. Where the
    /// request's way is not known for certain, nothing about a link is.
    pub fn judge<'c>(&'c self, judge: impl Fn(Link<'c, 'k>) -> Option<Verdict>) -> Vec<Verdict> {
        let route = self.route_gaps();
        let judged = self.links().into_iter().filter_map(|link| {
            let verdict = link.in_its_place(judge(link)?)?.with_gaps(&route);
            // It may be no more than the first of several links to the proxy itself.
            match link.gaps_behind() {
                gaps if gaps.is_empty() => Some(verdict),
                gaps => Some(Verdict::CannotTell(gaps)),
            }
        });
        judged.collect()
    }

    /// The permissions along a path, as the proxy sees it.
    pub fn walk(&self, path: &HostPath) -> Fact<Walk> {
        let question = Question::Walk {
            path: path.clone(),
            view: self.proxy_view(),
        };
        self.known
            .bytes(&question, &path.to_string(), "run as root")
            .map(walk::parse)
    }
}

impl<'c, 'k> Link<'c, 'k> {
    /// What would tell which of the proxy's own servers is behind this link, and what
    /// failed there, and could not be looked at.
    fn gaps_behind(&self) -> Vec<Gap> {
        if self.case.is_own_socket(&self.peer.dial) != Ok(true) {
            return Vec::new();
        }
        let told = [
            self.case.log_gap(),
            self.case.clock_gap(),
            self.direct().gap().cloned(),
        ];
        let unread = self.case.nginx().found().map(|nginx| nginx.gaps.clone());
        let told = told.into_iter().flatten();
        told.chain(unread.into_iter().flatten()).collect()
    }

    /// What a verdict about this link is worth: a proxy behind the proxy rules nothing
    /// out, for what failed is behind it; and without the proxy's log it may be another
    /// link that failed.
    fn in_its_place(&self, verdict: Verdict) -> Option<Verdict> {
        if !matches!(verdict, Verdict::RuledOut(_)) {
            return Some(verdict);
        }
        if self.proxy_behind().is_some() {
            return None;
        }
        let told = [
            self.case.log_gap(),
            self.case.clock_gap(),
            self.pid().gap().cloned(),
            self.case.processes().gap().cloned(),
        ];
        let gaps: Vec<Gap> = told.into_iter().flatten().collect();
        Some(verdict.with_gaps(&gaps))
    }

    /// What would tell whether it is this backend that failed, and not another of its
    /// group that takes connections. A server that is not there is passed over.
    pub fn blame_gap(&self) -> Option<Gap> {
        let others = self.case.links().into_iter();
        let another = others
            .filter(|link| link.peer.dial != self.peer.dial)
            .any(|link| link.listener().found().is_some());
        let gap = self.case.log_gap().or_else(|| self.case.clock_gap());
        gap.filter(|gap| another && !gap.is_pending())
    }

    /// The address as it is shown.
    pub fn address(&self) -> String {
        self.peer.dial.to_string()
    }

    /// Whether the backend is on this host.
    pub fn is_local(&self) -> Option<bool> {
        self.case.is_local(&self.peer.dial)
    }

    /// The socket that takes the proxy's connections. Absent means that somebody
    /// looked and nobody listens there.
    pub fn listener(&self) -> Fact<Listener> {
        if let Some(apart) = self.listener_in_proxys_network() {
            return apart;
        }
        match &self.peer.dial {
            Dial::Tcp(address) => match self.case.is_own_address(address.ip()) {
                Some(true) => self.case.tcp_listener(*address),
                Some(false) => Fact::Unknown(self.far_gap(*address)),
                None => Fact::Unknown(Gap::new(
                    format!("who listens on {address}"),
                    "this host's addresses are not known",
                    "run as root",
                )),
            },
            Dial::Unix(path) => self.unix_listener(path),
            Dial::Name(name, _) => Fact::Unknown(Gap::new(
                format!("who listens on {name}"),
                "the name has no known address",
                "",
            )),
        }
    }

    /// The same for a proxy in a network of its own; none when it lives in ours.
    fn listener_in_proxys_network(&self) -> Option<Fact<Listener>> {
        let address = self.peer.dial.tcp()?;
        if let Some(gap) = self.case.network_gap() {
            return Some(Fact::Unknown(gap));
        }
        let proxy = self.case.proxy_apart()?;
        Some(self.case.listener_apart(proxy, address))
    }

    /// Whether the proxy is known to live in the network of this host.
    pub fn is_in_our_network(&self) -> bool {
        let master = self.case.proxy().found().map(|proxy| proxy.master);
        master.is_some_and(|master| self.case.shares_network_with(master, 1))
    }

    /// Why it is not known who listens on an address that is not this host's own.
    fn far_gap(&self, address: core::net::SocketAddr) -> Gap {
        let apart = self.case.known_network_with(address.ip());
        let (why, allow) = match &apart {
            Some(network) => (
                format!("it is {}, on this host", network.place()),
                match &network.container {
                    Some(container) => container.logs_command(),
                    None => String::new(),
                },
            ),
            None => (
                "it is another machine".to_owned(),
                format!("run gatewhy on {}", address.ip()),
            ),
        };
        Gap::new(format!("who listens on {address}"), why, allow)
    }

    /// A path may lead to different files in two mount namespaces, and two paths to
    /// one file: the listening socket is the one that is bound to the very file that
    /// the proxy sees.
    fn unix_listener(&self, path: &HostPath) -> Fact<Listener> {
        self.case.walk(path).and_then(|walk, at| match &walk.end {
            End::Refused(..) => Fact::Unknown(Gap::new(
                path.to_string(),
                "not allowed to look",
                "run as root",
            )),
            End::Missing(_) => Fact::Absent(at),
            End::Reached => match walk.reached().filter(|file| file.kind == Kind::Socket) {
                Some(file) => self
                    .case
                    .listener_on(file, path)
                    .map(|socket| unix_listener_of(&socket)),
                None => Fact::Absent(at),
            },
        })
    }

    /// How many connections to a TCP address are open now.
    pub fn connections(&self) -> Fact<u64> {
        let Dial::Tcp(address) = &self.peer.dial else {
            return Fact::Absent(Source::new(self.address()));
        };
        let question = Question::TcpConnections {
            port: address.port(),
        };
        let place = format!("connections to {address} (sock_diag)");
        let all = self.case.known.bytes(&question, &place, "run as root");
        all.map(|bytes| {
            let open = sockets::tcp(bytes).into_iter().filter(|socket| {
                socket.remote == *address && socket.state == TcpState::Established
            });
            u64::try_from(open.count()).unwrap_or(u64::MAX)
        })
    }

    /// The answer to the same request sent to the backend itself.
    pub fn direct(&self) -> Fact<Direct<'k>> {
        self.case.direct(self.peer)
    }

    /// What the direct conversation showed, if it could be held.
    pub fn direct_outcome(&self) -> Option<Outcome> {
        self.direct().found().map(|direct| direct.outcome.clone())
    }

    /// The newest record of our own requests about this peer.
    pub fn own_record(&self) -> Option<&'c Logged<'k>> {
        let own = self.case.own_records();
        own.into_iter().rev().find(|logged| self.is_about(logged))
    }

    fn is_about(&self, logged: &Logged<'_>) -> bool {
        is_peer(&logged.record, &self.peer.dial) && logged.record.symptom.is_some()
    }

    /// The newest record about this peer, when our requests were not sent there: the
    /// proxy takes it for failed. What is told of then may be over by now.
    pub fn record_before(&self) -> Option<&'c Logged<'k>> {
        let recent = self.recent(PASSED_OVER_SECS);
        let newest = recent
            .into_iter()
            .rev()
            .find(|logged| self.is_about(logged));
        newest.filter(|_| self.own_record().is_none() && self.is_passed_over())
    }

    /// Whether the proxy used nobody, or went straight to a `backup` server, as it does
    /// while this one is marked failed.
    fn is_passed_over(&self) -> bool {
        let Some(tried) = self.case.own_failure() else {
            return false;
        };
        let peers = self.case.peers();
        let mut backups = peers.iter().filter(|peer| peer.backup);
        tried.record.symptom == Some(Symptom::NoLiveUpstreams)
            || !self.peer.backup && backups.any(|peer| is_peer(&tried.record, &peer.dial))
    }

    /// What the proxy saw of this peer during our own requests.
    pub fn own_symptom(&self) -> Option<Symptom> {
        self.own_record().and_then(|logged| logged.record.symptom)
    }

    /// Records about this peer of the last `secs` seconds, oldest first.
    pub fn recent(&self, secs: i64) -> Vec<&'c Logged<'k>> {
        let mut records = self.case.recent_records(secs);
        records.retain(|logged| is_peer(&logged.record, &self.peer.dial));
        records
    }

    /// Whether the proxy, or we ourselves, found nobody accepting at the address.
    pub fn nobody_answers_the_door(&self) -> bool {
        matches!(
            self.direct_outcome(),
            Some(Outcome::Refused | Outcome::NoSocket)
        )
    }

    /// The proxy's record of our request as evidence.
    pub fn proxy_saw(&self) -> Option<Evidence> {
        self.own_record().map(|logged| {
            let text = logged.said_by(self.case.proxy_name());
            Evidence::strong(text, &logged.source)
        })
    }

    /// The direct conversation as evidence.
    pub fn we_saw(&self) -> Option<Evidence> {
        let direct = self.direct();
        let source = direct.source()?.clone();
        let seen = direct.found()?;
        Some(Evidence::strong(
            format!("asked directly, {}", seen.words()),
            &source,
        ))
    }

    /// Who dials this address, as evidence: the directive with its line.
    pub fn configured(&self) -> Option<Evidence> {
        let place = self.peer.place.as_ref()?;
        let source = Source::new(place.file.to_string()).at_line(place.span.line);
        let text = format!(
            "{} sends the request to {}",
            self.case.proxy_name(),
            self.address()
        );
        Some(Evidence::weak(text, &source).with_excerpt(self.case.excerpt(place)))
    }

    /// That the proxy looks for sockets inside its chroot, in brackets.
    pub fn in_chroot(&self) -> &'static str {
        match (self.case.haproxy_chroot(), self.peer.dial.unix()) {
            (Some(_), Some(_)) => " (inside its chroot)",
            _ => "",
        }
    }

    /// The line of the chroot that a socket is looked for in.
    pub fn chroot_line(&self) -> Option<Evidence> {
        self.peer.dial.unix()?;
        let (root, place) = self.case.haproxy_chroot()?;
        let source = Source::new(place.file.to_string()).at_line(place.span.line);
        let text = format!("HAProxy takes {root} for /: a server's socket is looked for in there");
        Some(Evidence::strong(text, &source).with_excerpt(self.case.excerpt(&place)))
    }

    /// That nobody listens, as evidence.
    pub fn nobody_listens(&self) -> Option<Evidence> {
        match self.listener() {
            Fact::Absent(source) => Some(Evidence::proof(
                format!("nobody listens on {}", self.address()),
                &source,
            )),
            Fact::Found(..) | Fact::Unknown(_) => None,
        }
    }
}
