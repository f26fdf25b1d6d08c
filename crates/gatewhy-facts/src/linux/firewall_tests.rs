//! Both tools' rules as they really printed them, and packets through them.
use super::super::{iptables, nft};
use super::*;

const NFT: &[u8] = include_bytes!("recorded/nft_1.0.6.json");
const OF_IPTABLES: &[u8] = include_bytes!("recorded/nft_of_iptables.json");
const IPTABLES: &[u8] = include_bytes!("recorded/iptables_nft_1.8.9.txt");

fn local(to: &str, uid: u32) -> Packet {
    Packet::local(to.parse().unwrap(), Some(uid), Some(uid))
}

fn remote(to: &str, from: &str, interface: &str) -> Packet {
    Packet {
        destination: to.parse().unwrap(),
        source: from.parse().ok(),
        interface: Some(interface.to_owned()),
        uid: None,
        gid: None,
    }
}

fn leaving(to: &str, uid: u32) -> Packet {
    Packet {
        source: None,
        interface: Some("eth0".to_owned()),
        ..local(to, uid)
    }
}

fn blocked(rules: &Ruleset, packet: &Packet, direction: Direction) -> Vec<Blocked> {
    blocking_rules(rules, packet, direction)
}

#[test]
fn a_rule_for_the_workers_user_alone() {
    let rules = nft::parse(NFT);
    assert_eq!(rules.problems, [""; 0]);
    let found = blocked(&rules, &local("127.0.0.1:3000", 33), Direction::Outgoing);
    assert_eq!(found.len(), 1, "{found:?}");
    let rule = &found[0];
    assert_eq!((rule.handle, rule.packets), (Some(17), Some(0)));
    assert_eq!(rule.how, How::Rejected("tcp reset".to_owned()));
    assert_eq!(rule.unjudged, [""; 0]);
    assert_eq!(
        rule.rule.as_deref(),
        Some(
            "meta skuid 33 tcp dport 3000 counter packets 0 bytes 0 reject with tcp reset comment \"no apps for www-data\""
        )
    );
    assert_eq!(
        blocked(&rules, &local("127.0.0.1:3000", 0), Direction::Outgoing),
        []
    );
    assert_eq!(
        blocked(&rules, &local("127.0.0.1:3000", 33), Direction::Incoming),
        []
    );
}

#[test]
fn a_user_that_is_not_known_leaves_it_open() {
    let packet = Packet {
        uid: None,
        ..local("127.0.0.1:3000", 0)
    };
    let found = blocked(&nft::parse(NFT), &packet, Direction::Outgoing);
    assert_eq!(found[0].unjudged, ["the sending user"]);
}

#[test]
fn addresses_ranges_maps_and_families() {
    let rules = nft::parse(NFT);
    let handles = |packet: &Packet| -> Vec<(Option<u64>, bool)> {
        let found = blocked(&rules, packet, Direction::Outgoing).into_iter();
        found.map(|b| (b.handle, b.unjudged.is_empty())).collect()
    };
    assert_eq!(handles(&leaving("192.0.2.7:9005", 33)), [(Some(18), true)]);
    assert_eq!(handles(&leaving("192.0.2.8:9005", 33)), []);
    assert_eq!(handles(&local("[::1]:8080", 0)), [(Some(19), true)]);
    assert_eq!(handles(&local("[::1]:80", 0)), []);
    assert_eq!(handles(&leaving("192.0.2.8:6379", 0)), [(Some(22), true)]);
    assert_eq!(handles(&leaving("192.0.2.8:6380", 0)), []);
    // A mark cannot be seen from outside.
    assert_eq!(handles(&leaving("192.0.2.8:5432", 0)), [(Some(20), false)]);
    // That rule is for UDP.
    assert_eq!(handles(&leaving("192.0.2.8:53", 0)), []);
}

#[test]
fn a_policy_that_drops_what_no_rule_accepts() {
    let rules = nft::parse(NFT);
    let incoming =
        |to: &str, from: &str| blocked(&rules, &remote(to, from, "eth0"), Direction::Incoming);
    assert_eq!(incoming("192.0.2.2:443", "192.0.2.50"), []);
    let banned = incoming("192.0.2.2:3000", "198.51.100.9");
    assert_eq!((banned[0].handle, banned[0].unjudged.len()), (Some(13), 0));
    let policy = incoming("192.0.2.2:3000", "192.0.2.50");
    assert_eq!((policy.len(), policy[0].rule.as_ref()), (1, None));
    assert_eq!(
        (policy[0].chain.as_str(), policy[0].unjudged.len()),
        ("input", 0)
    );
    // Accepted within a rate that nobody knows from outside.
    let limited = incoming("192.0.2.2:3000", "10.1.2.3");
    assert_eq!(limited[0].unjudged, ["limit rate 10/second"]);
}

#[test]
fn a_port_that_nat_changes_is_no_longer_certain() {
    let rules = nft::parse(NFT);
    let found = blocked(&rules, &local("[::1]:81", 0), Direction::Outgoing);
    assert_eq!(found[0].handle, Some(19));
    assert_eq!(found[0].unjudged, ["redirect"]);
}

#[test]
fn iptables_rules_in_the_old_words() {
    let rules = iptables::parse(IPTABLES, false);
    assert_eq!(rules.problems, [""; 0]);
    let found = blocked(&rules, &local("127.0.0.1:3000", 33), Direction::Outgoing);
    assert_eq!(
        found[0].rule.as_deref(),
        Some(
            "-A OUTPUT -p tcp -m owner --uid-owner 33 -m tcp --dport 3000 -j REJECT --reject-with tcp-reset"
        )
    );
    assert_eq!(found[0].how, How::Rejected("tcp-reset".to_owned()));
    assert!(found[0].unjudged.is_empty());
    assert_eq!(
        blocked(&rules, &local("127.0.0.1:3000", 34), Direction::Outgoing),
        []
    );
    assert_eq!(
        blocked(&rules, &local("[::1]:3000", 33), Direction::Outgoing),
        []
    );
    let incoming =
        |to: &str, from: &str| blocked(&rules, &remote(to, from, "eth0"), Direction::Incoming);
    assert_eq!(incoming("192.0.2.2:8005", "192.0.2.50"), []);
    let chained = incoming("192.0.2.7:9000", "10.0.0.1");
    assert_eq!(
        (chained[0].chain.as_str(), chained[0].unjudged.len()),
        ("APPS", 0)
    );
    // From 10/8 to another port: APPS returns, and the policy drops.
    let policy = incoming("192.0.2.7:9001", "10.0.0.1");
    assert_eq!(
        (policy[0].chain.as_str(), policy[0].rule.as_ref()),
        ("INPUT", None)
    );
}

#[test]
fn the_same_rules_through_nft_hide_their_extensions() {
    let rules = nft::parse(OF_IPTABLES);
    let found = blocked(&rules, &local("127.0.0.1:3000", 34), Direction::Outgoing);
    assert_eq!(found[0].unjudged, ["xt match owner"]);
    assert!(matches!(found[0].how, How::Rejected(_)));
}

#[test]
fn networks_and_masks() {
    let net = |text: &str| network(text).map(|(a, b)| std::format!("{a} {b}"));
    assert_eq!(
        net("10.1.2.3/8").as_deref(),
        Some("10.0.0.0 10.255.255.255")
    );
    assert_eq!(
        net("10.0.0.0/255.255.0.0").as_deref(),
        Some("10.0.0.0 10.0.255.255")
    );
    assert_eq!(
        net("::/0").as_deref(),
        Some(":: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
    );
    assert_eq!(net("10.0.0.0/33"), None);
    assert_eq!(net("10.0.0.0/255.0.255.0"), None);
}

/// Each rule doubles the ways: what is not known is told once, however often it is met.
#[test]
fn ways_that_multiply_come_to_an_end() {
    let mut text = String::from("*filter\n:INPUT ACCEPT [0:0]\n:many - [0:0]\n-A INPUT -j many\n");
    text.push_str(&"-A many -m odd -j many\n-A many -j gone\n".repeat(40));
    text.push_str("COMMIT\n");
    let rules = iptables::parse(text.as_bytes(), false);
    let found = blocked(&rules, &local("127.0.0.1:3000", 33), Direction::Incoming);
    assert!(
        found.iter().all(|rule| rule.unjudged.len() < 8),
        "{found:?}"
    );
}

#[test]
fn rules_that_jump_in_a_circle_end() {
    let text = b"*filter\n:OUTPUT ACCEPT [0:0]\n:A - [0:0]\n-A OUTPUT -j A\n-A A -j A\nCOMMIT\n";
    let rules = iptables::parse(text, false);
    assert_eq!(
        blocked(&rules, &local("127.0.0.1:1", 0), Direction::Outgoing),
        []
    );
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, text in "[-*:! A-Za-z0-9.,/\"\\\\\n]{0,200}", port: u16, cut in 0usize..4000) {
        for rules in [
            nft::parse(&bytes),
            nft::parse(NFT.get(..cut).unwrap_or(NFT)),
            iptables::parse(&bytes, true),
            iptables::parse([b"*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT ", text.as_bytes()].concat().as_slice(), false),
        ] {
            let packet = Packet::local(SocketAddr::from(([127, 0, 0, 1], port)), Some(33), None);
            let _ = blocking_rules(&rules, &packet, Direction::Outgoing);
            let _ = blocking_rules(&rules, &packet, Direction::Incoming);
        }
    }

    #[test]
    fn odd_json_never_panics(left in "\\{\"(meta|payload|ct|x)\":(\\{\"key\":\"(skuid|mark|iifname)\"\\}|1|null)\\}", right in "(1|\"@a\"|\\{\"range\":\\[1\\]\\}|\\{\"set\":\\[\\]\\}|null|\\{\"prefix\":\\{\"addr\":\"1[.]2[.]3[.]4\",\"len\":99\\}\\})") {
        let text = std::format!("{{\"nftables\":[{{\"chain\":{{\"family\":\"ip\",\"table\":\"t\",\"name\":\"c\",\"hook\":\"output\",\"prio\":0}}}},{{\"rule\":{{\"family\":\"ip\",\"table\":\"t\",\"chain\":\"c\",\"expr\":[{{\"match\":{{\"op\":\"==\",\"left\":{left},\"right\":{right}}}}},{{\"drop\":null}}]}}}}]}}");
        let rules = nft::parse(text.as_bytes());
        proptest::prop_assert_eq!(rules.chains.len(), 1);
        let _ = blocked(&rules, &local("127.0.0.1:3000", 33), Direction::Outgoing);
    }
}
