//! TLS between a proxy and its backend: what alerts and OpenSSL's reasons mean,
//! which versions a server takes, and what its certificates say.
pub mod alert;
pub mod certificate;
pub mod chain;
pub mod demands;
pub mod hello;
mod pem;

#[cfg(test)]
mod tests;
