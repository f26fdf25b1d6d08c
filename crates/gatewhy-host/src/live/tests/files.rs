//! Files, folders, walks and file systems.
use super::*;
use gatewhy_facts::linux::users::Credentials;
use gatewhy_facts::linux::walk::{self, Access, Kind, Passage};
use std::os::unix::fs::{PermissionsExt as _, symlink};

fn file(at: &Path, part: Part) -> Outcome {
    ask(Question::File {
        path: path(at),
        view: View::Host,
        part,
    })
}

fn got(text: &str, cut: bool) -> Outcome {
    Outcome::Got {
        bytes: text.into(),
        cut,
    }
}

#[test]
fn heads_and_tails_say_when_there_was_more() {
    let scratch = Scratch::new("parts");
    let log = scratch.0.join("log");
    std::fs::write(&log, "0123456789").unwrap();
    let tail = |bytes| Part::Tail { bytes, round: 0 };
    assert_eq!(file(&log, Part::Head(10)), got("0123456789", false));
    assert_eq!(file(&log, Part::Head(4)), got("0123", true));
    assert_eq!(file(&log, tail(4)), got("6789", true));
    assert_eq!(file(&log, tail(100)), got("0123456789", false));
    assert_eq!(
        file(&scratch.0.join("none"), Part::Head(1)),
        Outcome::Absent
    );
    assert_eq!(file(&log.join("below"), Part::Head(1)), Outcome::Absent);
}

#[test]
fn files_of_proc_have_no_size_and_are_read_whole() {
    let mounts = bytes(Question::file("/proc/self/mountinfo"));
    assert!(mounts.len() > 50 && mounts.ends_with(b"\n"));
}

#[test]
fn a_setting_of_the_kernel_is_read_at_once() {
    let path = "/proc/sys/net/ipv4/ip_local_port_range";
    let whole = std::fs::read(path).unwrap();
    let Outcome::Got { bytes, cut } = file(Path::new(path), Part::Head(100)) else {
        panic!("not read");
    };
    assert_eq!((bytes, cut), (whole, false));
}

#[test]
fn what_is_no_file_is_refused_with_its_kind_and_at_once() {
    let scratch = Scratch::new("kinds");
    let fifo = scratch.0.join("fifo");
    let made = std::process::Command::new("mkfifo")
        .arg(&fifo)
        .status()
        .unwrap();
    assert!(made.success());
    let started = Instant::now();
    let says = |at: &Path, words: &str| match file(at, Part::Head(10)) {
        Outcome::Failed(why) => assert!(why.contains(words), "{why}"),
        other => panic!("{other}"),
    };
    says(&fifo, "a FIFO");
    says(&scratch.0, "a folder");
    says(Path::new("/dev/zero"), "a device");
    assert!(started.elapsed() < Duration::from_secs(1));
    let relative = ask(Question::file("etc/passwd"));
    assert!(matches!(relative, Outcome::Failed(why) if why.contains("absolute")));
}

#[test]
fn a_folder_is_listed_in_order_with_kinds() {
    let scratch = Scratch::new("folder");
    std::fs::write(scratch.0.join("b.conf"), "").unwrap();
    std::fs::create_dir(scratch.0.join("a d")).unwrap();
    symlink("b.conf", scratch.0.join("c")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(scratch.0.join("s")).unwrap();
    let listed = bytes(Question::Folder {
        path: path(&scratch.0),
        view: View::Host,
    });
    assert_eq!(listed, b"d a d\0f b.conf\0l c\0s s\0");
}

#[test]
fn a_walk_names_every_element_and_link() {
    let scratch = Scratch::new("walk");
    std::fs::create_dir(scratch.0.join("real")).unwrap();
    symlink("real", scratch.0.join("link")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(scratch.0.join("real/s")).unwrap();
    let asked = Question::Walk {
        path: path(&scratch.0.join("link/../link/s")),
        view: View::Host,
    };
    let walk = walk::parse(&bytes(asked));
    let last = walk.reached().unwrap();
    assert_eq!(last.kind, Kind::Socket);
    assert_eq!(
        last.path,
        scratch
            .0
            .join("real/s")
            .into_os_string()
            .into_encoded_bytes()
    );
    let links = walk
        .elements
        .iter()
        .filter(|e| e.target.as_deref() == Some(b"real"));
    assert_eq!(links.count(), 2);
    let meta = std::fs::symlink_metadata(scratch.0.join("real/s")).unwrap();
    assert_eq!(last.inode, std::os::unix::fs::MetadataExt::ino(&meta));
}

/// The kernel itself is the judge: a user without rights tries to connect.
#[test]
fn the_walks_verdict_is_the_kernels() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let scratch = Scratch::new("verdict");
    let folder = scratch.0.join("run");
    std::fs::create_dir(&folder).unwrap();
    let socket = folder.join("s");
    let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let nobody = Credentials {
        uid: 65_534,
        gid: 65_534,
        ..Credentials::default()
    };
    for (folder_mode, socket_mode) in [
        (0o755, 0o666),
        (0o755, 0o660),
        (0o700, 0o666),
        (0o711, 0o606),
    ] {
        let set = |at: &Path, mode| {
            std::fs::set_permissions(at, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        set(&folder, folder_mode);
        set(&socket, socket_mode);
        let asked = Question::Walk {
            path: path(&socket),
            view: View::Host,
        };
        let walk = walk::parse(&bytes(asked));
        let verdict = walk.may(&nobody, Access::Connect) == Passage::Allowed;
        assert_eq!(
            verdict,
            connects_as_nobody(&socket),
            "{folder_mode:o} {socket_mode:o}"
        );
    }
}

fn connects_as_nobody(socket: &Path) -> bool {
    let socket = socket.to_owned();
    let attempt = std::thread::spawn(move || {
        // Only this thread changes its user.
        let nobody = rustix::process::Uid::from_raw(65_534);
        let group = rustix::process::Gid::from_raw(65_534);
        rustix::thread::set_thread_groups(&[]).unwrap();
        rustix::thread::set_thread_res_gid(group, group, group).unwrap();
        rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        std::os::unix::net::UnixStream::connect(socket).is_ok()
    });
    attempt.join().unwrap()
}

#[test]
fn another_processs_view_follows_links_inside_its_root() {
    let view = View::Process(std::process::id());
    let scratch = Scratch::new("view");
    std::fs::write(scratch.0.join("file"), "text").unwrap();
    symlink(scratch.0.join("file"), scratch.0.join("absolute")).unwrap();
    let asked = Question::File {
        path: path(&scratch.0.join("absolute")),
        view,
        part: Part::Head(9),
    };
    assert_eq!(ask(asked), got("text", false));
    let gone = Question::file_in("/etc/passwd", View::Process(u32::MAX >> 1));
    assert_eq!(ask(gone), Outcome::Absent);
    symlink("loop", scratch.0.join("loop")).unwrap();
    let asked = Question::File {
        path: path(&scratch.0.join("loop")),
        view,
        part: Part::Head(9),
    };
    assert!(matches!(ask(asked), Outcome::Failed(_)));
}

/// As a service with a private `/tmp`: a file system that only it sees, and a link
/// there that names its target absolutely.
#[test]
fn another_mount_namespace_is_read_as_its_process_sees_it() {
    use std::io::Read as _;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let scratch = Scratch::new("namespace");
    let script = "mount -t tmpfs t \"$0\"; echo inside >\"$0/file\"; ln -s \"$0/file\" \"$0/link\"; echo; exec sleep 60";
    let mut child = std::process::Command::new("unshare")
        .args(["--mount", "sh", "-ec", script])
        .arg(&scratch.0)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let ready = child.stdout.as_mut().unwrap().read_exact(&mut [0]);
    let view = View::Process(child.id());
    let path = path(&scratch.0.join("link"));
    let part = Part::Head(100);
    let theirs = ask(Question::File {
        path: path.clone(),
        view,
        part,
    });
    let ours = ask(Question::File {
        path: path.clone(),
        view: View::Host,
        part,
    });
    let walked = ask(Question::Walk { path, view });
    child.kill().unwrap();
    child.wait().unwrap();
    ready.unwrap();
    assert_eq!(theirs, got("inside\n", false));
    assert_eq!(ours, Outcome::Absent);
    let Outcome::Got { bytes, .. } = walked else {
        panic!("{walked}")
    };
    let walk = walk::parse(&bytes);
    assert_eq!(walk.reached().unwrap().kind, Kind::File);
}

#[test]
fn a_file_system_tells_its_space() {
    let asked = Question::FileSystem {
        path: HostPath::new("/"),
        view: View::Host,
    };
    let text = String::from_utf8(bytes(asked)).unwrap();
    let total = text
        .lines()
        .find_map(|l| l.strip_prefix("bytes_total "))
        .unwrap();
    assert!(total.parse::<u64>().unwrap() > 1 << 20);
}

/// Lines of the window, from the middle of a log, packed or not.
#[test]
fn a_window_of_a_log_is_found_in_its_middle_and_unpacked() {
    use gatewhy_facts::question::{LogLines, LogWindow};
    let scratch = Scratch::new("window");
    let line = |secs: u32| {
        let (hour, minute, second) = (secs / 3600, secs / 60 % 60, secs % 60);
        format!(
            "2026/11/20 {hour:02}:{minute:02}:{second:02} [error] 1#1: *{secs} failed 502\n  more of it\n"
        )
    };
    let text: String = (0..40_000).map(line).collect();
    // 2026-11-20 03:12:04 UTC.
    let from = 1_795_144_324;
    let window = |lines, bytes| {
        Part::Within(LogWindow {
            from,
            until: from + 1,
            offset: 0,
            lines,
            bytes,
        })
    };
    let both = [line(11_524), line(11_525)].concat();
    let gz = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    for (name, bytes) in [("plain", text.as_bytes()), ("packed", &gz)] {
        let log = scratch.0.join(name);
        std::fs::write(&log, bytes).unwrap();
        let all = window(LogLines::All, 10_000);
        assert_eq!(file(&log, all), got(&both, false), "{name}");
        assert_eq!(
            file(&log, window(LogLines::Failed, 10_000)),
            got(&both, false)
        );
        // The newest whole lines are kept.
        let Outcome::Got { bytes, cut } = file(&log, window(LogLines::All, 80)) else {
            panic!("{name}");
        };
        assert!(cut && both.as_bytes().ends_with(&bytes) && bytes.len() <= 80);
    }
    let old = scratch.0.join("plain");
    let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let times = std::fs::FileTimes::new().set_modified(long_ago);
    std::fs::File::options()
        .append(true)
        .open(&old)
        .unwrap()
        .set_times(times)
        .unwrap();
    assert_eq!(file(&old, window(LogLines::All, 10_000)), got("", false));
}
