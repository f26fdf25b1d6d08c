//! The base: one root file system, built once, which every host shows through
//! its own overlay.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::apt_sources::{self, Distribution};
use crate::console::say;
use crate::tools;

const PACKAGES: &str = include_str!("../base/packages.txt");
const WHEELS: &str = include_str!("../base/wheels.txt");
const NPM: &str = include_str!("../base/npm.txt");
const TWEAK: &str = include_str!("../base/tweak.sh");

/// Where bases are kept: `GATEWHY_LAB_CACHE`, or a folder under `/var/cache`.
pub(crate) fn cache_folder() -> PathBuf {
    env::var_os("GATEWHY_LAB_CACHE")
        .map_or_else(|| PathBuf::from("/var/cache/gatewhy-lab"), PathBuf::from)
}

/// The base for this machine's release, built now if it is not in the cache.
pub(crate) fn ensure() -> Result<PathBuf> {
    tools::require_root()?;
    let distribution = apt_sources::of_this_machine()?;
    let cache = cache_folder();
    fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
    let base = cache.join(format!("base-{}-{:016x}", distribution.codename, key()));
    // Two labs at once build one base: the second waits here, and finds it.
    let lock = File::create(cache.join("lock"))?;
    lock.lock()?;
    if !base.exists() {
        build(&base, &distribution)?;
    }
    Ok(base)
}

fn build(base: &Path, distribution: &Distribution) -> Result<()> {
    tools::install()?;
    say!(
        "building the base {} (about a minute, once)",
        base.display()
    );
    let partial = base.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    let scratch = base.with_extension("scratch");
    fs::create_dir_all(&scratch)?;
    let log = base.with_extension("log");
    let output = File::create(&log)?;
    let status = mmdebstrap(&partial, &scratch, distribution)?
        .stdout(output.try_clone()?)
        .stderr(output)
        .status()
        .context("cannot start mmdebstrap")?;
    ensure!(
        status.success(),
        "mmdebstrap failed; its output is in {}",
        log.display()
    );
    add_wheels(&partial, &scratch)?;
    add_npm(&partial)?;
    fs::remove_dir_all(&scratch)?;
    fs::rename(&partial, base)?;
    Ok(())
}

fn mmdebstrap(target: &Path, scratch: &Path, distribution: &Distribution) -> Result<Command> {
    let tweak = scratch.join("tweak.sh");
    fs::write(&tweak, TWEAK)?;
    let mut command = Command::new("mmdebstrap");
    command
        .args(["--mode=root", "--variant=apt", "--format=directory"])
        .arg("--aptopt=APT::Install-Recommends \"false\"")
        .args(
            apt_proxies()
                .iter()
                .map(|option| format!("--aptopt={option}")),
        )
        .args(
            ["man", "doc", "locale", "info"]
                .map(|kind| format!("--dpkgopt=path-exclude=/usr/share/{kind}/*")),
        )
        // Java's package makes links in there.
        .arg("--essential-hook=mkdir -p \"$1/usr/share/man/man1\"")
        .arg(format!("--include={}", packages().join(",")))
        .arg(format!("--customize-hook=sh {} \"$1\"", tweak.display()))
        .arg(&distribution.codename)
        .arg(target);
    for (number, source) in distribution.sources.iter().enumerate() {
        let extension = if source.starts_with("deb ") {
            "list"
        } else {
            "sources"
        };
        let path = scratch.join(format!("{number}.{extension}"));
        fs::write(&path, source)?;
        command.arg(path);
    }
    Ok(command)
}

/// Programs that no Debian package has, and a Python package does.
fn add_wheels(base: &Path, scratch: &Path) -> Result<()> {
    let target = scratch.join("wheels");
    let wheels: Vec<Vec<&str>> = listed(WHEELS)
        .iter()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let status = Command::new("pip3")
        .args(["--quiet", "install", "--no-deps", "--only-binary=:all:"])
        .args(["--disable-pip-version-check", "--root-user-action=ignore"])
        .arg("--target")
        .arg(&target)
        .args(wheels.iter().filter_map(|words| words.first()))
        .status()
        .context("cannot start pip3")?;
    ensure!(
        status.success(),
        "pip3 could not fetch the programs of wheels.txt"
    );
    for file in wheels.iter().filter_map(|words| words.get(1)) {
        let from = target.join(file);
        let name = from.file_name().context("wheels.txt names a folder")?;
        fs::copy(&from, base.join("usr/local/bin").join(name))
            .with_context(|| format!("the package has no {file}"))?;
    }
    Ok(())
}

/// Programs that Debian does not have, and npm does: with what they need, as
/// `npm install --global` would have put them there.
fn add_npm(base: &Path) -> Result<()> {
    let status = Command::new("npm")
        .args(["install", "--global", "--omit=optional", "--ignore-scripts"])
        .args(["--no-audit", "--no-fund", "--loglevel=error"])
        .arg("--prefix")
        .arg(base.join("usr/local"))
        .args(listed(NPM))
        .status()
        .context("cannot start npm")?;
    ensure!(
        status.success(),
        "npm could not fetch the programs of npm.txt"
    );
    Ok(())
}

fn packages() -> Vec<&'static str> {
    listed(PACKAGES)
}

/// The lines of a list, without comments.
fn listed(text: &'static str) -> Vec<&'static str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// The proxies through which this machine's apt reaches its sources.
fn apt_proxies() -> Vec<String> {
    let Ok(dump) = Command::new("apt-config").arg("dump").output() else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&dump.stdout).into_owned();
    text.lines()
        .filter(|line| line.starts_with("Acquire::http") && line.contains("roxy"))
        .map(str::to_owned)
        .collect()
}

/// Changes when anything that shapes the base changes (FNV-1a, 64 bits).
fn key() -> u64 {
    let lists = [PACKAGES, WHEELS, NPM, TWEAK];
    let bytes = lists.into_iter().flat_map(str::bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_packages() {
        let packages = packages();
        assert!(packages.contains(&"nginx"));
        assert!(packages.iter().all(|name| !name.contains([' ', '#'])));
        let pinned = |line: &&str| line.contains("==") && line.contains(' ');
        assert!(listed(WHEELS).iter().all(pinned));
        let exact = |line: &&str| line.split_once('@').is_some_and(|(_, v)| v.contains('.'));
        assert!(listed(NPM).iter().all(exact));
    }
}
