//! Failures that belong together: the same backend, the same kind of symptom, and no
//! recovery between them.
use super::access::Answers;
use super::failure::Failure;
use super::logs::Span;
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::routing::peer::Dial;
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::Symptom;
use gatewhy_facts::time::Moment;

/// Failures so near each other are one episode.
const GAP_SECS: i64 = 60;
/// So far apart they still are, where nothing was answered well between them.
const SILENT_SECS: i64 = 15 * 60;

/// What kind of failure it is. Refused, broken off and late are one kind: a backend
/// that dies shows all of them within a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// The backend did not answer, or not in time.
    Away,
    /// Anything else that the proxy names.
    Seen(Symptom),
    /// Nothing in the error log: the backend answered so, or the proxy did.
    Answered(u16),
}

/// Whom the failed requests were for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// One backend.
    Peer(Dial),
    /// A group of backends, or a name.
    Named(String),
    /// The proxy itself, or nobody knows.
    Proxy,
}

/// Failures that belong together.
#[derive(Clone, Debug)]
pub struct Episode<'s, 'k> {
    /// Whom they were for.
    pub via: Via,
    /// What kind.
    pub family: Family,
    /// From the first to the last.
    pub span: Span,
    /// The failures, oldest first.
    pub failures: Vec<&'s Failure<'k>>,
}

impl core::fmt::Display for Via {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Peer(dial) => dial.fmt(f),
            Self::Named(name) => f.write_str(name),
            Self::Proxy => f.write_str("the proxy itself"),
        }
    }
}

/// The kind of a failure.
fn family(failure: &Failure<'_>) -> Family {
    use Symptom as S;
    let Some(symptom) = failure.symptom() else {
        return Family::Answered(failure.status.unwrap_or(0));
    };
    match symptom {
        S::ConnectRefused
        | S::SocketMissing
        | S::BacklogFull
        | S::ConnectTimeout
        | S::ConnectTimeoutKernel
        | S::ConnectReset
        | S::ConnectFailed
        | S::NoLiveUpstreams
        | S::ClosedBeforeResponse
        | S::ResetBeforeResponse
        | S::ResetWhileSending
        | S::UpstreamIoFailed
        | S::ResponseTimeout
        | S::SendTimeout
        | S::UpstreamTimeout
        | S::FastCgiClosed
        | S::TlsClosed
        | S::TlsHandshakeTimeout
        | S::ClosedInBody
        | S::ResetInBody
        | S::BodyTimeout => Family::Away,
        other => Family::Seen(other),
    }
}

/// The episodes of these failures, oldest first.
pub(super) fn episodes<'s, 'k>(
    case: &Case<'k>,
    failures: &'s [Failure<'k>],
    answers: &Answers<'k>,
) -> Vec<Episode<'s, 'k>> {
    let mut done: Vec<Episode<'s, 'k>> = Vec::new();
    let mut open: BTreeMap<(Via, Family), Episode<'s, 'k>> = BTreeMap::new();
    for failure in failures {
        let key = (via(case, failure), family(failure));
        let known = open.get_mut(&key);
        if let Some(episode) = known.filter(|e| goes_on(e.span.until, failure.at, answers)) {
            episode.span.until = episode.span.until.max(failure.last);
            episode.failures.push(failure);
            continue;
        }
        let span = Span {
            from: failure.at,
            until: failure.last,
        };
        let fresh = Episode {
            via: key.0.clone(),
            family: key.1,
            span,
            failures: vec![failure],
        };
        done.extend(open.insert(key, fresh));
    }
    done.extend(open.into_values());
    done.sort_by(|a, b| (a.span.from, &a.via, a.family).cmp(&(b.span.from, &b.via, b.family)));
    done
}

/// Whether a failure belongs to the episode whose last one was then: silence alone is
/// no recovery where nobody came.
fn goes_on(last: Moment, next: Moment, answers: &Answers<'_>) -> bool {
    let apart = next.since(last) / 1_000_000;
    if apart <= GAP_SECS {
        return true;
    }
    let between = Span {
        from: last.plus_secs(1),
        until: next.plus_secs(-1),
    };
    apart <= SILENT_SECS && answers.answered(between) == Some(false)
}

fn via(case: &Case<'_>, failure: &Failure<'_>) -> Via {
    let named = failure.tries.iter().find_map(|told| told.named.clone());
    let dials: Vec<&Dial> = failure.dials().collect();
    // The only member of a group that is tried is told by its address.
    let group = dials.first().and_then(|dial| group_of(case, dial));
    match (dials.as_slice(), named, group) {
        (_, _, Some((name, true))) => Via::Named(name),
        ([], Some(name), _) => case.only_member(&name).map_or(Via::Named(name), Via::Peer),
        ([], None, _) => answering(case, failure).map_or(Via::Proxy, Via::Peer),
        ([first, ..], _, _) => Via::Peer((*first).clone()),
    }
}

/// The backend that must have answered, where the log says nothing of a failure and
/// the site has only one.
fn answering(case: &Case<'_>, failure: &Failure<'_>) -> Option<Dial> {
    let passed_on = failure.tries.is_empty() && failure.from_backend != Some(false);
    match case.peers() {
        [only] if passed_on => Some(only.dial.clone()),
        _ => None,
    }
}

/// The group that a backend is a member of, and whether it has other members.
fn group_of(case: &Case<'_>, dial: &Dial) -> Option<(String, bool)> {
    if case.proxy_kind() != Kind::Nginx {
        let mut peers = case.peers().iter();
        let name = peers.find(|peer| peer.dial.is_same(dial))?.group.clone()?;
        let count = case.members_of(&name).len();
        return Some((name, count > 1));
    }
    let nginx = case.nginx();
    let groups = &nginx.found()?.http.as_ref()?.upstreams;
    groups.iter().find_map(|group| {
        let members = group.servers.iter();
        let is_member = members
            .clone()
            .any(|m| dial_of(&m.address).as_ref() == Some(dial));
        is_member.then(|| (group.name.clone(), group.servers.len() > 1))
    })
}

fn dial_of(address: &Authority) -> Option<Dial> {
    match address {
        Authority::Ip(address) => Some(Dial::Tcp(*address)),
        Authority::Unix(path) => Some(Dial::Unix(path.clone())),
        Authority::Name { .. } => None,
    }
}

impl Case<'_> {
    /// The addresses of a group's members, as far as they are known.
    pub(super) fn members_of(&self, group: &str) -> Vec<Dial> {
        if self.proxy_kind() != Kind::Nginx {
            let peers = self.peers().iter();
            let members = peers.filter(|peer| peer.group.as_deref() == Some(group));
            return members.map(|peer| peer.dial.clone()).collect();
        }
        let nginx = self.nginx();
        let http = nginx.found().and_then(|nginx| nginx.http.as_ref());
        let servers = http.and_then(|http| http.upstream(group)).into_iter();
        let servers = servers.flat_map(|group| &group.servers);
        servers
            .filter_map(|member| dial_of(&member.address))
            .collect()
    }

    /// The address of a group's only member.
    fn only_member(&self, group: &str) -> Option<Dial> {
        if self.proxy_kind() != Kind::Nginx {
            let members = self.members_of(group);
            return members.first().filter(|_| members.len() == 1).cloned();
        }
        let nginx = self.nginx();
        let group = nginx.found()?.http.as_ref()?.upstream(group)?;
        match group.servers.as_slice() {
            [only] => dial_of(&only.address),
            _ => None,
        }
    }

    /// Whether a failed try at this backend may have been made good at another one, so
    /// that its record does not tell what the visitor got.
    pub(super) fn has_other_members(&self, via: &Via) -> bool {
        matches!(via, Via::Named(_))
            || matches!(via, Via::Peer(dial) if group_of(self, dial).is_some_and(|(_, more)| more))
    }
}

impl Episode<'_, '_> {
    /// The symptoms of its requests, the most frequent first.
    pub fn symptoms(&self) -> Vec<(Symptom, usize)> {
        let mut counts: BTreeMap<Symptom, usize> = BTreeMap::new();
        for symptom in self.failures.iter().filter_map(|failure| failure.symptom()) {
            *counts.entry(symptom).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(symptom, count)| (core::cmp::Reverse(*count), *symptom));
        counts
    }

    /// The backends that were tried in vain, each with how many requests, the most
    /// frequent first.
    pub fn members(&self) -> Vec<(Dial, usize)> {
        let mut counts: BTreeMap<Dial, usize> = BTreeMap::new();
        for failure in &self.failures {
            let tried: BTreeSet<&Dial> = failure.dials().collect();
            for dial in tried {
                *counts.entry(dial.clone()).or_default() += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        counts
    }

    /// Whether any of its requests had this symptom.
    pub fn has(&self, wanted: &[Symptom]) -> bool {
        let tries = self.failures.iter().flat_map(|failure| &failure.tries);
        tries
            .filter_map(|told| told.record.symptom)
            .any(|symptom| wanted.contains(&symptom))
    }

    /// The moment of its first try with one of these symptoms.
    pub fn first(&self, wanted: &[Symptom]) -> Option<Moment> {
        let tries = self.failures.iter().flat_map(|failure| &failure.tries);
        let fits = tries.filter(|told| told.record.symptom.is_some_and(|s| wanted.contains(&s)));
        fits.map(|told| told.at).min()
    }
}
