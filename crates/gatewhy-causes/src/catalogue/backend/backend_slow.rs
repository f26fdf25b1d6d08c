//! The backend answers, but later than the proxy waits.
use crate::case::fate::How;
use crate::case::link::Link;
use crate::case::stall::Why;
use crate::prelude::*;

cause! {
    /// The backend answers, but later than the proxy waits.
    ///
    /// ## How it looks
    ///
    /// 504 after the proxy's read time-out (`proxy_read_timeout`, `fastcgi_read_timeout`:
    /// 60 s unless set), on some pages.
    ///
    /// ## Why it happens
    ///
    /// The work takes long: a slow query, a remote service, too little processor time. Or
    /// the time-out is shorter than the work.
    ///
    /// ## How to be sure
    ///
    /// The proxy logs `upstream timed out … while reading response header`, and the same
    /// request sent straight to the backend is answered later than that; other requests are
    /// quick.
    ///
    /// ## How to fix it
    ///
    /// Make it faster, or do it in the background. Where the work is legitimate, raise the
    /// time-out of that location only, and keep time-outs ordered along the chain.
    ///
    /// ## What looks the same
    ///
    /// `backend-hung`: no answer ever. `connect-timeout`: the connection itself is not
    /// made. `worker-pool-exhausted`: the request waits before it is worked on.
    id: "backend-slow",
    explains: [],
    last_resort: true,
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        if !link.is_stalled() {
            return None;
        }
        if link
            .fate()
            .found()
            .is_some_and(|fate| fate.how == How::TimedOut)
        {
            return Some(Verdict::ruled_out(
                "its own supervisor ends the request before the proxy would",
            ));
        }
        match link.stall() {
            Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
            Fact::Found(stall, _) if stall.why == Why::Working => {
                Some(slow(link).with_gaps(&stall.gaps))
            }
            Fact::Found(stall, _) => Some(
                Verdict::ruled_out(match stall.why {
                    Why::Frozen | Why::NotAccepting => "it does not accept our request at all",
                    Why::WorkersBusy => "our request waits for a free worker",
                    _ => "its queue is full",
                })
                .with_gaps(&stall.gaps),
            ),
            Fact::Absent(_) => far(link),
        }
    })
}

/// On another machine only time tells.
fn far(link: Link<'_, '_>) -> Option<Verdict> {
    let connected = link
        .direct()
        .found()
        .is_some_and(|direct| direct.conversation.connected());
    (link.is_local() == Some(false) && connected).then(|| slow(link))
}

fn slow(link: Link<'_, '_>) -> Verdict {
    let timeout = link
        .case
        .backend_settings()
        .map(|settings| settings.read_timeout.clone());
    let limit = timeout
        .as_ref()
        .map_or(60, |setting| setting.value.as_secs());
    let directive = format!("{}_read_timeout", link.peer.protocol.directive_prefix());
    let path = link.case.request.path_only();
    let name = link
        .live_service()
        .found()
        .map_or_else(|| link.program(), |service| service.unit.id.clone());
    let gave_up = link.own_symptom().is_some();
    let summary = if gave_up {
        format!("{name} needs longer for {path} than the {limit} s that nginx waits ({directive})")
    } else {
        let waited = link.case.request.patience_ms;
        format!(
            "{name} accepts the request for {path} and has not answered after {}.{} s; nginx waits {limit} s",
            waited / 1000,
            waited % 1000 / 100
        )
    };
    let finding = Finding::new(HopName::Backend, name, summary)
        .because_all(answered(link, limit))
        .because_all(link.proxy_saw());
    let finding = finding
        .because_all(link.we_saw())
        .because_all(link.configured());
    finding.fix(faster(link, &directive, limit)).weigh()
}

/// The same request, answered directly, later than the proxy waits: that is proof.
fn answered(link: Link<'_, '_>, limit: u64) -> Option<Evidence> {
    let direct = link.direct();
    let seen = direct.found()?;
    let late = seen.is_good() && seen.answer_ms() >= limit.saturating_mul(1000);
    let source = direct.source()?.clone();
    late.then(|| {
        Evidence::proof(
            format!(
                "asked directly, it answers after {}.{} s",
                seen.answer_ms() / 1000,
                seen.answer_ms() % 1000 / 100
            ),
            &source,
        )
    })
}

fn faster(link: Link<'_, '_>, directive: &str, limit: u64) -> Fix {
    let fix = Fix::new(format!("find what takes so long; if the work is legitimate, raise {directive} for this location"))
        .advise("see what the request waits for: a slow log of the application, the database's process list, a call to another service");
    let place = link
        .case
        .backend_settings()
        .and_then(|settings| settings.read_timeout.place.clone());
    let longer = limit.saturating_mul(4).max(120);
    let fix = match (place, link.peer.place.as_ref()) {
        (Some(place), _) => {
            let before = link.case.line_text(&place).unwrap_or_default();
            fix.edit(
                (&place.file, place.span.line),
                (&before, &format!("{directive} {longer}s;")),
                "only where the work really takes so long",
            )
        }
        (None, Some(place)) => {
            let before = link.case.line_text(place).unwrap_or_default();
            fix.edit(
                (&place.file, place.span.line),
                (&before, &format!("{before} {directive} {longer}s;")),
                "only where the work really takes so long",
            )
        }
        (None, None) => fix,
    };
    link.case.reloaded(fix)
}
