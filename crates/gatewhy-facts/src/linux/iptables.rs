//! `iptables-save --counters` and `ip6tables-save --counters`.
use super::field;
use super::firewall::{
    Base, Chain, Family, Hook, Networks, Outcome, Ranges, Rule, Ruleset, Test, Verdict, What,
    network,
};
use crate::prelude::*;

/// Reads the answer of `iptables-save`, or of `ip6tables-save` for `v6`.
pub fn parse(bytes: &[u8], v6: bool) -> Ruleset {
    let mut ruleset = Ruleset::default();
    let mut table = String::new();
    for line in field::lines(bytes) {
        let line = field::text(line);
        match line.as_bytes().first() {
            Some(b'*') => line.get(1..).unwrap_or_default().clone_into(&mut table),
            Some(b':') => ruleset.chains.extend(chain(&line, &table, v6)),
            Some(b'[' | b'-') => append(&mut ruleset, &line, &table),
            _ => {}
        }
    }
    ruleset
}

/// `:INPUT DROP [12:720]`, or `:APPS - [0:0]` for one's own chain.
fn chain(line: &str, table: &str, v6: bool) -> Option<Chain> {
    let mut words = line.get(1..)?.split_ascii_whitespace();
    let (name, policy) = (words.next()?, words.next()?);
    let base = hook(name).filter(|_| policy != "-").map(|hook| Base {
        hook,
        priority: priority(table),
        drops: policy == "DROP",
    });
    Some(Chain {
        family: if v6 { Family::V6 } else { Family::V4 },
        family_name: if v6 { "ip6" } else { "ip" }.to_owned(),
        table: table.to_owned(),
        name: name.to_owned(),
        base,
        rules: Vec::new(),
    })
}

fn hook(chain: &str) -> Option<Hook> {
    match chain {
        "PREROUTING" => Some(Hook::Prerouting),
        "INPUT" => Some(Hook::Input),
        "OUTPUT" => Some(Hook::Output),
        "POSTROUTING" => Some(Hook::Postrouting),
        "FORWARD" => Some(Hook::Forward),
        _ => None,
    }
}

/// In which order the kernel asks the tables.
fn priority(table: &str) -> i64 {
    match table {
        "raw" => -300,
        "mangle" => -150,
        "nat" => -100,
        "security" => 50,
        _ => 0,
    }
}

/// `[3:180] -A INPUT -p tcp -m tcp --dport 3000 -j DROP`
fn append(ruleset: &mut Ruleset, line: &str, table: &str) {
    let (counters, text) = match line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
    {
        Some((counters, text)) => (counters, text),
        None => ("", line),
    };
    let words = split(text);
    let mut words = words.iter().map(String::as_str);
    let (Some("-A"), Some(name)) = (words.next(), words.next()) else {
        return;
    };
    let is_its_chain = |chain: &&mut Chain| chain.table == table && chain.name == name;
    let Some(chain) = ruleset.chains.iter_mut().find(is_its_chain) else {
        ruleset
            .problems
            .push(format!("a rule of an unknown chain {name}"));
        return;
    };
    let mut rule = Rule {
        handle: None,
        text: text.to_owned(),
        packets: counters.split(':').next().and_then(|n| n.parse().ok()),
        tests: Vec::new(),
        outcomes: Vec::new(),
    };
    let mut reading = Reading {
        words: words.peekable(),
        rule: &mut rule,
        negated: false,
    };
    reading.all();
    chain.rules.push(rule);
}

/// Words of a rule; quoted ones may hold spaces and escaped quotes.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '\\' if quoted => word.get_or_insert_default().extend(characters.next()),
            ' ' if !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

/// A rule as its options are read one by one.
struct Reading<'a, I: Iterator<Item = &'a str>> {
    words: core::iter::Peekable<I>,
    rule: &'a mut Rule,
    /// A `!` stood before the option.
    negated: bool,
}

impl<'a, I: Iterator<Item = &'a str>> Reading<'a, I> {
    fn all(&mut self) {
        while let Some(word) = self.words.next() {
            match word {
                "!" => self.negated = true,
                "-j" | "-g" => return self.target(word == "-g"),
                "-m" => self.module(),
                option => self.option(option),
            }
        }
    }

    /// Modules whose tests are known, or which test nothing by themselves.
    fn module(&mut self) {
        let name = self.words.next().unwrap_or_default();
        let known = [
            "tcp",
            "udp",
            "multiport",
            "owner",
            "conntrack",
            "state",
            "comment",
        ];
        if !known.contains(&name) {
            self.test(What::Other(format!("-m {name}")));
        }
    }

    fn option(&mut self, option: &str) {
        let unknown = || What::Other(option.to_owned());
        let what = match option {
            "-p" => Some(What::Protocol(vec![self.value().to_ascii_lowercase()])),
            "-s" => networks(self.value()).map(What::Source),
            "-d" => networks(self.value()).map(What::Destination),
            "-i" => Some(What::ArrivesBy(vec![interface(self.value())])),
            "-o" => Some(What::LeavesBy(vec![interface(self.value())])),
            "--dport" | "--dports" => ranges(self.value(), ':').map(What::DestinationPort),
            "--sport" | "--sports" => ranges(self.value(), ':').map(What::SourcePort),
            "--uid-owner" => ranges(self.value(), '-').map(What::User),
            "--gid-owner" => ranges(self.value(), '-').map(What::Group),
            "--ctstate" | "--state" => Some(What::State(list(self.value()))),
            "--comment" => {
                let _ = self.value();
                return;
            }
            "--tcp-flags" => return self.flags(),
            option if option.starts_with('-') => Some(unknown()),
            // A value of an option that is not known.
            _ => return,
        };
        self.test(what.unwrap_or_else(unknown));
    }

    /// `--tcp-flags FIN,SYN,RST,ACK SYN` is the first packet of a connection.
    fn flags(&mut self) {
        let (among, set) = (self.value(), self.value());
        let first = among.split(',').any(|flag| flag == "SYN") && set == "SYN";
        // Tested as a state that ours has, or has not.
        let state = if first { "new" } else { "not the first packet" };
        self.test(What::State(vec![state.to_owned()]));
    }

    fn target(&mut self, goto: bool) {
        let name = self.words.next().unwrap_or_default().to_owned();
        let rest: Vec<&str> = self.words.by_ref().collect();
        let verdict = match name.as_str() {
            "ACCEPT" => Verdict::Accept,
            "DROP" => Verdict::Drop,
            "RETURN" => Verdict::Return,
            "REJECT" => Verdict::Reject(rest.get(1).copied().unwrap_or_default().to_owned()),
            "LOG" | "NFLOG" | "MARK" | "CONNMARK" | "CT" | "TRACE" | "TCPMSS" => return,
            "DNAT" | "REDIRECT" | "SNAT" | "MASQUERADE" | "QUEUE" | "NFQUEUE" | "TPROXY" => {
                Verdict::Unjudged(format!("-j {name}"))
            }
            _ if goto => Verdict::Goto(name),
            _ => Verdict::Jump(name),
        };
        self.rule.outcomes.push(Outcome {
            when: Vec::new(),
            verdict,
        });
    }

    fn test(&mut self, what: What) {
        let negated = core::mem::take(&mut self.negated);
        self.rule.tests.push(Test { negated, what });
    }

    fn value(&mut self) -> &'a str {
        self.words.next().unwrap_or_default()
    }
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::to_ascii_lowercase).collect()
}

fn networks(value: &str) -> Option<Networks> {
    value.split(',').map(network).collect()
}

/// `80,443,8000:8010`; a missing end of a range is the last port.
fn ranges(value: &str, between: char) -> Option<Ranges> {
    let one = |part: &str| {
        let (from, to) = part.split_once(between).unwrap_or((part, part));
        let from = if from.is_empty() {
            0
        } else {
            from.parse().ok()?
        };
        let to = if to.is_empty() {
            65_535
        } else {
            to.parse().ok()?
        };
        Some((from, to))
    };
    value.split(',').map(one).collect()
}

/// iptables writes `eth+` for any name that starts so.
fn interface(name: &str) -> String {
    match name.strip_suffix('+') {
        Some(start) => format!("{start}*"),
        None => name.to_owned(),
    }
}
