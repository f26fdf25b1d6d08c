//! `upstream` groups.
use super::authority::{self, Authority};
use super::setting::Setting;
use super::tree::{Body, Directive};
use super::units::{number, seconds, time};
use crate::fact::Gap;
use crate::prelude::*;
use crate::source_text::{Place, Problem};
use alloc::sync::Arc;
use core::time::Duration;

/// One `upstream` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its name. `proxy_pass` compares it without regard to case.
    pub name: String,
    /// Its servers, in order.
    pub servers: Vec<Member>,
    /// How a server is chosen: the directive's words, `round_robin` by default.
    pub balancing: Setting<String>,
    /// `zone`: state is shared by all workers.
    pub zone: Option<Setting<String>>,
    /// `keepalive`: idle connections a worker keeps.
    pub keepalive: Option<Setting<u64>>,
    /// `keepalive_timeout`; 60 s by default.
    pub keepalive_timeout: Setting<Duration>,
    /// `keepalive_requests`; 1000 by default.
    pub keepalive_requests: Setting<u64>,
    /// `resolver` inside the group.
    pub resolver: Option<Setting<Vec<String>>>,
    /// What of the block could not be read.
    pub gaps: Vec<Gap>,
    /// Where it stands.
    pub place: Place,
}

/// One `server` of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its address; the port is 80 when none is written.
    pub address: Authority,
    /// Whether a port was written.
    pub has_port: bool,
    /// The address as written.
    pub written: String,
    /// `weight=N`; 1 by default.
    pub weight: u64,
    /// `max_conns=N`; 0, no limit, by default.
    pub max_conns: u64,
    /// `max_fails=N`; 1 by default, 0 never takes it out.
    pub max_fails: u64,
    /// `fail_timeout=TIME`; 10 s by default.
    pub fail_timeout: Duration,
    /// `backup`: used only when all others are out.
    pub backup: bool,
    /// `down`: never used.
    pub down: bool,
    /// `resolve`: its name is looked up while nginx runs.
    pub resolve: bool,
    /// `service=NAME`, from SRV records.
    pub service: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// Reads one `upstream` block.
pub fn upstream(directive: &Directive, problems: &mut Vec<Problem>) -> Upstream {
    let block = directive.block();
    let named = |name: &str| block.iter().rfind(|d| d.is(name));
    let text = |d: &Arc<Directive>| Setting::at(words(d), &d.place);
    let balancing = block.iter().rfind(|d| is_balancing(&d.name.bytes));
    Upstream {
        name: String::from_utf8_lossy(directive.arg(0).unwrap_or_default()).into_owned(),
        servers: block
            .iter()
            .filter(|d| d.is("server"))
            .filter_map(|d| member(d, problems))
            .collect(),
        balancing: balancing.map_or_else(|| Setting::default_value("round_robin".into()), text),
        zone: named("zone").map(text),
        keepalive: named("keepalive").and_then(|d| Setting::parsed(d, number)),
        keepalive_timeout: named("keepalive_timeout")
            .and_then(|d| Setting::parsed(d, time))
            .unwrap_or_else(|| Setting::default_value(Duration::from_mins(1))),
        keepalive_requests: named("keepalive_requests")
            .and_then(|d| Setting::parsed(d, number))
            .unwrap_or_else(|| Setting::default_value(1000)),
        resolver: named("resolver").map(|d| Setting::at(arguments(d), &d.place)),
        gaps: gaps(block),
        place: directive.place.clone(),
    }
}

/// The files of a block that could not be read.
pub fn gaps(block: &[Arc<Directive>]) -> Vec<Gap> {
    let unread = block.iter().filter_map(|d| match &d.body {
        Body::Unread(gap) => Some(Gap::clone(gap)),
        Body::None | Body::Block(_) | Body::Entries(_) | Body::Lua(_) => None,
    });
    unread.collect()
}

fn is_balancing(name: &[u8]) -> bool {
    matches!(
        name,
        b"ip_hash" | b"hash" | b"least_conn" | b"least_time" | b"random" | b"sticky"
    )
}

fn words(directive: &Directive) -> String {
    let mut all = arguments(directive);
    if is_balancing(&directive.name.bytes) {
        all.insert(
            0,
            String::from_utf8_lossy(&directive.name.bytes).into_owned(),
        );
    }
    all.join(" ")
}

fn arguments(directive: &Directive) -> Vec<String> {
    let args = directive.args.iter();
    args.map(|word| String::from_utf8_lossy(&word.bytes).into_owned())
        .collect()
}

fn member(directive: &Directive, problems: &mut Vec<Problem>) -> Option<Member> {
    let mut refuse = |what: String| {
        let place = directive.place.clone();
        problems.push(Problem { place, what });
    };
    let (first, parameters) = directive.args.split_first()?;
    let parsed = match authority::upstream(&first.bytes, 80, false) {
        Ok(parsed) => parsed,
        Err(why) => {
            let url = crate::untrusted::shown(&first.bytes);
            refuse(format!("{why} in upstream \"{url}\""));
            return None;
        }
    };
    let mut member = Member {
        address: parsed.authority,
        has_port: parsed.has_port,
        written: String::from_utf8_lossy(&first.bytes).into_owned(),
        weight: 1,
        max_conns: 0,
        max_fails: 1,
        fail_timeout: Duration::from_secs(10),
        backup: false,
        down: false,
        resolve: false,
        service: None,
        place: directive.place.clone(),
    };
    for word in parameters {
        if member.take(&word.bytes).is_none() {
            let shown = crate::untrusted::shown(&word.bytes);
            refuse(format!("invalid parameter \"{shown}\""));
        }
    }
    Some(member)
}

impl Member {
    /// Takes one parameter; `None` when nginx would refuse it.
    fn take(&mut self, parameter: &[u8]) -> Option<()> {
        match parameter {
            b"backup" => self.backup = true,
            b"down" => self.down = true,
            b"resolve" => self.resolve = true,
            // Known to newer or commercial versions; of no consequence here.
            b"drain" => {}
            other => {
                let at = memchr::memchr(b'=', other)?;
                let (name, value) = other.split_at(at.saturating_add(1));
                match name {
                    b"weight=" => self.weight = number(value).filter(|n| *n > 0)?,
                    b"max_conns=" => self.max_conns = number(value)?,
                    b"max_fails=" => self.max_fails = number(value)?,
                    b"fail_timeout=" => self.fail_timeout = seconds(value)?,
                    b"service=" => {
                        self.service = Some(String::from_utf8_lossy(value).into_owned());
                    }
                    b"route=" | b"slow_start=" => {}
                    _ => return None,
                }
            }
        }
        Some(())
    }
}
