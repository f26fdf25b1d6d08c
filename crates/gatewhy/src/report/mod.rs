//! How a diagnosis is shown: for people, and as JSON.
pub(crate) mod human;
pub(crate) mod json;
mod page;
