//! `--host`: the diagnosis of a machine behind SSH.
//!
//! The far side runs this very program, which records to us; what we show is made
//! from that recording, as with `--from`.
use crate::cli::{Cli, DiagnoseArgs, FarSideArgs, Verb};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::investigate::{Investigation, follow};
use crate::run::{ELAPSED, URL, meant_request, record, recorder, request};
use crate::{ranges, sink};
use clap::Parser as _;
use gatewhy_host::live::LiveHost;
use gatewhy_host::recorded::RecordedHost;
use gatewhy_host::recorder::Recorder;
use gatewhy_host::ssh::{CannotAsk, FarSide, Login};
use std::io::{BufRead as _, Read as _, Write as _};
use std::time::{Duration, Instant};

/// A recording's note of what the far side has to say to the user.
const SAID: &str = "note said";
/// The longest line of arguments that is taken.
const LINE: u64 = 64 << 10;
/// For everything that is not waiting for the site.
const GRACE: Duration = Duration::from_mins(1);

/// Diagnoses `host` as these arguments say.
pub(crate) fn diagnose(
    host: &str,
    args: &DiagnoseArgs,
) -> Result<(Investigation, Duration), Failure> {
    // What cannot be right is told before anybody is asked for a password.
    request(args, Some("http://localhost/"))?;
    let login = Login {
        host,
        sudo: args.sudo,
        program: args.host_program.as_deref(),
    };
    let refused = |why: CannotAsk| Failure::usage(format!("{host}: {why}"), why.hint());
    let far = FarSide::reach(&login).map_err(refused)?;
    let uid = far.machine.uid;
    let recorded = far
        .record(&arguments(args)?, patience(args))
        .map_err(refused)?;
    if uid != 0 && !args.sudo {
        sink::error(&format!(
            "gatewhy: on {host} as user {uid}, who may not see everything; log in as root, or add --sudo\n"
        ));
    }
    shown(args, recorded)
}

/// The diagnosis of what came back.
fn shown(
    args: &DiagnoseArgs,
    recorded: RecordedHost,
) -> Result<(Investigation, Duration), Failure> {
    if let Some(said) = recorded.note(SAID) {
        sink::error(&format!(
            "{}\n",
            gatewhy_facts::untrusted::shown_within(said.trim_end().as_bytes(), 300)
        ));
    }
    let request = request(args, recorded.note(URL))?;
    let took = recorded.note(ELAPSED).and_then(|ms| ms.parse().ok());
    let took = Duration::from_millis(took.unwrap_or(0));
    let Some(path) = &args.record else {
        return Ok((follow(&recorded, &request), took));
    };
    let started = Instant::now();
    let started = started.checked_sub(took).unwrap_or(started);
    record(recorder(recorded, path)?, &request, started)
}

/// How long the far side may take: what the arguments let it wait, and more.
fn patience(args: &DiagnoseArgs) -> Duration {
    let waits = args.timeout.clamp(0.1, 60.0) * (f64::from(args.requests) + 6.0);
    GRACE + Duration::from_secs_f64(waits)
}

/// What the far side has to do, as one line.
fn arguments(args: &DiagnoseArgs) -> Result<String, Failure> {
    let mut words = vec![
        "gatewhy".to_owned(),
        "diagnose".to_owned(),
        format!("--requests={}", args.requests),
        format!("--timeout={}", args.timeout),
    ];
    words.extend(args.origin.iter().map(|value| format!("--origin={value}")));
    words.extend(
        args.resolve
            .iter()
            .map(|value| format!("--resolve={value}")),
    );
    words.extend(args.since.iter().map(|value| format!("--since={value}")));
    words.extend(args.at.iter().map(|value| format!("--at={value}")));
    let ranges = ranges::read(&args.cdn_ranges)?;
    words.extend((!ranges.is_empty()).then(|| format!("--cdn-list={ranges}")));
    if let Some(url) = &args.url {
        words.extend(["--".to_owned(), url.clone()]);
    }
    serde_json::to_string(&words)
        .map_err(|why| Failure::usage(format!("these arguments cannot be sent: {why}"), ""))
}

/// The far side itself: takes one line of arguments, and records to standard output.
pub(crate) fn serve(args: &FarSideArgs) -> Result<Exit, Failure> {
    if args.remove {
        remove_ourselves();
    }
    let wrong = |why: &dyn std::fmt::Display| Failure::usage(why.to_string(), "");
    let mut out = std::io::stdout();
    writeln!(out, "gatewhy-ready {}", env!("CARGO_PKG_VERSION")).map_err(|e| wrong(&e))?;
    out.flush().map_err(|e| wrong(&e))?;
    let mut line = String::new();
    let mut input = std::io::stdin().lock().take(LINE);
    input.read_line(&mut line).map_err(|e| wrong(&e))?;
    let words: Vec<String> = serde_json::from_str(&line).map_err(|e| wrong(&e))?;
    let cli = Cli::try_parse_from(words).map_err(|e| wrong(&e))?;
    let Some(Verb::Diagnose(wanted)) = &cli.verb else {
        return Err(Failure::usage("not a diagnosis", ""));
    };
    let started = Instant::now();
    let (request, said) = meant_request(wanted)?;
    let recorder = Recorder::to_standard_output(LiveHost).map_err(|e| wrong(&e))?;
    if let Some(said) = said {
        recorder.note(SAID, &said);
    }
    let (done, _) = record(recorder, &request, started)?;
    Ok(Exit::of(&done.diagnosis))
}

/// The program was put into a new folder for this one run. Nothing else is removed:
/// the folder only when nothing else is in it.
fn remove_ourselves() {
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let folder = program.parent().filter(|folder| {
        let name = folder.file_name().and_then(std::ffi::OsStr::to_str);
        name.is_some_and(|name| name.starts_with("gatewhy."))
    });
    if let Some(folder) = folder {
        // The shell that started us removes both, should this fail.
        drop(std::fs::remove_file(&program));
        drop(std::fs::remove_dir(folder));
    }
}
