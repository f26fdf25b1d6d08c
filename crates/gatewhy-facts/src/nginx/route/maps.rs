//! `map`, `split_clients` and `geo`: variables defined by other values.
use super::super::pattern;
use super::super::tree::{Body, Directive};
use super::super::units::number;
use super::rewrite::regex;
use super::router::Router;
use super::variables::unknown;
use crate::fact::Gap;
use crate::prelude::*;
use alloc::sync::Arc;
use core::net::IpAddr;

impl Router<'_> {
    /// The value that a definition gives now.
    pub(super) fn definition(&self, definition: &Directive, depth: u8) -> Result<Vec<u8>, Gap> {
        let entries = definition.entries();
        if let Some(Body::Unread(gap)) = entries
            .iter()
            .map(|entry| &entry.body)
            .find(|body| matches!(body, Body::Unread(_)))
        {
            return Err(Gap::clone(gap));
        }
        let source = definition.arg(0).unwrap_or_default();
        match definition.name.bytes.as_slice() {
            b"map" => {
                let value = self.text_at(source, depth)?;
                let (chosen, captures) = map_value(entries, &value)?;
                if let Some(captures) = captures {
                    self.keep_captures(captures);
                }
                self.text_at(&chosen, depth)
            }
            b"split_clients" => {
                let value = self.text_at(source, depth)?;
                Ok(split_value(entries, &value))
            }
            _ => self.geo_value(definition, depth),
        }
    }

    fn geo_value(&self, definition: &Directive, depth: u8) -> Result<Vec<u8>, Gap> {
        let entries = definition.entries();
        let special =
            |e: &Arc<Directive>| e.is("ranges") || e.is("proxy") || e.is("proxy_recursive");
        if entries.iter().any(special) {
            let name = definition.args.last().map_or(&[][..], |word| &word.bytes);
            let name = name.strip_prefix(b"$").unwrap_or(name);
            return Err(unknown(
                name,
                "geo with ranges or proxies is not worked out here",
            ));
        }
        let address = match definition.args.as_slice() {
            [source, _] => self.text_at(&source.bytes, depth)?,
            _ => match self.request.client {
                Some(ip) => ip.to_string().into_bytes(),
                None => {
                    return Err(unknown(
                        b"remote_addr",
                        "the visitor's address is not known",
                    ));
                }
            },
        };
        let address = core::str::from_utf8(&address).ok();
        let address = address.and_then(|text| text.parse::<IpAddr>().ok());
        let mut best: Option<(u8, &[u8])> = None;
        for entry in entries.iter().filter(|entry| entry.args.len() == 1) {
            let value = entry.arg(0).unwrap_or_default();
            let length = match entry.name.bytes.as_slice() {
                b"default" => Some(0),
                network => address.and_then(|ip| matching_prefix(network, ip)),
            };
            if let Some(length) = length
                && best.is_none_or(|(longest, _)| length >= longest)
            {
                best = Some((length, value));
            }
        }
        Ok(best.map_or_else(Vec::new, |(_, value)| value.to_vec()))
    }
}

/// Plain keys first, without regard to case; then host names if asked for;
/// then regular expressions in order, with what they found; then the default.
pub(in super::super) fn map_value(
    entries: &[Arc<Directive>],
    value: &[u8],
) -> Result<(Vec<u8>, Option<pattern::Captures>), Gap> {
    let hostnames = entries
        .iter()
        .any(|e| e.is("hostnames") && e.args.is_empty());
    let value = match value.strip_suffix(b".") {
        Some(cut) if hostnames => cut,
        _ => value,
    };
    let of = |entry: &Directive| entry.arg(0).unwrap_or_default().to_vec();
    let pairs = || entries.iter().filter(|entry| entry.args.len() == 1);
    let key = |entry: &Directive| {
        let key = entry.name.bytes.as_slice();
        key.strip_prefix(b"\\").unwrap_or(key).to_ascii_lowercase()
    };
    let plain =
        |entry: &&Arc<Directive>| !entry.is("default") && !entry.name.bytes.starts_with(b"~");
    let low = value.to_ascii_lowercase();
    if let Some(entry) = pairs().filter(plain).find(|entry| key(entry) == low) {
        return Ok((of(entry), None));
    }
    if hostnames {
        let ranked = pairs()
            .filter(plain)
            .filter_map(|entry| Some((host_rank(&key(entry), &low)?, entry)));
        if let Some((_, entry)) = ranked.max_by_key(|(rank, _)| *rank) {
            return Ok((of(entry), None));
        }
    }
    for entry in pairs().filter(|_| !value.is_empty()) {
        let Some(pattern) = entry.name.bytes.strip_prefix(b"~") else {
            continue;
        };
        let (pattern, caseless) = match pattern.strip_prefix(b"*") {
            Some(pattern) => (pattern, true),
            None => (pattern, false),
        };
        if let Some(captures) = regex(pattern, caseless, value)? {
            return Ok((of(entry), Some(captures)));
        }
    }
    let default = pairs().find(|entry| entry.is("default"));
    Ok((default.map(|entry| of(entry)).unwrap_or_default(), None))
}

/// How well a host-name key matches: suffixes before prefixes, longer first.
fn host_rank(key: &[u8], value: &[u8]) -> Option<(u8, usize)> {
    if let Some(suffix) = key.strip_prefix(b"*") {
        let below = suffix.starts_with(b".") && value.len() > suffix.len();
        return (below && value.ends_with(suffix)).then_some((2, suffix.len()));
    }
    if key.starts_with(b".") {
        let below = value.len() > key.len() && value.ends_with(key);
        let bare = key.get(1..) == Some(value);
        return (below || bare).then_some((2, key.len()));
    }
    let prefix = key.strip_suffix(b"*").filter(|p| p.ends_with(b"."))?;
    let above = value.len() > prefix.len() && value.starts_with(prefix);
    above.then_some((1, prefix.len()))
}

/// The length of a network's prefix, plus one, if it holds the address.
pub(super) fn matching_prefix(network: &[u8], ip: IpAddr) -> Option<u8> {
    let network = core::str::from_utf8(network).ok()?;
    let (base, length) = match network.split_once('/') {
        Some((base, length)) => (base, Some(length.parse::<u8>().ok()?)),
        None => (network, None),
    };
    let base: IpAddr = base.parse().ok()?;
    let (base, ip, width) = match (base, ip.to_canonical()) {
        (IpAddr::V4(base), IpAddr::V4(ip)) => {
            (u128::from(base.to_bits()), u128::from(ip.to_bits()), 32)
        }
        (IpAddr::V6(base), IpAddr::V6(ip)) => (base.to_bits(), ip.to_bits(), 128),
        _ => return None,
    };
    let length = length.unwrap_or(width).min(width);
    let shift = u32::from(width - length);
    let cut = |bits: u128| bits.checked_shr(shift).unwrap_or(0);
    (cut(base) == cut(ip)).then(|| length.saturating_add(1))
}

/// The part that the value's hash falls into.
fn split_value(entries: &[Arc<Directive>], value: &[u8]) -> Vec<u8> {
    let hash = murmur_hash2(value);
    let mut last = 0_u64;
    let mut sum = 0_u64;
    for entry in entries {
        let value = entry.arg(0).unwrap_or_default();
        let percent = hundredths(&entry.name.bytes);
        sum = percent.map_or(10_000, |percent| sum.saturating_add(percent));
        if sum == 10_000 {
            return value.to_vec();
        }
        let share = percent.unwrap_or(0).saturating_mul(0xffff_ffff) / 10_000;
        last = last.saturating_add(share);
        if u64::from(hash) < last {
            return value.to_vec();
        }
    }
    Vec::new()
}

/// `12.5%` in hundredths of a percent; `None` for `*`.
fn hundredths(text: &[u8]) -> Option<u64> {
    let text = text.strip_suffix(b"%")?;
    let (whole, part) = match memchr::memchr(b'.', text) {
        None => (text, &[][..]),
        Some(dot) => {
            let (whole, part) = text.split_at(dot);
            (whole, part.get(1..).unwrap_or_default())
        }
    };
    let part = match part {
        [] => 0,
        [tenth] => number(&[*tenth])?.checked_mul(10)?,
        two => number(two.get(..2)?)?,
    };
    number(whole)?.checked_mul(100)?.checked_add(part)
}

fn murmur_hash2(data: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let chunks = data.chunks_exact(4);
    let tail = chunks.remainder();
    for chunk in chunks {
        let mut k = 0_u32;
        for byte in chunk.iter().rev() {
            k = (k << 8) | u32::from(*byte);
        }
        k = k.wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !tail.is_empty() {
        for (index, byte) in (0_u32..).zip(tail) {
            hash ^= u32::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}
