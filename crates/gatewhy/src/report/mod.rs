//! How a diagnosis is shown: for people, and as JSON.
pub mod human;
pub mod json;
pub(crate) mod page;
mod past;
