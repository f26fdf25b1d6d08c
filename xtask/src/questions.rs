//! The list of everything gatewhy may read or run.
use crate::output::Output;
use anyhow::Result;
use gatewhy_facts::inventory::{COMMANDS, FILES, NAMED, PROBES, READS};
use std::fmt::Write as _;

/// Writes the list.
pub(crate) fn generate(output: &mut Output) -> Result<()> {
    let mut page = String::from(
        "# Everything gatewhy may read, run or dial\n\n`diagnose` changes nothing. `-v` lists what was really asked. A test finds whatever a\nrecorded host was asked and no row tells.\n\nFiles that the command line names are read too (`logs FILE`, `--config`, `--from`,\n`--cdn-ranges`). With `--host`, `ssh` is run here, and all of this happens there.\n",
    );
    for (heading, rows) in [
        ("Files", FILES),
        ("Files that something read before names", NAMED),
        ("The kernel and libraries", READS),
        ("Programs", COMMANDS),
        ("Conversations", PROBES),
    ] {
        write!(page, "\n## {heading}\n\n| what | for |\n|---|---|\n")?;
        for (what, purpose) in rows {
            // A bar ends a table's cell, in code as well.
            let what = what.replace('|', "\\|");
            writeln!(page, "| `{what}` | {purpose} |")?;
        }
    }
    output.file("docs/reference/questions.md", page.as_bytes())
}
