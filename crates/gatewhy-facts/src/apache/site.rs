//! Virtual hosts, and which one takes a request.
use super::config::{Config, Directive};
use crate::nginx::glob;
use crate::prelude::*;
use core::net::{IpAddr, SocketAddr};

/// A virtual host, or the main server.
#[derive(Clone, Copy, Debug)]
pub struct Site<'c> {
    /// The `<VirtualHost>`; none for the main server.
    pub section: Option<&'c Directive>,
    /// What stands in it.
    pub own: &'c [Directive],
    /// What stands outside of all virtual hosts.
    pub main: &'c [Directive],
}

/// The ports that `Listen` names, with the addresses, where they are given.
pub fn listens(config: &Config) -> Vec<(Option<IpAddr>, u16, &Directive)> {
    let all = config.directives.iter().filter(|d| d.is("Listen"));
    all.filter_map(|d| {
        let (host, port) = host_and_port(d.arg(0))?;
        let ip = host.and_then(|host| host.parse().ok());
        Some((ip, port, d))
    })
    .collect()
}

/// `80`, `*:80`, `1.2.3.4:80`, `[::1]:80`.
fn host_and_port(text: &str) -> Option<(Option<&str>, u16)> {
    match text.rsplit_once(':') {
        Some((host, port)) => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            Some((Some(bare), port.parse().ok()?))
        }
        None => Some((None, text.parse().ok()?)),
    }
}

/// The site that takes a request to `local` for `host`, and whether it does so by
/// its name, and not only because it is the first one.
pub fn choose<'c>(config: &'c Config, local: SocketAddr, host: &str) -> (Site<'c>, bool) {
    let hosts = config.directives.iter().filter(|d| d.is("VirtualHost"));
    let fit: Vec<(&Directive, u8)> = hosts
        .filter_map(|d| Some((d, best_fit(d, local)?)))
        .collect();
    let best = fit.iter().map(|(_, how)| *how).max();
    let mut of_best = fit.iter().filter(|(_, how)| Some(*how) == best);
    let site = |section: &'c Directive| Site {
        section: Some(section),
        own: &section.block,
        main: &config.directives,
    };
    let named = of_best.clone().find(|(d, _)| has_name(d, host));
    if let Some((section, _)) = named.or_else(|| of_best.next()) {
        return (site(section), named.is_some());
    }
    let main = Site {
        section: None,
        own: &[],
        main: &config.directives,
    };
    (main, false)
}

/// How well a virtual host's addresses fit: 2 for the very address, 1 for any.
fn best_fit(section: &Directive, local: SocketAddr) -> Option<u8> {
    let each = section.args.iter().filter_map(|text| {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !text.ends_with(']') => (host, Some(port)),
            _ => (text.as_str(), None),
        };
        let port_fits = match port {
            None | Some("*") => true,
            Some(port) => port.parse() == Ok(local.port()),
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let how = match bare {
            "*" | "_default_" => 1,
            ip if ip.parse() == Ok(local.ip()) => 2,
            _ => return None,
        };
        port_fits.then_some(how)
    });
    each.max()
}

/// `ServerName` (perhaps with scheme and port) and `ServerAlias` (perhaps with `*`).
fn has_name(section: &Directive, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    section.block.iter().any(|d| {
        if d.is("ServerName") {
            bare_name(d.arg(0)).eq_ignore_ascii_case(&host)
        } else {
            d.is("ServerAlias")
                && d.args.iter().any(|alias| {
                    glob::matches(alias.to_ascii_lowercase().as_bytes(), host.as_bytes())
                })
        }
    })
}

fn bare_name(text: &str) -> &str {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    text.split(':').next().unwrap_or(text)
}

impl<'c> Site<'c> {
    /// Directives of that name that hold for the site: its own; where it has none,
    /// those outside.
    pub fn last(&self, name: &str) -> Option<&'c Directive> {
        let own = self.own.iter().rfind(|d| d.is(name));
        own.or_else(|| self.main.iter().rfind(|d| d.is(name)))
    }

    /// All directives and sections that hold for the site, those outside first.
    pub fn all(&self) -> impl Iterator<Item = &'c Directive> + use<'c> {
        self.main.iter().chain(self.own)
    }

    /// Its name, for people.
    pub fn name(&self) -> Option<&'c str> {
        self.own
            .iter()
            .find(|d| d.is("ServerName"))
            .map(|d| d.arg(0))
    }
}
