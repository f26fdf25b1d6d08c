//! Processes against `ps` and our own knowledge of ourselves.
use super::*;
use gatewhy_facts::linux::{process, processes};
use std::collections::BTreeSet;
use std::io::Read as _;

/// Processes come and go beside us: what we saw before and after `ps` alike, it
/// must have seen too, in every column.
#[test]
fn the_list_is_that_of_ps() {
    let mut child = std::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .unwrap();
    let look = || -> BTreeSet<Line> {
        let all = processes::parse(&bytes(Question::Processes));
        // Threads of the kernel take another name with each piece of work.
        let own = all.0.values().filter(|listed| !listed.stat.kernel_thread);
        own.map(seen_by_us).collect()
    };
    let (before, theirs, after) = (look(), by_ps(), look());
    child.kill().unwrap();
    child.wait().unwrap();
    let stayed: BTreeSet<_> = before.intersection(&after).cloned().collect();
    let missed: Vec<_> = stayed.difference(&theirs).collect();
    assert!(missed.is_empty(), "{missed:?}");
    assert!(stayed.iter().any(|(pid, ..)| *pid == child.id()));
}

type Line = (u32, u32, u32, String);

fn seen_by_us(listed: &processes::Listed) -> Line {
    let comm = String::from_utf8_lossy(&listed.stat.comm).into_owned();
    (listed.stat.pid, listed.stat.ppid, listed.uid.unwrap(), comm)
}

fn by_ps() -> BTreeSet<Line> {
    let ps = std::process::Command::new("ps")
        .args(["-e", "-o", "pid=,ppid=,euid=,comm="])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&ps.stdout).into_owned();
    text.lines()
        .map(|line| {
            let mut words = line.split_whitespace();
            let mut number = || words.next().unwrap().parse().unwrap();
            let (pid, parent, uid) = (number(), number(), number());
            (
                pid,
                parent,
                uid,
                words
                    .collect::<Vec<_>>()
                    .join(" ")
                    .replace(" <defunct>", ""),
            )
        })
        .collect()
}

#[test]
fn we_see_ourselves_in_depth() {
    let held = std::fs::File::open("/etc/passwd").unwrap();
    let own = process::parse(&bytes(Question::Process {
        pid: std::process::id(),
    }));
    let exe = own.exe.unwrap();
    let real = std::env::current_exe().unwrap();
    assert_eq!(exe.path, real.into_os_string().into_encoded_bytes());
    assert!(!exe.deleted && exe.id.is_some());
    let fd = u32::try_from(rustix::fd::AsRawFd::as_raw_fd(&held)).unwrap();
    assert_eq!(own.open.get(&fd).unwrap(), b"/etc/passwd");
    assert!(own.descriptors.unwrap() >= 4);
    let uid = rustix::process::geteuid().as_raw();
    assert_eq!(own.status.unwrap().credentials().unwrap().uid, uid);
    assert!(own.limits.unwrap().open_files().is_some());
    assert!(own.threads.len() >= 2);
    assert!(
        own.namespaces["mnt"]
            .as_ref()
            .unwrap()
            .starts_with(b"mnt:[")
    );
    assert!(!own.cgroups.unwrap().is_empty());
}

#[test]
fn a_stopped_child_is_seen_as_stopped() {
    let mut child = std::process::Command::new("cat")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    let stopped = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        let seen = process::parse(&bytes(Question::Process { pid: child.id() }));
        seen.stat.unwrap().state == gatewhy_facts::linux::stat::ProcessState::Stopped
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let mut rest = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut rest)
        .unwrap();
    assert!(stopped);
    assert_eq!(ask(Question::Process { pid: child.id() }), Outcome::Absent);
}
