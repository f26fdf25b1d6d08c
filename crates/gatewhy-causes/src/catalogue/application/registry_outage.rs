//! The package registry fetches from another one, which does not answer it.
use crate::case::exchange::answer::status_words;
use crate::case::exchange::link::Link;
use crate::case::software::registry::Uplink;
use crate::prelude::*;
use gatewhy_facts::registry::{Health, Product, Refusal};
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
    /// Nexus Repository answers 502 where it could not reach that registry, and 503 where it
    /// got an error from there (or 401, 402, 407). Both it and Artifactory tell of their own
    /// health: `/service/rest/v1/status/writable`, `/artifactory/api/system/ping`; Verdaccio
    /// at `/-/ping`. A registry that says there that it is not well is the one to mend. What
    /// is said of these two follows Nexus' source and Artifactory's documentation, and is
    /// never called certain where it rests on the status alone.
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
        if answered.is_some_and(|status| status < 500) {
            return None;
        }
        match link.registry() {
            Some(product @ (Product::Nexus | Product::Artifactory)) => {
                Some(by_itself(link, product))
            }
            Some(Product::Verdaccio) | None if answered.is_none_or(|status| status == 503) => {
                by_its_log(link)
            }
            _ => None,
        }
    })
}

/// What the log of a Verdaccio says of the one that it fetches from.
fn by_its_log(link: Link<'_, '_>) -> Option<Verdict> {
    match link.uplink() {
        Fact::Found(uplink, _) => Some(told(link, &uplink)),
        Fact::Absent(_) => None,
        Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
    }
}

/// What a registry says by its answers: to us, and of its own health.
fn by_itself(link: Link<'_, '_>, product: Product) -> Verdict {
    let health = link.registry_health(product);
    let verdict = match health.found() {
        Some(Health::Unwell(status)) => unwell(link, product, *status),
        _ => fetched(link, product),
    };
    verdict.with_gaps(&Vec::from_iter(health.gap().cloned()))
}

/// It says of itself that it is not well.
fn unwell(link: Link<'_, '_>, product: Product, status: u16) -> Verdict {
    let target = link.registry_health_target(product);
    let name = product.name();
    let summary = format!(
        "{name} on {} says of itself that it is not well: {target} answers {}",
        link.address(),
        status_words(status)
    );
    let fix = Fix::new(format!(
        "look into {name}'s own log: it runs, and says that it cannot serve"
    ));
    let fix = match product {
        Product::Nexus => fix.advise("that end point fails where its database cannot be written: read-only mode after a restore or an upgrade, a full disk, a database that is gone; nexus.log names which"),
        _ => fix.advise("its services start one by one and need its database: console.log and artifactory-service.log name the one that does not"),
    };
    finding(link, product, summary)
        .because_all(link.registry_said(product))
        .fix(read_log(link, fix))
        .weigh()
}

/// It fails at what it has to fetch from elsewhere.
fn fetched(link: Link<'_, '_>, product: Product) -> Verdict {
    let refusal = link.registry_refusal();
    let (what, mend) = match refusal {
        Some(Refusal::Unreached) => (
            "cannot reach the registry that it fetches this from",
            "mend the way from this host to the registry that the repository fetches from",
        ),
        Some(Refusal::Refused) => (
            "got an error from the registry that it fetches this from, or too many wait for the same package",
            "ask the registry that the repository fetches from, with the credentials of its settings",
        ),
        Some(Refusal::Offline) => (
            "has this repository switched offline in its settings",
            "set the repository online in its settings",
        ),
        Some(Refusal::ReadOnly) => (
            "is in read-only mode",
            "end its read-only mode once its reason is mended",
        ),
        None => (
            "is well itself, and fails at what was asked: the registry that it fetches from is the usual reason",
            "look whether the registry that the repository fetches from answers",
        ),
    };
    let summary = format!("{} on {} {what}", product.name(), link.address());
    let strength = if refusal.is_some() {
        Strength::Strong
    } else {
        Strength::Weak
    };
    let fix = Fix::new(mend).advise("its log names the URL that it asked for and the error");
    let finding = finding(link, product, summary)
        .because_all(answered(link, refusal))
        .because_all(link.registry_said(product))
        .fix(read_log(link, fix));
    finding.at_most(strength).weigh()
}

fn finding(link: Link<'_, '_>, product: Product, summary: String) -> Finding {
    let service = link.live_service();
    let unit = service.found().map(|service| service.unit.id.clone());
    let subject = unit.unwrap_or_else(|| product.name().to_owned());
    Finding::new(HopName::Backend, subject, summary)
        .because_all(link.we_saw())
        .because_all(link.configured())
}

/// The answer by which it tells whose fault it is.
fn answered(link: Link<'_, '_>, refusal: Option<Refusal>) -> Option<Evidence> {
    refusal?;
    let source = link.direct().source()?.clone();
    let status = status_words(link.direct_status()?);
    let text = format!("asked directly, it answers {status}: by its source, what it says then");
    Some(Evidence::strong(text, &source))
}

fn read_log(link: Link<'_, '_>, fix: Fix) -> Fix {
    let service = link.live_service();
    let fix = match service.found() {
        Some(service) => fix.run(
            format!("journalctl -u {} -n 50 --no-pager", service.unit.id),
            "what it wrote at that time, unless it keeps a log of its own",
        ),
        None => fix,
    };
    link.case.verified(fix)
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
            format!("curl -sv -m 10 -o /dev/null {}", shell::quoted(&uplink.url)),
            "from this host: whether it answers, and how long it takes",
        )
        .advise("in its configuration (Verdaccio: uplinks), a timeout that is shorter than the proxy's, so that visitors are told why");
    let finding = Finding::new(HopName::Backend, uplink.unit.clone(), summary)
        .because_all(unavailable(link, uplink))
        .because_all(uplink.said.clone())
        .because_all(link.registry_said(Product::Verdaccio))
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
