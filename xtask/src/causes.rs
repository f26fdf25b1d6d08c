//! `docs/causes/<id>.md`: each cause's page, with the real report of its first
//! recorded host.
use crate::output::Output;
use anyhow::{Context as _, Result, bail};
use gatewhy_causes::catalogue;
use gatewhy_causes::cause::Cause;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes every page and the index.
pub(crate) fn generate(output: &mut Output) -> Result<()> {
    let program = program(output.root())?;
    let mut names = BTreeSet::from(["README.md".to_owned()]);
    let mut index = String::from("# Causes\n\n| id | what it is |\n|---|---|\n");
    for cause in catalogue::all() {
        writeln!(
            index,
            "| [{0}]({0}.md) | {1} |",
            cause.id,
            cause.title.trim()
        )?;
        let page = page(output.root(), &program, cause)?;
        let name = format!("{}.md", cause.id);
        output.file(&format!("docs/causes/{name}"), page.as_bytes())?;
        names.insert(name);
    }
    output.file("docs/causes/README.md", index.as_bytes())?;
    output.only("docs/causes", ".md", &names)
}

fn page(root: &Path, program: &Path, cause: &Cause) -> Result<String> {
    let mut page = gatewhy::page(cause);
    if let Some(host) = first_host(root, cause.id)? {
        let report = report(root, program, &host)?;
        let name = host
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        write!(
            page,
            "\n## On a real host\n\nRecorded host `{name}`:\n\n```text\n{report}```\n"
        )?;
    }
    write!(page, "\nSource: [`{0}`](../../{0})\n", cause.file)?;
    Ok(page)
}

/// The first recorded host, by name, that expects this cause first.
fn first_host(root: &Path, id: &str) -> Result<Option<PathBuf>> {
    let mut hosts = Vec::new();
    let Ok(entries) = fs::read_dir(root.join("hosts")) else {
        return Ok(None);
    };
    for entry in entries {
        hosts.push(entry?.path());
    }
    hosts.sort();
    let wanted = format!("first = \"{id}\"");
    Ok(hosts.into_iter().find(|host| {
        let about = fs::read_to_string(host.join("host.toml")).unwrap_or_default();
        about.lines().any(|line| line.trim() == wanted)
    }))
}

fn report(root: &Path, program: &Path, host: &Path) -> Result<String> {
    let about = fs::read_to_string(host.join("host.toml"))?;
    let url = about
        .lines()
        .find_map(|l| l.strip_prefix("url = \"")?.strip_suffix('"'));
    let url = url.with_context(|| format!("{} names no url", host.display()))?;
    let recording = host.join("answers.rec");
    let done = Command::new(program)
        .current_dir(root)
        .args(["--color", "never", "--from"])
        .arg(&recording)
        .arg(url)
        .output()
        .with_context(|| format!("cannot run {}", program.display()))?;
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Builds the program and tells where it is.
fn program(root: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").context("run this through cargo")?;
    let built = Command::new(cargo)
        .current_dir(root)
        .args(["build", "--quiet", "--package", "gatewhy"])
        .status()?;
    if !built.success() {
        bail!("cannot build gatewhy");
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("debug/gatewhy"))
}
