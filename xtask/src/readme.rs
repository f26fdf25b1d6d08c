//! The run that the README shows: the report of a recorded host.
use crate::output::Output;
use anyhow::{Context as _, Result};
use std::fs;

const BEGIN: &str = "<!-- report php-stopped: written by `cargo xtask generate` -->\n";
const END: &str = "<!-- end of report -->";
const REPORT: &str = "hosts/php-stopped/report.txt";

/// Puts the report between its marks. Without the recorded host all stays.
pub(crate) fn generate(output: &mut Output) -> Result<()> {
    let Ok(report) = fs::read_to_string(output.root().join(REPORT)) else {
        return Ok(());
    };
    let readme = fs::read_to_string(output.root().join("README.md"))?;
    let (before, rest) = readme
        .split_once(BEGIN)
        .context("README.md has lost its mark")?;
    let (_, after) = rest
        .split_once(END)
        .context("README.md has lost its end mark")?;
    // The near misses are left out: the page is short.
    let report = report.split("\nWhat it is not\n").next().unwrap_or(&report);
    let report = report.trim_end();
    let text =
        format!("{before}{BEGIN}```text\n$ gatewhy http://shop.test/\n{report}\n```\n{END}{after}");
    output.file("README.md", text.as_bytes())
}
