//! nginx's access log with upstream fields.
use super::dice::Dice;
use super::{Truth, civil};
use std::io::{self, Write};

/// The format of the log, as `log_format` has it.
pub(crate) const FORMAT: &str = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\" rt=$request_time uct=\"$upstream_connect_time\" uht=\"$upstream_header_time\" urt=\"$upstream_response_time\" ua=\"$upstream_addr\" us=\"$upstream_status\"";

/// What becomes of one try: its status, connect and header time, and its symptom.
pub(crate) type Try = (&'static str, bool, bool, &'static str);

#[rustfmt::skip]
pub(crate) const TRIES: &[Try] = &[
    ("502", false, false, "connect-failed"),
    ("504", false, false, "connect-timeout"),
    ("504", true, false, "response-timeout"),
    ("502", true, false, "closed-before-response"),
    ("503", true, true, "passed-on-error"),
    ("502", true, true, "passed-on-error"),
    ("500", true, true, "passed-on-error"),
];

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const START: u64 = 1_794_528_000; // 2026-11-13T00:00:00
const DAYS: u64 = 7;

/// Writes a log of about `size` bytes.
pub(crate) fn generate(out: &mut impl Write, size: u64, seed: u64) -> io::Result<Truth> {
    let mut log = Log {
        dice: Dice::new(seed),
        truth: Truth::default(),
        line: Vec::with_capacity(4_096),
    };
    let mut written = 0;
    while written < size {
        let second = (u128::from(written) * u128::from(DAYS * 86_400) / u128::from(size)) as u64;
        log.record(START + second);
        written += log.line.len() as u64;
        out.write_all(&log.line)?;
    }
    Ok(log.truth)
}

struct Log {
    dice: Dice,
    truth: Truth,
    line: Vec<u8>,
}

impl Log {
    fn record(&mut self, second: u64) {
        self.line.clear();
        let second = second.saturating_sub(self.dice.below(2)).max(START);
        let (year, month, day) = civil(second / 86_400);
        let clock = second % 86_400;
        let (h, m, s) = (clock / 3_600, clock / 60 % 60, clock % 60);
        let hour = format!("{year}-{month:02}-{day:02}T{h:02}");
        let dice = &mut self.dice;
        let user = if dice.chance(5) { "j. doe [1]" } else { "-" };
        let _ = write!(
            self.line,
            "203.0.113.{} - {user} [{day:02}/{}/{year}:{h:02}:{m:02}:{s:02} +0000] \"",
            dice.below(256),
            MONTHS[month as usize - 1],
        );
        self.request();
        self.outcome(&hour);
        self.truth.lines += 1;
        self.truth.records += 1;
    }

    fn request(&mut self) {
        let dice = &mut self.dice;
        let verb = *dice.pick(&["GET", "GET", "GET", "POST"]);
        let route = *dice.pick(&["/api/orders", "/api/cart", "/login", "/search", "/app.js"]);
        let _ = write!(self.line, "{verb} {route}/{}", dice.below(1 << 40));
        match dice.below(1_000) {
            0..=3 => self
                .line
                .extend_from_slice(b"/\xff\xfe\\x22 us=\\x22502\\x22"),
            4..=5 => self.line.extend(std::iter::repeat_n(b'q', 3_000)),
            6..=9 => self
                .line
                .extend_from_slice(b"?a= 502 157 upstream timed out (110: Connection timed out)"),
            _ => {}
        }
        let _ = write!(self.line, " HTTP/1.1\" ");
    }

    fn outcome(&mut self, hour: &str) {
        // By chance some sizes look like statuses.
        let size = if self.dice.chance(30) {
            502
        } else {
            self.dice.below(90_000)
        };
        let (status, tries) = tried(&mut self.dice);
        let agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 502 (KHTML, like Gecko)";
        let _ = write!(
            self.line,
            "{status} {size} \"-\" \"{agent}\" rt=0.{:03}",
            self.dice.below(1_000)
        );
        self.upstream(&tries);
        self.count(status, &tries, hour);
    }

    /// The fields of the upstream: one value for each try.
    fn upstream(&mut self, tries: &[(Try, String)]) {
        let list = |of: &dyn Fn(&(Try, String)) -> String| {
            if tries.is_empty() {
                return "-".to_owned();
            }
            tries.iter().map(of).collect::<Vec<_>>().join(", ")
        };
        let time = |there: bool| if there { "0.012" } else { "-" }.to_owned();
        let _ = writeln!(
            self.line,
            " uct=\"{}\" uht=\"{}\" urt=\"{}\" ua=\"{}\" us=\"{}\"",
            list(&|t| time(t.0.1)),
            list(&|t| time(t.0.2)),
            list(&|_| time(true)),
            list(&|t| t.1.clone()),
            list(&|t| t.0.0.to_owned()),
        );
    }

    /// The truth about the line.
    fn count(&mut self, status: &str, tries: &[(Try, String)], hour: &str) {
        for (of, peer) in tries.iter().filter(|t| !t.0.3.is_empty()) {
            let key = (of.3, peer.clone(), hour.to_owned());
            *self.truth.failures.entry(key).or_default() += 1;
        }
        let other = match (status, tries.is_empty()) {
            ("499", _) => "client-closed",
            ("503", true) => "gateway-answered-error",
            _ => return,
        };
        *self.truth.others.entry(other).or_default() += 1;
    }
}

/// The status that a visitor gets, and the tries that led to it.
fn tried(dice: &mut Dice) -> (&'static str, Vec<(Try, String)>) {
    let fine: Try = ("200", true, true, "");
    match dice.below(1_000) {
        0..=39 => {
            let of = *dice.pick(TRIES);
            (of.0, vec![(of, peer(dice))])
        }
        // Another server answered.
        40..=54 => {
            let of = *dice.pick(&TRIES[..4]);
            ("200", vec![(of, peer(dice)), (fine, peer(dice))])
        }
        55..=59 => {
            let of = ("502", false, false, "no-live-upstreams");
            ("502", vec![(of, "backend".to_owned())])
        }
        // nginx itself.
        60..=69 => ("503", Vec::new()),
        70..=79 => ("499", Vec::new()),
        80..=300 => ("304", Vec::new()),
        _ => ("200", vec![(fine, peer(dice))]),
    }
}

fn peer(dice: &mut Dice) -> String {
    format!("10.0.{}.{}:8080", dice.below(3), 1 + dice.below(12))
}
