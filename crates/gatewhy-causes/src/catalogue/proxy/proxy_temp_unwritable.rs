//! The proxy cannot write its temporary or cache files.
use crate::case::gateway::temp_files::{Unwritten, WhyNot};
use crate::case::system::socket_access::Refusal;
use crate::prelude::*;

cause! {
    /// The proxy cannot write its temporary or cache files.
    ///
    /// ## How it looks
    ///
    /// Large pages and downloads are cut short, with status 200; uploads give 500. Small
    /// pages are fine. nginx logs `[crit] open() "/var/lib/nginx/proxy/…" failed (13:
    /// Permission denied) while reading upstream`.
    ///
    /// ## Why it happens
    ///
    /// nginx puts what does not fit its buffers into files. The folder belongs to another
    /// user (`user` in `nginx.conf` was changed, a backup was restored, somebody ran `chown`),
    /// was removed, or its file system became read-only.
    ///
    /// ## How to be sure
    ///
    /// nginx's record names the file, and the worker's user may not write there now.
    ///
    /// ## How to fix it
    ///
    /// Give the folder to the worker's user: `chown -R www-data /var/lib/nginx/proxy`.
    ///
    /// ## What looks the same
    ///
    /// `disk-full`: the folder may be written and has no room. `response-closed-early`: the
    /// backend itself breaks off.
    id: "proxy-temp-unwritable",
    explains: ["response-closed-early"],
    when: Intermittent,
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let Some(unwritten) = case.unwritten() else {
        return Vec::new();
    };
    let folder = &unwritten.folder;
    let verdict = match &unwritten.why {
        WhyNot::Refused(refusal) => {
            let summary = format!(
                "nginx cannot write its files below {folder}: {}",
                refused_words(refusal)
            );
            let seen = refusal.evidence(case);
            Some(
                finding(case, &unwritten, summary, seen)
                    .fix(admit(case, &unwritten, refusal))
                    .weigh(),
            )
        }
        WhyNot::ReadOnly(source) => {
            let summary = format!(
                "nginx cannot write its files below {folder}: its file system is read-only"
            );
            let seen = Evidence::proof("the file system is mounted read-only", source);
            Some(
                finding(case, &unwritten, summary, seen)
                    .fix(remount(case, &unwritten))
                    .weigh(),
            )
        }
        WhyNot::Missing(source) => {
            let summary =
                format!("nginx cannot write its files below {folder}, which is not there");
            let seen = Evidence::proof(format!("{folder} is not there"), source);
            Some(
                finding(case, &unwritten, summary, seen)
                    .fix(make(case, &unwritten))
                    .weigh(),
            )
        }
        // It was mended meanwhile, or a security policy refuses.
        WhyNot::Writable(source) if unwritten.own => {
            let summary = format!(
                "nginx cannot write its files below {folder}, though owner and permissions allow it"
            );
            let seen = Evidence::strong(
                "owner and permissions allow it: a security policy may not",
                source,
            );
            Some(Verdict::Suspected(
                finding(case, &unwritten, summary, seen).at_most(Strength::Strong),
            ))
        }
        WhyNot::Writable(_) => None,
        WhyNot::Unknown(gap) if unwritten.own => Some(Verdict::cannot_tell([gap])),
        WhyNot::Unknown(_) => None,
    };
    verdict.into_iter().collect()
}

fn refused_words(refusal: &Refusal) -> String {
    let verb = if refusal.lacks.contains('w') {
        "write to"
    } else {
        "enter"
    };
    format!("{} may not {verb} {}", refusal.user, refusal.path())
}

fn finding(case: &Case<'_>, unwritten: &Unwritten, summary: String, seen: Evidence) -> Finding {
    let fate = case
        .own_fate()
        .filter(|_| unwritten.own && case.is_healthy() == Some(false));
    Finding::new(HopName::Proxy, unwritten.folder.to_string(), summary)
        .because(seen)
        .because(unwritten.record.clone())
        .because_all(fate)
}

fn admit(case: &Case<'_>, unwritten: &Unwritten, refusal: &Refusal) -> Fix {
    let (path, user) = (refusal.path(), &refusal.user);
    let within = path.starts_with(unwritten.folder.as_str().trim_end_matches('/'));
    let folder = shell::word(unwritten.folder.as_str());
    let command = if within {
        format!("chown -R {user} {folder} && chmod -R u+rwX {folder}")
    } else if refusal.lacks.contains('w') {
        format!("install -d -o {user} -m 0700 {folder}")
    } else {
        format!("chmod o+x {}", shell::word(&path))
    };
    let fix = Fix::new(command.clone()).run(
        command,
        format!(
            "lets {}'s workers write their files; takes effect at once",
            case.proxy_name()
        ),
    );
    case.verified(fix)
}

fn remount(case: &Case<'_>, unwritten: &Unwritten) -> Fix {
    let folder = &unwritten.folder;
    let fix = Fix::new(format!(
        "find out why the file system of {folder} is read-only, and remount it"
    ))
    .run(
        "dmesg -T | grep -iE 'remount|I/O error|read-only' | tail",
        "errors of the device: then it must be checked first",
    )
    .run(
        format!(
            "mount -o remount,rw \"$(findmnt -n -o TARGET --target {})\"",
            shell::word(folder.as_str())
        ),
        "makes it writable again",
    );
    case.verified(fix)
}

fn make(case: &Case<'_>, unwritten: &Unwritten) -> Fix {
    let folder = shell::word(unwritten.folder.as_str());
    let user = case
        .worker_credentials()
        .found()
        .map_or_else(|| "www-data".to_owned(), |who| case.user_name(who.uid));
    let fix = Fix::new(format!("install -d -o {user} -m 0700 {folder}")).run(
        format!("install -d -o {user} -m 0700 {folder}"),
        "makes the folder anew; nginx itself does so only at its start",
    );
    case.verified(fix)
}
