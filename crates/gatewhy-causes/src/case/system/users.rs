//! Names of users and groups, and what a user would be given when it starts anew.
use crate::case::Case;
use gatewhy_facts::fact::Fact;
use gatewhy_facts::linux::users::{self, Credentials};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;
use gatewhy_facts::untrusted::shown;

const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";

impl Case<'_> {
    /// The user's name, or its number where nobody knows one.
    pub fn user_name(&self, uid: u32) -> String {
        let file = self.known.file(&Question::file(PASSWD)).map(users::passwd);
        let users = file.found().into_iter().flatten();
        let mut named = users.filter(|user| user.uid == uid);
        named
            .next()
            .map_or_else(|| uid.to_string(), |user| shown(&user.name).to_string())
    }

    /// The group's name, or its number where nobody knows one.
    pub fn group_name(&self, gid: u32) -> String {
        let file = self.known.file(&Question::file(GROUP)).map(users::group);
        let groups = file.found().into_iter().flatten();
        let mut named = groups.filter(|group| group.gid == gid);
        named
            .next()
            .map_or_else(|| gid.to_string(), |group| shown(&group.name).to_string())
    }

    /// What processes of that user get when they are started now: the groups of
    /// those that run may be older.
    pub fn credentials_of(&self, uid: u32) -> Fact<Credentials> {
        let groups = self.known.file(&Question::file(GROUP)).map(users::group);
        let groups = match groups {
            Fact::Unknown(gap) => return Fact::Unknown(gap),
            Fact::Found(groups, _) => groups,
            Fact::Absent(_) => Vec::new(),
        };
        let users = self.known.file(&Question::file(PASSWD)).map(users::passwd);
        users.and_then(
            |users, source| match users.iter().find(|user| user.uid == uid) {
                Some(user) => Fact::Found(users::credentials(user, &groups), source),
                None => Fact::Absent(source),
            },
        )
    }
}
