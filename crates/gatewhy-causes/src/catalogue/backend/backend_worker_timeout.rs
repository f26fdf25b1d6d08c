//! The backend's own supervisor killed the worker because the request took too long.
use crate::case::exchange::link::Link;
use crate::case::service::lost_worker::{Fate, How};
use crate::prelude::*;

cause! {
    /// The backend's own supervisor killed the worker because the request took too long.
    ///
    /// ## How it looks
    ///
    /// 502 (sometimes 500) after the same number of seconds, on slow pages only; never 504,
    /// since the proxy would have waited longer.
    ///
    /// ## Why it happens
    ///
    /// gunicorn's `--timeout` (30 s), PHP-FPM's `request_terminate_timeout` or uWSGI's
    /// harakiri is shorter than the work.
    ///
    /// ## How to be sure
    ///
    /// The supervisor says so: `WORKER TIMEOUT (pid:…)`, or `execution timed out (… sec),
    /// terminating`.
    ///
    /// ## How to fix it
    ///
    /// Make the slow request fast, or do it in the background. Where the work is
    /// legitimate, raise the limit, and keep limits ordered: backend below proxy, proxy
    /// below the visitor's patience.
    ///
    /// ## What looks the same
    ///
    /// `backend-oom-killed`: gunicorn prints `Perhaps out of memory?` after its own kill
    /// too. `backend-slow`: the proxy gave up first, with 504.
    id: "backend-worker-timeout",
    explains: ["response-closed-early", "backend-crashed", "backend-slow"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| match link.fate() {
        Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
        Fact::Absent(_) => None,
        Fact::Found(fate, _) => match fate.how {
            How::TimedOut => Some(timed_out(link, &fate).weigh()),
            How::Crashed { .. } => Some(Verdict::ruled_out(
                "the worker was not killed for its time: it crashed",
            )),
            How::OomKilled => Some(Verdict::ruled_out("the kernel killed the worker")),
        },
    })
}

fn timed_out(link: Link<'_, '_>, fate: &Fate) -> Finding {
    let limit = link.worker_limit();
    let setting = limit.as_ref().map_or_else(
        || "its own time limit".to_owned(),
        |limit| limit.setting.clone(),
    );
    let name = link
        .service()
        .found()
        .map_or_else(|| link.program(), |service| service.unit.id.clone());
    let path = link.case.request.path_only();
    let summary = format!("{name} kills its own worker because {path} takes longer than {setting}");
    let own = fate.own && link.broke_off();
    let evidence = if own {
        Evidence {
            strength: Strength::Proof,
            ..fate.evidence.clone()
        }
    } else {
        fate.evidence.clone()
    };
    let finding = Finding::new(HopName::Backend, name, summary).because(evidence);
    let finding = finding
        .because_all(limit.map(|limit| limit.evidence))
        .because_all(link.proxy_saw())
        .because_all(link.we_saw());
    let fix = Fix::new(format!("make the request faster; if the work is legitimate, raise {setting}"))
        .advise("see what the request waits for: a slow log of the application, the database's process list, a call to another service")
        .advise(format!("keep limits in order: {setting} below the proxy's {}_read_timeout, and that below the visitor's patience", link.peer.protocol.directive_prefix()));
    finding
        .because_all(link.configured())
        .fix(link.case.verified(fix))
}
