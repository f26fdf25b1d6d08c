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

/// Every kind of packed file, cut in the middle, and with a byte changed.
#[test]
fn damage_is_told_for_every_way_to_pack() {
    let folder = Folder::new("kinds");
    let text: Vec<u8> = (0..6_000_u32)
        .flat_map(|n| {
            RECORD
                .replace("*1 ", &format!("*{} ", n.wrapping_mul(2_654_435_761)))
                .into_bytes()
        })
        .collect();
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz.write_all(&text).unwrap();
    let mut xz =
        lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).unwrap();
    xz.write_all(&text).unwrap();
    // As the program writes it: a check sum tells damage that still unpacks.
    let mut zst = zstd::Encoder::new(Vec::new(), 1).unwrap();
    zst.include_checksum(true).unwrap();
    zst.write_all(&text).unwrap();
    let kinds = [
        ("gz", gzip(&text)),
        ("zst", zst.finish().unwrap()),
        ("bz2", bz.finish().unwrap()),
        ("xz", xz.finish().unwrap()),
    ];
    for (kind, packed) in kinds {
        let whole = folder.file(&format!("whole.log.{kind}"), &packed);
        let scanned = read(&[&whole]);
        assert_eq!(
            (failures(&scanned), scanned.skipped.len()),
            (6_000, 0),
            "{kind}"
        );
        let cut = packed.get(..packed.len() * 2 / 3).unwrap();
        let path = folder.file(&format!("cut.log.{kind}"), cut);
        let scanned = read(&[&path]);
        assert!(failures(&scanned) < 6_000, "{kind}");
        let why = &scanned.skipped.first().expect(kind).why;
        assert!(why.contains("damaged"), "{kind}: {why}");
        let mut changed = packed.clone();
        let middle = changed.len() / 2;
        changed.get_mut(middle..middle + 64).unwrap().fill(0x5a);
        let path = folder.file(&format!("changed.log.{kind}"), &changed);
        let scanned = read(&[&path]);
        assert_eq!(scanned.skipped.len(), 1, "{kind}: {:?}", scanned.skipped);
        let only_head = folder.file(&format!("head.log.{kind}"), packed.get(..8).unwrap());
        assert_eq!(read(&[&only_head]).skipped.len(), 1, "{kind}");
    }
}

/// Each of them would unpack to some gigabytes.
#[test]
fn bombs_of_every_kind_end_early() {
    let folder = Folder::new("bombs");
    let zeros = vec![0; 16 << 20];
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    bz.write_all(&zeros).unwrap();
    let mut xz =
        lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).unwrap();
    xz.write_all(&zeros).unwrap();
    for (kind, once) in [("bz2", bz.finish().unwrap()), ("xz", xz.finish().unwrap())] {
        let path = folder.file(&format!("error.log.{kind}"), &once.repeat(80));
        let scanned = read(&[&path]);
        let read = scanned.files.first().unwrap().bytes;
        assert!(read < (1 << 30) + (200 << 20), "{kind}: {read}");
        let told = scanned
            .skipped
            .iter()
            .any(|s| s.why.contains("times its size"));
        assert!(told, "{kind}: {:?}", scanned.skipped);
    }
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

fn written(path: &Path, at: &str) {
    let at: jiff::Timestamp = at.parse().unwrap();
    let file = std::fs::File::options().append(true).open(path).unwrap();
    file.set_modified(at.into()).unwrap();
}

/// syslog names no year: a file tells it by when it was written.
#[test]
fn days_without_a_year_are_of_the_year_before_the_file_was_written() {
    let folder = Folder::new("year");
    let line = |day: &str| {
        format!(
            "{day} web1 kernel: [1.5] Out of memory: Killed process 4711 (node) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:4kB oom_score_adj:0\n"
        )
    };
    let days = [
        "Dec 30 10:00:00",
        "Dec 31 23:59:59",
        "Jan  1 00:00:01",
        "Jan  2 10:00:00",
    ];
    let text: String = days.iter().map(|day| line(day)).collect();
    let path = folder.file("kern.log", text.as_bytes());
    let packed = folder.file("kern.log.1.gz", &gzip(text.as_bytes()));
    for (path, at) in [
        (&path, "2027-01-02T11:00:00Z"),
        (&packed, "2025-01-02T11:00:00Z"),
    ] {
        written(path, at);
        let scanned = read(&[path]);
        let times: Vec<String> = scanned
            .tally
            .events
            .all()
            .map(|event| event.at.to_string())
            .collect();
        let year: i32 = at.get(..4).unwrap().parse().unwrap();
        let expected = [
            format!("{}-12-30T10:00:00", year - 1),
            format!("{}-12-31T23:59:59", year - 1),
            format!("{year}-01-01T00:00:01"),
            format!("{year}-01-02T10:00:00"),
        ];
        assert_eq!(times, expected);
    }
}

/// A time with a zone is shown on this host's clock, wherever it was written.
#[test]
fn zones_are_one_clock() {
    let folder = Folder::new("zones");
    let line = |at: &str| {
        format!(
            "{at} web1 kernel: Out of memory: Killed process 4711 (node) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:33 pgtables:4kB oom_score_adj:0\n"
        )
    };
    let one = folder.file("a.log", line("2026-11-20T03:12:04.5+00:00").as_bytes());
    let two = folder.file("b.log", line("2026-11-20T05:42:04.5+02:30").as_bytes());
    let three = folder.file("c.log", line("2026-11-19T19:12:04-08:00").as_bytes());
    let spans: Vec<_> = [&one, &two, &three]
        .iter()
        .map(|path| read(&[path]).tally.span.unwrap())
        .collect();
    assert!(
        spans.windows(2).all(|two| two.first() == two.last()),
        "{spans:?}"
    );
}

/// A log that is cut, or grows, or loses its name while it is read.
#[test]
fn a_file_that_changes_while_it_is_read_is_counted_or_told() {
    use gatewhy_logs::tally::Listener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    type Change = fn(&Path);
    let cut: Change = |path| {
        std::fs::File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_len(700_000)
            .unwrap();
    };
    let renamed: Change = |path| {
        std::fs::rename(path, path.with_extension("1")).unwrap();
        std::fs::write(path, RECORD).unwrap();
    };
    let grows: Change = |path| {
        std::fs::File::options()
            .append(true)
            .open(path)
            .unwrap()
            .write_all(RECORD.repeat(50).as_bytes())
            .unwrap();
    };
    let removed: Change = |path| std::fs::remove_file(path).unwrap();
    for (name, change, whole) in [
        ("cut", cut, false),
        ("renamed", renamed, true),
        ("grows", grows, true),
        ("removed", removed, true),
    ] {
        let folder = Folder::new(&format!("changes-{name}"));
        let lines = 40_000;
        let path = folder.file("error.log", RECORD.repeat(lines).as_bytes());
        let once = Arc::new(AtomicBool::new(false));
        let target = path.clone();
        let listener = Listener(Arc::new(move |_| {
            if !once.swap(true, Ordering::Relaxed) {
                change(&target);
            }
        }));
        let job = Job {
            paths: vec![path],
            threads: 2,
            listener: Some(listener),
            ..Job::default()
        };
        let scanned = scan(&job, &Progress::default());
        let count = failures(&scanned);
        if whole {
            assert_eq!((count, scanned.skipped.len()), (lines as u64, 0), "{name}");
        } else {
            assert!(count < lines as u64, "{name}: {count}");
            let why = &scanned.skipped.first().unwrap().why;
            assert!(why.contains("shorter"), "{why}");
        }
    }
}

#[test]
fn links_in_a_circle_and_what_may_not_be_read_are_no_trap() {
    let folder = Folder::new("circle");
    folder.file("error.log", RECORD.as_bytes());
    std::os::unix::fs::symlink(&folder.0, folder.0.join("again")).unwrap();
    std::os::unix::fs::symlink("loop", folder.0.join("loop")).unwrap();
    let scanned = read(&[&folder.0]);
    assert_eq!(failures(&scanned), 1);
    let scanned = read(&[&folder.0.join("loop")]);
    assert_eq!(scanned.skipped.len(), 1);
}

/// A record that is quoted by another one, wherever the parts of the file end.
#[test]
fn records_in_an_application_s_words_are_not_counted() {
    let folder = Folder::new("quoted");
    let quoted = RECORD.replace('"', "'");
    let stderr = format!(
        "2026/11/20 03:12:04 [error] 1#1: *1 FastCGI sent in stderr: \"PHP message: x\n{quoted}{quoted}\" while reading response header from upstream, client: 192.0.2.1, server: _, request: \"GET / HTTP/1.1\", upstream: \"fastcgi://unix:/run/a.sock:\", host: \"x\"\n"
    );
    for pad in [0, 1, 77, 400] {
        let text = format!(
            "{}{}",
            "\n".repeat(pad),
            format!("{stderr}{RECORD}").repeat(3_000)
        );
        let path = folder.file("error.log", text.as_bytes());
        assert_eq!(failures(&read(&[&path])), 3_000, "{pad}");
        let packed = folder.file("error.log.gz", &gzip(text.as_bytes()));
        assert_eq!(failures(&read(&[&packed])), 3_000, "{pad}, packed");
    }
}
