//! Sockets against our own ones, `/proc/net` and `ss`.
use super::*;
use gatewhy_facts::linux::sockets::{self, TcpSocket, TcpState};
use gatewhy_facts::linux::{owners, unix_sockets};
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};

fn listeners() -> Vec<TcpSocket> {
    sockets::tcp(&bytes(Question::TcpListeners))
}

#[test]
fn our_own_listener_its_queue_and_its_holder() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&listener, 3).unwrap();
    let address = listener.local_addr().unwrap();
    let _waiting: Vec<_> = (0..2)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let all = listeners();
    let ours = all.iter().find(|socket| socket.takes(address)).unwrap();
    let queue = ours.queue().unwrap();
    assert_eq!((queue.length, queue.limit), (2, 3));
    let owners = owners::parse(&bytes(Question::SocketOwners));
    let holders = owners.of(u64::from(ours.inode));
    let holder = holders.found().unwrap()[0];
    assert_eq!(holder.pid, std::process::id());
    let fd = rustix::fd::AsRawFd::as_raw_fd(&listener);
    assert_eq!(holder.fd, u32::try_from(fd).unwrap());
}

#[test]
fn connections_of_one_port_and_no_other() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = TcpListener::bind("[::1]:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let _stranger = TcpStream::connect(other.local_addr().unwrap()).unwrap();
    let found = sockets::tcp(&bytes(Question::TcpConnections { port }));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found
            .iter()
            .all(|s| s.local.port() == port || s.remote.port() == port)
    );
    let unaccepted = found.iter().find(|s| s.waits_for_accept()).unwrap();
    assert_eq!(unaccepted.remote, ours.local_addr().unwrap());
    assert!(
        found
            .iter()
            .all(|s| s.info.is_some() && s.state == TcpState::Established)
    );
    let port = other.local_addr().unwrap().port();
    assert_eq!(
        sockets::tcp(&bytes(Question::TcpConnections { port })).len(),
        2
    );
}

#[test]
fn unix_listeners_with_path_abstract_name_and_pending() {
    let scratch = Scratch::new("unix");
    let at = scratch.0.join("fpm.sock");
    let listener = UnixListener::bind(&at).unwrap();
    rustix::net::listen(&listener, 2).unwrap();
    let client = UnixStream::connect(&at).unwrap();
    let name = format!("gatewhy-test-{}", std::process::id());
    let address =
        <SocketAddrOfUnix as std::os::linux::net::SocketAddrExt>::from_abstract_name(&name);
    let _abstract = UnixListener::bind_addr(&address.unwrap()).unwrap();
    let all = unix_sockets::unix(&bytes(Question::UnixSockets));
    let as_bytes = at.as_os_str().as_encoded_bytes();
    let ours = all
        .iter()
        .find(|socket| socket.listens_at(as_bytes))
        .unwrap();
    let queue = ours.queue().unwrap();
    assert_eq!((queue.length, queue.limit), (1, 2));
    assert_eq!(ours.pending.len(), 1);
    let inode = inode_of(&client);
    assert_eq!(ours.pending, [inode]);
    let wanted = unix_sockets::UnixName::Abstract(name.into_bytes());
    assert!(all.iter().any(|socket| socket.name == wanted));
}

type SocketAddrOfUnix = std::os::unix::net::SocketAddr;

fn inode_of(socket: &UnixStream) -> u32 {
    let stat = rustix::fs::fstat(socket).unwrap();
    u32::try_from(stat.st_ino).unwrap()
}

type Row = (SocketAddr, u32, u32);

fn ours() -> BTreeSet<Row> {
    let all = listeners().into_iter();
    all.map(|s| (s.local, s.receive_queue, s.send_queue))
        .collect()
}

/// Listeners come and go beside us: one try in ten must agree.
fn agrees(theirs: impl Fn() -> BTreeSet<Row>) -> bool {
    let _one = TcpListener::bind("127.0.0.1:0").unwrap();
    let _two = TcpListener::bind("[::1]:0").unwrap();
    (0..10).any(|_| {
        let ours = ours();
        ours.len() >= 2 && ours == theirs()
    })
}

#[test]
fn listeners_are_those_of_ss() {
    if run::find("ss").is_err() {
        println!("ss is not installed: only /proc/net was compared");
        return;
    }
    assert!(agrees(by_ss));
}

fn by_ss() -> BTreeSet<Row> {
    let ss = std::process::Command::new("ss")
        .args(["-Htln"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&ss.stdout).into_owned();
    text.lines()
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let local = words[3].replace('*', "[::]");
            let bare = local.split('%').next().unwrap().to_owned();
            let port = local.rsplit(':').next().unwrap();
            let local = if bare.ends_with(port) {
                bare
            } else {
                format!("{bare}:{port}")
            };
            (
                local.parse().unwrap(),
                words[1].parse().unwrap(),
                words[2].parse().unwrap(),
            )
        })
        .collect()
}

#[test]
fn listeners_are_those_of_proc_net() {
    // That file does not tell a listener's limit: only ports and queues.
    let text = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let theirs: BTreeSet<u16> = text
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| words[3] == "0A")
        .map(|words| u16::from_str_radix(words[1].rsplit(':').next().unwrap(), 16).unwrap())
        .collect();
    let ours: BTreeSet<u16> = listeners().iter().map(|s| s.local.port()).collect();
    let missing: Vec<_> = theirs.difference(&ours).collect();
    assert!(
        missing.len() <= 2,
        "tests beside us may have closed two: {missing:?}"
    );
}
