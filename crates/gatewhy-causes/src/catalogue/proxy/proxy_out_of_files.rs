//! The proxy has no file descriptor left.
use crate::case::gateway::worker_limits::{Room, Shortage};
use crate::case::routing::route;
use crate::prelude::*;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// The proxy has no file descriptor left.
    ///
    /// ## How it looks
    ///
    /// 500, or visitors hang: `socket() failed (24: Too many open files)`, `accept4()
    /// failed (24: …)`.
    ///
    /// ## Why it happens
    ///
    /// `LimitNOFILE=` of the unit or `worker_rlimit_nofile` is smaller than two for each
    /// connection plus the open files.
    ///
    /// ## How to be sure
    ///
    /// A worker's open files are at its limit (`/proc/PID/limits`, `/proc/PID/fd`).
    ///
    /// ## How to fix it
    ///
    /// Raise `worker_rlimit_nofile` in `nginx.conf`, and reload.
    ///
    /// ## What looks the same
    ///
    /// `proxy-out-of-connections`: nginx's own number.
    id: "proxy-out-of-files",
    explains: ["response-closed-early"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let symptoms = [Symptom::OutOfFiles, Symptom::SystemOutOfFiles];
    let Some(shortage) = case.shortage(&symptoms) else {
        return Vec::new();
    };
    match case.circle() {
        Fact::Found(..) => {
            let why = "the files are used up only because nginx sends the request to itself";
            return vec![Verdict::ruled_out(why)];
        }
        Fact::Unknown(gap) => return vec![Verdict::cannot_tell([&gap])],
        Fact::Absent(_) => {}
    }
    vec![match (shortage.symptom, case.rooms()) {
        (Symptom::SystemOutOfFiles, _) => whole_system(case, shortage),
        (_, Fact::Unknown(gap)) => {
            let finding = finding(case, &shortage, None);
            match finding.at_most(Strength::Strong).weigh() {
                Verdict::Suspected(finding) => Verdict::Suspected(finding),
                _ => Verdict::cannot_tell([&gap]),
            }
        }
        (_, rooms) => {
            let full = rooms
                .found()
                .into_iter()
                .flatten()
                .filter(|room| room.is_out_of_files());
            let full = full.max_by_key(|room| Some(room.pid) == shortage.pid);
            finding(case, &shortage, full).weigh()
        }
    }]
}

fn finding(case: &Case<'_>, shortage: &Shortage, full: Option<&Room>) -> Finding {
    let proxy = case.proxy_name();
    let limit = full.and_then(|room| room.files_limit);
    let limits = limit.map_or_else(String::new, |limit| {
        format!(": they may open {limit} files")
    });
    let summary = format!("{proxy}'s workers have no file descriptor left{limits}");
    let wanted = limit.unwrap_or(1024).saturating_mul(4).max(4096);
    let fix = case.more_files(
        Fix::new(format!("worker_rlimit_nofile {wanted}; then reload")),
        wanted,
    );
    Finding::new(HopName::Proxy, "nginx", summary)
        .because_all(full.map(at_limit))
        .because(shortage.evidence.clone())
        .because_all(setting(case))
        .fix(case.reloaded(fix))
}

fn at_limit(room: &Room) -> Evidence {
    let limit = room.files_limit.unwrap_or_default();
    let text = format!(
        "worker {} has {} of {limit} files open",
        room.pid, room.descriptors
    );
    Evidence::proof(
        text,
        &Source::new(format!("/proc/{0}/fd and /proc/{0}/limits", room.pid)),
    )
}

fn setting(case: &Case<'_>) -> Option<Evidence> {
    let nginx = case.nginx();
    let place = nginx
        .found()?
        .worker_rlimit_nofile
        .as_ref()?
        .place
        .clone()?;
    let source = route::source_of(&place);
    Some(Evidence::weak("the limit", &source).with_excerpt(case.excerpt(&place)))
}

/// `ENFILE`: no limit of nginx's, but the machine's.
fn whole_system(case: &Case<'_>, shortage: Shortage) -> Verdict {
    let summary = "the whole machine has no file handle left (fs.file-max)";
    let fix = Fix::new("find who holds the files, and raise fs.file-max")
        .run("cat /proc/sys/fs/file-nr", "handles in use, free, and allowed")
        .run("for p in /proc/[0-9]*; do echo \"$(ls $p/fd 2>/dev/null | wc -l) $(cat $p/comm)\"; done | sort -rn | head", "who holds them")
        .run("sysctl -w fs.file-max=1000000", "raises the limit until the next boot");
    let finding = Finding::new(HopName::Machine, "fs.file-max", summary)
        .because(shortage.evidence)
        .fix(case.verified(fix));
    finding.at_most(Strength::Strong).weigh()
}
