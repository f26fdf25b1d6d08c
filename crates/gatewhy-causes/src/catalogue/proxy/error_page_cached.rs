//! A cache serves an old error, while the backend answers well.
use crate::case::exchange::answer::status_words;
use crate::case::from_outside::outside::CachedOutside;
use crate::case::routing::route::source_of;
use crate::case::visit::cached::CachedError;
use crate::prelude::*;

cause! {
    /// A cache serves an old error, while the backend answers well.
    ///
    /// ## How it looks
    ///
    /// 502 or 503 on one page, long after the outage, while other pages work; nothing in the
    /// error log, and nothing arrives at the backend.
    ///
    /// ## Why it happens
    ///
    /// `proxy_cache_valid any 1h` keeps errors too, or the backend sent the error with a
    /// `Cache-Control` that allows it.
    ///
    /// ## How to be sure
    ///
    /// The same page with one more argument, which the cache cannot know, is fine; asked
    /// again without it, it still fails.
    ///
    /// ## How to fix it
    ///
    /// Empty the cache, and name the statuses to keep: `proxy_cache_valid 200 301 302 1h`.
    ///
    /// ## What looks the same
    ///
    /// `backend-answered-error`: the backend says so now.
    id: "error-page-cached",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if let Some(outside) = case.cached_outside() {
        return vec![on_the_way(outside)];
    }
    let cached = case.cached_error();
    cached
        .iter()
        .filter_map(|cached| verdict(case, cached))
        .collect()
}

/// The cache stands between the visitor and the origin.
fn on_the_way(cached: CachedOutside) -> Verdict {
    let name = cached.name;
    let words = status_words(cached.status);
    let fix = Fix::new(format!(
        "purge the page at {name}, and let it keep no errors"
    ))
    .advise(format!(
        "purge this URL in {name}'s settings, or by its API"
    ))
    .advise("send errors with Cache-Control: no-store");
    Finding::new(
        HopName::Edge,
        name,
        format!("{name} serves an old {words} from its cache; the origin answers well now"),
    )
    .because(cached.fresh)
    .because(cached.again)
    .because(cached.header)
    .fix(fix)
    .weigh()
}

fn verdict(case: &Case<'_>, cached: &CachedError) -> Option<Verdict> {
    let proven = cached.fresh.as_ref().zip(cached.again.as_ref());
    if proven.is_none() && cached.valid.is_none() && cached.header.is_none() {
        return None;
    }
    let words = status_words(cached.status);
    let summary = format!(
        "nginx serves an old {words} from its cache (zone {}); the backend answers well now",
        cached.zone
    );
    let said = |lead: &str, evidence: &Evidence| Evidence {
        text: format!("{lead}: {}", evidence.text),
        ..evidence.clone()
    };
    let pair = proven.map(|(fresh, again)| {
        [
            said(
                "the same page with one more argument, which the cache cannot know",
                fresh,
            ),
            said("asked for again without it", again),
        ]
    });
    let finding = Finding::new(HopName::Proxy, cached.zone.clone(), summary)
        .because_all(pair.into_iter().flatten())
        .because_all(cached.direct.clone())
        .because_all(cached.header.clone())
        .because_all(valid(case, cached))
        .because_all(switch(case, cached))
        .fix(fix(case, cached));
    let sure = proven.is_some() && cached.direct.is_some();
    let most = if sure {
        Strength::Proof
    } else {
        Strength::Strong
    };
    Some(finding.at_most(most).weigh())
}

fn valid(case: &Case<'_>, cached: &CachedError) -> Option<Evidence> {
    let place = cached.valid.as_ref()?.place.as_ref()?;
    let text = "errors are kept as well";
    Some(Evidence::strong(text, &source_of(place)).with_excerpt(case.excerpt(place)))
}

fn switch(case: &Case<'_>, cached: &CachedError) -> Option<Evidence> {
    let place = cached.place.as_ref()?;
    let text = "the cache";
    Some(Evidence::weak(text, &source_of(place)).with_excerpt(case.excerpt(place)))
}

fn fix(case: &Case<'_>, cached: &CachedError) -> Fix {
    let folder = cached.folder.as_deref().unwrap_or("the cache's folder");
    let mut fix = Fix::new(format!("empty the cache ({folder}), and keep no errors"));
    let line = cached.valid.as_ref().and_then(|valid| {
        let place = valid.place.as_ref()?;
        let written: Vec<&str> = valid.value.iter().map(String::as_str).collect();
        let (before, old) = (case.line_text(place)?, written.join(" "));
        let time = written.last()?;
        let after = before.replacen(&old, &format!("200 301 302 {time}"), 1);
        (after != before).then(|| (place.clone(), before, after))
    });
    fix = match line {
        Some((place, before, after)) => {
            let why = "keeps good answers only";
            fix.edit((&place.file, place.span.line), (&before, &after), why)
        }
        None => fix.advise("let the application send its errors with Cache-Control: no-store"),
    };
    fix = case.taken_up(fix);
    if cached.folder.is_some() {
        fix = fix.run(
            format!("find {} -type f -delete", shell::word(folder)),
            format!(
                "forgets what is kept; {} asks the backend again",
                case.proxy_name()
            ),
        );
    }
    case.verified(fix)
}
