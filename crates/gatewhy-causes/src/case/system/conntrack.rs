//! The connections that the kernel keeps a record of.
use crate::case::Case;
use crate::evidence::Evidence;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::linux::kernel_event::KernelEvent;
use gatewhy_facts::prelude::*;
use gatewhy_facts::untrusted::shown_within;

/// How far back the kernel's word still belongs to visitors of now.
const LATELY_SECS: i64 = 120;

/// How many connections the kernel tracks, and how many it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// Now.
    pub count: u64,
    /// At most.
    pub most: u64,
}

impl Tracked {
    /// Whether there is no room: a few come and go while it is read.
    pub const fn is_full(&self) -> bool {
        self.most > 0 && self.count.saturating_mul(100) >= self.most.saturating_mul(99)
    }
}

impl Case<'_> {
    /// How many connections the kernel tracks in this host's network. Absent where it
    /// tracks none.
    pub fn tracked(&self) -> Fact<Tracked> {
        let most = self.sysctl("net.netfilter.nf_conntrack_max");
        let count = self.sysctl("net.netfilter.nf_conntrack_count");
        count.and_then(|count, source| {
            most.map(|most| Tracked { count, most })
                .and_then(|tracked, _| Fact::Found(tracked, source.clone()))
        })
    }

    /// The kernel's own word that it dropped packets for want of room. Its log is that of
    /// the whole machine: another network's table may be meant.
    pub fn dropped_for_the_table(&self) -> Option<Evidence> {
        let Fact::Found(log, source) = self.kernel_log_again() else {
            return None;
        };
        let now = self.clock()?.now;
        log.events.iter().rev().find_map(|happened| {
            let at = self.at_kernel(happened.at_us)?;
            let fits = happened.event == KernelEvent::ConntrackFull
                && now.since(at) <= LATELY_SECS * 1_000_000;
            let text = format!("the kernel logged: {}", shown_within(&happened.text, 120));
            fits.then(|| Evidence::strong(text, &source.clone().at_time(at)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_full_when_hardly_anything_is_left() {
        let full = |count, most| Tracked { count, most }.is_full();
        assert!(full(262_144, 262_144) && full(262_100, 262_144));
        assert!(!full(131_000, 262_144) && !full(0, 0));
    }
}
