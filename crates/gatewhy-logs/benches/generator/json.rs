//! nginx's access log as JSON, one try a request.
use super::access::TRIES;
use super::dice::Dice;
use super::{Truth, civil};
use std::io::{self, Write};

const START: u64 = 1_794_528_000; // 2026-11-13T00:00:00
const DAYS: u64 = 7;

/// Writes a log of about `size` bytes.
pub(crate) fn generate(out: &mut impl Write, size: u64, seed: u64) -> io::Result<Truth> {
    let (mut dice, mut truth) = (Dice::new(seed), Truth::default());
    let mut written = 0;
    while written < size {
        let second = (u128::from(written) * u128::from(DAYS * 86_400) / u128::from(size)) as u64;
        let line = line(&mut dice, START + second, &mut truth);
        written += line.len() as u64;
        out.write_all(line.as_bytes())?;
    }
    Ok(truth)
}

fn line(dice: &mut Dice, second: u64, truth: &mut Truth) -> String {
    let (year, month, day) = civil(second / 86_400);
    let clock = second % 86_400;
    let (h, m, s) = (clock / 3_600, clock / 60 % 60, clock % 60);
    let peer = format!("10.0.{}.{}:8080", dice.below(3), 1 + dice.below(12));
    let (status, connected, answered, symptom) = match dice.below(1_000) {
        0..=39 => *dice.pick(TRIES),
        40..=49 => ("499", true, false, ""),
        50..=250 => ("304", true, true, ""),
        _ => ("200", true, true, ""),
    };
    truth.lines += 1;
    truth.records += 1;
    if status == "499" {
        *truth.others.entry("client-closed").or_default() += 1;
    } else if !symptom.is_empty() {
        let hour = format!("{year}-{month:02}-{day:02}T{h:02}");
        let key = (symptom, peer.clone(), hour);
        *truth.failures.entry(key).or_default() += 1;
    }
    // A visitor quotes a line that is none.
    let path = if dice.chance(40) {
        r#"/?a=\",\"status\":\"502\",\"upstream_status\":\"502\"} stdout F 2026"#
    } else {
        "/api/orders"
    };
    let time = |there: bool| if there { "0.012" } else { "-" };
    format!(
        "{{\"time_iso8601\":\"{year}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}\",\
         \"remote_addr\":\"203.0.113.{}\",\"request\":\"GET {path}/{} HTTP/1.1\",\
         \"status\":\"{status}\",\"body_bytes_sent\":\"{}\",\"http_referer\":\"https://shop.test/\",\
         \"http_user_agent\":\"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 502\",\
         \"request_time\":\"0.{:03}\",\"upstream_addr\":\"{peer}\",\"upstream_status\":\"{status}\",\
         \"upstream_connect_time\":\"{}\",\"upstream_header_time\":\"{}\"}}\n",
        dice.below(256),
        dice.below(1 << 40),
        dice.below(90_000),
        dice.below(1_000),
        time(connected),
        time(answered),
    )
}
