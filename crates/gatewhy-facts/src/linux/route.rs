//! The route to an address (`ip -json route get`).
use super::field;
use crate::prelude::*;
use core::net::IpAddr;

/// Which way packets to an address go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// It is one of the host's own addresses.
    Local,
    /// They leave the host.
    Out {
        /// By this interface.
        device: Vec<u8>,
        /// To this router; none when the address is on the same network.
        gateway: Option<IpAddr>,
        /// With this own address.
        source: Option<IpAddr>,
    },
    /// There is none; the kernel's words (`Network is unreachable`).
    None(String),
}

/// Reads the answer: JSON, the text of an `ip` without JSON, or its complaint.
pub fn parse(bytes: &[u8]) -> Option<Route> {
    if let Some(words) = field::after(bytes, b"RTNETLINK answers: ") {
        return Some(Route::None(field::text(words)));
    }
    json(bytes).or_else(|| text(bytes))
}

fn json(bytes: &[u8]) -> Option<Route> {
    let all: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let route = all.as_array()?.first()?;
    let word = |name: &str| route.get(name).and_then(serde_json::Value::as_str);
    let address = |name: &str| word(name).and_then(|word| word.parse().ok());
    match word("type") {
        Some("local") => return Some(Route::Local),
        Some(kind @ ("unreachable" | "blackhole" | "prohibit")) => {
            return Some(Route::None(kind.to_owned()));
        }
        _ => {}
    }
    let via = route.get("via").and_then(|via| via.get("host"));
    let via = via
        .and_then(serde_json::Value::as_str)
        .and_then(|word| word.parse().ok());
    Some(Route::Out {
        device: word("dev")?.as_bytes().to_vec(),
        gateway: address("gateway").or(via),
        source: address("prefsrc"),
    })
}

/// `192.0.2.1 via 10.0.0.1 dev eth0 src 10.0.0.2 uid 0`
fn text(bytes: &[u8]) -> Option<Route> {
    let words: Vec<&[u8]> = field::words(field::lines(bytes).next()?).collect();
    match words.first()? {
        &b"local" => return Some(Route::Local),
        kind @ &(b"unreachable" | b"blackhole" | b"prohibit") => {
            return Some(Route::None(field::text(kind)));
        }
        _ => {}
    }
    let after = |name: &[u8]| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1).copied()
    };
    Some(Route::Out {
        device: after(b"dev")?.to_vec(),
        gateway: after(b"via").and_then(field::number),
        source: after(b"src").and_then(field::number),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out() -> Route {
        Route::Out {
            device: b"eth0".to_vec(),
            gateway: "192.0.2.1".parse().ok(),
            source: "192.0.2.2".parse().ok(),
        }
    }

    #[test]
    fn recorded_answers_of_iproute2() {
        let local = br#"[{"type":"local","dst":"127.0.0.1","dev":"lo","prefsrc":"127.0.0.1","flags":[],"uid":0,"cache":["local"]}]"#;
        assert_eq!(parse(local), Some(Route::Local));
        let far = br#"[{"dst":"203.0.113.9","gateway":"192.0.2.1","dev":"eth0","prefsrc":"192.0.2.2","flags":[],"uid":0,"cache":[]}]"#;
        assert_eq!(parse(far), Some(out()));
        assert_eq!(
            parse(b"203.0.113.9 via 192.0.2.1 dev eth0 src 192.0.2.2 uid 0 \n    cache \n"),
            Some(out())
        );
        let none = Route::None("Network is unreachable".to_owned());
        assert_eq!(
            parse(b"RTNETLINK answers: Network is unreachable\n"),
            Some(none)
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = (parse(&bytes), text(&bytes), json(&bytes));
        }
    }
}
