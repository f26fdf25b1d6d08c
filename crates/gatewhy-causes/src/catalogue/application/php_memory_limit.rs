//! A PHP script needed more memory than `memory_limit` allows.
use crate::case::exchange::link::Link;
use crate::case::routing::buffers::written;
use crate::case::routing::route;
use crate::case::software::script::{PhpError, PhpSetting};
use crate::prelude::*;
use gatewhy_facts::php_fpm::pool::php_size;

cause! {
    /// A PHP script needed more memory than `memory_limit` allows.
    ///
    /// ## How it looks
    ///
    /// 500 on one page: `PHP Fatal error:  Allowed memory size of … bytes exhausted`.
    ///
    /// ## Why it happens
    ///
    /// The page loads too much at once: a large query, an image, an import.
    ///
    /// ## How to be sure
    ///
    /// PHP says so in the proxy's error log (`FastCGI sent in stderr`) or in its own, for
    /// this very request.
    ///
    /// ## How to fix it
    ///
    /// Find what loads so much: the message names file and line. Raise `memory_limit` of
    /// that pool if the work is legitimate and workers × limit fits the machine.
    ///
    /// ## What looks the same
    ///
    /// `backend-oom-killed`: the kernel kills the worker, and the answer is 502.
    id: "php-memory-limit",
    explains: ["backend-answered-error"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        if case.seen_status()? < 500 {
            return None;
        }
        let errors = link.php_errors();
        let limit = errors
            .iter()
            .find_map(|error| Some((error, error.memory_limit?)));
        match (limit, errors.first()) {
            (Some((error, bytes)), _) => Some(exhausted(link, error, bytes, &errors).weigh()),
            (None, Some(other)) => Some(Verdict::ruled_out(format!(
                "PHP ended the script for another reason: {}",
                other.text
            ))),
            (None, None) => None,
        }
    })
}

fn exhausted(link: Link<'_, '_>, error: &PhpError, bytes: u64, all: &[PhpError]) -> Finding {
    let limit = size(bytes);
    let place = error.place.as_ref();
    let at = place
        .map(|(file, line)| format!(" at {file}:{line}"))
        .unwrap_or_default();
    let script = link
        .script()
        .map_or_else(|| "the script".to_owned(), |script| script.to_string());
    let summary = format!("{script} needs more than its memory_limit of {limit}{at}");
    let setting = link.php_setting("memory_limit");
    let finding = Finding::new(HopName::Backend, script, summary);
    let finding = finding.because_all(all.iter().map(|error| error.evidence.clone()));
    finding
        .because_all(
            setting
                .as_ref()
                .map(|setting| in_force(link, setting, bytes)),
        )
        .fix(look(link, error))
        .fix(raise(link, setting.as_ref(), bytes))
}

/// `128M`, as PHP's settings have it.
fn size(bytes: u64) -> String {
    written(bytes).to_uppercase()
}

fn in_force(link: Link<'_, '_>, setting: &PhpSetting, bytes: u64) -> Evidence {
    let source = route::source_of(&setting.place);
    let same = php_size(&setting.value).flatten() == Some(bytes);
    let text = if same {
        format!("memory_limit is {} there", setting.value)
    } else {
        format!(
            "memory_limit is {} there; the script or a .user.ini beside it set another one",
            setting.value
        )
    };
    Evidence::weak(text, &source).with_excerpt(link.case.excerpt(&setting.place))
}

fn look(link: Link<'_, '_>, error: &PhpError) -> Fix {
    let place = error.place.as_ref();
    let at = place.map_or_else(
        || "the script".to_owned(),
        |(file, line)| format!("{file}:{line}"),
    );
    let fix = Fix::new(format!("find what loads so much at {at}"));
    let fix = match place {
        Some((file, at)) => fix.run(
            format!(
                "sed -n '{},{}p' {}",
                at.saturating_sub(10).max(1),
                at.saturating_add(2),
                shell::word(file)
            ),
            "the lines around the one that asked for more",
        ),
        None => fix,
    };
    let advice = "a loop that never ends, a whole table or file read at once, an image far larger than shown: \
        work in portions";
    link.case.verified(fix.advise(advice))
}

fn raise(link: Link<'_, '_>, setting: Option<&PhpSetting>, bytes: u64) -> Fix {
    let wanted = size(bytes.saturating_mul(2));
    let fix = Fix::new(format!(
        "or raise memory_limit to {wanted}, if the work is legitimate"
    ));
    let written_here = setting.filter(|setting| php_size(&setting.value).flatten() == Some(bytes));
    let edited = written_here.and_then(|setting| {
        let place = &setting.place;
        let before = link.case.line_text(place)?;
        let at = before.rfind(&setting.value)?;
        let (head, tail) = before.split_at_checked(at)?;
        let after = format!("{head}{wanted}{}", tail.get(setting.value.len()..)?);
        Some(fix.clone().edit(
            (&place.file, place.span.line),
            (&before, &after),
            "twice as much",
        ))
    });
    let fix = edited.unwrap_or_else(|| {
        fix.advise("it is set by the script (ini_set, WP_MEMORY_LIMIT) or a .user.ini beside it: change it there")
    });
    let fix = match worst_case(link, bytes.saturating_mul(2)) {
        Some(advice) => fix.advise(advice),
        None => fix,
    };
    let unit = link
        .live_service()
        .found()
        .map(|service| service.unit.id.clone());
    let fix = match unit {
        Some(unit) => fix.run(
            format!("systemctl reload {unit}"),
            "takes it up without dropping a request",
        ),
        None => fix,
    };
    link.case.verified(fix)
}

/// Whether all workers at their limit would fit the machine.
fn worst_case(link: Link<'_, '_>, bytes: u64) -> Option<String> {
    const MIB: u64 = 1 << 20;
    let workers = link.configured_pool()?.pool.max_children()?.value;
    let all = u64::try_from(workers).ok()?.saturating_mul(bytes) / MIB;
    let memory = link.case.memory();
    let total = memory.found()?.total / 1024;
    Some(format!(
        "at worst {workers} workers (pm.max_children) hold {all} MiB then, and the machine has {total} MiB"
    ))
}
