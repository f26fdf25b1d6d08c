//! Fixes as data, and edits that keep every byte they do not change.
//!
//! A [`Fix`] is what a person would type, in order: which lines become what, and
//! which commands make it take effect, each with its reason. Nothing here acts.
#![no_std]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod edit;
pub mod fix;
pub mod shell;

pub use edit::{Edit, EditError, apply};
pub use fix::{Disposition, Fix, Step};
