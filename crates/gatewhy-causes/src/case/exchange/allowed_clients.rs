//! Whether the backend speaks to the proxy at all: lists of clients.
use crate::case::exchange::link::Link;
use crate::case::software::fpm::PoolOf;
use core::net::IpAddr;
use gatewhy_facts::prelude::*;

/// PHP-FPM's list of clients against the address that the proxy comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Guests<'c> {
    /// The pool with the list.
    pub pool: PoolOf<'c>,
    /// `listen.allowed_clients`.
    pub allowed: Vec<String>,
    /// Where the proxy's connections come from.
    pub from: IpAddr,
}

impl<'c> Link<'c, '_> {
    /// The list of clients of the pool that listens here, when it has one and the
    /// connection broke off.
    pub fn guests(&self) -> Option<Guests<'c>> {
        let pool = self.configured_pool()?;
        let allowed = pool.pool.allowed_clients()?.value;
        if !self.broke_off() {
            return None;
        }
        let direct = self.direct();
        let from = direct.found()?.conversation.local?.ip();
        Some(Guests {
            pool,
            allowed,
            from,
        })
    }
}

impl Guests<'_> {
    /// Whether the proxy is on the list.
    pub fn is_welcome(&self) -> bool {
        let is_same = |entry: &String| {
            let ip = entry.trim().parse::<IpAddr>();
            ip.is_ok_and(|ip| ip.to_canonical() == self.from.to_canonical())
        };
        self.allowed.iter().any(is_same)
    }
}
