//! Netlink messages, as the kernel lays them out, little-endian.
use crate::prelude::*;

/// Splits a string of messages; stops at the first that is damaged.
pub(crate) fn messages(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    pieces(bytes, 16, |head| Some((u32_at(head, 0)?, u16_at(head, 4)?)))
}

/// Splits the attributes behind a message's own struct: kind and value.
pub(crate) fn attributes(bytes: &[u8]) -> BTreeMap<u16, &[u8]> {
    // The two upper bits of the kind are flags.
    let all = pieces(bytes, 4, |head| {
        Some((u32::from(u16_at(head, 0)?), u16_at(head, 2)? & 0x3fff))
    });
    all.collect()
}

/// Pieces that start with their length; each is padded to four bytes.
fn pieces(
    mut rest: &[u8],
    header: usize,
    read: impl Fn(&[u8]) -> Option<(u32, u16)>,
) -> impl Iterator<Item = (u16, &[u8])> {
    core::iter::from_fn(move || {
        let (length, kind) = read(rest.get(..header)?)?;
        let length = usize::try_from(length).ok()?;
        let body = rest.get(header..length)?;
        let padded = length.checked_next_multiple_of(4)?;
        rest = rest.get(padded..).unwrap_or_default();
        Some((kind, body))
    })
}

/// Two bytes in the kernel's order.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(array(bytes, at)?))
}

/// Two bytes in network order.
pub(crate) fn port_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(array(bytes, at)?))
}

/// Four bytes in the kernel's order.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(array(bytes, at)?))
}

/// So many bytes, as they are.
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_length_ends_the_string() {
        let good = [20, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4];
        let short = [15u8, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let both = [&good[..], &short].concat();
        let all: Vec<_> = messages(&both).collect();
        assert_eq!(all, [(7, &[1u8, 2, 3, 4][..])]);
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_ends(bytes: Vec<u8>) {
            proptest::prop_assert!(messages(&bytes).count() <= bytes.len());
            let _ = attributes(&bytes);
        }
    }
}
