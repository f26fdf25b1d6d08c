//! POSIX access control lists, as the attribute `system.posix_acl_access` holds
//! them.
use super::netlink::{u16_at, u32_at};
use super::users::Credentials;
use super::walk::Class;
use crate::prelude::*;

/// One entry of an access control list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AclEntry {
    /// Whom it is for.
    pub to: AclTag,
    /// `4` read, `2` write, `1` execute.
    pub permissions: u32,
}

/// Whom an entry is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AclTag {
    /// The owner.
    Owner,
    /// That user.
    User(u32),
    /// The file's group.
    OwnGroup,
    /// That group.
    Group(u32),
    /// The most that users and groups of the list get.
    Mask,
    /// Everybody else.
    Other,
}

/// Reads the attribute in hexadecimal; `-`, or one that is no such list, is empty.
pub(crate) fn from_hexadecimal(word: &[u8]) -> Vec<AclEntry> {
    let bytes: Option<Vec<u8>> = word.chunks(2).map(byte).collect();
    let bytes = bytes.unwrap_or_default();
    // Four bytes of version, then entries of tag, permissions and id.
    let entries = bytes.get(4..).unwrap_or_default();
    entries.chunks_exact(8).filter_map(entry).collect()
}

fn byte(pair: &[u8]) -> Option<u8> {
    let digits = core::str::from_utf8(pair).ok()?;
    u8::from_str_radix(digits, 16)
        .ok()
        .filter(|_| pair.len() == 2)
}

fn entry(bytes: &[u8]) -> Option<AclEntry> {
    let id = u32_at(bytes, 4)?;
    let to = match u16_at(bytes, 0)? {
        0x01 => AclTag::Owner,
        0x02 => AclTag::User(id),
        0x04 => AclTag::OwnGroup,
        0x08 => AclTag::Group(id),
        0x10 => AclTag::Mask,
        0x20 => AclTag::Other,
        _ => return None,
    };
    let permissions = u32::from(u16_at(bytes, 2)?) & 7;
    Some(AclEntry { to, permissions })
}

/// What the list grants to somebody who is not the owner (`acl(5)`, *access
/// check algorithm*).
pub(crate) fn granted(
    list: &[AclEntry],
    own_group: u32,
    who: &Credentials,
    needs: u32,
) -> (u32, Class) {
    let of = |wanted| list.iter().find(|e| e.to == wanted).map(|e| e.permissions);
    let mask = of(AclTag::Mask).unwrap_or(7);
    if let Some(permissions) = of(AclTag::User(who.uid)) {
        return (permissions & mask, Class::Listed);
    }
    let groups: Vec<u32> = list
        .iter()
        .filter(|entry| match entry.to {
            AclTag::OwnGroup => who.in_group(own_group),
            AclTag::Group(gid) => who.in_group(gid),
            _ => false,
        })
        .map(|entry| entry.permissions & mask)
        .collect();
    // One group's entry must grant all of it; several do not add up.
    let enough = groups.iter().find(|granted| needs & !**granted == 0);
    match (enough, groups.first()) {
        (Some(granted), _) | (None, Some(granted)) => (*granted, Class::Listed),
        (None, None) => (of(AclTag::Other).unwrap_or(0), Class::Other),
    }
}
