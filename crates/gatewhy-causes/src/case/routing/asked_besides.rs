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
        peers.collect()
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
