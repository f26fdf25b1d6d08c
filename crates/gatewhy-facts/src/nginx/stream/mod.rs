//! The `stream` block: nginx passes connections on, without looking into them.
//!
//! - [`route()`]: from a connection to the server that gets it.
mod route;
mod variables;

pub use route::{Connection, route};

use super::listen::{Listen, ServerName, listens, server_names};
use super::tree::Directive;
use super::upstream::{Upstream, gaps, upstream};
use crate::fact::Gap;
use crate::prelude::*;
use alloc::sync::Arc;

/// The `stream` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The block's own directive.
    pub directive: Arc<Directive>,
    /// Its `upstream` blocks.
    pub upstreams: Vec<Upstream>,
    /// Its `server` blocks, in order.
    pub servers: Vec<StreamServer>,
    /// Includes of this level that could not be read: they may hold servers.
    pub gaps: Vec<Gap>,
}

/// A `server` block of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamServer {
    /// The block's own directive.
    pub directive: Arc<Directive>,
    /// Its TCP sockets.
    pub listens: Vec<Listen>,
    /// Its names, which nginx has had here since 1.25.5.
    pub names: Vec<ServerName>,
    /// Includes of this level that could not be read.
    pub gaps: Vec<Gap>,
}

/// Reads the `stream` block. What nginx would refuse in it is for nginx to say.
pub fn read(directive: &Arc<Directive>) -> Stream {
    let block = directive.block();
    let mut refused = Vec::new();
    let upstreams = block.iter().filter(|d| d.is("upstream"));
    Stream {
        directive: Arc::clone(directive),
        upstreams: upstreams.map(|d| upstream(d, &mut refused)).collect(),
        servers: block
            .iter()
            .filter(|d| d.is("server"))
            .map(server)
            .collect(),
        gaps: gaps(block),
    }
}

fn server(directive: &Arc<Directive>) -> StreamServer {
    let block = directive.block();
    let mut refused = Vec::new();
    let listen = block.iter().filter(|d| d.is("listen") && !is_udp(d));
    let listens = listen.flat_map(|d| listens(d, &mut refused)).collect();
    let names = block.iter().filter(|d| d.is("server_name"));
    StreamServer {
        directive: Arc::clone(directive),
        listens,
        names: names.flat_map(|d| server_names(d, &mut refused)).collect(),
        gaps: gaps(block),
    }
}

fn is_udp(listen: &Directive) -> bool {
    listen
        .args
        .iter()
        .any(|word| word.bytes == "udp".as_bytes())
}

impl Stream {
    /// The group of that name.
    pub fn upstream(&self, name: &str) -> Option<&Upstream> {
        let mut all = self.upstreams.iter();
        all.find(|upstream| upstream.name.eq_ignore_ascii_case(name))
    }

    /// All TCP sockets that its servers ask for.
    pub fn listens(&self) -> impl Iterator<Item = &Listen> {
        self.servers.iter().flat_map(|server| &server.listens)
    }
}
