//! `gatewhy logs`: gigabytes of logs, one screen.
mod args;
mod causes;
mod human;
mod json;
mod table;
mod when;

pub(crate) use args::LogsArgs;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::sink;
use gatewhy_facts::symptom::Symptom;
use gatewhy_logs::report::{Report, Wanted};
use gatewhy_logs::scan::{Job, Progress, scan};
use gatewhy_logs::tally::Within;

/// Reads the logs and prints what they hold.
pub(crate) fn logs(args: &LogsArgs) -> Result<Exit, Failure> {
    let job = Job {
        paths: args.files.clone(),
        within: within(args)?,
        formats: args.format.clone(),
        threads: std::thread::available_parallelism().map_or(2, usize::from),
    };
    let wanted = wanted(args)?;
    let scanned = scan(&job, &Progress::default());
    let report = Report::new(&scanned, &wanted);
    let text = if args.csv || !args.by.is_empty() {
        table::table(&scanned.tally, &wanted, args)
    } else if args.json {
        format!("{:#}\n", json::report(&report))
    } else {
        human::report(&report, sink::width())
    };
    sink::result(&text, args.color).map_err(|e| Failure {
        what: format!("cannot write the report to standard output: {e}"),
        hint: "free some space, or write elsewhere".into(),
        exit: Exit::Bug,
    })?;
    if report.files.is_empty() && !report.skipped.is_empty() {
        for skipped in &report.skipped {
            sink::error(&format!(
                "gatewhy: {}: {}\n",
                skipped.path.display(),
                skipped.why
            ));
        }
        return Ok(Exit::Usage);
    }
    Ok(Exit::Healthy)
}

fn within(args: &LogsArgs) -> Result<Within, Failure> {
    let read = |flag: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => when::parse(text).map(Some).ok_or_else(|| {
            Failure::usage(
                format!("{flag} {text}: not a time"),
                "as in 2026-11-20, '2026-11-20 03:12', 03:12 (today), 2h, 30min or 3d (ago)",
            )
        }),
    };
    Ok(Within {
        since: read("--since", &args.since)?,
        until: read("--until", &args.until)?,
    })
}

fn wanted(args: &LogsArgs) -> Result<Wanted, Failure> {
    let symptoms = match &args.cause {
        None => None,
        Some(id) => Some(symptoms_of(id)?),
    };
    Ok(Wanted {
        upstream: args.upstream.clone().map(String::into_bytes),
        symptoms,
        min_rate: args.min_rate.unwrap_or(0.0),
    })
}

/// The symptoms of that id.
fn symptoms_of(id: &str) -> Result<Vec<Symptom>, Failure> {
    let found: Vec<Symptom> = Symptom::from_id(id).into_iter().collect();
    if found.is_empty() {
        return Err(Failure::usage(
            format!("--cause {id}: no symptom or cause is called so"),
            "`gatewhy explain` lists all causes",
        ));
    }
    Ok(found)
}
