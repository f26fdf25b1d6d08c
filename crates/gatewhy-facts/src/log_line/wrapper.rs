//! What stands before a server's own line: syslog, the journal, a container's
//! output, the kernel's clock.
use super::record::LoggedAt;
use crate::log_time;
use crate::scan;

/// What was before the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wrapper<'a> {
    /// Who wrote it, as syslog calls it: `haproxy`, `kernel`, `systemd`.
    pub tag: Option<&'a [u8]>,
    /// Its process.
    pub pid: Option<u32>,
    /// When it was received.
    pub at: Option<LoggedAt>,
}

/// Most wrappers round one line.
const MOST: usize = 3;

/// Takes wrappers off the front, as many as there are.
pub fn strip(line: &[u8]) -> (Wrapper<'_>, &[u8]) {
    let mut found = Wrapper::default();
    let mut rest = line.trim_ascii_end();
    for _ in 0..MOST {
        // No wrapper begins so; a visitor's words may stand further on.
        if rest.starts_with(b"{") {
            break;
        }
        // Without its time a line of syslog still has its tag.
        let bare = || bare_tag(rest).filter(|_| found == Wrapper::default());
        let Some((one, behind)) = strip_one(rest).or_else(bare) else {
            break;
        };
        found.tag = one.tag.or(found.tag);
        found.pid = one.pid.or(found.pid);
        found.at = one.at.or(found.at);
        rest = behind;
    }
    (found, rest)
}

fn strip_one(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let line = priority(counted(line)).unwrap_or(line);
    container(line)
        .or_else(|| pod(line))
        .or_else(|| passenger(line))
        .or_else(|| cri(line))
        .or_else(|| container_clock(line))
        .or_else(|| logread(line))
        .or_else(|| old_syslog(line))
        .or_else(|| new_syslog(line))
        .or_else(|| kernel_clock(line))
        .or_else(|| plain_clock(line))
        .or_else(|| kmsg(line))
}

/// `6,131729,30621656315,-;`: `/dev/kmsg`. Only what the kernel says itself: others
/// may write there too, and have their facility before the level.
fn kmsg(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let (head, rest) = scan::split_once(line, ";")?;
    let mut fields = head.split(|b| *b == b',');
    let priority: u64 = scan::whole_number(fields.next()?)?;
    let _number: u64 = scan::whole_number(fields.next()?)?;
    let _since_boot: u64 = scan::whole_number(fields.next()?)?;
    let wrapper = Wrapper {
        tag: Some(if priority < 8 { b"kernel" } else { b"user" }),
        ..Wrapper::default()
    };
    Some((wrapper, rest))
}

/// `2026-11-20 03:12:04 `, as some collectors put before each line. Only before what
/// has no such clock of its own: JSON, and HAProxy's notices.
fn plain_clock(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    const STARTS: [&[u8]; 5] = [b"{\"", b"[WARNING] ", b"[ALERT] ", b"[NOTICE] ", b"<"];
    let (civil, rest) = log_time::year_first(line)?;
    let fraction = rest
        .iter()
        .take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
    let rest = rest.get(fraction.count()..)?.strip_prefix(b" ")?;
    let wrapper = Wrapper {
        at: Some(LoggedAt::Civil(civil)),
        ..Wrapper::default()
    };
    let rest = counted(rest);
    STARTS
        .iter()
        .any(|start| rest.starts_with(start))
        .then_some((wrapper, rest))
}

/// `uwsgi[812]: `, what is left of a line of syslog without its time.
fn bare_tag(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let (tag, rest) = scan::split_once(line, "]: ")?;
    let (name, pid) = scan::split_once(tag, "[")?;
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let fits = !name.is_empty() && name.len() <= 32 && name.iter().all(plain);
    let wrapper = Wrapper {
        tag: Some(name),
        pid: Some(scan::whole_number(pid)?),
        at: None,
    };
    // The kernel names a crashed process in the same form.
    (fits && !rest.starts_with(b"segfault at ")).then_some((wrapper, rest))
}

/// Behind `187 `, the length that stands before each message of syslog over TCP
/// (RFC 6587).
fn counted(line: &[u8]) -> &[u8] {
    let behind = scan::number(line).and_then(|(_, rest)| rest.strip_prefix(b" "));
    behind.filter(|rest| rest.starts_with(b"<")).unwrap_or(line)
}

/// `<134>`, a syslog priority.
fn priority(line: &[u8]) -> Option<&[u8]> {
    let (number, rest) = scan::number(line.strip_prefix(b"<")?)?;
    (number < 192).then(|| rest.strip_prefix(b">"))?
}

/// `web_1  | `, `0|app  | ` (docker compose, PM2), `shop.1.k2v@node1    | ` (Swarm);
/// compose colours it.
fn container(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let name = colour(line);
    let (name, rest) = match name {
        Some(name) => scan::split_once(name, " |").filter(|(_, rest)| colour(rest).is_some())?,
        None => scan::split_once(line, " | ")?,
    };
    let rest = colour(rest).unwrap_or(rest);
    let name = name.trim_ascii_end();
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.|/@".contains(b);
    let fits = !name.is_empty() && name.len() <= 80 && name.iter().all(plain);
    fits.then(|| (Wrapper::default(), rest.trim_ascii_start()))
}

/// Behind `ESC [36m`.
fn colour(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"\x1b[")
        .and_then(|_| super::paste_markup::colour(text))
}

/// `[pod/shop-6d4cf56db6-abcde/nginx] ` (`kubectl logs --prefix`).
fn pod(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let (name, rest) = scan::split_once(line.strip_prefix(b"[pod/")?, "] ")?;
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-./".contains(b);
    name.iter().all(plain).then_some((Wrapper::default(), rest))
}

/// `App 812 output: `, `App 812 stderr: ` (what an application under Passenger prints).
fn passenger(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let (pid, rest) = scan::number(line.strip_prefix(b"App ")?)?;
    let streams = [&b" output: "[..], b" stdout: ", b" stderr: "];
    let rest = streams
        .iter()
        .find_map(|stream| rest.strip_prefix(*stream))?;
    let wrapper = Wrapper {
        pid: u32::try_from(pid).ok(),
        ..Wrapper::default()
    };
    Some((wrapper, rest))
}

/// `2026-11-20T03:12:04.123456789Z ` (`docker logs --timestamps`, `kubectl logs
/// --timestamps`): finer than syslog's, and nothing of syslog behind it.
fn container_clock(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let (time, rest) = scan::split_once(line, " ")?;
    let at = iso(time).filter(|_| time.get(10) == Some(&b'T'))?;
    let (_, fraction) = scan::split_once(time, ".")?;
    let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    let own = rest.first().is_some_and(|b| matches!(b, b'[' | b'{'))
        || log_time::year_first(rest).is_some();
    let wrapper = Wrapper {
        at: Some(at),
        ..Wrapper::default()
    };
    (digits > 6 || own).then_some((wrapper, rest))
}

/// `2026-11-20T03:12:04.123456789Z stdout F ` (Kubernetes nodes).
fn cri(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let (time, rest) = scan::split_once(line, " ")?;
    let rest = rest
        .strip_prefix(b"stdout ")
        .or_else(|| rest.strip_prefix(b"stderr "))?;
    let rest = rest
        .strip_prefix(b"F ")
        .or_else(|| rest.strip_prefix(b"P "))?;
    // Without a time these may be anybody's words.
    let at = iso(time)?;
    Some((
        Wrapper {
            at: Some(at),
            ..Wrapper::default()
        },
        rest,
    ))
}

const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";

/// `Nov 20 03:12:04 web1 haproxy[812]: ` (RFC 3164, `journalctl`): without a year.
fn old_syslog(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let (civil, rest) = log_time::month_first(line)?;
    // A fraction of a second may follow, and older messages repeat the year.
    let rest = match scan::split_once(rest, " ") {
        Some((fraction, rest)) if fraction.iter().all(|b| b.is_ascii_digit() || *b == b'.') => rest,
        _ => return None,
    };
    let (wrapper, rest) = host_and_tag(rest)?;
    let at = Some(LoggedAt::Yearless(civil));
    Some((Wrapper { at, ..wrapper }, rest))
}

/// `2026-11-20T03:12:04.123456+01:00 web1 haproxy[812]: `, and RFC 5424 with `1 `
/// before the time.
fn new_syslog(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let modern = line.strip_prefix(b"1 ");
    let (time, rest) = scan::split_once(modern.unwrap_or(line), " ")?;
    let at = iso(time).filter(|_| time.get(10) == Some(&b'T'))?;
    // Some daemons leave out the version that RFC 5424 begins with.
    let mut words = rest.split(|b| *b == b' ').skip(2);
    let has_pid = words
        .next()
        .is_some_and(|pid| scan::whole_number::<u32>(pid).is_some());
    let structured = has_pid && words.nth(1).is_some_and(|word| word.starts_with(b"["));
    let (wrapper, rest) = if modern.is_some() || structured {
        modern_fields(rest)?
    } else {
        host_and_tag(rest)?
    };
    Some((
        Wrapper {
            at: Some(at),
            ..wrapper
        },
        rest,
    ))
}

/// `HOST APP PID MSGID - MESSAGE`
fn modern_fields(rest: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let (host, rest) = scan::split_once(rest, " ")?;
    let (app, rest) = scan::split_once(rest, " ")?;
    let (pid, rest) = scan::split_once(rest, " ")?;
    let (_id, rest) = scan::split_once(rest, " ")?;
    let (tag, rest) = match rest.strip_prefix(b"- ") {
        Some(rest) => (app, rest),
        None if rest.starts_with(b"[") => (app, scan::split_once(rest, "] ")?.1),
        // Heroku leaves the structured data out, and names itself in the host's place.
        None if host == b"heroku" || host == b"app" => (host, rest),
        None => return None,
    };
    let wrapper = Wrapper {
        tag: Some(tag),
        pid: scan::whole_number(pid),
        at: None,
    };
    Some((wrapper, rest))
}

/// `Fri Nov 20 03:12:04 2026 kern.info kernel: `, of `OpenWrt`'s `logread`; its time is
/// often left out.
fn logread(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let dated = line
        .get(20..24)
        .filter(|year| year.iter().all(u8::is_ascii_digit));
    let rest = dated.and_then(|_| line.get(24..)?.strip_prefix(b" "));
    let rest = without_priority(rest.unwrap_or(line))?;
    let (tag, message) = scan::split_once(rest, ": ")?;
    let wrapper = tag_and_pid(tag)?;
    Some((wrapper, message))
}

/// Behind `daemon.err `, the priority as `BusyBox` spells it before a tag.
fn without_priority(text: &[u8]) -> Option<&[u8]> {
    const FACILITIES: [&[u8]; 12] = [
        b"kern",
        b"user",
        b"mail",
        b"daemon",
        b"auth",
        b"syslog",
        b"lpr",
        b"news",
        b"uucp",
        b"cron",
        b"authpriv",
        b"ftp",
    ];
    const LEVELS: [&[u8]; 8] = [
        b"emerg", b"alert", b"crit", b"err", b"warn", b"notice", b"info", b"debug",
    ];
    let (priority, rest) = scan::split_once(text, " ")?;
    let (facility, level) = scan::split_once(priority, ".")?;
    let local = facility
        .strip_prefix(b"local")
        .is_some_and(|n| matches!(n, [b'0'..=b'7']));
    let known = local || FACILITIES.contains(&facility);
    (known && LEVELS.contains(&level)).then_some(rest)
}

/// `haproxy[812]`
fn tag_and_pid(tag: &[u8]) -> Option<Wrapper<'_>> {
    let (name, pid) = match scan::split_once(tag, "[") {
        Some((name, pid)) => (name, scan::whole_number(pid.strip_suffix(b"]")?)),
        None => (tag, None),
    };
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_./@()".contains(b);
    let fits = !name.is_empty() && name.len() <= 64 && name.iter().all(plain);
    let at = None;
    fits.then_some(Wrapper {
        tag: Some(name),
        pid,
        at,
    })
}

/// `web1 haproxy[812]: `
fn host_and_tag(rest: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let (host, behind) = scan::split_once(rest, " ")?;
    // Some daemons leave the host out.
    let (tag, message) = if host.ends_with(b":") {
        (host.strip_suffix(b":")?, behind)
    } else {
        // Templates of rsyslog leave the colon out.
        let spaced = scan::split_once(behind, " ").filter(|(tag, _)| tag.ends_with(b"]"));
        spaced.or_else(|| scan::split_once(behind, ": "))?
    };
    let tag = without_priority(tag).unwrap_or(tag);
    Some((tag_and_pid(tag)?, message))
}

/// `[12345.678901] ` of `dmesg`, `[Fri Nov 20 03:12:04 2026] ` of `dmesg -T`.
fn kernel_clock(line: &[u8]) -> Option<(Wrapper<'_>, &[u8])> {
    let (clock, rest) = scan::split_once(line.strip_prefix(b"[")?, "] ")?;
    let clock = clock.trim_ascii();
    let seconds = scan::number(clock).is_some_and(|(_, rest)| {
        rest.strip_prefix(b".")
            .is_some_and(|rest| !rest.is_empty() && rest.iter().all(u8::is_ascii_digit))
    });
    let spelt = clock.len() == 24 && MONTHS.chunks(3).any(|m| clock.get(4..7) == Some(m));
    let is_clock = seconds || (spelt && !rest.starts_with(b"["));
    let wrapper = Wrapper {
        tag: Some(b"kernel"),
        ..Wrapper::default()
    };
    is_clock.then_some((wrapper, rest))
}

/// An ISO time with its zone.
pub(super) fn iso(time: &[u8]) -> Option<LoggedAt> {
    let (civil, rest) = log_time::year_first(time)?;
    let digits = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b',');
    let fraction = rest.iter().take_while(|b| digits(b)).count();
    let rest = rest.get(fraction..)?;
    match log_time::zone(rest) {
        Some((offset, _)) => civil.moment(offset).map(LoggedAt::Moment),
        None => Some(LoggedAt::Civil(civil)),
    }
}
