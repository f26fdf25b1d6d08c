//! `/etc/passwd` and `/etc/group`, and as whom the kernel judges access.
use super::field;
use crate::prelude::*;

/// As whom the kernel judges an access to a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// User.
    pub uid: u32,
    /// Primary group.
    pub gid: u32,
    /// Supplementary groups.
    pub groups: Vec<u32>,
    /// May pass over every permission (`CAP_DAC_OVERRIDE`).
    pub overrides: bool,
    /// May read every file and pass every folder (`CAP_DAC_READ_SEARCH`).
    pub searches: bool,
}

/// A line of `/etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Login name.
    pub name: Vec<u8>,
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
    /// Home folder.
    pub home: Vec<u8>,
}

/// A line of `/etc/group`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name.
    pub name: Vec<u8>,
    /// Group id.
    pub gid: u32,
    /// Names of the users who have it as a supplementary group.
    pub members: Vec<Vec<u8>>,
}

/// Reads `/etc/passwd`; lines that are no users (`+` of NIS, comments) are left
/// out. Users of a directory service are not in it.
pub fn passwd(bytes: &[u8]) -> Vec<User> {
    field::lines(bytes).filter_map(user).collect()
}

fn user(line: &[u8]) -> Option<User> {
    let columns: Vec<&[u8]> = line.split(|byte| *byte == b':').collect();
    Some(User {
        name: columns.first()?.to_vec(),
        uid: field::number(columns.get(2)?)?,
        gid: field::number(columns.get(3)?)?,
        home: columns.get(5).copied().unwrap_or_default().to_vec(),
    })
}

/// Reads `/etc/group`.
pub fn group(bytes: &[u8]) -> Vec<Group> {
    field::lines(bytes).filter_map(one_group).collect()
}

fn one_group(line: &[u8]) -> Option<Group> {
    let columns: Vec<&[u8]> = line.split(|byte| *byte == b':').collect();
    let members = columns.get(3).copied().unwrap_or_default();
    let members = members.split(|byte| *byte == b',');
    Some(Group {
        name: columns.first()?.to_vec(),
        gid: field::number(columns.get(2)?)?,
        members: members
            .filter(|name| !name.is_empty())
            .map(<[u8]>::to_vec)
            .collect(),
    })
}

/// What a process of that user gets when it is started in the ordinary way, with
/// `initgroups`: its groups, and root's override.
pub fn credentials(user: &User, groups: &[Group]) -> Credentials {
    let member = |group: &&Group| group.members.contains(&user.name);
    let others = groups.iter().filter(member).map(|group| group.gid);
    Credentials {
        uid: user.uid,
        gid: user.gid,
        groups: others.collect(),
        overrides: user.uid == 0,
        searches: user.uid == 0,
    }
}

impl Credentials {
    /// Whether it is in that group.
    pub fn in_group(&self, gid: u32) -> bool {
        self.gid == gid || self.groups.contains(&gid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_groups_come_from_both_files() {
        let users = passwd(b"root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www:/var/www:/usr/sbin/nologin\n+::::::\n");
        let groups = group(b"root:x:0:\nshop:x:1001:deploy,www-data\nwww-data:x:33:\n");
        assert_eq!(users.len(), 2);
        let who = credentials(&users[1], &groups);
        assert_eq!(
            (who.uid, who.gid, who.groups.as_slice()),
            (33, 33, &[1001][..])
        );
        assert!(who.in_group(1001) && !who.in_group(0) && !who.overrides);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(a: Vec<u8>, b: Vec<u8>) {
            for user in passwd(&a) {
                let _ = credentials(&user, &group(&b));
            }
        }
    }
}
