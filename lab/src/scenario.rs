//! Scenarios: what to set up, what to break, and what must be said about it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::observe::Observed;

/// One scenario, as its folder describes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// Group and name: its folder below `scenarios`.
    #[serde(skip)]
    pub(crate) name: String,
    /// The folder itself.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
    /// What is wrong, in a few words.
    pub(crate) title: String,
    /// What makes it worth having: the trap, or the kind of evidence.
    pub(crate) teaches: String,
    /// The address a visitor asks for.
    pub(crate) url: String,
    /// What the visitor gets before the fault.
    #[serde(default = "ok")]
    pub(crate) healthy: Observed,
    /// What the visitor gets after it.
    pub(crate) broken: Observed,
    /// Whether the proxy hides the failure behind a good status, as `error_page … =200`
    /// does: then even a visitor who is served proves nothing.
    #[serde(default)]
    pub(crate) masked: bool,
    /// Whether a recording is kept of it for the replay tests; of a very large host
    /// none is.
    #[serde(default = "yes")]
    pub(crate) recorded: bool,
    /// Seconds the visitor waits before it counts as a hang.
    #[serde(default = "patience")]
    pub(crate) patience: u64,
    /// What else is on the host that could mislead.
    #[serde(default)]
    pub(crate) red_herrings: String,
    /// What the machine has to offer, or the scenario is skipped.
    #[serde(default)]
    pub(crate) needs: Vec<Need>,
    /// Further arguments of `gatewhy diagnose`.
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
    /// Arguments that say from where it looks (`--host`); a recording goes without.
    #[serde(default)]
    pub(crate) vantage: Vec<String>,
    /// The command that starts it, before its own name: as another user, elsewhere.
    #[serde(default)]
    pub(crate) through: Vec<String>,
    /// What `gatewhy` must and must not say.
    #[serde(default)]
    pub(crate) expect: Expect,
}

impl Scenario {
    /// Whether the verdict fits what visitors get after the fault.
    fn agrees(&self) -> bool {
        let verdict = self.expect.verdict();
        let healthy = self.expect.first.is_none() && verdict == "healthy";
        match self.broken {
            seen if seen == ok() && self.masked => !healthy,
            // One visitor may well be served where others fail now and then.
            seen if seen == ok() => healthy || verdict == "intermittent",
            // It may be the visitors' own fault, or the way's.
            Observed::Status(400..=499) => true,
            _ => !healthy,
        }
    }
}

/// Something that not every machine or base offers.
#[derive(Debug, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Need {
    /// Memory limits of services: a memory controller that a host may write to.
    MemoryController,
    /// Limits of services on processor time, likewise.
    CpuController,
    /// The machine's kernel log, readable in the host.
    KernelLog,
}

/// What the diagnosis must and must not contain. Without `first`, the site is healthy.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// The cause that must come first.
    pub(crate) first: Option<String>,
    /// Causes that may come first instead.
    #[serde(default)]
    pub(crate) or_first: Vec<String>,
    /// Causes that must be listed, in any place.
    #[serde(default)]
    pub(crate) also: Vec<String>,
    /// Causes that must not be listed.
    #[serde(default)]
    pub(crate) never: Vec<String>,
    /// What must appear in the JSON's texts or in the human report.
    #[serde(default)]
    pub(crate) strings: Vec<String>,
    /// What must not appear there.
    #[serde(default)]
    pub(crate) without: Vec<String>,
    /// It must refuse, with these words on standard error, and print no report.
    pub(crate) refused: Option<String>,
    /// The verdict; `healthy` or `broken` unless given.
    verdict: Option<String>,
    /// The exit code; 0, 1 or, refused, 2 unless given.
    exit: Option<i32>,
}

impl Expect {
    /// The verdict that the diagnosis must come to.
    pub(crate) fn verdict(&self) -> &str {
        let usual = if self.first.is_some() || self.refused.is_some() {
            "broken"
        } else {
            "healthy"
        };
        self.verdict.as_deref().unwrap_or(usual)
    }

    /// The exit code that the diagnosis must end with.
    pub(crate) fn exit(&self) -> i32 {
        let usual = match (&self.refused, &self.first) {
            (Some(_), _) => 2,
            (None, first) => i32::from(first.is_some()),
        };
        self.exit.unwrap_or(usual)
    }
}

impl Scenario {
    /// The words that start `gatewhy` as the scenario wants it.
    pub(crate) fn started(&self) -> impl Iterator<Item = &str> {
        self.through
            .iter()
            .map(String::as_str)
            .chain(std::iter::once("gatewhy"))
    }
    /// The host part of the URL, if it is a name that has to be made known.
    pub(crate) fn url_host(&self) -> Option<&str> {
        let rest = self.url.split_once("://")?.1;
        let authority = rest.split('/').next()?;
        let host = authority.split(':').next()?;
        let literal = host.chars().all(|c| c.is_ascii_digit() || c == '.') || host == "localhost";
        (!literal).then_some(host)
    }
}

fn ok() -> Observed {
    Observed::Status(200)
}

const fn yes() -> bool {
    true
}

fn patience() -> u64 {
    5
}

/// Every scenario below `folder`, by name.
pub(crate) fn all(folder: &Path) -> Result<Vec<Scenario>> {
    let mut scenarios = Vec::new();
    for group in folders_in(folder)? {
        for folder in folders_in(&group)? {
            if folder.join("scenario.toml").exists() {
                scenarios.push(load(&folder).with_context(|| format!("in {}", folder.display()))?);
            }
        }
    }
    scenarios.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(scenarios)
}

/// The scenarios that `wanted` names: whole names, groups, or parts of names.
pub(crate) fn choose(scenarios: Vec<Scenario>, wanted: &[String]) -> Result<Vec<Scenario>> {
    for want in wanted {
        if !scenarios.iter().any(|scenario| answers_to(scenario, want)) {
            bail!("no scenario is called {want}; `lab list` shows them all");
        }
    }
    Ok(scenarios
        .into_iter()
        .filter(|scenario| wanted.iter().any(|want| answers_to(scenario, want)))
        .collect())
}

fn answers_to(scenario: &Scenario, want: &str) -> bool {
    let want = want.trim_end_matches('/');
    scenario.name.contains(want)
}

fn folders_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?
    {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    Ok(folders)
}

fn load(folder: &Path) -> Result<Scenario> {
    let text = fs::read_to_string(folder.join("scenario.toml"))?;
    let mut scenario: Scenario = toml::from_str(&text)?;
    let mut parts: Vec<_> = folder
        .iter()
        .rev()
        .take(2)
        .map(|part| part.to_string_lossy())
        .collect();
    parts.reverse();
    scenario.name = parts.join("/");
    scenario.folder = folder.canonicalize()?;
    for script in ["setup.sh", "fault.sh"] {
        ensure!(folder.join(script).exists(), "{script} is missing");
    }
    ensure!(
        scenario.agrees(),
        "what visitors get and what must be said about it disagree"
    );
    let also_first = |id| Some(id) == scenario.expect.first.as_ref();
    ensure!(
        !scenario.expect.never.iter().any(also_first),
        "the first cause must never be listed"
    );
    Ok(scenario)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every scenario of the project can be read, agrees with itself, and says why it is
    /// worth having.
    #[test]
    fn scenarios_are_complete() {
        let scenarios = all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")).unwrap();
        assert!(!scenarios.is_empty());
        for scenario in &scenarios {
            assert!(
                !scenario.title.is_empty() && !scenario.teaches.is_empty(),
                "{}",
                scenario.name
            );
        }
    }

    #[test]
    fn names_are_made_known_and_addresses_are_not() {
        let mut scenario: Scenario = toml::from_str(
            "title = 'a'\nteaches = 'b'\nurl = 'http://shop.test:8080/x'\nbroken = 502",
        )
        .unwrap();
        assert_eq!(scenario.url_host(), Some("shop.test"));
        scenario.url = "http://192.0.2.10/".into();
        assert_eq!(scenario.url_host(), None);
    }
}
