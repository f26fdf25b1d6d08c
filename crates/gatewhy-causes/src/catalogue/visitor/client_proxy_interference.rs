//! A proxy on the visitor's side made the error.
use crate::prelude::*;
use gatewhy_facts::protocol::error_page::{Software, Telling};

cause! {
    /// A proxy between this machine and the site made the error.
    ///
    /// ## How it looks
    ///
    /// An error page of a proxy that the site does not run, such as Squid's with its header
    /// `X-Squid-Error`; the site works from elsewhere.
    ///
    /// ## Why it happens
    ///
    /// A company's or a provider's proxy takes connections to port 80 on their way, and
    /// cannot reach the site, or does not want to.
    ///
    /// ## How to be sure
    ///
    /// Ask from another network, or over https: nobody between can answer in the site's name.
    ///
    /// ## How to fix it
    ///
    /// Ask whoever runs that proxy; use https.
    ///
    /// ## What looks the same
    ///
    /// `edge-cannot-reach-origin`: an edge that the site itself uses. Squid may be one, too.
    id: "client-proxy-interference",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    if !case.is_outside() {
        return Vec::new();
    }
    if case.is_sealed() {
        let why =
            "the answer came over TLS with a certificate of the site that this machine trusts";
        return vec![Verdict::ruled_out(why)];
    }
    let Some(signs) = case.signs() else {
        return Vec::new();
    };
    let squid = signs
        .maker()
        .filter(|mark| mark.by == Software::Squid && mark.telling == Telling::Own);
    let Some(mark) = squid else {
        return Vec::new();
    };
    let name = mark.by.name();
    let host = &case.request.host;
    let summary = format!(
        "{name} answers in place of {host}: a proxy on the way, unless the site uses one itself"
    );
    let source = Source::new(format!("GET {}", case.request.url));
    let fix = Fix::new(format!("ask for {host} past the proxy"))
        .run(
            format!("curl -sI --noproxy '*' https://{host}/"),
            "over https nobody between can answer in the site's name",
        )
        .advise("ask whoever runs the proxy of this network");
    let finding = Finding::new(HopName::Edge, name, summary)
        .because(Evidence::strong(
            format!("{name} made the error: {}", mark.text),
            &source,
        ))
        .fix(fix);
    vec![finding.weigh()]
}
