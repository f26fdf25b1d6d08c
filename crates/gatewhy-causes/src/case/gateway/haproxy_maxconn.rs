//! Whether all connections that HAProxy may have are taken (`maxconn`): visitors then
//! wait in a queue, its own or the kernel's.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::haproxy::route::Route;
use gatewhy_facts::haproxy::stats::Row;
use gatewhy_facts::prelude::*;
use gatewhy_facts::source_text::Place;

/// Connections that are all taken.
#[derive(Clone, Debug)]
pub struct Places {
    /// Whose: `frontend web`, `server app/a`.
    pub subject: String,
    /// How many there may be.
    pub limit: u64,
    /// Whether it is a limit on visitors, and not on one server.
    pub of_visitors: bool,
    /// How many there are, and how many wait.
    pub taken: Evidence,
    /// The line that sets the limit.
    pub place: Option<Place>,
    /// How long a visitor may wait for a place, in milliseconds, and the line.
    pub queue: Option<(u64, Place)>,
}

impl Case<'_> {
    /// The limit that our request met: that of the frontend, or of every server.
    pub fn taken_places(&self) -> Fact<Places> {
        let nothing = || Fact::Absent(Source::new("the visitor's answer"));
        if self.proxy_kind() != Kind::Haproxy || self.is_healthy() != Some(false) {
            return nothing();
        }
        let route = match self.haproxy_route() {
            Fact::Found(route, _) => route,
            Fact::Absent(source) => return Fact::Absent(source),
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        };
        self.haproxy_stats().and_then(|rows, source| {
            let found = self
                .full_frontend(&route, &rows, &source)
                .or_else(|| full_servers(&route, &rows, &source));
            match found {
                Some(found) => Fact::Found(found, source),
                None => Fact::Absent(source),
            }
        })
    }

    fn full_frontend(&self, route: &Route, rows: &[Row], source: &Source) -> Option<Places> {
        let (block, _) = route.blocks.first()?;
        let (_, name) = block.split_once(' ')?;
        let row = rows
            .iter()
            .find(|row| row.value("svname") == "FRONTEND" && row.value("pxname") == name)?;
        let (now, limit) = used_up(row)?;
        let text = format!("{block} has {now} connections, and may have {limit}");
        let config = self.haproxy();
        let config = config.found()?;
        let mut entrances = config.entrances();
        let section = entrances.find(|section| section.name == name)?;
        let line = config.setting(section, &["maxconn"]);
        let global = || config.global().find(|line| line.is(&["maxconn"]));
        Some(Places {
            subject: block.clone(),
            limit,
            of_visitors: true,
            taken: Evidence::proof(text, source),
            place: line.or_else(global).map(|line| line.place.clone()),
            queue: None,
        })
    }
}

/// Every server that is in use is full, and somebody waits for one.
fn full_servers(route: &Route, rows: &[Row], source: &Source) -> Option<Places> {
    let (backend, _) = route.backend.as_ref()?;
    let of_it: Vec<&Row> = rows
        .iter()
        .filter(|row| row.value("pxname") == backend && row.value("svname") != "FRONTEND")
        .collect();
    let (whole, servers): (Vec<&Row>, Vec<&Row>) = of_it
        .into_iter()
        .partition(|row| row.value("svname") == "BACKEND");
    let up =
        |row: &&Row| row.value("status").starts_with("UP") || row.value("status") == "no check";
    let mut used = servers.iter().copied().filter(up).peekable();
    let first = *used.peek()?;
    if !used.all(|row| used_up(row).is_some()) {
        return None;
    }
    let (now, limit) = used_up(first)?;
    let waiting = |row: &Row| row.number("qcur").unwrap_or(0);
    let waiting: u64 = whole.iter().chain(&servers).map(|row| waiting(row)).sum();
    let subject = format!("server {backend}/{}", first.value("svname"));
    let text = format!(
        "{subject} has {now} connections, and may have {limit}; {waiting} requests wait in the queue"
    );
    let server = route
        .servers
        .iter()
        .find(|server| server.name == first.value("svname"));
    let queue = route.queue.as_ref().map(|(time, place)| {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        (millis, place.clone())
    });
    Some(Places {
        subject,
        limit,
        of_visitors: false,
        taken: Evidence::proof(text, source),
        place: server.map(|server| server.place.clone()),
        queue,
    })
}

/// How many sessions a row has and may have, when it has them all.
fn used_up(row: &Row) -> Option<(u64, u64)> {
    let (now, limit) = (row.number("scur")?, row.number("slim")?);
    (limit > 0 && now >= limit).then_some((now, limit))
}
