//! Routing, request by request, against a running nginx.
//!
//! `nginx_routing/live.conf` holds the rules that surprise people, and
//! `nginx_routing/requests.txt` the requests. A real nginx on loopback answers each
//! with who it was, and our route must say the same. Without nginx the answers that
//! an earlier run recorded (`nginx_routing/recorded.txt`) are compared. A second
//! nginx gets servers with locations thrown by dice.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed; one that is skipped says so"
)]
#[path = "nginx_routing/dice.rs"]
mod dice;
#[path = "nginx_routing/site.rs"]
mod site;

use site::{Live, Site, asked, cases, difference, routed};

const CONF: &str = include_str!("nginx_routing/live.conf");
const REQUESTS: &str = include_str!("nginx_routing/requests.txt");
const RECORDED: &str = include_str!("nginx_routing/recorded.txt");

#[test]
fn requests_go_where_a_running_nginx_sent_them() {
    let site = Site::new(CONF, "/srv/live", |n| 40_001 + u16::try_from(n).unwrap());
    let cases = cases(&site, REQUESTS);
    let recorded: Vec<&str> = RECORDED.lines().collect();
    assert_eq!(recorded.len(), cases.len());
    let both = cases.iter().zip(recorded).zip(routed(&site, &cases));
    let wrong = both.filter_map(|((case, recorded), (ours, found))| {
        difference(&site, case, recorded, &ours, &found)
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn requests_go_where_nginx_sends_them_now() {
    let Some(live) = Live::start(CONF, "routing") else {
        return;
    };
    let record = compare(&live, REQUESTS);
    if let Some(path) = std::env::var_os("GATEWHY_RECORD_ROUTING") {
        std::fs::write(path, record.join("\n") + "\n").unwrap();
    }
}

#[test]
fn requests_to_random_locations_go_where_nginx_sends_them() {
    let seed = std::env::var("GATEWHY_ROUTING_SEED");
    let seed = seed.map_or(20_261_120, |text| text.parse().unwrap());
    let (config, requests) = dice::site(seed, 60);
    if let Some(live) = Live::start(&config, "dice") {
        compare(&live, &requests);
    }
}

/// nginx's answers, after ours were found to be the same.
fn compare(live: &Live, requests: &str) -> Vec<String> {
    let site = &live.site;
    let cases = cases(site, requests);
    let theirs: Vec<String> = cases.iter().map(|case| asked(site, case)).collect();
    let both = cases.iter().zip(&theirs).zip(routed(site, &cases));
    let wrong = both.filter_map(|((case, theirs), (ours, found))| {
        difference(site, case, theirs, &ours, &found)
    });
    let mut wrong: Vec<_> = wrong.collect();
    let count = wrong.len();
    wrong.truncate(8);
    assert!(
        wrong.is_empty(),
        "{count} of {} differ\n{}",
        cases.len(),
        wrong.join("\n")
    );
    theirs
}
