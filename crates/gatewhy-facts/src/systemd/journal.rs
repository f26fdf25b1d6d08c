//! temporary
use crate::prelude::*;
use crate::time::Moment;
/// e
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// a
    pub at: Moment,
    /// p
    pub pid: Option<u32>,
    /// i
    pub identifier: String,
    /// m
    pub message: Vec<u8>,
}
/// p
pub fn parse(bytes: &[u8]) -> Vec<Entry> {
    bytes
        .split(|b| *b == b'\n')
        .filter_map(|l| {
            let v: serde_json::Value = serde_json::from_slice(l).ok()?;
            let s = |k: &str| v.get(k).and_then(|x| x.as_str()).map(ToOwned::to_owned);
            Some(Entry {
                at: Moment(s("__REALTIME_TIMESTAMP")?.parse().ok()?),
                pid: s("_PID").and_then(|p| p.parse().ok()),
                identifier: s("SYSLOG_IDENTIFIER").unwrap_or_default(),
                message: s("MESSAGE")?.into_bytes(),
            })
        })
        .collect()
}
impl Entry {
    /// m
    pub fn is_from_manager(&self) -> bool {
        self.identifier == "systemd" && self.pid == Some(1)
    }
    /// s
    pub fn is_stop_request(&self) -> bool {
        self.is_from_manager() && self.message.starts_with(b"Stopping ")
    }
}
