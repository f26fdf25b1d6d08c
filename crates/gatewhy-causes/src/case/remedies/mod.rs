//! Steps of fixes: lines to add or to change, and commands.
pub mod admit;
pub mod converse;
pub mod insert;
pub mod redirect;
pub mod remedy;
pub mod start;
pub mod unblock;
