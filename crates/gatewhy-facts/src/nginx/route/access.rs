//! `allow`, `deny` and `auth_basic`: what may end a request before its handler.
use super::super::authority::Authority;
use super::super::scope::flag;
use super::super::tree::Directive;
use super::answer::Outcome;
use super::maps::matching_prefix;
use super::router::{Router, refuse};
use crate::fact::Gap;
use crate::prelude::*;
use alloc::sync::Arc;

impl Router<'_> {
    /// Ends the request where access is denied.
    pub(super) fn access(&self) -> Result<Option<Outcome>, Gap> {
        let scope = self.scope();
        let satisfy = scope.nearest("satisfy").and_then(|d| d.arg(0));
        if satisfy == Some(b"any") {
            self.note("access: satisfy any".into(), None);
            return Ok(None);
        }
        for rule in scope.all_of(&["allow", "deny"]) {
            if !self.is_meant(rule)? {
                continue;
            }
            if rule.is("deny") {
                let why = "access forbidden by rule";
                return Ok(Some(refuse(403, why, Some(rule))));
            }
            break;
        }
        if let Some(basic) = scope.nearest("auth_basic")
            && basic.arg(0).and_then(flag) != Some(false)
            && self.request.header("authorization").is_none()
        {
            let why = "no user or password for basic authentication";
            return Ok(Some(refuse(401, why, Some(basic))));
        }
        if let Some(auth) = scope.nearest("auth_request")
            && auth.arg(0).and_then(flag) != Some(false)
        {
            let shown = crate::untrusted::shown(auth.arg(0).unwrap_or_default());
            let what = format!("a subrequest to \"{shown}\" decides first");
            self.note(what, Some(auth.place.clone()));
        }
        Ok(None)
    }

    fn is_meant(&self, rule: &Arc<Directive>) -> Result<bool, Gap> {
        let whom = rule.arg(0).unwrap_or_default();
        let is_unix = matches!(self.request.local, Authority::Unix(_));
        match whom {
            b"all" => return Ok(true),
            b"unix:" => return Ok(is_unix),
            _ if is_unix => return Ok(false),
            _ => {}
        }
        let Some(client) = self.request.client else {
            let shown = crate::untrusted::shown(whom);
            let what = format!("whether the visitor is {shown}");
            return Err(Gap::new(what, "its address is not known", ""));
        };
        Ok(matching_prefix(whom, client).is_some())
    }
}
