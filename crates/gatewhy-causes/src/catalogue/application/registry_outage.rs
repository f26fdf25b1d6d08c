//! The package registry fetches from another one, which does not answer it.
use crate::case::exchange::link::Link;
use crate::case::software::registry::Uplink;
use crate::prelude::*;
use gatewhy_facts::verdaccio;

/// What Verdaccio answers then.
const UNAVAILABLE: &str = "resource unavailable";

cause! {
    /// The package registry fetches from another one, which does not answer it.
    ///
    /// ## How it looks
    ///
    /// `npm install` through the proxy gets 503, `resource unavailable`, or a 504 after a
    /// long wait, for packages that the registry does not hold yet. Those that it holds, and
    /// its own pages, come as ever.
    ///
    /// ## Why it happens
    ///
    /// The registry that it fetches from (Verdaccio: `uplinks`) is down, takes too long, or
    /// hangs up; or the way there is blocked.
    ///
    /// ## How to be sure
    ///
    /// Its log has a line for each request to the other registry: `ERR, req: 'GET
    /// https://registry…', error: ESOCKETTIMEDOUT`. The same URL, asked from this host with
    /// `curl`, is as slow.
    ///
    /// Verdaccio answers 503 where that registry timed out or hung up. Where it refuses, or
    /// its name has no address, it says 404, no such package.
    ///
    /// ## How to fix it
    ///
    /// Mend the way to that registry, or name another. Let the registry give up sooner
    /// (`timeout` of the uplink) than the proxy does.
    ///
    /// ## What looks the same
    ///
    /// `registry-misconfigured`: the registry itself does not start. `backend-slow`: it is
    /// slow by itself.
    id: "registry-outage",
    explains: ["backend-answered-error", "backend-slow", "backend-hung"],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let answered = link.direct_status();
        // A good answer needs no reason.
        let failed = answered.is_none() || link.answers_503();
        if !failed {
            return None;
        }
        match link.uplink() {
            Fact::Found(uplink, _) => Some(told(link, &uplink)),
            Fact::Absent(_) => None,
            Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
        }
    })
}

fn told(link: Link<'_, '_>, uplink: &Uplink) -> Verdict {
    let how = match &uplink.error {
        Some(error) if !verdaccio::makes_unavailable(error.as_bytes()) => {
            return Verdict::ruled_out(format!(
                "the registry that it fetches from failed with {error}, of which it says that there is no such package"
            ));
        }
        Some(error) => format!("did not serve it: {error}"),
        None => "has not answered it yet".to_owned(),
    };
    let summary = format!(
        "{} fetches packages from another registry, which {how} ({})",
        uplink.unit, uplink.url
    );
    let fix = Fix::new("mend the way to the registry that it fetches from, or name another")
        .run(
            format!("curl -sv -m 10 -o /dev/null {}", quoted(&uplink.url)),
            "from this host: whether it answers, and how long it takes",
        )
        .advise("in its configuration (Verdaccio: uplinks), a timeout that is shorter than the proxy's, so that visitors are told why");
    let finding = Finding::new(HopName::Backend, uplink.unit.clone(), summary)
        .because_all(unavailable(link, uplink))
        .because_all(uplink.said.clone())
        .because_all(link.we_saw())
        .because_all(link.configured())
        .fix(link.case.verified(fix));
    finding.weigh()
}

/// Its answer when it is asked directly: its words for an uplink that timed out or hung
/// up, and for nothing else. Its log says the same of this very package.
fn unavailable(link: Link<'_, '_>, uplink: &Uplink) -> Option<Evidence> {
    let failed = uplink.error.is_some() && link.answers_503();
    let words = link.direct_words().filter(|_| failed)?;
    words.contains(UNAVAILABLE).then_some(())?;
    let source = link.direct().source()?.clone();
    let text = format!(
        "asked directly, it answers 503, {UNAVAILABLE}: what it says where a registry that it fetches from timed out or hung up"
    );
    Some(Evidence::proof(text, &source))
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
