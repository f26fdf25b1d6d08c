//! What a unit's sandbox forbids its processes, as `systemctl show` prints the settings.
use crate::linux::interfaces::contains;
use crate::prelude::*;
use core::net::IpAddr;

/// Whether `RestrictAddressFamilies=` lets a process make sockets of a family
/// (`AF_UNIX`). An empty value is no restriction; one that begins with `~` names what is
/// forbidden.
pub fn allows_family(value: &str, family: &str) -> bool {
    allows(value, |word| word == family)
}

/// Whether `SystemCallFilter=` lets a process make a system call. systemd prints groups
/// of calls (`@network-io`) as they were written or one by one; a call may carry the
/// error it gives: `connect:EACCES`.
pub fn allows_call(value: &str, call: &str) -> bool {
    let named = |word: &str| {
        let word = word.split(':').next().unwrap_or(word);
        word == call
            || GROUPS
                .iter()
                .any(|(group, calls)| *group == word && calls.contains(&call))
    };
    allows(value, named)
}

/// Groups of system calls with the calls in them that make connections.
const GROUPS: [(&str, &[&str]); 2] = [
    ("@network-io", &["connect", "socket"]),
    ("@system-service", &["connect", "socket"]),
];

/// The entry of `IPAddressDeny=` that keeps packets to and from an address away from a
/// unit's sockets; none where `IPAddressAllow=` lists the address, or nothing denies it.
/// Both are lists of prefixes as `systemctl show` prints them: `0.0.0.0/0 ::/0`.
pub fn denied_by<'d>(ip: IpAddr, deny: &'d [String], allow: &[String]) -> Option<&'d str> {
    let holds = |entry: &&String| prefix_holds(entry, ip).unwrap_or(false);
    if allow.iter().any(|entry| holds(&entry)) {
        return None;
    }
    deny.iter().find(holds).map(String::as_str)
}

fn prefix_holds(entry: &str, ip: IpAddr) -> Option<bool> {
    let (network, length) = entry.split_once('/').unwrap_or((entry, "128"));
    Some(contains(network.parse().ok()?, length.parse().ok()?, ip))
}

/// The slices that a unit in `slice` belongs to, the inmost first: `app-shop.slice` is in
/// `app.slice`, and that in `-.slice` (`systemd.slice(5)`).
pub fn slices(slice: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut name = slice.strip_suffix(".slice").unwrap_or_default();
    while !name.is_empty() && name != "-" {
        all.push(format!("{name}.slice"));
        name = name.rsplit_once('-').map_or("", |(outer, _)| outer);
    }
    all.push("-.slice".to_owned());
    all
}

fn allows(value: &str, named: impl Fn(&str) -> bool) -> bool {
    let value = value.trim();
    match value.strip_prefix('~') {
        _ if value.is_empty() => true,
        Some(forbidden) => !forbidden.split_whitespace().any(named),
        // Nothing at all is let through.
        None if value == "none" => false,
        None => value.split_whitespace().any(named),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_listed_or_forbidden() {
        assert!(allows_family("", "AF_UNIX"));
        assert!(!allows_family("AF_INET AF_INET6", "AF_UNIX"));
        assert!(allows_family("AF_INET AF_UNIX", "AF_UNIX"));
        assert!(!allows_family("~AF_UNIX AF_PACKET", "AF_UNIX"));
        assert!(allows_family("~AF_PACKET", "AF_UNIX"));
        assert!(!allows_family("none", "AF_INET"));
    }

    #[test]
    fn calls_are_listed_or_forbidden() {
        assert!(allows_call("", "connect"));
        assert!(!allows_call("~clock_adjtime connect", "connect"));
        assert!(!allows_call("~connect:EACCES", "connect"));
        assert!(allows_call("~clock_adjtime", "connect"));
        assert!(allows_call("read write connect", "connect"));
        assert!(!allows_call("read write", "connect"));
        assert!(!allows_call("~@network-io", "connect"));
    }

    #[test]
    fn an_allowed_address_is_not_denied() {
        let list = |text: &str| -> Vec<String> {
            text.split_whitespace().map(ToOwned::to_owned).collect()
        };
        let all = list("0.0.0.0/0 ::/0");
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(denied_by(ip("127.0.0.1"), &all, &[]), Some("0.0.0.0/0"));
        assert_eq!(
            denied_by(ip("::1"), &all, &list("127.0.0.0/8")),
            Some("::/0")
        );
        assert_eq!(denied_by(ip("127.0.0.1"), &all, &list("127.0.0.0/8")), None);
        assert_eq!(
            denied_by(ip("127.0.0.1"), &list("10.0.0.0/8 x 1/2/3"), &[]),
            None
        );
        assert_eq!(denied_by(ip("127.0.0.1"), &[], &[]), None);
    }

    #[test]
    fn slices_are_nested_by_their_names() {
        assert_eq!(
            slices("system-getty.slice"),
            ["system-getty.slice", "system.slice", "-.slice"]
        );
        assert_eq!(slices("-.slice"), ["-.slice"]);
        assert_eq!(slices(""), ["-.slice"]);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(value: String, word: String, ip: IpAddr) {
            let _ = (allows_family(&value, &word), allows_call(&value, &word));
            let _ = (denied_by(ip, core::slice::from_ref(&value), &[word]), slices(&value));
        }

        #[test]
        fn never_panics_on_prefixes(entry in "[0-9a-f.:]{0,12}/[0-9]{0,4}", ip: IpAddr) {
            let _ = prefix_holds(&entry, ip);
        }
    }
}
