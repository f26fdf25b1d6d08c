//! What is held against the whole program: recorded hosts, the catalogue's laws,
//! the JSON contract, the shape of the source tree.
mod blindfold;
mod canary;
mod catalogue;
mod docs;
mod hosts;
mod ratchet;
mod replay;
mod schema;
mod tree;
