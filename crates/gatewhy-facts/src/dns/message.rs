//! A DNS message as it came over the wire (RFC 1035).
use crate::prelude::*;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One message. What could be read before a fault is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Matches an answer to its question.
    pub id: u16,
    /// Whether it is an answer.
    pub is_response: bool,
    /// Whether the server knows it at first hand.
    pub authoritative: bool,
    /// Whether the answer was too long for this way; TCP gives the whole one.
    pub truncated: bool,
    /// Whether the server asks other servers for its clients.
    pub recursion_available: bool,
    /// How it went.
    pub rcode: Rcode,
    /// What was asked.
    pub questions: Vec<Query>,
    /// The answers.
    pub answers: Vec<Record>,
    /// Why reading stopped before the end, if it did.
    pub fault: Option<Fault>,
}

/// A domain name in lower case without the final dot; the root is empty. Bytes
/// that are no letters, digits, `-`, `_` or `*` are escaped as `\DDD`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(pub String);

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The name.
    pub name: Name,
    /// The record type's number.
    pub kind: u16,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose it is.
    pub name: Name,
    /// Seconds that it may be kept.
    pub ttl: u32,
    /// What it says.
    pub data: Data,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// An address (`A`, `AAAA`).
    Address(IpAddr),
    /// The name's real name (`CNAME`).
    Alias(Name),
    /// Anything else: the record type's number.
    Other(u16),
}

/// How a lookup went (RCODE).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rcode {
    /// Well; the name exists, though perhaps not with this type.
    #[default]
    NoError,
    /// The server did not understand the question.
    FormErr,
    /// The server could not find out.
    ServFail,
    /// There is no such name.
    NxDomain,
    /// The server cannot answer this kind of question.
    NotImp,
    /// The server does not answer this client, or not for this name.
    Refused,
    /// Another number.
    Other(u8),
}

/// Why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The message ends too early.
    TooShort,
    /// A name is longer than 255 bytes, or points at itself.
    BadName,
    /// A record is not as long as its type.
    BadRecord,
}

/// The longest name on the wire.
const LONGEST_NAME: usize = 255;
/// The most records that are kept; a UDP answer cannot hold more.
const MOST_RECORDS: u16 = 8_192;
const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;

/// Reads a message; `None` when it is too short even for a header.
pub fn parse(bytes: &[u8]) -> Option<Message> {
    let mut reader = Reader { bytes, at: 0 };
    let id = reader.u16().ok()?;
    let flags = reader.u16().ok()?;
    let (questions, answers) = (reader.u16().ok()?, reader.u16().ok()?);
    let _authority_and_additional = (reader.u16().ok()?, reader.u16().ok()?);
    let mut message = Message {
        id,
        is_response: flags & 0x8000 != 0,
        authoritative: flags & 0x0400 != 0,
        truncated: flags & 0x0200 != 0,
        recursion_available: flags & 0x0080 != 0,
        rcode: rcode(flags),
        ..Message::default()
    };
    message.fault = message.take(&mut reader, questions, answers).err();
    Some(message)
}

fn rcode(flags: u16) -> Rcode {
    match flags.to_be_bytes()[1] & 0x0f {
        0 => Rcode::NoError,
        1 => Rcode::FormErr,
        2 => Rcode::ServFail,
        3 => Rcode::NxDomain,
        4 => Rcode::NotImp,
        5 => Rcode::Refused,
        other => Rcode::Other(other),
    }
}

impl Message {
    fn take(&mut self, from: &mut Reader<'_>, questions: u16, answers: u16) -> Result<(), Fault> {
        for _ in 0..questions.min(MOST_RECORDS) {
            let name = from.name()?;
            let kind = from.u16()?;
            from.u16()?;
            self.questions.push(Query { name, kind });
        }
        for _ in 0..answers.min(MOST_RECORDS) {
            self.answers.push(from.record()?);
        }
        Ok(())
    }

    /// The addresses that the question's name leads to, aliases followed.
    pub fn addresses(&self) -> Vec<IpAddr> {
        let Some(asked) = self.questions.first() else {
            return Vec::new();
        };
        let mut names = BTreeSet::from([&asked.name]);
        // Each round follows one more alias; there are no more than answers.
        for _ in 0..self.answers.len() {
            let known = names.len();
            names.extend(
                self.answers
                    .iter()
                    .filter_map(|record| match &record.data {
                        Data::Alias(to) if names.contains(&record.name) => Some(to),
                        _ => None,
                    })
                    .collect::<Vec<_>>(),
            );
            if names.len() == known {
                break;
            }
        }
        let reached = self.answers.iter().filter(|r| names.contains(&r.name));
        reached
            .filter_map(|record| match record.data {
                Data::Address(address) => Some(address),
                _ => None,
            })
            .collect()
    }

    /// Whether it answers that question.
    pub fn answers_to(&self, name: &str, kind: u16) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let asked = self.questions.first();
        self.is_response && asked.is_some_and(|query| query.name.0 == name && query.kind == kind)
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let end = self.at.checked_add(length).ok_or(Fault::TooShort)?;
        let taken = self.bytes.get(self.at..end).ok_or(Fault::TooShort)?;
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.take(N)?.try_into().map_err(|_| Fault::TooShort)
    }

    fn u8(&mut self) -> Result<u8, Fault> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    fn u16(&mut self) -> Result<u16, Fault> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    fn record(&mut self) -> Result<Record, Fault> {
        let name = self.name()?;
        let (kind, _class) = (self.u16()?, self.u16()?);
        let ttl = self.u32()?;
        let length = usize::from(self.u16()?);
        let end = self.at.checked_add(length).ok_or(Fault::TooShort)?;
        let data = match (kind, length) {
            (A, 4) => Data::Address(IpAddr::V4(Ipv4Addr::from(self.array::<4>()?))),
            (AAAA, 16) => Data::Address(IpAddr::V6(Ipv6Addr::from(self.array::<16>()?))),
            (A | AAAA, _) => return Err(Fault::BadRecord),
            (CNAME, _) => Data::Alias(self.name()?),
            (other, _) => {
                self.take(length)?;
                Data::Other(other)
            }
        };
        if self.at != end {
            return Err(Fault::BadRecord);
        }
        Ok(Record { name, ttl, data })
    }

    /// A name. Pointers may only lead further back, so they end.
    fn name(&mut self) -> Result<Name, Fault> {
        let mut name = String::new();
        let mut length = 0_usize;
        let mut inside = Reader { ..*self };
        let mut behind = None;
        loop {
            let begin = inside.at;
            let first = inside.u8()?;
            match first {
                0 => break,
                1..=63 => {
                    let label = inside.take(usize::from(first))?;
                    length = length.saturating_add(label.len()).saturating_add(1);
                    push_label(&mut name, label);
                }
                0xc0.. => {
                    let low = inside.u8()?;
                    let target = usize::from(u16::from_be_bytes([first & 0x3f, low]));
                    behind.get_or_insert(inside.at);
                    if target >= begin {
                        return Err(Fault::BadName);
                    }
                    inside.at = target;
                }
                _ => return Err(Fault::BadName),
            }
            if length >= LONGEST_NAME {
                return Err(Fault::BadName);
            }
        }
        self.at = behind.unwrap_or(inside.at);
        Ok(Name(name))
    }
}

fn push_label(name: &mut String, label: &[u8]) {
    if !name.is_empty() {
        name.push('.');
    }
    for byte in label {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'*' => name.push(char::from(*byte)),
            b'A'..=b'Z' => name.push(char::from(byte.to_ascii_lowercase())),
            other => name.extend(format!("\\{other:03}").chars()),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

/// As `dig` prints it: `NXDOMAIN`, `SERVFAIL` …
impl fmt::Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoError => f.write_str("NOERROR"),
            Self::FormErr => f.write_str("FORMERR"),
            Self::ServFail => f.write_str("SERVFAIL"),
            Self::NxDomain => f.write_str("NXDOMAIN"),
            Self::NotImp => f.write_str("NOTIMP"),
            Self::Refused => f.write_str("REFUSED"),
            Self::Other(number) => write!(f, "RCODE {number}"),
        }
    }
}

#[cfg(test)]
mod tests;
