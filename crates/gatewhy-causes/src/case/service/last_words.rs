//! The last words of a service that is down, as far as they are worth reading.
use crate::case::service::down::{Down, contains, words_of};
use crate::case::service::own_log::OwnLog;
use crate::case::service::units::journal_source;
use crate::evidence::Evidence;
use gatewhy_facts::prelude::*;
use gatewhy_facts::systemd::journal::Entry;
use gatewhy_facts::untrusted::shown_within;

/// The most lines that are quoted.
const QUOTED: usize = 6;

/// What Node.js shows of an error object below its stack.
const OF_AN_ERROR: [&[u8]; 7] = [
    b"errno:",
    b"code:",
    b"syscall:",
    b"address:",
    b"port:",
    b"path:",
    b"requireStack:",
];

impl Down {
    /// Its last words as evidence, the fault that they tell first.
    pub fn words(&self) -> Vec<Evidence> {
        let told = self.fault.as_ref().and_then(|fault| {
            self.last_words
                .iter()
                .find(|entry| contains(words_of(entry), &fault.text))
        });
        // A stack is long, and says less than the line above it.
        let words = self.last_words.iter();
        let words = words.filter(|entry| !is_of_a_stack(words_of(entry)));
        let mut last: Vec<&Entry> = words.rev().take(QUOTED).collect();
        last.reverse();
        let mut quoted: Vec<&Entry> = told.into_iter().collect();
        quoted.extend(last.into_iter().filter(|entry| {
            !told.is_some_and(|told| core::ptr::eq(*entry, told)) && !words_of(entry).is_empty()
        }));
        let words = quoted.into_iter().map(|entry| {
            let text = format!("it wrote: {}", shown_within(words_of(entry), 160));
            Evidence::strong(text, &journal_source(self.unit(), entry))
        });
        let own = self.own_log.iter().flat_map(OwnLog::evidence);
        words.chain(own).collect()
    }
}

/// A frame of Java's or of Node.js' own, or what that writes below it. Frames of the
/// application's files are not meant.
fn is_of_a_stack(text: &[u8]) -> bool {
    let inner = [&b".java:"[..], b"(Native Method)", b"(node:"];
    let frame = text.starts_with(b"at ") && inner.iter().any(|mark| contains(text, mark));
    let object = text == b"}" || OF_AN_ERROR.iter().any(|name| text.starts_with(name));
    let by_node = [
        &b"Node.js v"[..],
        b"node:",
        b"throw er",
        b"Emitted 'error' event on",
    ];
    let said_by_node = by_node.iter().any(|start| text.starts_with(start));
    frame || object || said_by_node || text.iter().all(|byte| *byte == b'^')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_error_says_stays_and_its_stack_does_not() {
        for text in [
            "Error: listen EADDRINUSE: address already in use :::3000",
            "at start (/srv/api/server.js:3:1)",
            "port 3000 is taken",
        ] {
            assert!(!is_of_a_stack(text.as_bytes()), "{text}");
        }
        for text in [
            "errno: -98,",
            "}",
            "Node.js v18.20.4",
            "at a.b(C.java:7)",
            "at doListen (node:net:2011:7)",
        ] {
            assert!(is_of_a_stack(text.as_bytes()), "{text}");
        }
    }
}
