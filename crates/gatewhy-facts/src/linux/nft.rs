//! `nft --json list ruleset`.
//!
//! Read as plain JSON: a typed model would break on the first unknown statement,
//! and here that is only a test that cannot be judged.
use super::firewall::{
    Base, Chain, Family, Hook, Networks, Outcome, Ranges, Rule, Ruleset, Test, Verdict, What,
    network, prefix,
};
use crate::prelude::*;
use serde_json::Value;

#[path = "nft_text.rs"]
mod text;

/// Elements of the named sets, by family, table and name.
type Sets<'a> = BTreeMap<(&'a str, &'a str, &'a str), &'a Value>;

/// Reads the answer; what is not understood is named in `problems`.
pub fn parse(bytes: &[u8]) -> Ruleset {
    let all: Value = match serde_json::from_slice(bytes) {
        Ok(all) => all,
        Err(error) => {
            let problem = format!("not the JSON of nft: {error}");
            return Ruleset {
                problems: vec![problem],
                ..Ruleset::default()
            };
        }
    };
    let objects = all.get("nftables").and_then(Value::as_array);
    let objects = objects.map_or(&[][..], Vec::as_slice);
    let of_kind = |kind: &'static str| objects.iter().filter_map(move |object| object.get(kind));
    let mut chains: Vec<Chain> = of_kind("chain").filter_map(chain).collect();
    let sets: Sets<'_> = ["set", "map"]
        .into_iter()
        .flat_map(of_kind)
        .filter_map(set)
        .collect();
    let mut problems = Vec::new();
    for value in of_kind("rule") {
        let key = ["family", "table", "chain"].map(|name| word(value, name).unwrap_or_default());
        let is_its_chain = |chain: &&mut Chain| {
            [&chain.family_name, &chain.table, &chain.name].map(String::as_str) == key
        };
        match chains.iter_mut().find(is_its_chain) {
            Some(chain) => chain.rules.push(rule(value, &Scope { key, sets: &sets })),
            None => problems.push(format!("a rule of an unknown chain {}", key[2])),
        }
    }
    Ruleset { chains, problems }
}

/// Where a rule stands, to find the sets it names.
struct Scope<'a> {
    key: [&'a str; 3],
    sets: &'a Sets<'a>,
}

impl<'a> Scope<'a> {
    fn set(&self, name: &str) -> Option<&'a Value> {
        let [family, table, _] = self.key;
        self.sets.get(&(family, table, name)).copied()
    }
}

fn chain(value: &Value) -> Option<Chain> {
    let family_name = word(value, "family")?.to_owned();
    let hook = word(value, "hook").map(hook);
    Some(Chain {
        family: family(&family_name),
        family_name,
        table: word(value, "table")?.to_owned(),
        name: word(value, "name")?.to_owned(),
        base: hook.map(|hook| Base {
            hook,
            priority: value.get("prio").and_then(Value::as_i64).unwrap_or(0),
            drops: word(value, "policy") == Some("drop"),
        }),
        rules: Vec::new(),
    })
}

fn set(value: &Value) -> Option<((&str, &str, &str), &Value)> {
    let key = (
        word(value, "family")?,
        word(value, "table")?,
        word(value, "name")?,
    );
    Some((key, value.get("elem")?))
}

fn rule(value: &Value, scope: &Scope<'_>) -> Rule {
    let statements = value.get("expr").and_then(Value::as_array);
    let statements = statements.map_or(&[][..], Vec::as_slice);
    let mut rule = Rule {
        handle: value.get("handle").and_then(Value::as_u64),
        text: text::rule(statements, word(value, "comment")),
        packets: None,
        tests: Vec::new(),
        outcomes: Vec::new(),
    };
    for statement in statements {
        let Some((kind, body)) = statement
            .as_object()
            .and_then(|object| object.iter().next())
        else {
            continue;
        };
        match kind.as_str() {
            "match" => rule.tests.push(test(body, scope)),
            "counter" => rule.packets = body.get("packets").and_then(Value::as_u64),
            "vmap" => rule.outcomes.extend(verdict_map(body, scope)),
            "log" | "comment" | "notrack" | "meter" | "mangle" => {}
            "xt" => extension(body, &mut rule),
            _ => match verdict(kind, body) {
                Some(verdict) => rule.outcomes.push(Outcome {
                    when: Vec::new(),
                    verdict,
                }),
                None => rule
                    .tests
                    .push(Test::of(What::Other(text::statement(statement)))),
            },
        }
    }
    rule
}

/// An iptables extension inside nftables, whose details are not told.
fn extension(body: &Value, rule: &mut Rule) {
    let name = word(body, "name").unwrap_or("extension");
    let verdict = match (word(body, "type"), name) {
        (Some("target"), "REJECT") => Verdict::Reject(String::new()),
        (Some("target"), "LOG" | "NFLOG" | "MARK" | "CONNMARK" | "CT") => return,
        (Some("target"), _) => Verdict::Unjudged(format!("xt target {name}")),
        _ => {
            return rule
                .tests
                .push(Test::of(What::Other(format!("xt match {name}"))));
        }
    };
    rule.outcomes.push(Outcome {
        when: Vec::new(),
        verdict,
    });
}

fn verdict(kind: &str, body: &Value) -> Option<Verdict> {
    let target = || Some(word(body, "target")?.to_owned());
    Some(match kind {
        "accept" => Verdict::Accept,
        "drop" => Verdict::Drop,
        "return" => Verdict::Return,
        "reject" => Verdict::Reject(text::reject(body)),
        "jump" => Verdict::Jump(target()?),
        "goto" => Verdict::Goto(target()?),
        "queue" | "redirect" | "dnat" | "snat" | "masquerade" | "tproxy" | "fwd" | "synproxy" => {
            Verdict::Unjudged(kind.to_owned())
        }
        _ => return None,
    })
}

/// `tcp dport vmap { 6379 : drop }`: one outcome for each key.
fn verdict_map(body: &Value, scope: &Scope<'_>) -> Vec<Outcome> {
    let data = body.get("data");
    let named = data
        .and_then(Value::as_str)
        .and_then(|name| scope.set(name.strip_prefix('@')?));
    let pairs = named.or_else(|| data?.get("set")).and_then(Value::as_array);
    let Some((key, pairs)) = body.get("key").zip(pairs) else {
        let verdict = Verdict::Unjudged("a verdict map".to_owned());
        return vec![Outcome {
            when: Vec::new(),
            verdict,
        }];
    };
    let outcome = |pair: &Value| {
        let (value, verdicts) = (pair.get(0)?, pair.get(1)?.as_object()?);
        let (kind, body) = verdicts.iter().next()?;
        let when = vec![tested(key, core::slice::from_ref(value), scope)];
        Some(Outcome {
            when,
            verdict: verdict(kind, body)?,
        })
    };
    pairs.iter().filter_map(outcome).collect()
}

/// `{"op": "==", "left": …, "right": …}`
fn test(body: &Value, scope: &Scope<'_>) -> Test {
    let operator = word(body, "op").unwrap_or_default();
    let (left, right) = (
        body.get("left").unwrap_or(body),
        body.get("right").unwrap_or(body),
    );
    let values = match right {
        Value::String(name) if name.starts_with('@') => {
            let elements = name.get(1..).and_then(|name| scope.set(name));
            elements.and_then(Value::as_array).cloned()
        }
        Value::Array(all) => Some(all.clone()),
        other => Some(match other.get("set").and_then(Value::as_array) {
            Some(all) => all.clone(),
            None => vec![other.clone()],
        }),
    };
    let other = || Test::of(What::Other(text::matching(body)));
    match (operator, values) {
        ("==" | "in" | "" | "!=", Some(values)) => {
            let mut test = tested(left, &values, scope);
            if let What::Other(words) = &mut test.what {
                *words = text::matching(body);
            }
            test.negated = operator == "!=" && !matches!(test.what, What::Other(_));
            test
        }
        (operator, Some(values)) => compared(left, operator, &values).unwrap_or_else(other),
        _ => other(),
    }
}

/// `tcp dport >= 1024` and the like.
fn compared(left: &Value, operator: &str, values: &[Value]) -> Option<Test> {
    let number = u32::try_from(values.first()?.as_u64()?).ok()?;
    let range = match operator {
        "<" => (0, number.checked_sub(1)?),
        "<=" => (0, number),
        ">" => (number.checked_add(1)?, u32::MAX),
        ">=" => (number, u32::MAX),
        _ => return None,
    };
    numeric(left, vec![range]).map(Test::of)
}

/// What it means that `left` is one of `values`.
fn tested(left: &Value, values: &[Value], scope: &Scope<'_>) -> Test {
    let what = known(left, values, scope);
    Test::of(what.unwrap_or_else(|| What::Other(text::operand(left))))
}

fn known(left: &Value, values: &[Value], scope: &Scope<'_>) -> Option<What> {
    let words = || -> Option<Vec<String>> {
        values
            .iter()
            .map(|value| Some(value.as_str()?.to_ascii_lowercase()))
            .collect()
    };
    if let Some(key) = left.get("meta").and_then(|meta| word(meta, "key")) {
        return match key {
            "l4proto" => Some(What::Protocol(words()?)),
            "iifname" | "iif" => Some(What::ArrivesBy(words()?)),
            "oifname" | "oif" => Some(What::LeavesBy(words()?)),
            "nfproto" => Some(What::Family(nfproto(words()?.first()?)?)),
            _ => numeric(left, ranges(values)?),
        };
    }
    if left.get("ct").and_then(|ct| word(ct, "key")) == Some("state") {
        return Some(What::State(words()?));
    }
    let payload = left.get("payload")?;
    match (word(payload, "protocol")?, word(payload, "field")?) {
        ("ip", "protocol") | ("ip6", "nexthdr") => Some(What::Protocol(words()?)),
        ("ip" | "ip6", "daddr") => Some(What::Destination(networks(values, scope)?)),
        ("ip" | "ip6", "saddr") => Some(What::Source(networks(values, scope)?)),
        _ => numeric(left, ranges(values)?),
    }
}

/// Tests whose values are numbers.
fn numeric(left: &Value, ranges: Ranges) -> Option<What> {
    if let Some(meta) = left.get("meta") {
        return match word(meta, "key")? {
            "skuid" => Some(What::User(ranges)),
            "skgid" => Some(What::Group(ranges)),
            _ => None,
        };
    }
    let payload = left.get("payload")?;
    match (word(payload, "protocol")?, word(payload, "field")?) {
        ("tcp" | "th", "dport") => Some(What::DestinationPort(ranges)),
        ("tcp" | "th", "sport") => Some(What::SourcePort(ranges)),
        // A port of another protocol: never ours.
        ("udp" | "udplite" | "sctp" | "dccp", "dport" | "sport") => {
            word(payload, "protocol").map(|name| What::Protocol(vec![name.to_owned()]))
        }
        _ => None,
    }
}

/// Numbers and `{"range": [a, b]}`.
fn ranges(values: &[Value]) -> Option<Ranges> {
    let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
    let one = |value: &Value| {
        let value = element(value);
        match value.get("range") {
            Some(ends) => Some((number(ends.get(0)?)?, number(ends.get(1)?)?)),
            None => number(value).map(|number| (number, number)),
        }
    };
    values.iter().map(one).collect()
}

/// Addresses, prefixes and ranges of them.
fn networks(values: &[Value], scope: &Scope<'_>) -> Option<Networks> {
    let mut all = Vec::new();
    for value in values {
        let value = element(value);
        if let Some(ends) = value.get("range") {
            let end = |at: usize| ends.get(at)?.as_str()?.parse().ok();
            all.push((end(0)?, end(1)?));
        } else if let Some(body) = value.get("prefix") {
            let length = u32::try_from(body.get("len")?.as_u64()?).ok()?;
            all.push(prefix(word(body, "addr")?.parse().ok()?, length)?);
        } else if let Some(name) = value.as_str().and_then(|name| name.strip_prefix('@')) {
            all.extend(networks(
                scope.set(name)?.as_array()?,
                &Scope::without_sets(),
            )?);
        } else {
            all.push(network(value.as_str()?)?);
        }
    }
    Some(all)
}

impl Scope<'_> {
    /// Sets hold no sets: ends the search there.
    const fn without_sets() -> Scope<'static> {
        static NONE: Sets<'static> = BTreeMap::new();
        Scope {
            key: [""; 3],
            sets: &NONE,
        }
    }
}

/// An element with a comment or a timeout: `{"elem": {"val": …}}`.
fn element(value: &Value) -> &Value {
    value
        .get("elem")
        .and_then(|elem| elem.get("val"))
        .unwrap_or(value)
}

fn word<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn hook(name: &str) -> Hook {
    match name {
        "prerouting" => Hook::Prerouting,
        "input" => Hook::Input,
        "output" => Hook::Output,
        "postrouting" => Hook::Postrouting,
        "forward" => Hook::Forward,
        _ => Hook::Other,
    }
}

fn family(name: &str) -> Family {
    match name {
        "ip" => Family::V4,
        "ip6" => Family::V6,
        "inet" => Family::Both,
        _ => Family::Neither,
    }
}

fn nfproto(name: &str) -> Option<Family> {
    match name {
        "ipv4" => Some(Family::V4),
        "ipv6" => Some(Family::V6),
        _ => None,
    }
}
