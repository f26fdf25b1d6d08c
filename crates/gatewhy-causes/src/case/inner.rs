//! A proxy behind the proxy: the request that it got.
use super::Case;
use super::backend::Software;
use super::peer::Protocol;
use super::request::Request;
use gatewhy_facts::prelude::*;

impl Case<'_> {
    /// The request that an nginx behind this one got, when that one answered with the
    /// error: where to look on. A loop leads nowhere.
    pub fn inner_request(&self) -> Option<Request> {
        if self.is_healthy() != Some(false) || self.own_failure().is_some() {
            return None;
        }
        let links = self.links().into_iter();
        let mut inner = links.filter(|link| {
            link.direct_status().is_some_and(|status| status >= 500)
                && link.software() == Software::Nginx
        });
        let link = inner.next()?;
        let dial = link.peer.dial.tcp()?;
        let scheme = match link.peer.protocol {
            Protocol::Http => "http",
            Protocol::Https => "https",
            _ => return None,
        };
        let sent = self.backend_request();
        let text = core::str::from_utf8(&sent).ok()?;
        let mut lines = text.split("\r\n");
        let target = lines.next()?.split(' ').nth(1)?;
        let host = lines.find_map(|line| line.strip_prefix("Host: "))?;
        let mut next = Request::parse(Some(&format!("{scheme}://{host}{target}"))).ok()?;
        next.patience_ms = self.request.patience_ms;
        next.dial = Some(dial);
        let same = self.front_door().found() == Some(&dial)
            && next.host == self.request.host
            && next.path == self.request.path;
        (!same).then_some(next)
    }
}
