//! `allow`, `deny` and `auth_basic`: what may end a request before its handler.
use super::super::authority::Authority;
use super::super::scope::{Scope, flag};
use super::super::tree::Directive;
use super::answer::Outcome;
use super::maps::matching_prefix;
use super::router::{Router, refuse};
use crate::fact::Gap;
use crate::prelude::*;
use alloc::sync::Arc;

/// What one kind of access control says.
enum Verdict<'a> {
    /// It has no rule for this visitor.
    None,
    /// Let in.
    Granted,
    /// Shut out.
    Denied(&'a Arc<Directive>),
}

impl<'a> Router<'a> {
    /// Ends the request where access is denied. `satisfy any` wants one that lets
    /// the visitor in, the default wants none that shuts him out.
    pub(super) fn access(&self) -> Result<Option<Outcome>, Gap> {
        let scope = self.scope();
        let satisfy = scope.nearest("satisfy").and_then(|d| d.arg(0));
        let any = satisfy == Some(b"any");
        let rules = self.rules(&scope)?;
        let basic = self.basic(&scope);
        if any && matches!(rules, Verdict::Granted) {
            return Ok(None);
        }
        let is_asked = self.note_subrequest(&scope);
        if any && (is_asked || matches!(basic, Verdict::Granted)) {
            self.note(
                "satisfy any: somebody else may let the visitor in".into(),
                None,
            );
            return Ok(None);
        }
        let denials = match (rules, basic) {
            (Verdict::Denied(rule), Verdict::Denied(basic)) if any => (Some(basic), Some(rule)),
            (Verdict::Denied(rule), _) => (None, Some(rule)),
            (_, Verdict::Denied(basic)) => (Some(basic), None),
            _ => return Ok(None),
        };
        Ok(match denials {
            (Some(basic), _) => {
                let why = "no user or password for basic authentication";
                Some(refuse(401, why, Some(basic)))
            }
            (None, rule) => Some(refuse(403, "access forbidden by rule", rule)),
        })
    }

    /// The first of `allow` and `deny` that means the visitor.
    fn rules(&self, scope: &Scope<'a>) -> Result<Verdict<'a>, Gap> {
        for rule in scope.all_of(&["allow", "deny"]) {
            if self.is_meant(rule)? {
                let denies = rule.is("deny");
                return Ok(if denies {
                    Verdict::Denied(rule)
                } else {
                    Verdict::Granted
                });
            }
        }
        Ok(Verdict::None)
    }

    /// Passwords are not checked here: whoever sends one is taken to know it.
    fn basic(&self, scope: &Scope<'a>) -> Verdict<'a> {
        match scope.nearest("auth_basic") {
            Some(basic) if basic.arg(0).and_then(flag) != Some(false) => {
                match self.request.header("authorization") {
                    Some(_) => Verdict::Granted,
                    None => Verdict::Denied(basic),
                }
            }
            _ => Verdict::None,
        }
    }

    fn note_subrequest(&self, scope: &Scope<'_>) -> bool {
        let auth = scope.nearest("auth_request");
        let auth = auth.filter(|auth| auth.arg(0).and_then(flag) != Some(false));
        if let Some(auth) = auth {
            let shown = crate::untrusted::shown(auth.arg(0).unwrap_or_default());
            let what = format!("a subrequest to \"{shown}\" decides first");
            self.note(what, Some(auth.place.clone()));
        }
        auth.is_some()
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
