//! A host: a real Debian with systemd, booted on an overlay of the base, with
//! its own processes, mounts, network and control groups.

use std::fs::{self, File};
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use rustix::time::{ClockId, clock_gettime};

use crate::child::{self, Finished};

const BOOT: &str = include_str!("../base/boot.sh");
const INIT: &str = include_str!("../base/init.sh");
const BOOT_LIMIT: Duration = Duration::from_secs(30);

/// What a host is booted from.
pub(crate) struct Recipe<'a> {
    /// Root folder of the base.
    pub(crate) base: &'a Path,
    /// The scenario's folder, visible in the host as `/lab/scenario`.
    pub(crate) scenario: &'a Path,
    /// The shell functions for scenarios, visible as `/lab/lib`.
    pub(crate) library: &'a Path,
    /// The program under test, visible as `/usr/local/bin/gatewhy`.
    pub(crate) gatewhy: Option<&'a Path>,
    /// A name that `/etc/hosts` leads to 127.0.0.1.
    pub(crate) url_host: Option<&'a str>,
}

/// A running host. It ends when this value goes away.
pub(crate) struct Host {
    supervisor: Child,
    leader: u32,
    /// When it was started, in microseconds since the machine's boot.
    pub(crate) booted_us: u64,
}

impl Host {
    /// Boots a host, and returns when its systemd has started everything.
    pub(crate) fn boot(recipe: &Recipe<'_>) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "gwlab-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let run = PathBuf::from("/run/gatewhy-lab");
        fs::create_dir_all(&run)?;
        let socket_path = run.join(format!("{name}.sock"));
        let socket =
            UnixDatagram::bind(&socket_path).context("cannot listen for the host's news")?;
        let mut output = child::memory_file()?;
        let booted_us = monotonic_us();
        let supervisor = supervise(recipe, &name, &socket_path, &output)?;
        let mut host = Self {
            supervisor,
            leader: 0,
            booted_us,
        };
        host.leader = host
            .wait_until_ready(&socket)
            .with_context(|| child::text(&mut output))?;
        Ok(host)
    }

    /// `program` as root inside the host, with a plain environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args([
                "--target",
                &self.leader.to_string(),
                "--all",
                "--",
                "env",
                "-i",
                "--chdir=/root",
            ])
            .args([
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME=/root",
            ])
            .args(["LANG=C.UTF-8", "TERM=dumb", program]);
        command
    }

    /// Runs a shell script of the scenario (`setup`, `fault`) after the functions in `lib`.
    pub(crate) fn run_script(&self, script: &str, limit: Duration) -> Result<Finished> {
        let source = format!(
            "set -euo pipefail; for part in /lab/lib/*.sh; do . \"$part\"; done; . /lab/scenario/{script}.sh"
        );
        // The inner limit ends the script itself, the outer one only our wait for it.
        let mut command = self.command("timeout");
        command.args([
            "--kill-after=1",
            &limit.as_secs().to_string(),
            "bash",
            "-c",
            &source,
        ]);
        child::finish(&mut command, limit + Duration::from_secs(5))
    }

    /// A path of the host, as this machine sees it.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{path}", self.leader))
    }

    fn wait_until_ready(&mut self, socket: &UnixDatagram) -> Result<u32> {
        socket.set_read_timeout(Some(Duration::from_millis(500)))?;
        let deadline = Instant::now() + BOOT_LIMIT;
        let mut leader = None;
        while Instant::now() < deadline {
            if child::ends_within(&self.supervisor, Duration::ZERO)? {
                bail!("the host ended while it booted");
            }
            let mut message = [0; 4096];
            let Ok(length) = socket.recv(&mut message) else {
                continue;
            };
            let text =
                String::from_utf8_lossy(message.get(..length).unwrap_or_default()).into_owned();
            leader = text
                .lines()
                .find_map(|line| line.strip_prefix("X_NSPAWN_LEADER_PID=")?.parse().ok())
                .or(leader);
            if let (Some(leader), true) = (leader, text.lines().any(|line| line == "READY=1")) {
                return Ok(leader);
            }
        }
        bail!("the host did not boot within {} s", BOOT_LIMIT.as_secs())
    }
}

/// The kernel log's clock, in microseconds.
fn monotonic_us() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let (seconds, nanos) = (u64::try_from(now.tv_sec), u64::try_from(now.tv_nsec));
    seconds.unwrap_or_default() * 1_000_000 + nanos.unwrap_or_default() / 1000
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.supervisor), Signal::TERM);
        if !child::ends_within(&self.supervisor, Duration::from_secs(10)).unwrap_or(false) {
            let _ = self.supervisor.kill();
        }
        let _ = self.supervisor.wait();
    }
}

/// Starts the shell that boots the host and cleans up behind it. The kernel tells
/// it when this thread dies, and its own process group keeps Ctrl-C from it.
fn supervise(recipe: &Recipe<'_>, name: &str, socket: &Path, output: &File) -> Result<Child> {
    Command::new("setpriv")
        .args([
            "--pdeathsig",
            "TERM",
            "unshare",
            "--mount",
            "--net",
            "--propagation",
            "private",
            "bash",
            "-c",
            BOOT,
        ])
        .env("LAB_NAME", name)
        .env("LAB_BASE", recipe.base)
        .env("LAB_SCENARIO", recipe.scenario)
        .env("LAB_LIB", recipe.library)
        .env("LAB_INIT", INIT)
        .env("LAB_GATEWHY", recipe.gatewhy.unwrap_or(Path::new("")))
        .env("LAB_URL_HOST", recipe.url_host.unwrap_or_default())
        .env("NOTIFY_SOCKET", socket)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output.try_clone()?)
        .process_group(0)
        .spawn()
        .context("cannot start the host")
}
