//! The command line. Help, man page, completions and the reference page are all
//! made from this one description.
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// A gateway answered 502, 503 or 504: why, and how to get back to 200.
#[derive(Debug, Parser)]
#[command(
    name = "gatewhy",
    version,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = false,
    max_term_width = 80,
    after_help = exit_codes()
)]
pub(crate) struct Cli {
    /// What to do; without a subcommand, diagnose.
    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
    /// The options of `diagnose`, which is what happens without a subcommand.
    #[command(flatten)]
    pub(crate) diagnose: DiagnoseArgs,
}

/// What gatewhy can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Follow a request hop by hop, and name the link that broke and why
    Diagnose(DiagnoseArgs),
    /// Say what a log line means and which causes it leaves open, or print a
    /// cause's page
    Explain(ExplainArgs),
    /// Read logs, however large: what failed, how often, where and since when
    Logs(crate::logs::LogsArgs),
    /// What `--host` starts on the far side
    #[command(hide = true)]
    FarSide(FarSideArgs),
}

/// Options of the hidden `far-side`.
#[derive(Args, Clone, Debug)]
pub(crate) struct FarSideArgs {
    /// Remove this very program and its folder first
    #[arg(long)]
    pub(crate) remove: bool,
}

/// Options of `diagnose`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct DiagnoseArgs {
    /// The address that fails, as a visitor types it; without it, the newest
    /// failure in nginx's logs, else the first configured site of nginx, Apache or
    /// Caddy that fails when it is asked, else localhost
    pub(crate) url: Option<String>,
    /// Print one JSON object instead of a report
    #[arg(long)]
    pub(crate) json: bool,
    /// Send so many requests, to see failures that come and go (1 to 20)
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=20))]
    pub(crate) requests: u8,
    /// Look back as well: for failures of the last 2h, 30min, 1d, or since a time
    /// such as 03:00 or '2026-11-20 03:00', from logs, journal and kernel log
    #[arg(long, value_name = "SPAN|TIME")]
    pub(crate) since: Option<String>,
    /// Look back at what failed around a time, such as '2026-11-20 03:12' or 03:12
    #[arg(long, value_name = "TIME", conflicts_with = "since")]
    pub(crate) at: Option<String>,
    /// Dial this address (IP or IP:PORT) instead of the proxy found on this host
    #[arg(long, value_name = "ADDR")]
    pub(crate) origin: Option<String>,
    /// Use ADDR for HOST:PORT instead of asking the resolver
    #[arg(long, value_name = "HOST:PORT:ADDR")]
    pub(crate) resolve: Option<String>,
    /// Newer ranges of a CDN's addresses than those that gatewhy brings along, as the CDN
    /// publishes them; may be given again
    #[arg(long, value_name = "FILE")]
    pub(crate) cdn_ranges: Vec<PathBuf>,
    /// The same, in the form in which it reaches the far side
    #[arg(long, hide = true, value_name = "LINES", conflicts_with = "cdn_ranges")]
    pub(crate) cdn_list: Option<String>,
    /// Wait at most so many seconds for the site and for the backend
    #[arg(long, value_name = "SECONDS", default_value_t = 2.5)]
    pub(crate) timeout: f64,
    /// Diagnose a recording instead of this host
    #[arg(long, value_name = "FILE", conflicts_with = "record")]
    pub(crate) from: Option<PathBuf>,
    /// Diagnose on that machine, over SSH, with nothing installed there; without a
    /// URL, one that fails there, found likewise
    #[arg(long, value_name = "USER@HOST", conflicts_with = "from")]
    pub(crate) host: Option<String>,
    /// With --host: look as root there, by sudo without a password
    #[arg(long, requires = "host")]
    pub(crate) sudo: bool,
    /// With --host: send this gatewhy, built for that machine, instead of this one
    #[arg(long, value_name = "FILE", requires = "host")]
    pub(crate) host_program: Option<PathBuf>,
    /// Write every answer, with secrets removed, to a new file (.gz is compressed)
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// List every question asked, with its answer's size and time
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colour::Auto)]
    pub(crate) color: Colour,
}

/// Options of `explain`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExplainArgs {
    /// Log lines, each as one argument; or a cause's id, such as backend-stopped.
    /// Without any, and with "-", lines are read from standard input; on a
    /// terminal, all causes are listed instead
    #[arg(value_name = "LINE|ID")]
    pub(crate) lines: Vec<OsString>,
    /// Print JSON: for one line an array with one object, for several an object
    /// with "lines" and "incident"
    #[arg(long)]
    pub(crate) json: bool,
    /// A configuration, or a piece of one, of the proxy or the backend: a port,
    /// scheme or limit in it may settle what the line leaves open
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// Several lines have nothing to do with each other: do not judge them
    /// together; with --json, print an array
    #[arg(long)]
    pub(crate) separate: bool,
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colour::Auto)]
    pub(crate) color: Colour,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

fn exit_codes() -> String {
    let mut text = String::from("Exit codes:\n");
    for (code, meaning) in crate::exit::Exit::ALL {
        text.push_str(&format!("  {code:>2}  {meaning}\n"));
    }
    text.push_str("\nRun as root to see everything; without root it says what it could not see.");
    text
}
