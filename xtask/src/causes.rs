//! `docs/causes/<id>.md`: each cause's page, with the real report of its first
//! recorded host.
use crate::output::Output;
use anyhow::{Context as _, Result};
use gatewhy_causes::catalogue;
use gatewhy_causes::cause::Cause;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Writes every page and the index.
pub(crate) fn generate(output: &mut Output) -> Result<()> {
    let hosts = hosts(output.root())?;
    let mut names = BTreeSet::from(["README.md".to_owned()]);
    for cause in catalogue::all() {
        let name = format!("{}.md", cause.id);
        let page = page(cause, hosts.get(cause.id));
        output.file(&format!("docs/causes/{name}"), page.as_bytes())?;
        names.insert(name);
    }
    output.file("docs/causes/README.md", index()?.as_bytes())?;
    output.only("docs/causes", ".md", &names)
}

/// The list of all causes, by group.
fn index() -> Result<String> {
    let mut index = String::from(
        "# Causes\n\nEvery cause that gatewhy can name; `gatewhy explain ID` prints the same pages.\n",
    );
    let mut last = "";
    for cause in catalogue::all() {
        let group = cause.file.rsplit('/').nth(1).unwrap_or_default();
        if group != last {
            write!(index, "\n## {group}\n\n| id | what it is |\n|---|---|\n")?;
            last = group;
        }
        let (id, title) = (cause.id, cause.title.trim());
        writeln!(index, "| [{id}]({id}.md) | {title} |")?;
    }
    Ok(index)
}

/// A recorded host: its name, and the report on it.
struct Recorded {
    name: String,
    report: String,
}

fn page(cause: &Cause, host: Option<&Recorded>) -> String {
    let mut page = gatewhy::page(cause);
    if let Some(Recorded { name, report }) = host {
        page.push_str(&format!(
            "\n## On a real host\n\nRecorded host [`{name}`](../../hosts/{name}):\n\n```text\n{report}```\n"
        ));
    }
    let file = cause.file;
    page.push_str(&format!("\nSource: [`{file}`](../../{file})\n"));
    page
}

/// For each cause the first recorded host, by name, on which it must come first.
/// Hosts without a report, or no hosts at all, leave pages without an example.
fn hosts(root: &Path) -> Result<BTreeMap<String, Recorded>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(root.join("hosts")).into_iter().flatten() {
        folders.push(entry?.path());
    }
    folders.sort();
    let mut hosts = BTreeMap::new();
    for folder in folders {
        let Ok(report) = fs::read_to_string(folder.join("report.txt")) else {
            continue;
        };
        if let Some(cause) = first_cause(&folder)? {
            let name = folder.file_name().unwrap_or_default();
            let name = name.to_string_lossy().into_owned();
            hosts.entry(cause).or_insert(Recorded { name, report });
        }
    }
    Ok(hosts)
}

/// The cause that must come first on a recorded host; none on a healthy one.
fn first_cause(folder: &Path) -> Result<Option<String>> {
    let path = folder.join("host.toml");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let about: toml::Table = text
        .parse()
        .with_context(|| format!("cannot understand {}", path.display()))?;
    let first = about.get("expect").and_then(|expect| expect.get("first"));
    Ok(first.and_then(toml::Value::as_str).map(str::to_owned))
}
