//! `--follow`: failures as they are written.
use super::{Filter, causes, record};
use crate::failure::Failure;
use gatewhy_facts::log_line;
use gatewhy_facts::untrusted::{shown, shown_within};
use gatewhy_logs::follow::Follower;
use gatewhy_logs::scan::Job;
use gatewhy_logs::tally::{self, Listener};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often the logs are looked at.
const EVERY: Duration = Duration::from_millis(200);

/// Prints failures until nobody reads them any more, or the process is ended.
pub(super) fn follow(job: &Job, filter: &Filter, ndjson: bool) -> Result<(), Failure> {
    if job
        .paths
        .iter()
        .any(|path| path.as_os_str() == "-" || path.is_dir())
    {
        return Err(Failure::usage(
            "--follow needs files: a folder or a pipe cannot be followed",
            "name the logs, or leave them out for those of this host's nginx",
        ));
    }
    let ended = Arc::new(AtomicBool::new(false));
    let (flag, filter, paths) = (Arc::clone(&ended), filter.clone(), job.paths.clone());
    let listener = Listener(Arc::new(move |failure| {
        if !filter.wants(failure) {
            return;
        }
        let line = if ndjson {
            record::json(failure, &paths).to_string()
        } else {
            line(failure)
        };
        if writeln!(std::io::stdout(), "{line}").is_err() {
            flag.store(true, Ordering::Relaxed);
        }
    }));
    let mut follower = Follower::new(&job.paths, &job.formats, true, listener);
    while !ended.load(Ordering::Relaxed) {
        follower.tick();
        std::thread::sleep(EVERY);
    }
    Ok(())
}

/// One failure on one line: when, what, with whom, where, and why perhaps.
fn line(failure: &tally::Failure<'_>) -> String {
    let record = log_line::recognise(failure.record);
    let causes = causes::of_record(failure.record);
    let causes: Vec<&str> = causes.iter().take(2).map(|cause| cause.id).collect();
    let clock = failure.at.to_string();
    format!(
        "{}  {:<24} {:<24} {}  {}",
        clock.get(11..).unwrap_or(&clock),
        failure.what.symptom.id(),
        shown(failure.upstream).to_string(),
        shown_within(record::route_of(record.as_ref()).as_bytes(), 40),
        causes.join(", ")
    )
    .trim_end()
    .to_owned()
}
