//! `/etc/nsswitch.conf`: in which order names are looked up.
use crate::linux::field;
use crate::prelude::*;

/// One way to look up host names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// `files`, `dns`, `resolve`, `mymachines` …
    pub name: String,
    /// What is done after it, as written: `NOTFOUND=return`.
    pub actions: Vec<String>,
}

/// Reads the `hosts:` line; `None` when there is none, and the C library's own
/// order holds.
pub fn hosts(bytes: &[u8]) -> Option<Vec<Service>> {
    let line = field::lines(bytes).find_map(|line| field::trim(line).strip_prefix(b"hosts:"))?;
    let written = line.split(|byte| *byte == b'#').next()?;
    // Actions stand in brackets, with or without spaces.
    let spaced = field::text(written).replace('[', " [ ").replace(']', " ] ");
    let mut services: Vec<Service> = Vec::new();
    let mut in_actions = false;
    for word in spaced.split_ascii_whitespace() {
        match (word, services.last_mut()) {
            ("[", _) => in_actions = true,
            ("]", _) => in_actions = false,
            (action, Some(service)) if in_actions => service.actions.push(action.to_owned()),
            (_, None) if in_actions => {}
            (name, _) => services.push(Service {
                name: name.to_owned(),
                actions: Vec::new(),
            }),
        }
    }
    Some(services)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_in_order_with_their_actions() {
        let text = b"passwd: files\n hosts:  files mdns4_minimal [NOTFOUND=return] dns[!UNAVAIL=return] # x\n";
        let services = hosts(text).unwrap();
        let names: Vec<&str> = services.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["files", "mdns4_minimal", "dns"]);
        assert_eq!(services[1].actions, ["NOTFOUND=return"]);
        assert_eq!(services[2].actions, ["!UNAVAIL=return"]);
        assert_eq!(hosts(b"passwd: files\n"), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = hosts(&[b"hosts:".as_slice(), &bytes].concat());
        }
    }
}
