//! One question to one name server (`Question::Dns`): what came of it.
use super::message::{self, Message, Rcode};
use crate::bundle;
use crate::linux::field;
use crate::prelude::*;
use crate::protocol::tape::How;
use core::net::IpAddr;

/// What a name server was asked and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Each try, in order.
    pub tries: Vec<Try>,
    /// The answer, if a response came.
    pub message: Option<Message>,
}

/// One try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Try {
    /// Whether over TCP, because the answer did not fit.
    pub over_tcp: bool,
    /// How it came out.
    pub how: How,
    /// Microseconds it took.
    pub micros: u64,
}

/// What follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The name has these addresses.
    Addresses(Vec<IpAddr>),
    /// There is no such name.
    NoSuchName,
    /// The name exists, without addresses of that family.
    NoAddresses,
    /// The server answered that it cannot, or will not, say.
    ServerFailed(Rcode),
    /// No answer came; how the last try ended.
    NoAnswer(Option<How>),
}

/// Reads the bundle of `outcome` and `message`.
pub fn parse(bytes: &[u8]) -> Lookup {
    let lines = bundle::part(bytes, "outcome").unwrap_or_default();
    Lookup {
        tries: field::lines(lines).filter_map(one_try).collect(),
        message: bundle::part(bytes, "message")
            .and_then(message::parse)
            .filter(|message| message.is_response),
    }
}

/// `udp timed-out 1000123`
fn one_try(line: &[u8]) -> Option<Try> {
    let mut words = field::words(line);
    Some(Try {
        over_tcp: words.next()? == b"tcp",
        how: How::from_word(core::str::from_utf8(words.next()?).ok()?)?,
        micros: field::number(words.next()?)?,
    })
}

impl Lookup {
    /// What the answer means.
    pub fn meaning(&self) -> Meaning {
        let Some(message) = &self.message else {
            return Meaning::NoAnswer(self.tries.last().map(|last| last.how));
        };
        let addresses = message.addresses();
        match message.rcode {
            Rcode::NoError if !addresses.is_empty() => Meaning::Addresses(addresses),
            // An answer that was cut says nothing about what it does not hold.
            code @ Rcode::NoError if message.fault.is_some() || message.truncated => {
                Meaning::ServerFailed(code)
            }
            Rcode::NoError => Meaning::NoAddresses,
            Rcode::NxDomain => Meaning::NoSuchName,
            code => Meaning::ServerFailed(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(outcome: &str, message: &[u8]) -> Lookup {
        let mut bytes = Vec::new();
        bundle::push(&mut bytes, "outcome", outcome.as_bytes());
        bundle::push(&mut bytes, "message", message);
        parse(&bytes)
    }

    #[test]
    fn silence_refusal_and_no_such_name_stay_apart() {
        let timed_out = format!("udp {} 1000123\n", How::TimedOut);
        let silent = lookup(&timed_out, b"");
        assert_eq!(silent.meaning(), Meaning::NoAnswer(Some(How::TimedOut)));
        assert_eq!(silent.tries[0].micros, 1_000_123);
        let header = |low: u8| [0, 0, 0x81, low, 0, 0, 0, 0, 0, 0, 0, 0];
        let ok = format!("udp {} 400\n", How::Ok);
        assert_eq!(lookup(&ok, &header(3)).meaning(), Meaning::NoSuchName);
        assert_eq!(lookup(&ok, &header(0)).meaning(), Meaning::NoAddresses);
        let refused = Meaning::ServerFailed(Rcode::Refused);
        assert_eq!(lookup(&ok, &header(5)).meaning(), refused);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, outcome: String, message: Vec<u8>) {
            let _ = (parse(&bytes).meaning(), lookup(&outcome, &message).meaning());
        }
    }
}
