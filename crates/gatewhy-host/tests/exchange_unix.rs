//! The exchange probe against unix sockets, and a real PHP-FPM behind them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod servers;

use gatewhy_facts::protocol::fastcgi::{self, GetRequest, Kind, Reply};
use gatewhy_facts::protocol::http1;
use gatewhy_facts::protocol::tape::{How, Step};
use gatewhy_facts::question::{Endpoint, Exchange, Until, View};
use servers::{Held, hold, http};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("gatewhy-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    fn at(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn unix(path: &str) -> Exchange {
    http(Endpoint::Unix(path.into()))
}

#[test]
fn a_missing_socket_is_told_from_a_stale_one() {
    let folder = Folder::new("stale");
    let path = folder.at("app.sock");
    assert_eq!(hold(&unix(&path)).end(), (Step::Connect, How::Errno(2)));
    drop(UnixListener::bind(&path).unwrap());
    assert_eq!(hold(&unix(&path)).end(), (Step::Connect, How::Refused));
}

#[test]
fn a_path_longer_than_the_kernel_takes() {
    let path = format!("/tmp/{}", "x".repeat(200));
    assert_eq!(hold(&unix(&path)).end(), (Step::Connect, How::Errno(36)));
}

#[test]
fn a_socket_we_may_not_open() {
    let folder = Folder::new("denied");
    let path = folder.at("app.sock");
    let _listener = UnixListener::bind(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    // On a thread of its own: only that thread stops being root.
    let end = std::thread::spawn(move || {
        let nobody = rustix::process::Uid::from_raw(65_534);
        if rustix::process::geteuid().is_root() {
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
        }
        hold(&unix(&path)).end()
    });
    assert_eq!(end.join().unwrap(), (Step::Connect, How::Errno(13)));
}

#[test]
fn a_full_backlog_is_told_at_once() {
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, bind, listen, socket};
    let folder = Folder::new("full");
    let path = folder.at("app.sock");
    let fd = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
    bind(&fd, &SocketAddrUnix::new(&*path).unwrap()).unwrap();
    listen(&fd, 0).unwrap();
    let _first = std::os::unix::net::UnixStream::connect(&path).unwrap();
    let held = hold(&unix(&path));
    assert_eq!(held.end(), (Step::Connect, How::Errno(11)));
    assert!(held.took < Duration::from_millis(200));
}

#[test]
fn another_process_s_root_is_followed_link_by_link() {
    let folder = Folder::new("root");
    fs::create_dir(folder.at("real")).unwrap();
    std::os::unix::fs::symlink(folder.at("real"), folder.at("link")).unwrap();
    let _listener = UnixListener::bind(folder.at("real/app.sock")).unwrap();
    let mut exchange = unix(&folder.at("link/app.sock"));
    exchange.view = View::Process(std::process::id());
    exchange.until = Until::Connected;
    let held = hold(&exchange);
    assert_eq!(held.end(), (Step::Connect, How::Ok));
    let peer = held.said().peer.unwrap();
    assert_eq!(
        (peer.pid, peer.uid),
        (std::process::id(), rustix::process::geteuid().as_raw())
    );
    exchange.endpoint = Endpoint::Unix(folder.at("link/none.sock").as_str().into());
    assert_eq!(hold(&exchange).end(), (Step::Connect, How::Errno(2)));
}

#[test]
fn a_process_that_is_gone_is_no_answer() {
    let mut exchange = unix("/run/app.sock");
    exchange.view = View::Process(u32::MAX);
    let answer = gatewhy_host::probe::exchange(&exchange);
    let failed = matches!(&answer.outcome, gatewhy_facts::answer::Outcome::Failed(_));
    assert!(failed, "{}", answer.outcome);
}

/// A PHP-FPM of our own with two pools, or nothing where none is installed.
struct Fpm {
    child: Child,
    folder: Folder,
    port: u16,
}

impl Drop for Fpm {
    fn drop(&mut self) {
        // The master ends its workers on SIGTERM.
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

fn installed_fpm() -> Option<PathBuf> {
    let entries = fs::read_dir("/usr/sbin").ok()?;
    let mut found = entries.filter_map(|e| Some(e.ok()?.path()));
    found.find(|p| p.to_str().is_some_and(|p| p.contains("/php-fpm")))
}

const POOLS: &str = "[global]
error_log = DIR/fpm.log
daemonize = no
[www]
USER
listen = DIR/fpm.sock
listen.mode = 0666
pm = static
pm.max_children = 1
php_admin_flag[log_errors] = on
php_admin_flag[display_errors] = off
[strict]
USER
listen = 127.0.0.1:PORT
listen.allowed_clients = 192.0.2.1
pm = static
pm.max_children = 1
";

impl Fpm {
    fn start() -> Option<Self> {
        let program = installed_fpm()?;
        let folder = Folder::new("fpm");
        let port = servers::closed_port().port();
        let user = if rustix::process::geteuid().is_root() {
            "user = nobody\ngroup = nogroup"
        } else {
            ""
        };
        let dir = folder.0.to_str().unwrap();
        let pools = POOLS.replace("DIR", dir).replace("USER", user);
        let pools = pools.replace("PORT", &port.to_string());
        fs::write(folder.at("fpm.conf"), pools).unwrap();
        let scripts = [
            ("ok.php", "<?php header('X-A: b'); echo 'hello';"),
            (
                "fatal.php",
                "<?php error_log('about to fail'); no_such_function();",
            ),
            (
                "killed.php",
                "<?php echo str_repeat('x', 9000); flush(); exec('kill -9 ' . getmypid());",
            ),
            ("slow.php", "<?php sleep(5);"),
        ];
        for (name, text) in scripts {
            fs::write(folder.at(name), text).unwrap();
        }
        let config = folder.at("fpm.conf");
        let child = Command::new(program)
            .args(["-n", "-F", "-y", &config])
            .spawn()
            .unwrap();
        let fpm = Self {
            child,
            folder,
            port,
        };
        fpm.wait();
        Some(fpm)
    }

    fn wait(&self) {
        let end = Instant::now() + Duration::from_secs(10);
        while !Path::new(&self.folder.at("fpm.sock")).exists() {
            assert!(Instant::now() < end, "PHP-FPM did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn get(&self, script: &str) -> Exchange {
        let filename = self.folder.at(script);
        let uri = format!("/{script}");
        let get = GetRequest {
            method: "GET",
            script_filename: filename.as_bytes(),
            script_name: uri.as_bytes(),
            request_uri: uri.as_bytes(),
            document_root: self.folder.0.to_str().unwrap().as_bytes(),
            host: b"shop.example",
            https: false,
            extra: &[],
        };
        let mut exchange = unix(&self.folder.at("fpm.sock"));
        exchange.send = fastcgi::request(&get.params());
        exchange.until = Until::FastCgiEnd { limit: 1 << 20 };
        exchange.patience_ms = 2000;
        exchange
    }
}

fn reply(held: &Held) -> Reply {
    let said = held.said();
    fastcgi::read(said.received, said.ended_by_peer())
}

fn kinds(reply: &Reply) -> Vec<Kind> {
    reply.oddities.iter().map(|o| o.kind).collect()
}

#[test]
fn a_real_php_fpm() {
    let Some(fpm) = Fpm::start() else {
        eprintln!("skipped: no PHP-FPM in /usr/sbin");
        return;
    };
    answers(&fpm);
    speaks_no_http(&fpm);
    drops_strangers(&fpm);
    dies_half_way(&fpm);
    is_busy(&fpm);
}

fn answers(fpm: &Fpm) {
    let held = hold(&fpm.get("ok.php"));
    assert_eq!(held.end(), (Step::End, How::Ok));
    let ok = reply(&held);
    let page = http1::read_cgi(&ok.stdout, true);
    assert_eq!(
        (page.code(), page.value(&ok.stdout, "x-a")),
        (Some(200), Some(&b"b"[..]))
    );
    assert!(ok.stdout.ends_with(b"hello") && ok.oddities.is_empty());

    let fatal = reply(&hold(&fpm.get("fatal.php")));
    let says = String::from_utf8_lossy(&fatal.stderr);
    assert!(
        says.contains("about to fail") && says.contains("no_such_function"),
        "{says}"
    );
    assert_eq!(http1::read_cgi(&fatal.stdout, true).code(), Some(500));

    let missing = reply(&hold(&fpm.get("none.php")));
    assert!(missing.stderr.starts_with(b"Primary script unknown"));
    assert_eq!(http1::read_cgi(&missing.stdout, true).code(), Some(404));
}

fn speaks_no_http(fpm: &Fpm) {
    let held = hold(&unix(&fpm.folder.at("fpm.sock")));
    assert_eq!(held.end().0, Step::FirstByte);
    assert!(
        matches!(held.end().1, How::Closed | How::Reset),
        "{}",
        held.end().1
    );
}

fn drops_strangers(fpm: &Fpm) {
    let mut exchange = fpm.get("ok.php");
    exchange.endpoint = Endpoint::Tcp(([127, 0, 0, 1], fpm.port).into());
    let held = hold(&exchange);
    assert_eq!(held.end().0, Step::FirstByte);
    assert!(
        matches!(held.end().1, How::Closed | How::Reset),
        "{}",
        held.end().1
    );
}

fn dies_half_way(fpm: &Fpm) {
    let held = hold(&fpm.get("killed.php"));
    let dead = reply(&held);
    assert!(dead.stdout.ends_with(b"xxx"), "what came is kept");
    let wanted = [Kind::ClosedWithoutEnd, Kind::ClosedInRecord];
    assert!(
        kinds(&dead).iter().any(|k| wanted.contains(k)),
        "{:?}",
        kinds(&dead)
    );
    assert!(dead.end.is_none());
}

fn is_busy(fpm: &Fpm) {
    let mut slow = fpm.get("slow.php");
    slow.patience_ms = 1500;
    let busy = std::thread::spawn(move || hold(&slow).end());
    std::thread::sleep(Duration::from_millis(300));
    let mut waiting = fpm.get("ok.php");
    waiting.patience_ms = 500;
    let held = hold(&waiting);
    assert!(held.said().connected());
    assert_eq!(held.end(), (Step::FirstByte, How::TimedOut));
    assert_eq!(busy.join().unwrap(), (Step::FirstByte, How::TimedOut));
}
