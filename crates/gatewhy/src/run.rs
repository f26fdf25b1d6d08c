//! Carries out a command line.
use crate::cli::{Cli, DiagnoseArgs, Verb};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::investigate::{Investigation, failing, follow, newest};
use crate::{explain, logs, ranges, remote, report, sink};
use gatewhy_causes::diagnose::Request;
use gatewhy_causes::past::window::Window;
use gatewhy_causes::sites::Asked;
use gatewhy_facts::untrusted::shown_within;
use gatewhy_host::Host;
use gatewhy_host::live::LiveHost;
use gatewhy_host::recorded::RecordedHost;
use gatewhy_host::recorder::{Recorder, Redacting};
use std::path::Path;
use std::time::{Duration, Instant};

/// Runs one command line to its exit code.
pub(crate) fn run(cli: &Cli) -> Exit {
    let ended = match &cli.verb {
        Some(Verb::Explain(args)) => explain::explain(args),
        Some(Verb::Logs(args)) => logs::logs(args),
        Some(Verb::Diagnose(args)) => diagnose(args),
        Some(Verb::FarSide(args)) => remote::serve(args),
        None => diagnose(&cli.diagnose),
    };
    ended.unwrap_or_else(|failure| {
        sink::error(&failure.text());
        failure.exit
    })
}

/// Notes that a recording keeps beside the answers.
pub(crate) const URL: &str = "note url";
pub(crate) const ELAPSED: &str = "note elapsed_ms";
const CDN_RANGES: &str = "note cdn_ranges";

fn diagnose(args: &DiagnoseArgs) -> Result<Exit, Failure> {
    let started = Instant::now();
    let (done, took) = match (&args.host, &args.from, &args.record) {
        (Some(host), ..) => remote::diagnose(host, args)?,
        (None, Some(path), _) => replay(path, args)?,
        (None, None, Some(path)) => {
            let request = live_request(args)?;
            record(recorder(LiveHost, path)?, &request, started)?
        }
        (None, None, None) => {
            let request = live_request(args)?;
            let done = follow(&Redacting(LiveHost), &request);
            (done, started.elapsed())
        }
    };
    show(args, &done, took)?;
    Ok(Exit::of(&done.diagnosis))
}

/// The request that is meant on this host: without a URL, the newest failure in the
/// proxy's logs.
fn live_request(args: &DiagnoseArgs) -> Result<Request, Failure> {
    let (request, said) = meant_request(args)?;
    sink::error(&said.unwrap_or_default());
    Ok(request)
}

/// The request that is meant on this host, and what to say of how it was found.
pub(crate) fn meant_request(args: &DiagnoseArgs) -> Result<(Request, Option<String>), Failure> {
    if args.url.is_some() {
        return Ok((request(args, None)?, None));
    }
    let Some(found) = newest(&Redacting(LiveHost)) else {
        return site_that_fails(args);
    };
    let url = shown_within(found.url.as_bytes(), 200);
    let said = format!(
        "no URL given: taking the newest failure in {}, {}: {url}\n",
        found.log, found.ago
    );
    Ok((request(args, Some(&found.url))?, Some(said)))
}

/// No log tells of a failure: the first of the configured sites that fails when it is
/// asked, else the first that could not be told good or bad.
fn site_that_fails(args: &DiagnoseArgs) -> Result<(Request, Option<String>), Failure> {
    let asked = failing(&Redacting(LiveHost));
    let url = asked.failing.first().or(asked.unclear.first());
    let taking = url.map_or("http://localhost/", String::as_str);
    let said = format!(
        "no URL given, and no failure in the proxy's logs: {}taking {taking}\n",
        told(&asked)
    );
    Ok((request(args, url.map(String::as_str))?, Some(said)))
}

/// How the configured sites did; nothing where none is known.
fn told(asked: &Asked) -> String {
    let of = match (asked.asked, asked.configured) {
        (0, _) => return String::new(),
        (asked, configured) if asked < configured => {
            format!("of {asked} sites asked ({configured} are configured)")
        }
        (1, _) => "of 1 configured site".to_owned(),
        (asked, _) => format!("of {asked} configured sites"),
    };
    let unclear = match asked.unclear.len() {
        0 => String::new(),
        count => format!(", {count} could not be told good or bad"),
    };
    let failed = match asked.failing.len() {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    format!("{of} {failed} failed just now{unclear}; ")
}

pub(crate) fn request(args: &DiagnoseArgs, recorded: Option<&str>) -> Result<Request, Failure> {
    if !(0.1..=60.0).contains(&args.timeout) {
        return Err(Failure::usage(
            format!("--timeout {}: not between 0.1 and 60 seconds", args.timeout),
            "2.5 seconds suffice where the proxy and its backends are near",
        ));
    }
    let url = args.url.as_deref().or(recorded);
    let mut request = Request::parse(url).map_err(|why| {
        let url = url.unwrap_or_default();
        Failure::usage(
            format!("'{url}' is not a URL gatewhy can follow: {why}"),
            "give http://HOST/PATH or https://HOST/PATH",
        )
    })?;
    request.requests = args.requests;
    request.window = window(args)?;
    request.cdn_ranges = match &args.cdn_list {
        Some(lines) => lines.clone(),
        None => ranges::read(&args.cdn_ranges)?,
    };
    // The range is checked above, so the product fits.
    request.patience_ms =
        u32::try_from(Duration::from_secs_f64(args.timeout).as_millis()).unwrap_or(60_000);
    let flags = [
        (
            "--origin",
            &args.origin,
            "--origin 192.0.2.10 or 192.0.2.10:8080",
        ),
        (
            "--resolve",
            &args.resolve,
            "--resolve shop.test:80:192.0.2.10",
        ),
    ];
    for (flag, value, example) in flags {
        let Some(value) = value else { continue };
        let refused = |why| {
            Failure::usage(
                format!("{flag} {value}: {why}"),
                format!("as in: {example}"),
            )
        };
        request.dial(flag, value).map_err(refused)?;
    }
    Ok(request)
}

/// The window of time to look back at, if one is asked for.
fn window(args: &DiagnoseArgs) -> Result<Option<Window>, Failure> {
    let (flag, text, read) = match (&args.since, &args.at) {
        (Some(text), _) => ("--since", text, Window::since(text)),
        (None, Some(text)) => ("--at", text, Window::at(text)),
        (None, None) => return Ok(None),
    };
    let refused = |why| {
        Failure::usage(
            format!("{flag} {text}: {why}"),
            "as in: --since 2h, --since '2026-11-20 03:00', --at '2026-11-20 03:12'",
        )
    };
    read.map(Some).map_err(refused)
}

fn replay(path: &Path, args: &DiagnoseArgs) -> Result<(Investigation, Duration), Failure> {
    let host = RecordedHost::open(path).map_err(|e| {
        Failure::usage(
            format!("{}: {e}", path.display()),
            "give a file that --record wrote; .gz may stay compressed",
        )
    })?;
    let mut request = request(args, host.note(URL))?;
    let kept = host.note(CDN_RANGES).unwrap_or_default();
    if request.cdn_ranges.is_empty() {
        kept.clone_into(&mut request.cdn_ranges);
    }
    let elapsed = host
        .note(ELAPSED)
        .and_then(|ms| ms.parse().ok())
        .unwrap_or(0);
    Ok((follow(&host, &request), Duration::from_millis(elapsed)))
}

/// A recorder into a new file.
pub(crate) fn recorder<H: Host>(host: H, path: &Path) -> Result<Recorder<H>, Failure> {
    Recorder::create(host, path).map_err(|e| cannot_record(&e))
}

/// Diagnoses what the recorder looks at, and completes the recording.
pub(crate) fn record<H: Host>(
    recorder: Recorder<H>,
    request: &Request,
    started: Instant,
) -> Result<(Investigation, Duration), Failure> {
    let done = follow(&recorder as &dyn Host, request);
    let took = started.elapsed();
    recorder.note(URL, &request.url);
    if !request.cdn_ranges.is_empty() {
        recorder.note(CDN_RANGES, &request.cdn_ranges);
    }
    recorder.note(ELAPSED, &took.as_millis().to_string());
    recorder.finish().map_err(|e| cannot_record(&e))?;
    Ok((done, took))
}

/// The error says what was written where.
fn cannot_record(why: &dyn std::fmt::Display) -> Failure {
    let hint = "name a new file in a folder you may write";
    Failure::usage(why.to_string(), hint)
}

fn show(args: &DiagnoseArgs, done: &Investigation, took: Duration) -> Result<(), Failure> {
    let elapsed = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let text = if args.json {
        format!("{:#}\n", report::json::diagnosis(&done.diagnosis, elapsed))
    } else {
        report::human::diagnosis(&done.diagnosis, sink::width())
    };
    if args.verbose {
        sink::error(&questions(done));
    }
    sink::result(&text, args.color).map_err(|e| Failure {
        what: format!("cannot write the report to standard output: {e}"),
        hint: "the exit code does not tell the outcome; free some space, or write elsewhere".into(),
        exit: Exit::Bug,
    })
}

/// Every question with its answer's size and time, slowest last.
fn questions(done: &Investigation) -> String {
    let mut all: Vec<_> = done.known.answers().collect();
    all.sort_by_key(|(_, answer)| answer.took);
    let mut text = String::new();
    for (question, answer) in &all {
        let key = shown_within(question.to_string().as_bytes(), 90);
        let ms = answer.took.as_secs_f64() * 1e3;
        text.push_str(&format!(
            "{ms:9.2} ms  {key}  → {}\n",
            shown_within(answer.outcome.to_string().as_bytes(), 60)
        ));
    }
    text.push_str(&format!("{} questions\n", all.len()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_told_is_not_called_good() {
        let url = || "http://shop.test/".to_owned();
        let mut asked = Asked::default();
        assert_eq!(told(&asked), "");
        (asked.configured, asked.asked) = (2, 2);
        assert_eq!(told(&asked), "of 2 configured sites none failed just now; ");
        asked.unclear.push(url());
        assert_eq!(
            told(&asked),
            "of 2 configured sites none failed just now, 1 could not be told good or bad; "
        );
        asked.failing.push(url());
        asked.configured = 40;
        assert_eq!(
            told(&asked),
            "of 2 sites asked (40 are configured) 1 failed just now, 1 could not be told good or bad; "
        );
    }
}
