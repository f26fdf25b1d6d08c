//! The backend answers, but later than the proxy waits.
use crate::case::exchange::link::Link;
use crate::case::exchange::stall::{Stall, Why};
use crate::case::programs::kind::Kind;
use crate::case::service::lost_worker::How;
use crate::case::service::waits_for::Awaited;
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

/// How many things that the backend waits for are told.
const TOLD: usize = 2;

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        if !link.is_stalled() {
            return None;
        }
        if link.stranger().found().is_some() {
            return Some(Verdict::ruled_out("it is no web backend that is asked"));
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
                // Without a clock nobody knows what the proxy said of our request.
                if let Some(gap) = link.case.clock_gap() {
                    return Some(Verdict::cannot_tell([&gap]));
                }
                Some(slow(link, Some(&stall)).with_gaps(&stall.gaps))
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
    (link.is_local() == Some(false) && connected).then(|| slow(link, None))
}

fn slow(link: Link<'_, '_>, stall: Option<&Stall>) -> Verdict {
    let proxy = link.case.proxy_name();
    let wait = link.case.waits().and_then(|waits| waits.read.as_ref());
    let usual = || format!("{}_read_timeout", link.peer.protocol.directive_prefix());
    let directive = wait.map_or_else(usual, |wait| wait.directive.clone());
    let limit = wait.map_or(60, |wait| wait.time.as_secs());
    let path = link.case.request.path_only();
    let name = link
        .live_service()
        .found()
        .map_or_else(|| link.program(), |service| service.unit.id.clone());
    let gave_up = link.own_symptom().is_some();
    let summary = if gave_up {
        format!(
            "{name} needs longer for {path} than the {limit} s that {proxy} waits ({directive})"
        )
    } else {
        let waited = link.case.request.patience_ms;
        let limit = if link.case.waits_for_ever() {
            "without a limit".to_owned()
        } else {
            format!("{limit} s")
        };
        format!(
            "{name} accepts the request for {path} and has not answered after {}.{} s; {proxy} waits {limit}",
            waited / 1000,
            waited % 1000 / 100
        )
    };
    let awaited = stall.and_then(|stall| link.awaits(stall).found().cloned());
    let awaited = awaited.unwrap_or_default();
    let finding = Finding::new(HopName::Backend, name, summary)
        .because_all(answered(link, limit))
        .because_all(
            awaited
                .iter()
                .take(TOLD)
                .map(|awaited| awaited.evidence(link)),
        )
        .because_all(link.proxy_saw());
    let finding = finding
        .because_all(link.we_saw())
        .because_all(link.configured());
    finding
        .fix(faster(link, &directive, limit, awaited.first()))
        .weigh()
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

fn faster(link: Link<'_, '_>, directive: &str, limit: u64, awaited: Option<&Awaited>) -> Fix {
    let longer = format!("if the work is legitimate, raise {directive} for this location");
    let fix = match awaited {
        Some(awaited) => {
            let words = awaited.words(link);
            let fix = Fix::new(format!("find out why it waits for {words}; {longer}"));
            let look = awaited.look().into_iter();
            look.fold(fix, |fix, (command, what)| fix.run(command, what))
        }
        None => Fix::new(format!("find what takes so long; {longer}")).advise("see what the request waits for: a slow log of the application, the database's process list, a call to another service"),
    };
    let wait = link.case.waits().and_then(|waits| waits.read.as_ref());
    let place = wait.and_then(|wait| wait.place.clone());
    if link.case.waits_for_ever() {
        return fix;
    }
    let longer = limit.saturating_mul(4).max(120);
    let fix = match (place, link.peer.place.as_ref()) {
        (Some(place), _) => {
            let before = link.case.line_text(&place).unwrap_or_default();
            fix.edit(
                (&place.file, place.span.line),
                (
                    &before,
                    &longer_line(link, &before, directive, (limit, longer)),
                ),
                "only where the work really takes so long",
            )
        }
        (None, Some(place)) => {
            let before = link.case.line_text(place).unwrap_or_default();
            fix.edit(
                (&place.file, place.span.line),
                (&before, &added(link, &before, directive, longer)),
                "only where the work really takes so long",
            )
        }
        (None, None) => fix,
    };
    link.case.reloaded(fix)
}

/// The line with the longer time, as the proxy writes it.
fn longer_line(
    link: Link<'_, '_>,
    before: &str,
    directive: &str,
    (old, new): (u64, u64),
) -> String {
    match link.case.proxy_kind() {
        Kind::Nginx => format!("{directive} {new}s;"),
        Kind::Apache if before.contains(&format!("{directive}={old}")) => before.replacen(
            &format!("{directive}={old}"),
            &format!("{directive}={new}"),
            1,
        ),
        Kind::Apache => format!("{directive} {new}"),
        Kind::Haproxy | Kind::Caddy => format!("{directive} {new}s"),
        Kind::Varnish => format!(".{directive} = {new}s;"),
        Kind::Traefik | Kind::Envoy => format!("{directive}: {new}s"),
        // It has no such setting.
        Kind::SocketProxy => before.to_owned(),
        Kind::Lighttpd => before.replacen(&format!("=> {old}"), &format!("=> {new}"), 1),
    }
}

/// The backend's line with a time of its own.
fn added(link: Link<'_, '_>, before: &str, directive: &str, new: u64) -> String {
    match link.case.proxy_kind() {
        Kind::Nginx => format!("{before} {directive} {new}s;"),
        Kind::Apache => format!("{before} timeout={new}"),
        Kind::Haproxy => format!("{before}\n    {directive} {new}s"),
        // It waits for ever unless told otherwise.
        Kind::Caddy | Kind::Lighttpd | Kind::Traefik | Kind::Envoy | Kind::SocketProxy => {
            before.to_owned()
        }
        Kind::Varnish => format!("{before}\n    .{directive} = {new}s;"),
    }
}
