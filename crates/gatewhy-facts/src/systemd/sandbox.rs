//! What a unit's sandbox forbids its processes, as `systemctl show` prints the settings.

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
    use crate::prelude::*;

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

    proptest::proptest! {
        #[test]
        fn never_panics(value: String, word: String) {
            let _ = (allows_family(&value, &word), allows_call(&value, &word));
        }
    }
}
