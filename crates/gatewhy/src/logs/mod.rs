//! `gatewhy logs`: gigabytes of logs, one screen.
mod args;
mod causes;
mod configured;
mod follow;
mod groups;
mod html;
mod human;
mod join;
mod journal;
mod json;
mod progress;
mod record;
mod route;
mod table;
mod when;

pub(crate) use args::LogsArgs;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::sink;
use gatewhy_facts::symptom::Symptom;
use gatewhy_logs::report::{Report, Upstream, Wanted};
use gatewhy_logs::scan::{Job, Progress, Scanned, files, scan};
use gatewhy_logs::tally::{self, Listener, Within};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

/// Reads the logs and prints what they hold.
pub(crate) fn logs(args: &LogsArgs) -> Result<Exit, Failure> {
    let mut job = Job {
        paths: args.files.clone(),
        within: within(args)?,
        formats: args.format.clone(),
        status: args.status,
        threads: std::thread::available_parallelism().map_or(2, usize::from),
        ..Job::default()
    };
    if job.paths.is_empty() {
        let found = configured::find(job.within.since).map_err(no_configuration)?;
        job.formats.extend(found.formats);
        job.paths = found.paths;
        job.texts = found.texts;
        if job.paths.is_empty() && job.texts.is_empty() {
            let why = "none of the logs that the proxy is configured to write is there";
            return Err(no_configuration(why.to_owned()));
        }
    }
    let wanted = wanted(args)?;
    let filter = Filter::new(&wanted, args);
    if args.follow {
        return follow::follow(&job, &filter, args.ndjson).map(|()| Exit::Healthy);
    }
    if args.ndjson {
        return each_failure(job, &filter);
    }
    let groups = Arc::new(Mutex::new(groups::Groups::default()));
    let by_record = table::needs_records(&args.by);
    if by_record {
        job.listener = Some(grouping(args, &filter, &groups));
    }
    let scanned = read(&job);
    if ended(&scanned) == Exit::Usage {
        return Ok(Exit::Usage);
    }
    let text = if by_record {
        let mut groups = groups.lock().unwrap_or_else(PoisonError::into_inner);
        table::lay_out(&args.by, std::mem::take(&mut *groups), args.csv)
    } else if args.csv || !args.by.is_empty() {
        table::table(&scanned.tally, &narrowed(&scanned, wanted, args), args)
    } else {
        let report = Report::new(&scanned, &narrowed(&scanned, wanted, args));
        if let Some(path) = &args.html {
            write_page(path, &html::page(&report))?;
        }
        if args.json {
            json::printed(&report)
        } else {
            human::report(&report, sink::width())
        }
    };
    sink::result(&text, args.color).map_err(|e| cannot_write(&e))?;
    Ok(Exit::Healthy)
}

fn no_configuration(why: String) -> Failure {
    Failure::usage(why, "name the logs: gatewhy logs /var/log/nginx")
}

fn write_page(path: &std::path::Path, page: &str) -> Result<(), Failure> {
    std::fs::write(path, page).map_err(|e| {
        Failure::usage(
            format!("cannot write {}: {e}", path.display()),
            "name a file in a folder you may write",
        )
    })
}

fn cannot_write(error: &std::io::Error) -> Failure {
    Failure {
        what: format!("cannot write the report to standard output: {error}"),
        hint: "free some space, or write elsewhere".into(),
        exit: Exit::Bug,
    }
}

/// Reads, and shows how far it has come.
fn read(job: &Job) -> Scanned {
    let progress = Progress::default();
    progress::beside(&progress, || scan(job, &progress))
}

/// Where nothing at all could be read, the command line was wrong.
fn ended(scanned: &Scanned) -> Exit {
    if !scanned.files.is_empty() || scanned.skipped.is_empty() {
        return Exit::Healthy;
    }
    for skipped in &scanned.skipped {
        let path = skipped.path.display();
        sink::error(&format!("gatewhy: {path}: {}\n", skipped.why));
    }
    Exit::Usage
}

/// Counts by what is told by the records themselves.
fn grouping(args: &LogsArgs, filter: &Filter, groups: &Arc<Mutex<groups::Groups>>) -> Listener {
    let (by, filter, groups) = (args.by.clone(), filter.clone(), Arc::clone(groups));
    Listener(Arc::new(move |failure| {
        if filter.wants(failure) {
            let key = table::key(failure, &by);
            let mut groups = groups.lock().unwrap_or_else(PoisonError::into_inner);
            groups.add(key);
        }
    }))
}

/// Which failures are wanted, told by the failure alone.
#[derive(Clone)]
struct Filter {
    wanted: Wanted,
    /// A cause that its record must leave open.
    cause: Option<String>,
}

impl Filter {
    fn new(wanted: &Wanted, args: &LogsArgs) -> Self {
        let is_symptom = wanted.symptoms.is_some();
        Self {
            wanted: wanted.clone(),
            cause: args.cause.clone().filter(|_| !is_symptom),
        }
    }

    fn wants(&self, failure: &tally::Failure<'_>) -> bool {
        let upstream = Upstream::Named(failure.upstream.to_vec());
        let leaves_open = |id: &String| {
            let causes = causes::of_record(failure.record);
            causes.iter().any(|cause| cause.id == id)
        };
        self.wanted.holds(failure.what, &upstream) && self.cause.as_ref().is_none_or(leaves_open)
    }
}

/// One JSON object a line, as they are found: so on one thread.
fn each_failure(mut job: Job, filter: &Filter) -> Result<Exit, Failure> {
    let out = Arc::new(Mutex::new((
        std::io::BufWriter::new(std::io::stdout()),
        None,
    )));
    let (writer, filter, paths) = (Arc::clone(&out), filter.clone(), files(&job));
    job.threads = 1;
    job.listener = Some(Listener(Arc::new(move |failure| {
        let mut out = writer.lock().unwrap_or_else(PoisonError::into_inner);
        if out.1.is_none() && filter.wants(failure) {
            out.1 = writeln!(out.0, "{}", record::json(failure, &paths)).err();
        }
    })));
    let scanned = read(&job);
    let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
    let flushed = out.0.flush().err();
    match out.1.take().or(flushed) {
        Some(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(cannot_write(&error)),
        _ => Ok(ended(&scanned)),
    }
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
    let symptom = args.cause.as_deref().and_then(Symptom::from_id);
    if let (Some(id), None) = (&args.cause, symptom) {
        let known = gatewhy_causes::catalogue::all().iter().any(|c| c.id == id);
        if !known {
            return Err(Failure::usage(
                format!("--cause {id}: no symptom or cause is called so"),
                "`gatewhy explain` lists all causes",
            ));
        }
    }
    Ok(Wanted {
        upstream: args.upstream.clone().map(String::into_bytes),
        symptoms: symptom.map(|symptom| vec![symptom]),
        min_rate: args.min_rate.unwrap_or(0.0),
    })
}

/// Where `--cause` names a cause: the symptoms that leave it open.
fn narrowed(scanned: &Scanned, wanted: Wanted, args: &LogsArgs) -> Wanted {
    let (Some(id), None) = (&args.cause, &wanted.symptoms) else {
        return wanted;
    };
    let report = Report::new(scanned, &Wanted::default());
    let rows = report.by_symptom.iter().chain(&report.other);
    let open = rows.filter(|row| causes::of(row).iter().any(|cause| cause.id == id));
    let symptoms = Some(open.map(|row| row.symptom).collect());
    Wanted { symptoms, ..wanted }
}
