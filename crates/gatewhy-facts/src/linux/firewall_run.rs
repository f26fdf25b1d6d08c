//! Follows one packet through the chains, as the kernel would.
use super::{Base, Chain, Direction, Family, Hook, Packet, Rule, Ruleset, Test, Verdict, What};
use crate::prelude::*;

/// Jumps deeper than the kernel allows.
const DEPTH: usize = 16;
/// Rules looked at for one packet; a ruleset with loops cannot be loaded.
const RULES: usize = 50_000;

/// A rule or policy that stops the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// `inet`, `ip` or `ip6`.
    pub family: String,
    /// The table.
    pub table: String,
    /// The chain.
    pub chain: String,
    /// The rule's handle, where the tool tells it.
    pub handle: Option<u64>,
    /// The rule as the tool prints it; `None` when the chain's policy drops.
    pub rule: Option<String>,
    /// How many packets it matched so far, if it counts.
    pub packets: Option<u64>,
    /// What happens to the packet.
    pub how: How,
    /// What could not be judged, here or on the way here. Empty: it is certain.
    pub unjudged: Vec<String>,
}

/// How a packet is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// Silently: the caller times out.
    Dropped,
    /// With an answer: the caller fails at once.
    Rejected(String),
}

/// The rules and policies that would stop this packet, in the order in which it
/// meets them. The last one is certain if any is.
pub fn blocking_rules(ruleset: &Ruleset, packet: &Packet, direction: Direction) -> Vec<Blocked> {
    let hooks = match direction {
        Direction::Outgoing => [Hook::Output, Hook::Postrouting],
        Direction::Incoming => [Hook::Prerouting, Hook::Input],
    };
    let mut run = Run {
        ruleset,
        packet,
        direction,
        blocked: Vec::new(),
        rewritten: Vec::new(),
        left: RULES,
    };
    for hook in hooks {
        if run.hook(hook) {
            break;
        }
    }
    run.blocked
}

struct Run<'a> {
    ruleset: &'a Ruleset,
    packet: &'a Packet,
    direction: Direction,
    blocked: Vec<Blocked>,
    /// What may have changed the packet before: nothing behind is certain.
    rewritten: Vec<String>,
    left: usize,
}

/// How a chain left the packet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Accepted,
    Stopped,
    /// Nothing decided: the caller goes on.
    Returned,
}

impl<'a> Run<'a> {
    /// Whether the packet was stopped for certain at that hook.
    fn hook(&mut self, hook: Hook) -> bool {
        let at_hook = |chain: &&'a Chain| chain.base.is_some_and(|base| base.hook == hook);
        let mut chains: Vec<&Chain> = self.ruleset.chains.iter().filter(at_hook).collect();
        chains.sort_by_key(|chain| chain.base.map_or(0, |base| base.priority));
        chains.into_iter().any(|chain| self.base_chain(chain))
    }

    fn base_chain(&mut self, chain: &'a Chain) -> bool {
        let sees = chain.family.sees(self.packet.destination);
        let Some(base) = chain
            .base
            .filter(|_| sees && chain.family != Family::Neither)
        else {
            return false;
        };
        let mut unjudged = self.rewritten.clone();
        match self.chain(chain, &mut unjudged, DEPTH) {
            Flow::Accepted => false,
            Flow::Stopped => self
                .blocked
                .last()
                .is_some_and(|last| last.unjudged.is_empty()),
            Flow::Returned => self.policy(chain, base, unjudged),
        }
    }

    fn policy(&mut self, chain: &Chain, base: Base, unjudged: Vec<String>) -> bool {
        if !base.drops {
            return false;
        }
        let certain = unjudged.is_empty();
        self.blocked
            .push(blocked(chain, None, How::Dropped, unjudged));
        certain
    }

    /// `unjudged` grows with every rule that might have decided before.
    fn chain(&mut self, chain: &'a Chain, unjudged: &mut Vec<String>, depth: usize) -> Flow {
        for rule in &chain.rules {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 || depth == 0 {
                add(unjudged, &["too many rules".to_owned()]);
                return Flow::Returned;
            }
            let at = At { chain, rule, depth };
            if let Some(flow) = self.rule(at, unjudged) {
                return flow;
            }
        }
        Flow::Returned
    }

    /// How the rule decides; `None` when the next one is to be asked.
    fn rule(&mut self, at: At<'a>, unjudged: &mut Vec<String>) -> Option<Flow> {
        let here = self.doubts(&at.rule.tests)?;
        for outcome in &at.rule.outcomes {
            let Some(more) = self.doubts(&outcome.when) else {
                continue;
            };
            let doubts = [here.as_slice(), &more].concat();
            let flow = self.verdict(at, &outcome.verdict, &doubts, unjudged);
            if flow.is_some() {
                return flow;
            }
        }
        None
    }

    /// What is not known of these tests; `None` when one of them fails.
    fn doubts(&self, tests: &[Test]) -> Option<Vec<String>> {
        let mut doubts = Vec::new();
        for test in tests {
            match test.holds(self.packet, self.direction) {
                Some(true) => {}
                Some(false) => return None,
                None => doubts.push(test.to_string()),
            }
        }
        Some(doubts)
    }

    fn verdict(
        &mut self,
        at: At<'a>,
        verdict: &'a Verdict,
        doubts: &[String],
        unjudged: &mut Vec<String>,
    ) -> Option<Flow> {
        let flow = match verdict {
            Verdict::Accept => Some(Flow::Accepted),
            Verdict::Return => Some(Flow::Returned),
            Verdict::Drop => self.stop(at, How::Dropped, doubts, unjudged),
            Verdict::Reject(with) => self.stop(at, How::Rejected(with.clone()), doubts, unjudged),
            Verdict::Jump(to) => self
                .jump(at, to, doubts, unjudged)
                .filter(|flow| *flow != Flow::Returned),
            Verdict::Goto(to) => self.jump(at, to, doubts, unjudged),
            Verdict::Unjudged(what) => {
                add(&mut self.rewritten, core::slice::from_ref(what));
                add(unjudged, core::slice::from_ref(what));
                None
            }
        }?;
        if doubts.is_empty() {
            return Some(flow);
        }
        // It may have decided, or not. Where it would have stopped the packet,
        // that is noted, and what comes behind stops it no less.
        if flow != Flow::Stopped {
            add(unjudged, doubts);
        }
        None
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "stands among other ways to decide"
    )]
    fn stop(&mut self, at: At<'_>, how: How, doubts: &[String], before: &[String]) -> Option<Flow> {
        let mut unjudged = before.to_vec();
        add(&mut unjudged, doubts);
        let blocked = blocked(at.chain, Some(at.rule), how, unjudged);
        self.blocked.push(blocked);
        Some(Flow::Stopped)
    }

    fn jump(
        &mut self,
        at: At<'a>,
        to: &str,
        doubts: &[String],
        unjudged: &mut Vec<String>,
    ) -> Option<Flow> {
        let from = at.chain;
        let same_table = |chain: &&Chain| {
            chain.name == to && chain.table == from.table && chain.family_name == from.family_name
        };
        let Some(target) = self.ruleset.chains.iter().find(same_table) else {
            add(unjudged, &[format!("chain {to}")]);
            return None;
        };
        let mut within = unjudged.clone();
        add(&mut within, doubts);
        let entered = within.len();
        let flow = self.chain(target, &mut within, at.depth.saturating_sub(1));
        // A chain that surely left the packet alone casts no doubt.
        if doubts.is_empty() || flow == Flow::Accepted || within.len() > entered {
            *unjudged = within;
        }
        Some(flow)
    }
}

/// A rule on the way.
#[derive(Clone, Copy)]
struct At<'a> {
    chain: &'a Chain,
    rule: &'a Rule,
    depth: usize,
}

fn add(to: &mut Vec<String>, more: &[String]) {
    for doubt in more {
        if !to.contains(doubt) {
            to.push(doubt.clone());
        }
    }
}

fn blocked(chain: &Chain, rule: Option<&Rule>, how: How, unjudged: Vec<String>) -> Blocked {
    Blocked {
        family: chain.family_name.clone(),
        table: chain.table.clone(),
        chain: chain.name.clone(),
        handle: rule.and_then(|rule| rule.handle),
        rule: rule.map(|rule| rule.text.clone()),
        packets: rule.and_then(|rule| rule.packets),
        how,
        unjudged,
    }
}

impl core::fmt::Display for Test {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.negated {
            f.write_str("not ")?;
        }
        f.write_str(match &self.what {
            What::Family(_) => "the address family",
            What::Protocol(_) => "the protocol",
            What::DestinationPort(_) => "the destination port",
            What::SourcePort(_) => "the source port",
            What::Destination(_) => "the destination address",
            What::Source(_) => "the source address",
            What::User(_) => "the sending user",
            What::Group(_) => "the sending group",
            What::ArrivesBy(_) | What::LeavesBy(_) => "the interface",
            What::State(_) => "the connection's state",
            What::Other(words) => words,
        })
    }
}
