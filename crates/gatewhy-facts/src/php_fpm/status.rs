//! FPM's status page (`pm.status_path`), as text or JSON, with `?full` or without.
//!
//! Two traps: for a unix socket FPM shows a queue of 0, whatever it really is; and
//! the page itself waits when every worker is busy, unless `pm.status_listen` is set.
use crate::log_time;
use crate::prelude::*;
use crate::scan;
use crate::time::Moment;
use serde_json::{Map, Value};

/// What the page says of one pool. A number that the page does not have is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The pool's name.
    pub pool: String,
    /// `static`, `dynamic` or `ondemand`.
    pub manager: String,
    /// When the pool was started.
    pub start: Option<Moment>,
    /// Seconds since then.
    pub start_since: Option<u64>,
    /// Requests accepted since then.
    pub accepted: Option<u64>,
    /// Connections waiting now; only for TCP.
    pub listen_queue: Option<u64>,
    /// The most that ever waited.
    pub max_listen_queue: Option<u64>,
    /// How many can wait; 0 for a unix socket: not known.
    pub listen_queue_len: Option<u64>,
    /// Idle workers.
    pub idle: Option<u64>,
    /// Busy workers, the one that made the page included.
    pub active: Option<u64>,
    /// All workers.
    pub total: Option<u64>,
    /// The most that were ever busy.
    pub max_active: Option<u64>,
    /// How often `pm.max_children` was reached since the start.
    pub max_children_reached: Option<u64>,
    /// Requests slower than `request_slowlog_timeout` since the start.
    pub slow_requests: Option<u64>,
    /// The workers, with `?full`.
    pub workers: Vec<Worker>,
}

/// One worker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worker {
    /// Its process.
    pub pid: Option<u32>,
    /// `Idle`, `Running`, `Reading headers`, `Getting request information`, `Ending`, `Finishing`.
    pub state: String,
    /// Seconds since it was started.
    pub start_since: Option<u64>,
    /// Requests it has served.
    pub requests: Option<u64>,
    /// How long its present or last request has taken, in microseconds.
    pub request_us: Option<u64>,
    /// Method of that request.
    pub method: String,
    /// Its URI, query included: it may hold secrets.
    pub uri: String,
    /// Its script.
    pub script: String,
    /// Bytes of memory its last request took; 0 while it runs.
    pub last_memory: Option<u64>,
}

/// One block of the page: names in lower case with their values as text.
type Block = BTreeMap<String, String>;

/// Reads a page, with or without the HTTP header before it. `None` when it is no
/// status page.
pub fn parse(page: &[u8]) -> Option<Status> {
    let body = scan::split_once(page, "\r\n\r\n").map_or(page, |(_, body)| body);
    let blocks = match body.trim_ascii_start().first()? {
        b'{' => json_blocks(body)?,
        _ => text_blocks(body),
    };
    let (pool, workers) = blocks.split_first()?;
    if !pool.contains_key("pool") || !pool.contains_key("accepted conn") {
        return None;
    }
    Some(Status {
        workers: workers.iter().map(worker).collect(),
        ..status(pool)
    })
}

fn text_blocks(body: &[u8]) -> Vec<Block> {
    let mut blocks = vec![Block::new()];
    for line in scan::lines(body) {
        if line.bytes.starts_with(b"****") {
            blocks.push(Block::new());
        } else if let (Some((key, value)), Some(block)) =
            (scan::split_once(line.bytes, ":"), blocks.last_mut())
        {
            block.insert(
                scan::lossy(key).to_ascii_lowercase(),
                scan::lossy(value.trim_ascii()),
            );
        }
    }
    blocks
}

fn json_blocks(body: &[u8]) -> Option<Vec<Block>> {
    let Ok(Value::Object(mut page)) = serde_json::from_slice(body.trim_ascii()) else {
        return None;
    };
    let workers = page.remove("processes");
    let mut blocks = vec![json_block(&page)];
    for worker in workers
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        blocks.extend(worker.as_object().map(json_block));
    }
    Some(blocks)
}

fn json_block(object: &Map<String, Value>) -> Block {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    object
        .iter()
        .map(|(key, value)| (key.to_ascii_lowercase(), text(value)))
        .collect()
}

fn status(block: &Block) -> Status {
    let count = |key: &str| block.get(key)?.parse().ok();
    let text = |key: &str| block.get(key).cloned().unwrap_or_default();
    Status {
        pool: text("pool"),
        manager: text("process manager"),
        start: block.get("start time").and_then(|text| moment(text)),
        start_since: count("start since"),
        accepted: count("accepted conn"),
        listen_queue: count("listen queue"),
        max_listen_queue: count("max listen queue"),
        listen_queue_len: count("listen queue len"),
        idle: count("idle processes"),
        active: count("active processes"),
        total: count("total processes"),
        max_active: count("max active processes"),
        max_children_reached: count("max children reached"),
        slow_requests: count("slow requests"),
        workers: Vec::new(),
    }
}

fn worker(block: &Block) -> Worker {
    let count = |key: &str| block.get(key)?.parse().ok();
    let text = |key: &str| block.get(key).cloned().unwrap_or_default();
    Worker {
        pid: block.get("pid").and_then(|pid| pid.parse().ok()),
        state: text("state"),
        start_since: count("start since"),
        requests: count("requests"),
        request_us: count("request duration"),
        method: text("request method"),
        uri: text("request uri"),
        script: text("script"),
        last_memory: count("last request memory"),
    }
}

/// Seconds since the epoch in JSON, `21/Nov/2026:09:46:31 +0000` in text.
fn moment(text: &str) -> Option<Moment> {
    if let Ok(secs) = text.parse() {
        return Some(Moment::from_secs(secs));
    }
    let (civil, rest) = log_time::day_first(text.as_bytes())?;
    let (offset, _) = log_time::zone(rest.trim_ascii_start())?;
    civil.moment(offset)
}
