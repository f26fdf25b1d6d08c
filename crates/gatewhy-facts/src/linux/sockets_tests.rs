use super::*;

fn listener(local: &str, v6_only: Option<bool>) -> TcpSocket {
    TcpSocket {
        state: TcpState::Listening,
        local: local.parse().unwrap(),
        remote: "0.0.0.0:0".parse().unwrap(),
        receive_queue: 4,
        send_queue: 3,
        uid: 0,
        inode: 1,
        interface: 0,
        retransmits: 0,
        v6_only,
        info: None,
    }
}

#[test]
fn what_a_listener_takes() {
    let takes =
        |local: &str, only, dialled: &str| listener(local, only).takes(dialled.parse().unwrap());
    assert!(takes("0.0.0.0:80", None, "127.0.0.1:80"));
    assert!(takes("[::]:80", Some(false), "127.0.0.1:80"));
    assert!(!takes("[::]:80", Some(true), "127.0.0.1:80"));
    assert!(takes("[::ffff:127.0.0.1]:80", Some(false), "127.0.0.1:80"));
    assert!(!takes("[::1]:80", None, "127.0.0.1:80"));
    assert!(!takes("127.0.0.1:80", None, "[::1]:80"));
    assert!(!takes("127.0.0.1:80", None, "127.0.0.1:81"));
    assert!(listener("[::1]:80", None).queue().unwrap().is_full());
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let mut whole = vec![88, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        whole.extend_from_slice(&bytes);
        let _ = (tcp(&bytes), tcp(&whole));
    }
}

/// Recorded beside `ss -Hltn` on a booted host: two clients at a backlog of one,
/// one client at `::1`, `::` for both families and for IPv6 alone.
#[test]
fn recorded_listeners_are_those_of_ss() {
    let all = tcp(include_bytes!("recorded/tcp_listeners.netlink"));
    let ours: BTreeSet<(u32, u32, u16)> = all
        .iter()
        .map(|socket| (socket.receive_queue, socket.send_queue, socket.local.port()))
        .collect();
    let theirs: BTreeSet<(u32, u32, u16)> = include_str!("recorded/ss_tcp.txt")
        .lines()
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let port = words[3].rsplit(':').next().unwrap();
            (
                words[1].parse().unwrap(),
                words[2].parse().unwrap(),
                port.parse().unwrap(),
            )
        })
        .collect();
    assert_eq!(ours, theirs);
    assert_eq!(all.len(), 6);
    let full = all.iter().find(|s| s.local.port() == 3100).unwrap();
    assert!(full.queue().unwrap().is_full());
    let takes = |dialled: &str| all.iter().any(|s| s.takes(dialled.parse().unwrap()));
    assert!(takes("127.0.0.1:3102") && takes("[::1]:3103") && !takes("127.0.0.1:3103"));
    assert!(!takes("127.0.0.1:3101") && takes("[::1]:3101"));
}

#[test]
fn recorded_connections_wait_for_accept() {
    let all = tcp(include_bytes!("recorded/tcp_connections.netlink"));
    let waiting = |port: u16| {
        let at_port = all.iter().filter(|s| s.local.port() == port);
        at_port.filter(|s| s.waits_for_accept()).count()
    };
    assert_eq!((waiting(3100), waiting(3101)), (2, 1));
    assert!(all.iter().all(|s| s.state != TcpState::Listening));
    assert!(
        all.iter()
            .filter(|s| s.inode != 0)
            .all(|s| s.info.is_some())
    );
}
