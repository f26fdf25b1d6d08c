//! A host that is broken for real, and what `gatewhy` says about it, for somebody
//! who sees it for the first time.

use std::env;
use std::io::IsTerminal;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::child;
use crate::console::say;
use crate::host::Host;
use crate::run::{self, Settings, Stage};
use crate::scenario::Scenario;

/// Says what is going to happen, before anything takes time.
pub(crate) fn introduce(scenario: &Scenario) {
    say!("This boots a throw-away Debian host with systemd, nginx and a site, then breaks it:");
    say!("{}.", scenario.title);
    say!("The host lives in memory; the services and files of this machine are not touched.\n");
}

/// Boots the host, breaks it, and shows the visitor's view and the diagnosis.
pub(crate) fn show(scenario: &Scenario, settings: &Settings) -> Result<()> {
    let started = Instant::now();
    let host = run::boot(scenario, settings)?;
    run::prepare(&host, scenario, Stage::Broken, &settings.results)?;
    say!(
        "Booted, seen to work, and broken, in {:.1} s. A visitor now gets:\n",
        started.elapsed().as_secs_f64()
    );
    visit(&host, scenario)?;
    diagnose(&host, scenario)?;
    how_to_go_on(scenario, settings);
    Ok(())
}

/// The head of the site's answer, as a real client prints it.
fn visit(host: &Host, scenario: &Scenario) -> Result<()> {
    prompt(&format!("curl --head {}", scenario.url));
    let mut curl = host.command("curl");
    curl.args(["--silent", "--show-error", "--head", "--insecure"])
        .args(["--noproxy", "*", "--max-time", "5", &scenario.url]);
    let answer = child::finish(&mut curl, Duration::from_secs(10))?;
    for line in answer.text().lines().filter(|line| !line.trim().is_empty()) {
        say!("{}", line.trim_end());
    }
    say!("");
    Ok(())
}

/// `gatewhy` itself, on this terminal.
fn diagnose(host: &Host, scenario: &Scenario) -> Result<()> {
    prompt(&format!("gatewhy {}", scenario.url));
    let mut gatewhy = on_this_terminal(host, "gatewhy");
    gatewhy
        .args(["diagnose", &scenario.url])
        .args(&scenario.arguments)
        .args(&scenario.vantage);
    let started = Instant::now();
    let ended = gatewhy.status().context("cannot run gatewhy in the host")?;
    let took = started.elapsed();
    ensure!(
        ended.code().is_some_and(|code| code < 4),
        "gatewhy failed in the host: {ended}"
    );
    say!(
        "\n{} ms, exit code {}.",
        took.as_millis(),
        ended.code().unwrap_or_default()
    );
    Ok(())
}

/// A command in the host that writes here, and in colour where it would in a
/// terminal of its own.
fn on_this_terminal(host: &Host, program: &str) -> Command {
    let mut command = host.command("env");
    let terminal = env::var("TERM").unwrap_or_else(|_| "dumb".to_owned());
    command.arg(format!("TERM={terminal}"));
    if let Ok(no_color) = env::var("NO_COLOR") {
        command.arg(format!("NO_COLOR={no_color}"));
    }
    command.arg(program).stdin(Stdio::null());
    command
}

fn prompt(line: &str) {
    if std::io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|set| set.is_empty()) {
        say!("\x1b[1mroot@web1:~# {line}\x1b[0m");
    } else {
        say!("root@web1:~# {line}");
    }
}

fn how_to_go_on(scenario: &Scenario, settings: &Settings) {
    let here = env::current_dir().unwrap_or_default();
    let lab = env::current_exe().unwrap_or_else(|_| "lab".into());
    let lab = lab.strip_prefix(&here).unwrap_or(&lab).display();
    let others = settings.library.parent().map_or(0, |folder| {
        crate::scenario::all(folder).map_or(0, |all| all.len())
    });
    say!("\nThe host is gone again. To go on:");
    say!(
        "  {lab} shell {}   a shell in the same broken host: try the fix",
        scenario.name
    );
    say!("  {lab} list                {others} ways to break a site; `demo NAME` shows any");
    say!("  make test                            all of them, and every other check");
    say!(
        "  gatewhy http://YOUR-SITE/            on your own host; it only reads{}",
        program_hint(settings, &here)
    );
}

/// Where the program is that was just shown.
fn program_hint(settings: &Settings, here: &Path) -> String {
    let Some(path) = &settings.gatewhy else {
        return String::new();
    };
    let short = path.strip_prefix(here).unwrap_or(path);
    format!(" ({})", short.display())
}
