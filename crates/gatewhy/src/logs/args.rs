//! Options of `logs`.
use crate::cli::Colour;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Options of `logs`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct LogsArgs {
    /// Logs to read, compressed ones too; folders; - is standard input; without
    /// any, what this host's proxy and PHP-FPM are configured to write; objects of an
    /// object store (`s3://bucket/prefix`) where it is built with `object-store`
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Print one JSON object instead of a report
    #[arg(long, conflicts_with_all = ["csv", "by"])]
    pub(crate) json: bool,
    /// Print comma-separated counts: by symptom, or by what --by names
    #[arg(long)]
    pub(crate) csv: bool,
    /// Print one JSON object for each failure, in the order of the logs
    #[arg(long, conflicts_with_all = ["csv", "by", "json"])]
    pub(crate) ndjson: bool,
    /// Write a page with charts, too
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Go on reading, and print every failure as it is written
    #[arg(short, long, conflicts_with_all = ["csv", "by", "json", "html"])]
    pub(crate) follow: bool,
    /// Count by these, as in --by upstream,cause,hour
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) by: Vec<By>,
    /// Only failures with this symptom, or that leave this cause open
    #[arg(long, value_name = "ID")]
    pub(crate) cause: Option<String>,
    /// Only failures with upstreams whose address holds this
    #[arg(long, value_name = "TEXT")]
    pub(crate) upstream: Option<String>,
    /// Only failures that a visitor saw as this status
    #[arg(long, value_name = "CODE")]
    pub(crate) status: Option<u16>,
    /// Only kinds of failures that come at least so many times an hour
    #[arg(long, value_name = "N")]
    pub(crate) min_rate: Option<f64>,
    /// Only records from then on: 2026-11-20, '2026-11-20 03:12', 2h, 3d
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Only records until then
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// What `log_format` says of an access log, behind its name
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Vec<String>,
    /// When to use colour
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colour::Auto)]
    pub(crate) color: Colour,
}

/// What failures are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// The upstream's address.
    Upstream,
    /// What was seen.
    Cause,
    /// The host that was asked for.
    Host,
    /// The shape of the request's path.
    Route,
    /// The visitor's address.
    Client,
    /// The hour.
    Hour,
}
