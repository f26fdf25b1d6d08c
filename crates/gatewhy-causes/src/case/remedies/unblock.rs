//! Lets the proxy's connections through the packet filter.
use crate::case::exchange::link::Link;
use crate::case::system::filter::{Stopped, Tool};
use core::net::SocketAddr;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_fixes::Fix;

/// Files from which rules are loaded at boot.
const LOADED_FROM: [&str; 4] = [
    "/etc/nftables.conf",
    "/etc/sysconfig/nftables.conf",
    "/etc/iptables/rules.v4",
    "/etc/iptables/rules.v6",
];

/// An exception for this link in front of the rule, or the rule's end.
pub fn unblock(link: Link<'_, '_>, stopped: &Stopped) -> Vec<Fix> {
    let Some(address) = link.peer.dial.tcp() else {
        return Vec::new();
    };
    let mut fixes = vec![link.case.verified(exception(link, stopped, address))];
    fixes.extend(removal(link, stopped).map(|fix| link.case.verified(fix)));
    fixes
}

fn exception(link: Link<'_, '_>, stopped: &Stopped, address: SocketAddr) -> Fix {
    let before = if stopped.rule.rule.is_some() {
        "in front of that rule"
    } else {
        "before the chain's policy drops them"
    };
    let title = format!("let connections to {address} pass, {before}");
    if let Some((command, why)) = by_manager(stopped, address.port()) {
        return Fix::new(title).run(command, why);
    }
    let rule = &stopped.rule;
    let port = address.port();
    let (family, ip) = if address.is_ipv6() {
        ("ip6", "ip6tables")
    } else {
        ("ip", "iptables")
    };
    let command = match (stopped.tool, rule.handle) {
        (Tool::Nft, Some(handle)) => format!(
            "nft insert rule {} position {handle} {family} daddr {} tcp dport {port} accept",
            stopped.chain(),
            address.ip()
        ),
        (Tool::Nft, None) => format!(
            "nft add rule {} {family} daddr {} tcp dport {port} accept",
            stopped.chain(),
            address.ip()
        ),
        (Tool::Iptables, _) => format!(
            "{ip} -I {} -p tcp -d {} --dport {port} -j ACCEPT",
            rule.chain,
            address.ip()
        ),
    };
    let fix = Fix::new(title).run(
        command,
        "takes effect at once, and lasts until the rules are loaded again",
    );
    match loaded_from(link, stopped) {
        Some((file, line, _)) => fix.advise(format!("add the same in {file}, before line {line}, so that it lasts")),
        None => fix.advise("add the same where the rules are loaded from (/etc/nftables.conf, iptables-persistent, or the program that made them), so that it lasts"),
    }
}

/// Rules that a program keeps are changed by that program, which would undo others.
fn by_manager(stopped: &Stopped, port: u16) -> Option<(String, &'static str)> {
    if stopped.rule.table == "firewalld" {
        let command =
            format!("firewall-cmd --permanent --add-port={port}/tcp && firewall-cmd --reload");
        return Some((
            command,
            "firewalld keeps these rules, and would undo a change by hand",
        ));
    }
    let ufw = stopped.rule.chain.starts_with("ufw");
    ufw.then(|| {
        (
            format!("ufw allow {port}/tcp"),
            "ufw keeps these rules, and would undo a change by hand",
        )
    })
}

fn removal(link: Link<'_, '_>, stopped: &Stopped) -> Option<Fix> {
    let rule = &stopped.rule;
    let text = rule.rule.as_ref()?;
    let command = match (stopped.tool, rule.handle) {
        (Tool::Nft, Some(handle)) => {
            format!("nft delete rule {} handle {handle}", stopped.chain())
        }
        (Tool::Nft, None) => return None,
        (Tool::Iptables, _) => {
            let tool = if rule.family == "ip6" {
                "ip6tables"
            } else {
                "iptables"
            };
            format!("{tool} {}", text.replacen("-A ", "-D ", 1))
        }
    };
    let fix = Fix::new(format!("or remove the rule: {}", without_numbers(text)));
    let fix = fix.run(command, "removes it until the rules are loaded again");
    Some(match loaded_from(link, stopped) {
        Some((file, line, before)) => {
            fix.edit((&file, line), (&before, ""), "the rule is loaded from here")
        }
        None => fix,
    })
}

/// A rule without what its counter shows just now.
pub fn without_numbers(rule: &str) -> String {
    let mut words = rule.split_whitespace().peekable();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        let counts = matches!(word, "packets" | "bytes")
            && words.peek().is_some_and(|next| next.parse::<u64>().is_ok());
        if counts {
            words.next();
        } else {
            kept.push(word);
        }
    }
    kept.join(" ")
}

/// The line from which the rule is loaded, if it is in one of the usual files.
pub fn loaded_from(link: Link<'_, '_>, stopped: &Stopped) -> Option<(HostPath, u32, String)> {
    let text = stopped.rule.rule.as_ref()?;
    let wanted: BTreeSet<&str> = text.split_whitespace().collect();
    LOADED_FROM.into_iter().find_map(|path| {
        let path = HostPath::new(path);
        let lines = link.case.lines_of(&path)?;
        let found = lines
            .iter()
            .zip(1_u32..)
            .find(|(line, _)| is_rule(line, &wanted));
        found.map(|(line, number)| (path.clone(), number, line.trim().to_owned()))
    })
}

/// Whether a line holds the rule: every word of it, but for counters' numbers.
fn is_rule(line: &str, wanted: &BTreeSet<&str>) -> bool {
    let words: BTreeSet<&str> = line.trim_end_matches(';').split_whitespace().collect();
    let acts = ["drop", "reject", "DROP", "REJECT"]
        .iter()
        .any(|verdict| words.contains(verdict));
    acts && words.len() > 1 && words.is_subset(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_found_by_its_words() {
        let rule = "tcp dport 3000 counter packets 4 bytes 240 reject with tcp reset";
        let wanted: BTreeSet<&str> = rule.split_whitespace().collect();
        assert!(is_rule(
            "        tcp dport 3000 counter reject with tcp reset",
            &wanted
        ));
        assert!(!is_rule(
            "        tcp dport 3001 counter reject with tcp reset",
            &wanted
        ));
        assert!(!is_rule("        tcp dport 3000", &wanted));
        assert!(!is_rule("}", &wanted));
        let plain = "tcp dport 3000 counter reject with tcp reset";
        assert_eq!(without_numbers(rule), plain);
    }
}
