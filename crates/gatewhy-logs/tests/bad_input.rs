//! What is damaged, hostile or no log at all: never a panic, never a hang, never a
//! wrong count in silence.
#![allow(clippy::unwrap_used, reason = "a test")]

use gatewhy_logs::scan::{Job, Progress, Scanned, scan};
use std::io::Write as _;
use std::path::{Path, PathBuf};

const RECORD: &str = "2026/11/20 03:12:04 [error] 1#1: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.1, server: _, request: \"GET / HTTP/1.1\", upstream: \"http://192.0.2.2:80/\", host: \"x\"\n";

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("gatewhy-bad-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn read(paths: &[&Path]) -> Scanned {
    let job = Job {
        paths: paths.iter().map(PathBuf::from).collect(),
        threads: 2,
        ..Job::default()
    };
    scan(&job, &Progress::default())
}

fn failures(scanned: &Scanned) -> u64 {
    let cells = scanned.tally.cells().filter(|cell| cell.1.failed);
    cells.map(|cell| cell.3.count).sum()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_damaged_file_is_read_as_far_as_it_goes_and_that_is_told() {
    let folder = Folder::new("damaged");
    let noise: Vec<u8> = (0..4_000_u32)
        .flat_map(|n| {
            RECORD
                .replace("*1 ", &format!("*{} ", n.wrapping_mul(2_654_435_761)))
                .into_bytes()
        })
        .collect();
    let packed = gzip(&noise);
    let path = folder.file("error.log.gz", packed.get(..packed.len() / 2).unwrap());
    let scanned = read(&[&path]);
    let count = failures(&scanned);
    assert!(count > 100 && count < 4_000, "{count}");
    let why = &scanned.skipped.first().unwrap().why;
    assert!(why.contains("damaged"), "{why}");
}

#[test]
fn a_bomb_is_not_unpacked_to_its_end() {
    let folder = Folder::new("bomb");
    let zeros = vec![0; 16 << 20];
    let once = zstd::bulk::compress(&zeros, 1).unwrap();
    // 1.5 GiB out of some hundred KiB.
    let path = folder.file("error.log.zst", &once.repeat(96));
    let scanned = read(&[&path]);
    let read = scanned.files.first().unwrap().bytes;
    assert!(read < (1 << 30) + (400 << 20), "{read}");
    let told = scanned
        .skipped
        .iter()
        .any(|s| s.why.contains("times its size"));
    assert!(told, "{:?}", scanned.skipped);
}

#[test]
fn a_line_without_an_end_is_read_in_part_and_the_rest_is_found() {
    let folder = Folder::new("long");
    let mut log = RECORD.repeat(3).into_bytes();
    log.extend(std::iter::repeat_n(b'x', 3 << 20));
    log.push(b'\n');
    log.extend(RECORD.repeat(4).into_bytes());
    let path = folder.file("error.log", &log);
    let scanned = read(&[&path]);
    assert_eq!(failures(&scanned), 7);
    assert_eq!(scanned.tally.lines, 8);
    let told = scanned.skipped.iter().any(|s| s.why.contains("64 KiB"));
    assert!(told, "{:?}", scanned.skipped);
    // The same from front to back.
    let path = folder.file("error.log.gz", &gzip(&log));
    let packed = read(&[&path]);
    assert_eq!((failures(&packed), packed.tally.lines), (7, 8));
}

#[test]
fn odd_bytes_change_no_count() {
    let folder = Folder::new("odd");
    let odd = RECORD
        .replace("GET /", "GET /\0\r\u{1b}[31m")
        .replace("host: \"x\"", "host: \"\u{feff}\"");
    let mut log = odd.repeat(5).into_bytes();
    log.extend(b"\xff\xfe\n\r\n\0\0\n");
    log.extend(RECORD.trim_end().as_bytes());
    let path = folder.file("error.log", &log);
    let scanned = read(&[&path]);
    assert_eq!(failures(&scanned), 6);
    assert_eq!(scanned.tally.lines, 9);
}

#[test]
fn words_of_a_failure_in_an_access_log_are_only_words() {
    let folder = Folder::new("words");
    let line = "192.0.2.1 - upstream [20/Nov/2026:03:12:04 +0000] \"GET /?upstream timed out (110: Connection timed out) HTTP/1.1\" 200 502 \"-\" \"502 Bad Gateway\"\n";
    let path = folder.file("access.log", line.repeat(50).as_bytes());
    let scanned = read(&[&path]);
    assert_eq!(failures(&scanned), 0);
    assert_eq!(scanned.tally.requests().map(|(_, n)| n).sum::<u64>(), 50);
}

#[test]
fn an_error_log_and_an_access_log_in_one_file_are_both_read() {
    let folder = Folder::new("mixed");
    let access =
        "192.0.2.1 - - [20/Nov/2026:03:12:04 +0000] \"GET / HTTP/1.1\" 200 12 \"-\" \"curl\"\n";
    let path = folder.file(
        "docker.log",
        format!("{RECORD}{access}").repeat(30).as_bytes(),
    );
    let scanned = read(&[&path]);
    assert_eq!(failures(&scanned), 30);
    assert_eq!(scanned.tally.requests().map(|(_, n)| n).sum::<u64>(), 30);
    assert_eq!(scanned.tally.lines, 60);
}

#[test]
fn what_is_no_file_is_told_and_not_waited_for() {
    let folder = Folder::new("none");
    let pipe = folder.0.join("pipe");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, mode).unwrap();
    let missing = folder.0.join("missing");
    let scanned = read(&[&pipe, Path::new("/dev/zero"), &missing]);
    let why: Vec<&str> = scanned.skipped.iter().map(|s| s.why.as_str()).collect();
    assert_eq!(why.len(), 3, "{why:?}");
    assert!(why.first().unwrap().contains("named pipe"), "{why:?}");
    assert!(why.get(1).unwrap().contains("device"), "{why:?}");
}

#[test]
fn a_folder_is_its_files_and_empty_ones_are_told() {
    let folder = Folder::new("folder");
    folder.file("a.log", RECORD.as_bytes());
    folder.file("b.log.gz", &gzip(RECORD.repeat(2).as_bytes()));
    let empty = folder.0.join("empty");
    std::fs::create_dir(&empty).unwrap();
    let scanned = read(&[&folder.0]);
    assert_eq!(failures(&scanned), 3);
    assert_eq!(scanned.files.len(), 2);
    assert_eq!(read(&[&empty]).skipped.len(), 1);
}

#[test]
fn clocks_that_step_back_and_no_clock_at_all_are_no_problem() {
    let folder = Folder::new("clock");
    let back = RECORD.replace("2026/11/20 03", "2025/01/01 00");
    let odd = RECORD.replace("2026/11/20", "2026/99/99");
    let path = folder.file(
        "error.log",
        format!("{RECORD}{back}{RECORD}{odd}").as_bytes(),
    );
    let scanned = read(&[&path]);
    assert_eq!(failures(&scanned), 3);
    let (first, last) = scanned.tally.span.unwrap();
    assert_eq!(first.to_string(), "2025-01-01T00:12:04");
    assert_eq!(last.to_string(), "2026-11-20T03:12:04");
}
