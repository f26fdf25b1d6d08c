//! Backends that nginx asked on behalf of our request besides those of its location:
//! for a subrequest (`auth_request`, `mirror`, server-side includes), or because the
//! first answer sent it on (`X-Accel-Redirect`, `error_page` with
//! `proxy_intercept_errors`). Its own records name them.
use crate::case::Case;
use crate::case::gateway::log::Logged;
use crate::case::routing::peer::{Dial, Peer};
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;

impl<'k> Case<'k> {
    /// The backends that nginx complained about for our request, and that its location
    /// does not name.
    pub(in crate::case) fn peers_asked_besides(&self) -> Vec<Peer> {
        let own = self.own_records().into_iter();
        let asked = own.filter(|logged| logged.record.is_subrequest || self.was_sent_on(logged));
        let peers = asked.filter_map(|logged| {
            let dial = logged.record.upstream.clone()?;
            Some(Peer {
                written: dial.to_string(),
                place: self.only_place_of(&dial),
                dial,
                protocol: logged.record.protocol?,
                group: None,
                down: false,
                backup: false,
                sends_proxy: None,
                name: None,
            })
        });
        peers.chain(self.asked_before()).collect()
    }

    /// Those that are asked whether the request may go on, where the proxy's record of our
    /// own request names one. A name of this host has an address of either family.
    fn asked_before(&self) -> Vec<Peer> {
        let asked = self.way_found().map(|way| way.asked.as_slice());
        let asked = asked.unwrap_or_default();
        let own = self.own_records().into_iter();
        let dialled = own.filter_map(|logged| logged.record.upstream.clone());
        let is_it = |peer: &Peer, dial: &Dial| match (peer.dial.tcp(), dial.tcp()) {
            (Some(ours), Some(theirs)) if peer.name.is_some() => {
                let own = ours.ip().is_loopback() && theirs.ip().is_loopback();
                ours == theirs || own && ours.port() == theirs.port()
            }
            _ => peer.dial.is_same(dial),
        };
        let found = dialled.filter_map(|dial| {
            let peer = asked.iter().find(|peer| is_it(peer, &dial))?.clone();
            Some(Peer { dial, ..peer })
        });
        found.collect()
    }

    /// Whether the files name the address of this record elsewhere: unless the running
    /// nginx has an older configuration, the request got there by itself.
    fn was_sent_on(&self, logged: &Logged<'k>) -> bool {
        let Some(dial) = &logged.record.upstream else {
            return false;
        };
        self.outdated().is_absent() && !self.places_of(dial).is_empty()
    }

    fn places_of(&self, dial: &Dial) -> Vec<Place> {
        let all = self.dialled();
        let all = all.found().into_iter().flatten();
        let same = all.filter(|other| other.dial == *dial);
        same.map(|other| other.place.clone()).collect()
    }

    /// The one directive that names an address; none when several do.
    fn only_place_of(&self, dial: &Dial) -> Option<Place> {
        match self.places_of(dial).as_slice() {
            [place] => Some(place.clone()),
            _ => None,
        }
    }
}
