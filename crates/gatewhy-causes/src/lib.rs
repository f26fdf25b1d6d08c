//! Evidence in, ranked causes out.
//!
//! A [`case::Case`] is what can be told about one failing request from the
//! answers so far. Every [`cause::Cause`] of the [`catalogue`] weighs it and gives
//! a [`verdict::Verdict`]; [`rank`] puts them in order, root first;
//! [`diagnose::diagnose`] makes the [`diagnosis::Diagnosis`] that is shown.
#![no_std]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod case;
pub mod catalogue;
pub mod cause;
pub mod count;
pub mod diagnose;
pub mod diagnosis;
pub mod evidence;
pub mod explain;
pub mod newest;
pub mod past;
pub mod prelude;
pub mod rank;
pub mod sites;
pub mod verdict;
