//! The proxy's own rate or connection limit refuses the request.
use crate::case::routing::route::source_of;
use crate::case::visit::own_answer::{Limited, Traffic};
use crate::prelude::*;

cause! {
    /// The proxy's own rate or connection limit refuses the request.
    ///
    /// ## How it looks
    ///
    /// 503 (or what `limit_req_status` says) at once, for some visitors and at busy times;
    /// nginx logs `limiting requests, excess: … by zone "…"` or `limiting connections by
    /// zone "…"`. The backend never hears of the request.
    ///
    /// ## Why it happens
    ///
    /// `limit_req` without `burst` refuses every request that comes sooner than its rate
    /// allows: a page with its images is more than one. All visitors behind one address (a
    /// CDN, a company) count as one, and a key that is the same for all limits the site as
    /// a whole.
    ///
    /// ## How to be sure
    ///
    /// The record in nginx's error log is about this very request and names the zone.
    ///
    /// ## How to fix it
    ///
    /// Give the limit a `burst` with `nodelay`, raise its rate, count by
    /// `$binary_remote_addr`, and let the real address through (`set_real_ip_from`) where a
    /// proxy stands in front.
    ///
    /// ## What looks the same
    ///
    /// `backend-answered-error`: the application's own limit. `proxy-answered-error`: the
    /// configuration says 503 to everybody.
    id: "proxy-rate-limited",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let limited = case.limited().filter(|_| case.is_healthy() == Some(false));
    let Some(limited) = limited else {
        return by_rule(case).into_iter().collect();
    };
    let finding = Finding::new(HopName::Proxy, "nginx", summary(&limited))
        .because_all(case.own_fate())
        .because(limited.record.clone())
        .because_all(rule(case, &limited))
        .because_all(zone(case, &limited))
        .because_all(traffic(case))
        .fix(fix(case, &limited));
    // Several requests of ours at once may be what is too much.
    let first = case.visits().first().and_then(Fact::found);
    let ours = case.failed_sometimes() && first.is_some_and(|visit| visit.seen().is_good());
    let most = match (ours, case.own_records().is_empty()) {
        (true, _) => Strength::Weak,
        (false, true) => Strength::Strong,
        (false, false) => Strength::Proof,
    };
    vec![finding.at_most(most).weigh()]
}

/// A rule of HAProxy's that counts what visitors do.
fn by_rule(case: &Case<'_>) -> Option<Verdict> {
    let answer = case.own_answer().filter(|answer| answer.counts)?;
    let place = answer.place?;
    let proxy = case.proxy_name();
    let at = format!("{}:{}", place.file, place.span.line);
    let summary = format!("{proxy}'s own limit refuses the request ({at})");
    let line = Evidence::strong("the limit", &source_of(&place)).with_excerpt(case.excerpt(&place));
    let logged = case.own_records().last().map(|logged| {
        let text = format!("{proxy} logged for our request: {}", logged.message());
        Evidence::strong(text, &logged.source)
    });
    let stats = case.stats_path();
    let fix = Fix::new(format!("raise the number in {at} to what one visitor needs, and reload"))
        .run(format!("echo 'show table' | socat - {stats}"), "the tables; with a name behind it, who is counted how often")
        .advise("clear table NAME key ADDRESS, sent the same way, lets one visitor in at once")
        .advise("behind a CDN or another proxy, src is its address for everybody: count by the header that names the visitor");
    let finding = Finding::new(HopName::Proxy, proxy, summary)
        .because_all(case.own_fate())
        .because_all(logged)
        .because(line)
        .fix(case.reloaded(fix));
    Some(finding.at_most(Strength::Strong).weigh())
}

fn summary(limited: &Limited) -> String {
    let zone = &limited.zone;
    let what = if limited.connections {
        let most = limited
            .rule
            .as_ref()
            .and_then(|rule| rule.value.get(1).cloned());
        most.map_or_else(
            || "limit_conn".to_owned(),
            |most| format!("limit_conn, {most} at a time"),
        )
    } else {
        let rate = limited.rate.as_ref();
        rate.map_or_else(
            || "limit_req".to_owned(),
            |rate| format!("limit_req, {rate}"),
        )
    };
    let whole = if is_shared(limited) {
        ", counted for all visitors together"
    } else {
        ""
    };
    format!("nginx's own limit refuses the request: {what} (zone {zone}){whole}")
}

/// Whether the key is the same for every visitor.
fn is_shared(limited: &Limited) -> bool {
    let shared = [
        "$server_name",
        "$host",
        "$http_host",
        "$server_port",
        "$scheme",
    ];
    limited
        .key
        .as_ref()
        .is_some_and(|key| shared.contains(&key.as_str()) || !key.contains('$'))
}

fn rule(case: &Case<'_>, limited: &Limited) -> Option<Evidence> {
    let place = limited.rule.as_ref()?.place.as_ref()?;
    Some(Evidence::strong("the limit", &source_of(place)).with_excerpt(case.excerpt(place)))
}

fn zone(case: &Case<'_>, limited: &Limited) -> Option<Evidence> {
    let place = limited.zone_line.as_ref()?;
    let key = limited.key.as_deref().unwrap_or("its key");
    let text = format!("its zone, counted by {key}");
    Some(Evidence::strong(text, &source_of(place)).with_excerpt(case.excerpt(place)))
}

fn traffic(case: &Case<'_>) -> Option<Evidence> {
    let Traffic {
        in_a_minute,
        in_a_second,
    } = case.traffic()?;
    let text = format!(
        "{in_a_minute} requests were logged in the last minute, {in_a_second} at most in one second"
    );
    Some(Evidence::weak(text, &Source::new("nginx's access log")))
}

fn fix(case: &Case<'_>, limited: &Limited) -> Fix {
    let peak = case.traffic().map_or(0, |traffic| traffic.in_a_second);
    // Twice the busiest second, and a page with its images at least.
    let burst = peak.saturating_mul(2).max(20);
    let title = if limited.connections {
        "raise the connection limit".to_owned()
    } else {
        format!("give the limit burst={burst} nodelay, and a rate that visitors need")
    };
    let mut fix = Fix::new(title);
    let rule = limited.rule.as_ref();
    let place = rule.and_then(|rule| rule.place.as_ref());
    let has_burst =
        rule.is_some_and(|rule| rule.value.iter().any(|word| word.starts_with("burst=")));
    if let Some(place) = place.filter(|_| !has_burst && !limited.connections)
        && let Some(before) = case.line_text(place)
        && before.matches(';').count() == 1
    {
        let after = before.replacen(';', &format!(" burst={burst} nodelay;"), 1);
        let why = "lets a page with its images through at once";
        fix = fix.edit((&place.file, place.span.line), (&before, &after), why);
    } else if limited.connections || has_burst {
        fix = fix.advise("raise the number in the limit's line to what one visitor needs");
    }
    if let Some(place) = &limited.zone_line {
        let at = format!("{}:{}", place.file, place.span.line);
        let rate = limited.rate.as_deref().unwrap_or("its size");
        fix = fix.advise(format!(
            "see whether {rate} in {at} is what one visitor needs"
        ));
        if is_shared(limited) {
            fix = fix.advise(format!(
                "count by $binary_remote_addr in {at}: {} is the same for everybody",
                limited.key.as_deref().unwrap_or("its key")
            ));
        }
    }
    let fix = fix.advise(
        "behind a CDN or load balancer, set_real_ip_from and real_ip_header tell visitors apart",
    );
    case.reloaded(fix)
}
