//! Regular expressions, compared with what PCRE2 made of them.
//!
//! `nginx_pattern/pcre2.tsv` was recorded from libpcre2 10.42 in byte mode, as nginx
//! uses it: pattern and subject in hexadecimal, whether case was ignored, and either
//! `N` or the groups up to the last one that took part (`-` for an empty one).
use gatewhy_facts::nginx::pattern::find;
use proptest::prelude::*;

const RECORDED: &str = include_str!("nginx_pattern/pcre2.tsv");

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
    pairs.filter_map(byte).collect()
}

fn shown(groups: &[Vec<u8>]) -> String {
    let group = |group: &Vec<u8>| match group.as_slice() {
        [] => " -".to_owned(),
        some => some
            .iter()
            .fold(" ".to_owned(), |text, byte| format!("{text}{byte:02x}")),
    };
    groups.iter().map(group).collect()
}

#[test]
fn patterns_match_as_in_pcre_or_are_not_understood() {
    let (mut same, mut not_understood) = (0, 0);
    for line in RECORDED.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [pattern, caseless, subject, expected] = fields[..] else {
            panic!("{line}");
        };
        let (pattern, subject) = (bytes(pattern), bytes(subject));
        let ours = match find(&pattern, caseless == "1", &subject) {
            Err(_) => {
                not_understood += 1;
                continue;
            }
            Ok(None) => "N".to_owned(),
            Ok(Some(captures)) => format!("M{}", shown(&captures.groups)),
        };
        let what = (pattern.escape_ascii(), subject.escape_ascii());
        assert_eq!(ours, expected, "{} on {}", what.0, what.1);
        same += 1;
    }
    assert!(
        same > 1_000 && not_understood < 250,
        "{same} {not_understood}"
    );
}

#[test]
fn patterns_of_real_configurations_are_understood() {
    for (pattern, subject, groups) in [
        (r"\.php$", "/a.php", " 2e706870"),
        (r"\.php(?:$|/)", "/a.php/x", " 2e7068702f"),
        (
            r"^(.+?\.php)(/.*)$",
            "/a.php/b",
            " 2f612e7068702f62 2f612e706870 2f62",
        ),
        (
            r"(?<file>[^/]+)\.(?:png|jpe?g)$",
            "/a.jpg",
            " 612e6a7067 61",
        ),
        (r"^/(?!(admin|api))", "/x", " 2f"),
        (r"/\.(?!well-known)", "/.git", " 2f2e"),
        (r"^/([a-z]{2})(/|$)", "/de/", " 2f64652f 6465 2f"),
    ] {
        let found = find(pattern.as_bytes(), false, subject.as_bytes());
        let found = found.map(|found| found.map(|captures| shown(&captures.groups)));
        assert_eq!(found, Ok(Some(groups.to_owned())), "{pattern}");
    }
    let named = find(b"^/(?<a>x)(?P<b>y)", false, b"/xy");
    let named = named.ok().flatten().map(|captures| captures.named);
    let pair = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    assert_eq!(named, Some(vec![pair("a", "x"), pair("b", "y")]));
}

#[test]
fn a_pattern_that_would_take_for_ever_is_not_understood() {
    let subject = [b"/".as_slice(), &[b'a'; 4_000], b"!"].concat();
    assert!(find(br"^/((a|aa)(?=a))+\2\2x$", false, &subject).is_err());
    let deep = ["(".repeat(2_000), ")".repeat(2_000)].concat();
    assert!(find(deep.as_bytes(), false, b"x").is_err());
}

proptest! {
    #[test]
    fn any_pattern_comes_to_an_end(pattern: Vec<u8>, like in r"[\\()\[\]{}?*+|^$.<>a-z0-9:=!,-]{0,40}", subject: Vec<u8>) {
        for pattern in [pattern.as_slice(), like.as_bytes()] {
            if let Ok(Some(captures)) = find(pattern, true, &subject) {
                let whole = &captures.groups[0];
                prop_assert!(whole.is_empty() || holds(&subject, whole));
            }
        }
    }
}

fn holds(subject: &[u8], part: &[u8]) -> bool {
    subject.windows(part.len()).any(|window| window == part)
}
