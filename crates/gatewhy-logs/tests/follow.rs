//! No line is lost or read twice while a log is rotated.
#![allow(clippy::unwrap_used, reason = "a test")]

use gatewhy_logs::follow::Follower;
use gatewhy_logs::tally::Listener;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

struct Rig {
    folder: PathBuf,
    seen: Arc<Mutex<Vec<String>>>,
    follower: Follower,
    written: u32,
}

impl Rig {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("gatewhy-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("error.log");
        File::create(&path).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&seen);
        let listener = Listener(Arc::new(move |failure| {
            let name = String::from_utf8_lossy(failure.upstream).into_owned();
            into.lock().unwrap().push(name);
        }));
        let follower = Follower::new(std::slice::from_ref(&path), &[], true, listener);
        Self {
            folder,
            seen,
            follower,
            written: 0,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn write(&mut self, file: &Path, lines: u32) {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)
            .unwrap();
        for _ in 0..lines {
            let n = self.written;
            self.written += 1;
            writeln!(
                file,
                "2026/11/20 03:12:04 [error] 1#1: *{n} connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: _, request: \"GET / HTTP/1.1\", upstream: \"http://peer-{n}:80/\", host: \"x\""
            )
            .unwrap();
        }
    }

    fn check(&mut self) {
        self.follower.tick();
        let mut seen = self.seen.lock().unwrap().clone();
        seen.sort_by_key(|name| {
            name.trim_start_matches("peer-")
                .trim_end_matches(":80")
                .parse::<u32>()
                .unwrap()
        });
        let all: Vec<String> = (0..self.written).map(|n| format!("peer-{n}:80")).collect();
        assert_eq!(seen, all);
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

#[test]
fn renamed_files_are_read_to_their_end_and_new_ones_from_their_start() {
    let mut rig = Rig::new("rename");
    let (log, old) = (rig.path("error.log"), rig.path("error.log.1"));
    rig.write(&log, 3);
    rig.check();
    rig.write(&log, 2);
    std::fs::rename(&log, &old).unwrap();
    // The writer has not been told yet.
    rig.write(&old, 2);
    rig.check();
    rig.write(&log, 4);
    rig.check();
    rig.write(&old, 1);
    rig.check();
}

#[test]
fn files_that_had_the_name_between_two_looks_are_read() {
    let mut rig = Rig::new("twice");
    let log = rig.path("error.log");
    rig.write(&log, 1);
    for n in 1..20 {
        rig.write(&log, 2);
        let old = rig.path(&format!("error.log.{n}"));
        std::fs::rename(&log, old).unwrap();
    }
    rig.write(&log, 1);
    rig.check();
    rig.check();
}

#[test]
fn a_log_that_is_cut_is_read_from_its_start() {
    let mut rig = Rig::new("cut");
    let log = rig.path("error.log");
    rig.write(&log, 5);
    rig.check();
    std::fs::copy(&log, rig.path("copy")).unwrap();
    OpenOptions::new()
        .write(true)
        .open(&log)
        .unwrap()
        .set_len(0)
        .unwrap();
    // It grows beyond where it was before anybody looks again.
    rig.write(&log, 9);
    rig.check();
    rig.write(&log, 1);
    rig.check();
}

#[test]
fn a_line_is_read_when_it_has_its_end() {
    let mut rig = Rig::new("partial");
    let log = rig.path("error.log");
    rig.write(&log, 1);
    let text = std::fs::read(&log).unwrap();
    let (head, tail) = text.split_at(40);
    std::fs::write(&log, head).unwrap();
    rig.follower.tick();
    assert!(rig.seen.lock().unwrap().is_empty());
    let mut file = OpenOptions::new().append(true).open(&log).unwrap();
    file.write_all(tail).unwrap();
    rig.check();
}

#[test]
fn a_copy_is_not_read_again_when_the_log_is_cut() {
    let mut rig = Rig::new("copytruncate");
    let log = rig.path("error.log");
    rig.write(&log, 4);
    rig.check();
    for n in 1..6 {
        std::fs::copy(&log, rig.path(&format!("error.log.{n}"))).unwrap();
        let file = OpenOptions::new().write(true).open(&log).unwrap();
        file.set_len(0).unwrap();
        rig.check();
        rig.write(&log, n);
        rig.check();
    }
}

/// A new file gets the inode of one that was removed: it is another one all the same.
#[test]
fn a_file_with_the_inode_of_another_is_another() {
    use std::os::unix::fs::MetadataExt as _;
    let mut rig = Rig::new("inode");
    let (log, old) = (rig.path("error.log"), rig.path("error.log.9"));
    // Everything that is there at the start is known, and not read again.
    rig.write(&old, 3);
    rig.written = 0;
    let inode = std::fs::metadata(&old).unwrap().ino();
    let fresh = Follower::new(
        std::slice::from_ref(&log),
        &[],
        true,
        rig.follower.tally().listener.clone().unwrap(),
    );
    rig.follower = fresh;
    std::fs::remove_file(&old).unwrap();
    let mut reused = 0;
    for n in 1..20 {
        let new = rig.path("error.log.new");
        rig.write(&new, 2);
        reused += u32::from(std::fs::metadata(&new).unwrap().ino() == inode);
        std::fs::rename(&log, rig.path(&format!("error.log.{}", 20 + n))).unwrap();
        std::fs::rename(&new, &log).unwrap();
    }
    println!("the inode was used again {reused} times");
    rig.check();
    rig.check();
}

#[test]
fn packed_copies_are_not_read_again() {
    let mut rig = Rig::new("packed");
    let log = rig.path("error.log");
    rig.write(&log, 4);
    rig.check();
    std::fs::rename(&log, rig.path("error.log.1")).unwrap();
    rig.write(&log, 2);
    rig.check();
    let text = std::fs::read(rig.path("error.log.1")).unwrap();
    let packed = zstd::bulk::compress(&text, 1).unwrap();
    std::fs::write(rig.path("error.log.1.zst"), packed).unwrap();
    std::fs::remove_file(rig.path("error.log.1")).unwrap();
    rig.write(&log, 2);
    rig.check();
}

#[test]
fn a_log_that_is_not_there_yet_is_read_once_it_is() {
    let mut rig = Rig::new("late");
    let log = rig.path("error.log");
    std::fs::remove_file(&log).unwrap();
    rig.check();
    std::fs::create_dir(&log).unwrap();
    rig.check();
    std::fs::remove_dir(&log).unwrap();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &log, mode).unwrap();
    rig.check();
    std::fs::remove_file(&log).unwrap();
    rig.write(&log, 3);
    rig.check();
}

#[test]
fn a_line_cut_in_two_by_a_rotation_and_odd_bytes_lose_nothing() {
    let mut rig = Rig::new("odd");
    let log = rig.path("error.log");
    rig.write(&log, 2);
    rig.check();
    let append = |bytes: &[u8]| {
        let mut file = OpenOptions::new().append(true).open(&log).unwrap();
        file.write_all(bytes).unwrap();
    };
    append(b"\xff\xfe\0\r\n\r\0\n");
    rig.write(&log, 1);
    // A line that goes on and on, and ends after all.
    append(&vec![b'x'; 300_000]);
    rig.check();
    append(b"yyy\n");
    rig.write(&log, 3);
    rig.check();
    assert!(rig.follower.tally().lines >= 7);
}
