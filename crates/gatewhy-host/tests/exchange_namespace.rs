//! The exchange probe inside another process's network namespace.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod servers;

use gatewhy_facts::answer::Outcome;
use gatewhy_facts::protocol::tape::{How, Step};
use gatewhy_facts::question::View;
use servers::{get, hold, says};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// A process in a network namespace of its own, where even loopback is down.
struct Apart(Child);

impl Apart {
    /// `None` where nobody may make such a namespace.
    fn start() -> Option<Self> {
        let child = Command::new("unshare")
            .args(["--net", "sleep", "20"])
            .spawn()
            .ok()?;
        let mut apart = Self(child);
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end && apart.0.try_wait().ok()?.is_none() {
            if std::fs::read_link(format!("/proc/{}/ns/net", apart.0.id())).ok()? != own() {
                return Some(apart);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn own() -> std::path::PathBuf {
    std::fs::read_link("/proc/self/ns/net").unwrap()
}

#[test]
fn another_network_namespace_is_entered_and_left() {
    let Some(apart) = Apart::start() else {
        eprintln!("skipped: no network namespace can be made here");
        return;
    };
    let mut exchange = get(says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    exchange.view = View::Process(apart.0.id());
    // Loopback is down there: the server of this namespace cannot be reached.
    let (step, how) = hold(&exchange).end();
    assert_eq!((step, how), (Step::Connect, How::Errno(101)));
    exchange.view = View::Process(std::process::id());
    assert_eq!(hold(&exchange).end(), (Step::End, How::Ok));
}

#[test]
fn without_the_right_it_is_denied_and_not_tried_elsewhere() {
    let Some(apart) = Apart::start() else {
        eprintln!("skipped: no network namespace can be made here");
        return;
    };
    let pid = apart.0.id();
    let answer = std::thread::spawn(move || {
        let nobody = rustix::process::Uid::from_raw(65_534);
        rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        let mut exchange = get("127.0.0.1:1".parse().unwrap());
        exchange.view = View::Process(pid);
        gatewhy_host::probe::exchange(&exchange)
    });
    let outcome = answer.join().unwrap().outcome;
    assert!(
        matches!(&outcome, Outcome::Denied(why) if why.contains("ns/net")),
        "{outcome}"
    );
}
