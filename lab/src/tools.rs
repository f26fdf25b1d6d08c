//! The programs of this machine that the lab runs.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail, ensure};

use crate::console::say;

/// Each program, and the Debian package it comes from.
const TOOLS: [(&str, &str); 11] = [
    ("mmdebstrap", "mmdebstrap"),
    ("systemd-nspawn", "systemd-container"),
    ("nsenter", "util-linux"),
    ("unshare", "util-linux"),
    ("setpriv", "util-linux"),
    ("script", "bsdutils"),
    ("ip", "iproute2"),
    ("find", "findutils"),
    ("bash", "bash"),
    ("pip3", "python3-pip"),
    ("npm", "npm"),
];

/// Refuses to go on without root: booting a host needs it.
pub(crate) fn require_root() -> Result<()> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "the lab boots hosts, and has to run as root"
    );
    Ok(())
}

/// Installs the programs that are missing on this machine.
pub(crate) fn install() -> Result<()> {
    let packages = missing_packages();
    if packages.is_empty() {
        return Ok(());
    }
    require_root()?;
    say!("installing {} with apt-get", packages.join(" "));
    let _ = Command::new("apt-get").args(["update", "-qq"]).status()?;
    let status = Command::new("apt-get")
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(&packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()?;
    if !status.success() {
        bail!("apt-get could not install {}", packages.join(" "));
    }
    Ok(())
}

fn missing_packages() -> Vec<&'static str> {
    let mut packages: Vec<_> = TOOLS
        .iter()
        .filter(|(program, _)| !in_path(program))
        .map(|(_, package)| *package)
        .collect();
    packages.dedup();
    packages
}

fn in_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain([Path::new("/usr/sbin").to_owned()])
        .any(|folder| folder.join(program).exists())
}
