//! Envoy: its bootstrap file, and where a request goes by it.
//!
//! Only what stands in the file is read; what Envoy gets from a control plane (Istio and
//! its kin) stands in no file, and is told as a gap.
//!
//! - [`admin`]: what its admin interface tells.
//! - [`config`]: listeners and clusters.
//! - [`route`]: from a request to its backends.
pub mod admin;
pub mod config;
pub mod route;
