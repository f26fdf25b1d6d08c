//! A name as the system's own resolver sees it.
use super::run;
use gatewhy_facts::answer::Outcome;
use std::net::{IpAddr, ToSocketAddrs as _};

/// Answers `Question::Resolve`.
///
/// `getent` asks the very resolver library of this host. Our own executable may
/// be linked statically, and then cannot load that library's plug-ins.
pub(super) fn answer(name: &str) -> Result<Outcome, Outcome> {
    if name.is_empty() || name.starts_with('-') || name.contains('\0') {
        let shown = gatewhy_facts::untrusted::shown_within(name.as_bytes(), 60);
        return Err(Outcome::Failed(format!("not a host name: {shown}")));
    }
    match run::find("getent") {
        Ok(getent) => by_getent(&getent, name),
        Err(_) => by_library(name),
    }
}

fn by_getent(getent: &str, name: &str) -> Result<Outcome, Outcome> {
    let finished = run::run(getent, &["ahosts", name])?;
    match finished.status.code() {
        Some(0) => Ok(listed(&addresses(&finished.stdout))),
        // Its code 2 is "no such name" and "nobody could tell" alike.
        Some(2) if cfg!(target_feature = "crt-static") => Err(Outcome::Failed(format!(
            "getent found no address for {name}: either there is no such name, or no name server answered"
        ))),
        Some(2) => by_library(name),
        _ => Err(Outcome::Failed(format!("getent: {}", finished.status))),
    }
}

fn addresses(output: &[u8]) -> Vec<IpAddr> {
    let text = String::from_utf8_lossy(output);
    let mut found = Vec::new();
    for line in text.lines() {
        let word = line.split_ascii_whitespace().next().unwrap_or_default();
        // A link-local address carries its interface: fe80::1%eth0.
        let bare = word.split('%').next().unwrap_or_default();
        if let Ok(address) = bare.parse() {
            add(&mut found, address);
        }
    }
    found
}

fn by_library(name: &str) -> Result<Outcome, Outcome> {
    match (name, 0).to_socket_addrs() {
        Ok(all) => {
            let mut found = Vec::new();
            all.for_each(|address| add(&mut found, address.ip()));
            Ok(listed(&found))
        }
        Err(error) => Err(failed(name, &error.to_string())),
    }
}

/// The resolver library only has words for its reasons.
fn failed(name: &str, words: &str) -> Outcome {
    let none = [
        "Name or service not known",
        "Name does not resolve",
        "No address associated with",
        "Name has no usable address",
    ];
    if none.iter().any(|known| words.contains(known)) {
        return Outcome::Absent;
    }
    Outcome::Failed(format!("resolve {name}: {words}"))
}

fn add(found: &mut Vec<IpAddr>, address: IpAddr) {
    if !found.contains(&address) {
        found.push(address);
    }
}

fn listed(addresses: &[IpAddr]) -> Outcome {
    let lines: Vec<String> = addresses.iter().map(|a| format!("{a}\n")).collect();
    Outcome::Got {
        bytes: lines.concat().into_bytes(),
        cut: false,
    }
}
