//! WordPress's scheduled tasks occupy the workers that visitors need.
use crate::case::exchange::abandoned_requests::Forlorn;
use crate::case::exchange::link::Link;
use crate::prelude::*;

cause! {
    /// WordPress's scheduled tasks occupy the workers that visitors need.
    ///
    /// ## How it looks
    ///
    /// Pages become slow, then 504, every few minutes or all the time; PHP-FPM is at
    /// `pm.max_children`. The access log is full of `/wp-cron.php`.
    ///
    /// ## Why it happens
    ///
    /// WordPress runs its scheduled tasks in requests to `wp-cron.php`, which visitors'
    /// requests set off. The answer is given at once, and the worker goes on with the tasks
    /// for as long as they take: an import, a backup, mails to thousands.
    ///
    /// ## How to be sure
    ///
    /// Workers are busy and have no visitor any more, and the access log has as many
    /// requests for `/wp-cron.php` lately. PHP-FPM's slow log names the script, and the
    /// function in which it waits.
    ///
    /// ## How to fix it
    ///
    /// `define('DISABLE_WP_CRON', true);` and run the tasks from the system's cron, one at a
    /// time, outside of PHP-FPM. Find the task that takes so long: `wp cron event list`.
    ///
    /// ## What looks the same
    ///
    /// `worker-pool-exhausted` by visitors' own requests: each busy worker has somebody who
    /// waits for it.
    id: "wordpress-cron-overload",
    explains: ["worker-pool-exhausted", "backend-slow", "listen-backlog-full"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let stall = link.stall();
        let stall = stall.found()?;
        match link.forlorn(stall, "/wp-cron.php") {
            Fact::Absent(_) => None,
            Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
            Fact::Found(forlorn, source) => Some(
                overload(link, &forlorn, &source)
                    .weigh()
                    .with_gaps(&stall.gaps),
            ),
        }
    })
}

fn overload(link: Link<'_, '_>, forlorn: &Forlorn, source: &Source) -> Finding {
    let pool = link.configured_pool();
    let name = pool.map_or_else(
        || link.program(),
        |pool| format!("pool {} of {}", pool.pool.name, pool.fpm.unit),
    );
    let (count, of) = (forlorn.workers, forlorn.busy);
    let summary = format!(
        "WordPress's scheduled tasks (wp-cron.php) keep {count} of the {of} busy workers of {name}"
    );
    let text = format!(
        "{count} of {of} busy workers have no visitor any more: they work on after their answer"
    );
    let nobody = Evidence::strong(text, source);
    let nobody = Evidence {
        strength: if forlorn.is_most() {
            Strength::Proof
        } else {
            Strength::Strong
        },
        ..nobody
    };
    let asked = format!(
        "/wp-cron.php was asked for {} times in the last quarter of an hour",
        forlorn.asked
    );
    Finding::new(HopName::Backend, name, summary)
        .because(nobody)
        .because(Evidence::strong(asked, &forlorn.log))
        .because_all(forlorn.slow.clone())
        .because_all(link.limit_line())
        .because_all(link.proxy_saw())
        .because_all(link.we_saw())
        .fix(apart(link))
}

/// The workers are freed first; then the tasks get a place of their own.
fn apart(link: Link<'_, '_>) -> Fix {
    let case = link.case;
    let root = link.script().map(|script| script.parent());
    let folder = root.map_or_else(|| "/path/to/wordpress".to_owned(), |root| root.to_string());
    let user = link.application_user();
    let user = user
        .found()
        .map_or_else(|| "www-data".to_owned(), |who| case.user_name(who.uid));
    let line = format!(
        "*/5 * * * * {user} cd {} && flock -n wp-cron.php php wp-cron.php",
        shell::word(&folder)
    );
    let fix = Fix::new("run WordPress's tasks from the system's cron, outside of PHP-FPM");
    let fix = match link.live_service().found() {
        Some(service) => fix.run(
            format!("systemctl restart {}", service.unit.id),
            "ends the tasks that run and frees the workers: the site is back",
        ),
        None => fix,
    };
    let fix = fix
        .advise("add to wp-config.php, above \"That's all, stop editing!\": define('DISABLE_WP_CRON', true);")
        .run(
            format!("printf '%s\\n' {} >> /etc/cron.d/wordpress", shell::quoted(&line)),
            "one at a time, and not in a worker that visitors need",
        )
        .run(
            format!("sudo -u {user} wp cron event list --path={}", shell::word(&folder)),
            "which tasks there are, and which are long due (WP-CLI)",
        );
    case.verified(fix)
}
