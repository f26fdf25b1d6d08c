//! Caddy 2: its configuration, and where a request goes by it.
//!
//! - [`words`]: a Caddyfile cut into lines, words and blocks.
//! - [`tree`]: the lines with their blocks, imports put in.
//! - [`caddyfile`]: sites and their addresses.
//! - [`directives`], [`matcher`], [`proxy_block`]: what a site's directives stand for.
//! - [`json`]: the JSON configuration.
//! - [`model`]: what both come to, as Caddy itself sees it: servers, routes, handlers.
//! - [`route`]: from a request to its backends.
pub mod caddyfile;
pub mod directives;
pub mod json;
pub mod matcher;
pub mod model;
pub mod proxy_block;
pub mod route;
pub mod tree;
pub mod words;

use crate::fact::Fact;
use crate::fact::Gap;
use crate::forward::{Configuration, Request, Route, Routes};
use crate::nginx::files::Files;
use crate::path::HostPath;
use crate::prelude::*;
use crate::source_text::Place;
use model::Config;

/// Reads a configuration from its file: JSON by its name or first byte, else a
/// Caddyfile.
pub fn load(files: &dyn Files, main: &HostPath) -> Config {
    load_with(files, main, &[])
}

/// The same with the variables that Caddy is started with.
pub fn load_with(files: &dyn Files, main: &HostPath, variables: &[(String, String)]) -> Config {
    match files.read(main) {
        Fact::Found(text, _) => {
            let is_json = main
                .as_str()
                .rsplit_once('.')
                .is_some_and(|(_, end)| end.eq_ignore_ascii_case("json"))
                || text.bytes.trim_ascii_start().starts_with(b"{\"");
            if is_json {
                json::read(text.bytes, main)
            } else {
                caddyfile::read(files, text.bytes, main, variables)
            }
        }
        Fact::Absent(_) => Config::default(),
        Fact::Unknown(gap) => Config {
            gaps: alloc::vec![gap],
            ..Config::default()
        },
    }
}

impl Configuration for Config {
    fn load(files: &dyn Files, main: &HostPath) -> Self {
        load(files, main)
    }

    fn is_there(&self) -> bool {
        self.is_there
    }

    fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    fn ports(&self) -> Vec<(u16, Place)> {
        route::ports(self)
    }
}

impl Routes for Config {
    fn route(&self, files: &dyn Files, request: &Request) -> Route {
        route::route(self, files, request)
    }
}
