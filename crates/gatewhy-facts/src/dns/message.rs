//! DNS messages (RFC 1035), as far as addresses go.
use crate::prelude::*;
use core::fmt::Write as _;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a name server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How it judged the question.
    pub code: ResponseCode,
    /// Whether the answer did not fit.
    pub truncated: bool,
    /// Whether the server is the zone's own.
    pub authoritative: bool,
    /// Whether the server would ask others for us.
    pub recursive: bool,
    /// The name asked for, as the server repeats it.
    pub name: Option<String>,
    /// The records that answer, in order.
    pub answers: Vec<Record>,
    /// Whether the message ended before all records it announced.
    pub damaged: bool,
}

/// A server's judgement of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseCode {
    /// 0: the name exists, though perhaps without such records.
    NoError,
    /// 1: the server did not understand the question.
    FormatError,
    /// 2: the server failed, or could not reach the zone's servers.
    ServerFailure,
    /// 3: there is no such name.
    NoSuchName,
    /// 4: the server cannot do that.
    NotImplemented,
    /// 5: the server does not want to answer us.
    Refused,
    /// Another code.
    Other(u8),
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose record it is.
    pub name: String,
    /// How many seconds it may be kept.
    pub ttl: u32,
    /// What it says.
    pub data: Data,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// `A` or `AAAA`
    Address(IpAddr),
    /// `CNAME`: another name for it.
    Alias(String),
    /// A record of another type.
    Other(u16),
}

/// Longest name, dots included.
const NAME: usize = 255;

/// Reads a message; `None` when it is no response at all.
pub fn parse(bytes: &[u8]) -> Option<Message> {
    let flags = u16_at(bytes, 2)?;
    if flags & 0x8000 == 0 {
        return None;
    }
    let (questions, records) = (u16_at(bytes, 4)?, u16_at(bytes, 6)?);
    let mut message = Message {
        code: ResponseCode::from_number(bytes.get(3)? & 0xf),
        truncated: flags & 0x0200 != 0,
        authoritative: flags & 0x0400 != 0,
        recursive: flags & 0x0080 != 0,
        name: None,
        answers: Vec::new(),
        damaged: false,
    };
    message.damaged = message.body(bytes, questions, records).is_none();
    Some(message)
}

impl Message {
    /// Reads questions and answers; `None` when the message ends early.
    fn body(&mut self, bytes: &[u8], questions: u16, records: u16) -> Option<()> {
        let mut at = 12;
        for _ in 0..questions {
            let (name, behind) = name(bytes, at)?;
            bytes.get(behind..behind.checked_add(4)?)?;
            self.name.get_or_insert(name);
            at = behind + 4;
        }
        for _ in 0..records {
            let (record, behind) = record(bytes, at)?;
            self.answers.push(record);
            at = behind;
        }
        Some(())
    }

    /// The addresses in the answer.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.answers.iter().filter_map(|record| match record.data {
            Data::Address(address) => Some(address),
            _ => None,
        })
    }

    /// For how long the addresses may be kept: the shortest time on the way.
    pub fn ttl(&self) -> Option<u32> {
        self.answers.iter().map(|record| record.ttl).min()
    }
}

impl ResponseCode {
    const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::NoError,
            1 => Self::FormatError,
            2 => Self::ServerFailure,
            3 => Self::NoSuchName,
            4 => Self::NotImplemented,
            5 => Self::Refused,
            other => Self::Other(other),
        }
    }
}

fn record(bytes: &[u8], at: usize) -> Option<(Record, usize)> {
    let (owner, at) = name(bytes, at)?;
    let kind = u16_at(bytes, at)?;
    let class = u16_at(bytes, at.checked_add(2)?)?;
    let ttl = u32::from_be_bytes(array(bytes, at.checked_add(4)?)?);
    let length = usize::from(u16_at(bytes, at.checked_add(8)?)?);
    let start = at.checked_add(10)?;
    let end = start.checked_add(length)?;
    let body = bytes.get(start..end)?;
    let data = match (class, kind, length) {
        (1, 1, 4) => Data::Address(Ipv4Addr::from(array::<4>(body, 0)?).into()),
        (1, 28, 16) => Data::Address(Ipv6Addr::from(array::<16>(body, 0)?).into()),
        (1, 5, _) => Data::Alias(name(bytes, start)?.0),
        _ => Data::Other(kind),
    };
    Some((
        Record {
            name: owner,
            ttl,
            data,
        },
        end,
    ))
}

/// The name at an offset, and where the message goes on. A pointer must lead
/// back, so that names end.
fn name(bytes: &[u8], start: usize) -> Option<(String, usize)> {
    let mut text = String::new();
    let (mut at, mut lowest, mut behind) = (start, start, None);
    loop {
        let length = *bytes.get(at)?;
        match length {
            0 => return Some((text, behind.unwrap_or(at + 1))),
            1..=63 => {
                let end = at + 1 + usize::from(length);
                push_label(&mut text, bytes.get(at + 1..end)?);
                at = end;
            }
            0xc0.. => {
                let target = usize::from(u16_at(bytes, at)? & 0x3fff);
                behind.get_or_insert(at + 2);
                if target >= lowest {
                    return None;
                }
                (at, lowest) = (target, target);
            }
            _ => return None,
        }
        if text.len() > 4 * NAME {
            return None;
        }
    }
}

/// Adds a label; bytes that would be read as something else are escaped.
fn push_label(text: &mut String, label: &[u8]) {
    if !text.is_empty() {
        text.push('.');
    }
    for byte in label {
        match byte {
            b'.' | b'\\' => text.extend(['\\', char::from(*byte)]),
            0x21..=0x7e => text.push(char::from(*byte)),
            other => {
                let _ = write!(text, "\\{other:03}");
            }
        }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(array(bytes, at)?))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
