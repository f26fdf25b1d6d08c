//! A file system that the proxy or the backend writes to is full.
use crate::case::exchange::link::Link;
use crate::case::gateway::log::Logged;
use crate::case::service::down::Down;
use crate::case::service::units::{journal_place, journal_source};
use crate::prelude::*;
use gatewhy_facts::app_log::Kind;
use gatewhy_facts::linux::file_system::FileSystem;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::View;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// A file system that the proxy or the backend writes to is full.
    ///
    /// ## How it looks
    ///
    /// 500, 502 or pages cut short; `No space left on device` in one log or another.
    ///
    /// ## Why it happens
    ///
    /// Logs, temporary files, caches or uploads filled the space, or many small files used
    /// up the inodes.
    ///
    /// ## How to be sure
    ///
    /// The file system has no free bytes, or no free inodes, and something that failed
    /// wanted to write there.
    ///
    /// ## How to fix it
    ///
    /// Free space: find the largest files there; rotate logs. Then restart what failed.
    ///
    /// ## What looks the same
    ///
    /// A full disk beside the trouble proves nothing: somebody must have wanted to write
    /// there.
    id: "disk-full",
    explains: ["backend-start-failed", "backend-crashed", "backend-answered-error", "response-closed-early", "backend-crash-looping"],
    weigh: weigh,
}

/// The most paths of a service's words that are looked at.
const PATHS: usize = 16;

/// The levels of folders below a folder for temporary files, and the folder itself.
const LEVELS: usize = 3;

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = case.judge(|link| backend(link));
    verdicts.extend(proxy(case));
    verdicts
}

/// A service whose last words tell that it could not write.
fn backend(link: Link<'_, '_>) -> Option<Verdict> {
    let down = link.down();
    let Some(down) = down.found() else {
        return serving(link);
    };
    if let Some(verdict) = no_room_for_the_socket(link, down) {
        return Some(verdict);
    }
    let (line, entry) = down
        .last_words
        .iter()
        .find_map(|entry| Some((wants_space(entry.message.as_deref()?)?, entry)))?;
    let source = journal_source(down.unit(), entry);
    let told = Evidence::strong(format!("{} wrote: {line}", down.unit()), &source);
    let mut named = paths_in(&line);
    // The line beside it often names the file, and so may its command.
    let around = down.last_words.iter().filter_map(|e| e.message.as_deref());
    let around = around.map(|text| gatewhy_facts::untrusted::shown_within(text, 200));
    named.extend(around.flat_map(|text| paths_in(&text)).take(PATHS));
    let command = down.service.unit.commands.start_words();
    named.extend(command.flat_map(paths_in).take(PATHS));
    let folders: Vec<HostPath> = named.iter().map(HostPath::parent).collect();
    let mut paths: Vec<HostPath> = named.into_iter().chain(folders).collect();
    paths.extend(
        down.service
            .unit
            .context
            .working_directory
            .iter()
            .map(HostPath::new),
    );
    let mounts = link.case.writable_mounts();
    paths.extend(mounts.found().cloned().unwrap_or_default());
    let verdict = judge(link.case, HopName::Backend, down.unit(), &paths, told);
    Some(match (verdict, mounts.gap()) {
        (Verdict::RuledOut(_), Some(gap)) => Verdict::cannot_tell([gap]),
        (verdict, _) => verdict,
    })
}

/// A service that answers an error, and wrote lately that it found no room: while we
/// asked, or at least not long before.
fn serving(link: Link<'_, '_>) -> Option<Verdict> {
    link.direct_status().filter(|status| *status >= 500)?;
    let lately = link.wrote_lately();
    let told = lately.iter().rev();
    let told = told
        .clone()
        .find(|said| wants_space(said.text.as_bytes()).is_some())?;
    let service = link.live_service();
    let unit = &service.found()?.unit;
    let named = lately
        .iter()
        .flat_map(|said| paths_in(&said.text))
        .take(PATHS);
    let mut paths: Vec<HostPath> = named.collect();
    paths.extend(unit.context.working_directory.iter().map(HostPath::new));
    let mounts = link.case.writable_mounts();
    paths.extend(mounts.found().cloned().unwrap_or_default());
    let told = Evidence::strong(told.text.clone(), &told.source);
    let verdict = judge(link.case, HopName::Backend, &unit.id, &paths, told);
    let meanwhile = link.wrote_meanwhile();
    let now = meanwhile
        .iter()
        .any(|said| wants_space(said.text.as_bytes()).is_some());
    match (verdict, mounts.gap()) {
        (Verdict::Proven(finding), _) if !now => Some(Verdict::Suspected(
            finding.because_all(link.we_saw()).at_most(Strength::Strong),
        )),
        (Verdict::RuledOut(_), Some(gap)) => Some(Verdict::cannot_tell([gap])),
        (Verdict::RuledOut(_), None) => None,
        (verdict, _) => Some(verdict),
    }
}

/// A service that could not make its socket, without a word why: a file system without
/// inodes has no room for one. That it has room proves nothing.
fn no_room_for_the_socket(link: Link<'_, '_>, down: &Down) -> Option<Verdict> {
    let fault = down.fault.as_ref()?;
    let folder = link.peer.dial.unix()?.parent();
    if fault.kind != Kind::ListenFailed {
        return None;
    }
    let words = gatewhy_facts::untrusted::shown_within(fault.text.trim_ascii(), 200);
    let source = Source::new(journal_place(down.unit()));
    let told = Evidence::strong(format!("{} wrote: {words}", down.unit()), &source);
    match judge(link.case, HopName::Backend, down.unit(), &[folder], told) {
        Verdict::RuledOut(_) => None,
        verdict => Some(verdict),
    }
}

/// nginx's own record that it could not write for our request.
fn proxy(case: &Case<'_>) -> Option<Verdict> {
    let proxy = case.proxy_name();
    let full = |logged: &&&Logged<'_>| logged.record.symptom == Some(Symptom::DiskFull);
    let records = case.own_records();
    let logged = records.iter().rev().find(full)?;
    let told = Evidence::strong(
        format!("{proxy} logged for our request: {}", logged.message()),
        &logged.source,
    );
    let path = logged.record.text.as_deref()?;
    let mut path = HostPath::new(String::from_utf8_lossy(path).into_owned());
    // The file is gone with the request: its folder is on the same file system.
    let mut paths = vec![path.clone()];
    while paths.len() <= LEVELS && path.as_str().len() > 1 {
        path = path.parent();
        paths.push(path.clone());
    }
    Some(judge(case, HopName::Proxy, case.proxy_name(), &paths, told))
}

/// The first of these places whose file system is full proves it.
fn judge(case: &Case<'_>, hop: HopName, who: &str, paths: &[HostPath], told: Evidence) -> Verdict {
    let mut gaps = Vec::new();
    for path in paths {
        match case.file_system(path, View::Host) {
            Fact::Found(held, source) if held.is_full() => {
                return Verdict::Proven(full(case, hop, who, path, &held, &source).because(told));
            }
            Fact::Unknown(gap) => gaps.push(gap),
            Fact::Found(..) | Fact::Absent(_) => {}
        }
    }
    if gaps.is_empty() {
        return Verdict::ruled_out(format!(
            "{who} could not write then, and every file system it uses has room now"
        ));
    }
    Verdict::CannotTell(gaps)
}

fn full(
    case: &Case<'_>,
    hop: HopName,
    who: &str,
    path: &HostPath,
    held: &FileSystem,
    source: &Source,
) -> Finding {
    let inodes = held.inodes_total > 0 && held.inodes_free == 0;
    let what = if inodes { "no inode" } else { "no space" };
    let summary =
        format!("there is {what} left on the file system of {path}, and {who} must write there");
    let count = if inodes {
        format!("0 of {} inodes are free", held.inodes_total)
    } else {
        format!(
            "{} of {} MiB are free",
            held.bytes_free >> 20,
            held.bytes_total >> 20
        )
    };
    let at = shell::word(&path.to_string());
    let (show, find) = if inodes {
        (
            format!("df -i {at}"),
            format!("du --inodes -x -d 3 {at} | sort -n | tail"),
        )
    } else {
        (
            format!("df -h {at}"),
            format!("du -xh -d 3 {at} | sort -h | tail"),
        )
    };
    let restarts = hop == HopName::Backend;
    let then = if restarts {
        ", then restart what failed"
    } else {
        ""
    };
    let fix = Fix::new(format!("make room on the file system of {path}{then}"))
        .run(show, "how full it is")
        .run(find, "what fills it");
    let fix = if restarts {
        fix.run(
            format!("systemctl restart {who}"),
            "starts it once there is room",
        )
    } else {
        fix
    };
    Finding::new(HopName::Machine, path.to_string(), summary)
        .because(Evidence::proof(count, source))
        .fix(case.verified(fix))
}

/// The line when it tells of a write that found no room.
fn wants_space(text: &[u8]) -> Option<String> {
    let line = gatewhy_facts::untrusted::shown_within(text.trim_ascii(), 200);
    ["No space left on device", "ENOSPC", "Disk quota exceeded"]
        .iter()
        .any(|words| line.contains(words))
        .then_some(line)
}

/// Absolute paths that the line names.
fn paths_in(line: &str) -> Vec<HostPath> {
    let words = line.split(|c: char| c.is_whitespace() || "'\"(),:[]".contains(c));
    words
        .filter(|word| word.len() > 1 && word.starts_with('/'))
        .map(HostPath::new)
        .collect()
}
