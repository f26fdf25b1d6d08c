//! What the kernel logged at the time: its own log, which holds the newest part, or
//! the journal, which keeps it longer.
use super::backend::{AFTER_SECS, BEFORE_SECS};
use super::logs::Span;
use crate::case::Case;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::linux::kernel_log::{self, KernelLog};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Entries;
use gatewhy_facts::systemd::journal::Journal;

impl Case<'_> {
    /// What the kernel logged around a span of time.
    pub(super) fn kernel_within(&self, span: Span) -> Fact<Rc<KernelLog>> {
        let own = self.kernel_log();
        let Some(clock) = self.clock() else {
            return own;
        };
        let begins = own.found().and_then(|log| log.since_us);
        let reaches = begins.is_some_and(|us| clock.at_monotonic(us) <= span.from);
        if reaches || own.gap().is_some_and(Gap::is_pending) {
            return own;
        }
        if span.from < clock.booted() {
            let why = "the host was booted since";
            return Fact::Unknown(Gap::new("the kernel's log of that time", why, ""));
        }
        let near = span.widened(BEFORE_SECS, AFTER_SECS);
        match self.journal_within(Entries::Kernel, near) {
            Fact::Found(journal, source) if !journal.entries.is_empty() => Fact::Found(
                Rc::new(kernel_log::parse(&as_records(&journal, &clock))),
                source,
            ),
            Fact::Unknown(gap) if gap.is_pending() => Fact::Unknown(gap),
            // Nothing in the journal: whether it keeps the kernel's log is not known.
            _ if own.found().is_some() && begins.is_none() => own,
            _ => {
                let why = "it begins later, and the journal has nothing of it";
                Fact::Unknown(Gap::new("the kernel's log of that time", why, ""))
            }
        }
    }
}

/// The journal's entries as the kernel's records, with the time of this boot.
fn as_records(journal: &Journal, clock: &gatewhy_facts::linux::clock::Clock) -> Vec<u8> {
    let mut out = Vec::new();
    for (sequence, entry) in journal.entries.iter().enumerate() {
        if entry.transport.as_deref() != Some("kernel") {
            continue;
        }
        let ago = clock.now.since(entry.at);
        let at = u64::try_from(clock.monotonic_us.saturating_sub(ago)).unwrap_or(0);
        let level = entry.priority.unwrap_or(6).min(7);
        out.extend_from_slice(format!("{level},{sequence},{at},-;").as_bytes());
        let text = entry.message.as_deref().unwrap_or_default();
        out.extend(text.iter().copied().filter(|byte| *byte != b'\n'));
        out.push(b'\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::service::killed::Victim;
    use crate::diagnose::Request;
    use gatewhy_facts::answer::Answer;
    use gatewhy_facts::known::Known;
    use gatewhy_facts::question::{Command, Question};
    use gatewhy_facts::time::Moment;

    /// 2026-11-20 03:30:00 UTC, on a host that was booted 5000 s before.
    const NOW: i64 = 1_795_145_400;
    const KILLED: &str = "Memory cgroup out of memory: Killed process 71 (node) total-vm:609264kB, anon-rss:14428kB, file-rss:36936kB, shmem-rss:0kB, UID:997 pgtables:608kB oom_score_adj:900";

    fn entry(secs: i64, text: &str) -> String {
        std::format!(
            "{{\"__REALTIME_TIMESTAMP\":\"{secs}000000\",\"_TRANSPORT\":\"kernel\",\"PRIORITY\":\"3\",\"MESSAGE\":\"{text}\"}}\n"
        )
    }

    #[test]
    fn the_journal_has_what_the_kernels_own_log_lost() {
        let mut known = Known::new();
        known.learn(
            Question::Now,
            Answer::got(std::format!(
                "realtime_us {NOW}000000\nboottime_us 5000000000\nmonotonic_us 5000000000\n"
            )),
        );
        // The kernel's own log begins a minute ago.
        known.learn(
            Question::KernelLog,
            Answer::got("6,900,4940000000,-;eth0: link up\n"),
        );
        let request = Request::parse(Some("http://shop.test/")).unwrap();
        let case = Case::new(&known, &request);
        let at = Moment::from_secs(NOW - 1_076);
        let span = Span {
            from: at,
            until: at.plus_secs(27),
        };
        assert!(case.kernel_within(span).gap().is_some_and(Gap::is_pending));
        let wanted = known.wanted();
        let asked = wanted.iter().find(|question| {
            matches!(
                question,
                Question::Run(Command::JournalWithin {
                    of: Entries::Kernel,
                    ..
                })
            )
        });
        let asked = asked.unwrap().clone();
        known.learn(asked, Answer::got(entry(NOW - 1_076, KILLED)));
        let case = Case::new(&known, &request);
        let log = case.kernel_within(span);
        let victim = Victim {
            unit: "shop.service",
            pid: Some(71),
            program: Some(b"node"),
            at,
        };
        let kill = case.kill_of(log.found().unwrap(), &victim).unwrap();
        assert!(kill.sure);
        assert_eq!(case.at_kernel(kill.at_us), Some(at));
    }
}
