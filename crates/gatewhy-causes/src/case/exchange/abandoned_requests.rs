//! Workers that go on with a request whose visitor has left or has his answer already.
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::Stall;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::linux::sockets::TcpState;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::php_fpm::slow_log;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Part, Question, View};
use gatewhy_facts::untrusted::shown;

/// How far back a request may have been asked that a worker still works on.
const LATELY_SECS: i64 = 900;
/// How much of the slow log's end is read.
const TAIL: u32 = 64 << 10;

/// Busy workers that nobody waits for, and the requests that they got lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forlorn {
    /// How many of them nobody waits for.
    pub workers: usize,
    /// How many are busy.
    pub busy: usize,
    /// How many requests for the page in question were logged lately.
    pub asked: usize,
    /// The access log.
    pub log: Source,
    /// The slow log's word of one of them.
    pub slow: Option<Evidence>,
}

impl Forlorn {
    /// Whether that is at least half of the workers, and each can be such a request.
    pub const fn is_most(&self) -> bool {
        self.workers.saturating_mul(2) >= self.busy && self.asked >= self.workers
    }
}

impl Link<'_, '_> {
    /// Busy workers that nobody waits for, when requests for that page were logged lately.
    /// Absent when each has a visitor, or the page was not asked for.
    pub fn forlorn(&self, stall: &Stall, page: &str) -> Fact<Forlorn> {
        let source = Source::new("/proc and sock_diag");
        let Some(workers) = &stall.workers else {
            return Fact::Absent(source);
        };
        let Some(attended) = self.attended() else {
            return Fact::Absent(source);
        };
        let nobody = |pid: &&u32| {
            self.case
                .process_again(**pid)
                .found()
                .is_some_and(|process| {
                    let held = process.open.keys().filter_map(|fd| process.socket(*fd));
                    !held.into_iter().any(|inode| attended.contains(&inode))
                })
        };
        let forlorn: Vec<u32> = workers.busy.iter().filter(nobody).copied().collect();
        if forlorn.is_empty() {
            return Fact::Absent(source);
        }
        self.asked_lately(page).and_then(|asked, log| {
            if asked == 0 {
                return Fact::Absent(log);
            }
            let found = Forlorn {
                workers: forlorn.len(),
                busy: workers.busy.len(),
                asked,
                log,
                slow: self.slow_script(&forlorn, page),
            };
            Fact::Found(found, source.clone())
        })
    }

    /// The connections, by inode, that were accepted at the address and whose other end is
    /// still there. None when that could not be looked at.
    fn attended(&self) -> Option<BTreeSet<u64>> {
        let accepted = self.accepted().found().cloned()?;
        let alive: BTreeSet<u64> = if self.peer.dial.tcp().is_some() {
            let all = self.case.connected_again();
            let open = all
                .found()?
                .iter()
                .filter(|socket| socket.state == TcpState::Established);
            open.map(|socket| u64::from(socket.inode)).collect()
        } else {
            let all = self.case.unix_again();
            let open = all
                .found()?
                .iter()
                .filter(|socket| socket.peer.is_some_and(|peer| peer != 0));
            open.map(|socket| u64::from(socket.inode)).collect()
        };
        Some(accepted.intersection(&alive).copied().collect())
    }

    /// How many requests for a page the access log has lately.
    fn asked_lately(&self, page: &str) -> Fact<usize> {
        let now = self.case.clock().map(|clock| clock.now);
        self.case.access_log().map(|records| {
            let lately = records.iter().filter(|record| {
                now.zip(record.at)
                    .is_some_and(|(now, at)| at >= now.plus_secs(-LATELY_SECS))
            });
            let lately = lately.filter_map(|record| record.request);
            lately
                .filter(|request| path_of(request).ends_with(page.as_bytes()))
                .count()
        })
    }

    /// What the pool's slow log says of one of these workers.
    fn slow_script(&self, workers: &[u32], page: &str) -> Option<Evidence> {
        let pool = self.configured_pool()?;
        let path = HostPath::new(pool.pool.settings.text("slowlog")?.value.clone());
        let (bytes, round) = (TAIL, 1);
        let part = Part::Tail { bytes, round };
        let question = Question::File {
            path: path.clone(),
            view: View::Host,
            part,
        };
        let text = self
            .case
            .known
            .bytes(&question, &path.to_string(), "run as root");
        let scripts = slow_log::read(text.found()?);
        let fits = |slow: &&slow_log::SlowScript<'_>| {
            workers.contains(&slow.pid)
                && slow
                    .script
                    .is_some_and(|script| script.ends_with(page.as_bytes()))
        };
        let slow = scripts.iter().rev().find(fits)?;
        let call = slow.calls.first().map(|call| {
            format!(
                ", in {}() called from {}:{}",
                shown(call.function),
                shown(call.file),
                call.line
            )
        });
        let text = format!(
            "process {} was slow in {}{}",
            slow.pid,
            shown(slow.script?),
            call.unwrap_or_default()
        );
        Some(Evidence::strong(text, &Source::new(path.to_string())))
    }
}

/// The path of a request line, without its query.
fn path_of(request: &[u8]) -> &[u8] {
    let uri = request
        .split(|byte| *byte == b' ')
        .nth(1)
        .unwrap_or_default();
    uri.split(|byte| *byte == b'?').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_read_without_its_query() {
        assert_eq!(
            path_of(b"POST /wp-cron.php?doing_wp_cron=1 HTTP/1.1"),
            b"/wp-cron.php"
        );
        assert_eq!(path_of(b"GET / HTTP/1.1"), b"/");
        assert_eq!(path_of(b""), b"");
    }
}
