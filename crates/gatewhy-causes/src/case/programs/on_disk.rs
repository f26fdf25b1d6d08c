//! A proxy's configuration on disk, read alike for every proxy but nginx.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::routing::way::Way;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::forward::{Configuration, Routes};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;

impl Case<'_> {
    /// The configuration of a proxy of this kind; absent when the proxy is another
    /// one, or has none.
    pub(in crate::case) fn on_disk<C: Configuration>(&self, kind: Kind) -> Fact<C> {
        if self.proxy_kind() != kind {
            return Fact::Absent(Source::new("the proxy's executable"));
        }
        let main = self.config_path();
        let read = C::load(&self.files(), &main);
        let source = Source::new(main.to_string());
        match read.gaps().iter().find(|gap| gap.is_pending()) {
            Some(gap) => Fact::Unknown(gap.clone()),
            None if !read.is_there() && read.gaps().is_empty() => Fact::Absent(source),
            None => Fact::Found(read, source),
        }
    }

    /// Whether the usual configuration of a proxy of this kind names a port.
    pub(in crate::case) fn usually_wants<C: Configuration>(&self, kind: Kind, port: u16) -> bool {
        let main = HostPath::new(kind.default_config());
        let read = C::load(&self.host_files(), &main);
        read.ports().iter().any(|(listens, _)| *listens == port)
    }

    /// The lines that let the proxy listen on the URL's port.
    pub(in crate::case) fn lines_that_listen<C: Configuration>(
        &self,
        config: &Fact<&C>,
    ) -> Vec<Place> {
        let all = config.found().map(|config| config.ports());
        let wanted = all.into_iter().flatten();
        wanted
            .filter(|(port, _)| *port == self.request.port)
            .map(|(_, place)| place)
            .collect()
    }

    /// The request's way through a configuration that alone tells it.
    pub(in crate::case) fn routed<C: Routes>(&self, config: Fact<&C>) -> Fact<Way> {
        let request = match self.as_forwarded() {
            Ok(request) => request,
            Err(gap) => return Fact::Unknown(gap),
        };
        config.and_then(|config, _| self.forwarded(config.route(&self.files(), &request)))
    }
}
