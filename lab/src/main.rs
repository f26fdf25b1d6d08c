//! Boots real, throw-away hosts, breaks them, and checks the whole program on them.

mod apt_sources;
mod base;
mod bench;
mod child;
mod console;
mod demo;
mod diagnose;
mod host;
mod observe;
mod record;
mod run;
mod scenario;
mod shell;
mod stale;
mod summary;
mod tools;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result, ensure};
use clap::{Args, Parser, Subcommand};

use console::say;
use run::{Settings, Stage};
use scenario::Scenario;

#[derive(Parser)]
#[command(name = "lab", about, version)]
struct Cli {
    /// Folder of the scenarios, with their functions in lib.
    #[arg(long, global = true, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"))]
    scenarios: PathBuf,
    /// Folder for the outputs of each scenario.
    #[arg(long, global = true, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/lab"))]
    results: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Installs the programs that the lab runs and this machine lacks.
    Setup,
    /// Builds the base, once, and says where it is.
    Base,
    /// Lists the scenarios.
    List,
    /// Runs scenarios: all of them, or those whose names contain one of NAMES.
    Run(RunArgs),
    /// Opens a shell in the host of a scenario.
    Shell(ShellArgs),
    /// Shows a diagnosis of a host that is broken for real.
    Demo(DemoArgs),
}

#[derive(Args)]
struct RunArgs {
    /// Scenarios, groups, or parts of their names.
    names: Vec<String>,
    /// Every scenario.
    #[arg(long, conflicts_with = "names", required_unless_present = "names")]
    all: bool,
    /// How many hosts at once [default: one per core].
    #[arg(long)]
    jobs: Option<usize>,
    /// The program to test [default: the one built beside this one].
    #[arg(long)]
    gatewhy: Option<PathBuf>,
    /// Checks the scenarios alone: do they work, and do they break as they say?
    #[arg(long)]
    no_diagnose: bool,
    /// Makes a recorded host of each that passes, in this folder.
    #[arg(long)]
    record: Option<PathBuf>,
    /// Goes on after a scenario failed.
    #[arg(long)]
    keep_going: bool,
    /// Boots a host that failed again, alone, this many times at most: on a busy
    /// machine a fault may not have taken hold in time.
    #[arg(long, default_value_t = 0, requires = "keep_going")]
    again: u8,
    /// Diagnoses each host several times, and prints what that cost.
    #[arg(long)]
    bench: bool,
}

#[derive(Args)]
struct ShellArgs {
    /// The scenario.
    name: String,
    /// How far to take the host.
    #[arg(long, value_enum, default_value = "broken")]
    stage: Stage,
    /// The program to have at hand in the host [default: the one built beside this one].
    #[arg(long)]
    gatewhy: Option<PathBuf>,
}

#[derive(Args)]
struct DemoArgs {
    /// The scenario to show.
    #[arg(default_value = "php/stopped")]
    name: String,
    /// The program to show [default: the one built beside this one].
    #[arg(long)]
    gatewhy: Option<PathBuf>,
}

fn main() -> ExitCode {
    run(&Cli::parse()).unwrap_or_else(|failure| {
        console::failure(&failure);
        ExitCode::FAILURE
    })
}

fn run(cli: &Cli) -> Result<ExitCode> {
    match &cli.verb {
        Verb::Setup => tools::install()?,
        Verb::Base => say!("{}", base::ensure()?.display()),
        Verb::List => list(&cli.scenarios)?,
        Verb::Run(args) => return run_scenarios(cli, args),
        Verb::Shell(args) => open_shell(cli, args)?,
        Verb::Demo(args) => show_demo(cli, args)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(folder: &Path) -> Result<()> {
    for scenario in scenario::all(folder)? {
        let expected = scenario
            .expect
            .first
            .as_deref()
            .unwrap_or(scenario.expect.verdict());
        say!("{:44} {:28} {}", scenario.name, expected, scenario.title);
    }
    Ok(())
}

fn run_scenarios(cli: &Cli, args: &RunArgs) -> Result<ExitCode> {
    let scenarios = scenario::all(&cli.scenarios)?;
    let chosen = if args.all {
        scenarios
    } else {
        scenario::choose(scenarios, &args.names)?
    };
    let gatewhy = if args.no_diagnose {
        None
    } else {
        Some(program(args.gatewhy.as_deref())?)
    };
    let mut settings = settings(cli, gatewhy)?;
    settings.jobs = args
        .jobs
        .unwrap_or_else(|| thread::available_parallelism().map_or(1, Into::into))
        .max(1);
    settings.keep_going = args.keep_going;
    settings.again = args.again;
    settings.bench = args.bench;
    settings.record.clone_from(&args.record);
    if let Some(folder) = &args.record {
        std::fs::create_dir_all(folder)?;
    }
    let outcomes = run::run(chosen, &settings);
    let passed = summary::print(&outcomes);
    if args.bench {
        bench::print(&outcomes);
    }
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn open_shell(cli: &Cli, args: &ShellArgs) -> Result<()> {
    let scenario = single(&cli.scenarios, &args.name)?;
    let settings = settings(cli, program(args.gatewhy.as_deref()).ok())?;
    shell::open(&scenario, &settings, args.stage)
}

fn show_demo(cli: &Cli, args: &DemoArgs) -> Result<()> {
    let scenario = single(&cli.scenarios, &args.name)?;
    let gatewhy = program(args.gatewhy.as_deref())?;
    demo::introduce(&scenario);
    demo::show(&scenario, &settings(cli, Some(gatewhy))?)
}

/// The one scenario that was meant: the only match, or the one that is called exactly so.
fn single(folder: &Path, name: &str) -> Result<Scenario> {
    let mut found = scenario::choose(scenario::all(folder)?, &[name.to_owned()])?;
    if found.len() > 1 {
        found.retain(|scenario| {
            scenario.name == name || scenario.name.ends_with(&format!("/{name}"))
        });
    }
    ensure!(found.len() < 2, "more than one scenario is called {name}");
    found
        .pop()
        .with_context(|| format!("several scenarios contain {name}, and none is called so"))
}

fn settings(cli: &Cli, gatewhy: Option<PathBuf>) -> Result<Settings> {
    stale::sweep();
    Ok(Settings {
        base: base::ensure()?,
        library: cli
            .scenarios
            .join("lib")
            .canonicalize()
            .context("there are no functions for scenarios (lib) in it")?,
        gatewhy,
        results: cli.results.clone(),
        record: None,
        keep_going: false,
        again: 0,
        bench: false,
        jobs: 1,
    })
}

/// The program under test: as told, or the one that was built beside this one.
fn program(told: Option<&Path>) -> Result<PathBuf> {
    let path = match told {
        Some(path) => path.to_owned(),
        None => env::current_exe()?.with_file_name("gatewhy"),
    };
    path.canonicalize().with_context(|| {
        format!(
            "there is no {}; build it, or use --no-diagnose",
            path.display()
        )
    })
}
