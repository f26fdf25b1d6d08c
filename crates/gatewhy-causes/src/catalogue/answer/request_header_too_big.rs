//! The backend refuses the request's own headers as too large.
use crate::case::exchange::direct::Outcome;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Protocol;
use crate::case::service::backend::Software;
use crate::prelude::*;
use gatewhy_facts::app_log::Kind;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// The backend refuses the request's own headers as too large.
    ///
    /// ## How it looks
    ///
    /// 431, or 400 `Request Header Or Cookie Too Large`, for some visitors or for all;
    /// uWSGI closes the connection and writes `invalid request block size`.
    ///
    /// ## Why it happens
    ///
    /// Cookies that grew, tokens in headers, long URLs, or headers that the proxy adds: more
    /// than the backend's limit (Node 16 KiB for all, gunicorn 8 KiB for one, uWSGI 4 KiB).
    ///
    /// ## How to be sure
    ///
    /// The same request sent straight to the backend gets the same refusal, and without the
    /// large headers it does not.
    ///
    /// ## How to fix it
    ///
    /// Make the headers smaller; or raise the backend's limit.
    ///
    /// ## What looks the same
    ///
    /// `response-header-too-big`: there the answer's headers are too large for the proxy.
    id: "request-header-too-big",
    explains: ["backend-answered-error"],
    weigh: weigh,
}

/// How uWSGI's refusal looks to the proxy.
const CLOSED: [Symptom; 3] = [
    Symptom::ClosedBeforeResponse,
    Symptom::ResetBeforeResponse,
    Symptom::ResetWhileSending,
];
/// Header Fields Too Large (RFC 6585).
const TOO_LARGE: u16 = 431;

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        if let Some(verdict) = block(link) {
            return Some(verdict);
        }
        if case.seen_status()? != TOO_LARGE || case.own_failure().is_some() {
            return None;
        }
        match link.direct() {
            Fact::Unknown(gap) => Some(Verdict::cannot_tell([&gap])),
            Fact::Found(..) if link.direct_status() == Some(TOO_LARGE) => {
                Some(refused(link).weigh())
            }
            Fact::Found(..) | Fact::Absent(_) => None,
        }
    })
}

/// uWSGI closes the connection when the request's variables do not fit its buffer, and
/// writes how large they were.
fn block(link: Link<'_, '_>) -> Option<Verdict> {
    if link.software() != Software::Uwsgi || link.peer.protocol != Protocol::Uwsgi {
        return None;
    }
    let logged = link.logged_as(&CLOSED)?;
    let said = link.said_near(Kind::BlockTooLarge, logged.at)?;
    let again = matches!(link.direct_outcome(), Some(Outcome::ClosedEarly(_)));
    let said = Evidence {
        strength: if again {
            Strength::Proof
        } else {
            Strength::Strong
        },
        ..said
    };
    let set = link.uwsgi_setting("buffer-size");
    let setting = set
        .as_ref()
        .map_or("buffer-size = 4096, unless set".to_owned(), |set| {
            set.written.clone()
        });
    let (program, address) = (link.program(), link.address());
    let summary = format!(
        "{program} on {address} refuses the request: its headers and variables do not fit its buffer ({setting})"
    );
    let finding = Finding::new(HopName::Backend, address, summary)
        .because(said)
        .because_all(set.map(|set| Evidence::strong(set.written, &set.source)))
        .because_all(link.proxy_saw())
        .because_all(link.we_saw())
        .because_all(link.configured());
    let all = link.case.backend_request().len();
    Some(
        finding
            .explains("response-closed-early")
            .fix(smaller(link, all))
            .weigh(),
    )
}

fn refused(link: Link<'_, '_>) -> Finding {
    let case = link.case;
    let (program, address) = (link.program(), link.address());
    let all = case.backend_request().len();
    let summary = format!(
        "{program} on {address} refuses the request's headers as too large: with what nginx adds they are {all} bytes"
    );
    let direct = link.direct();
    let same = direct.source().map(|source| {
        Evidence::proof(
            "asked directly with the same headers, it answers 431",
            source,
        )
    });
    let finding = Finding::new(HopName::Backend, address, summary)
        .because_all(same)
        .because_all(largest(case))
        .because_all(link.configured());
    finding.fix(smaller(link, all))
}

/// The largest header that nginx sets, with its line.
fn largest(case: &Case<'_>) -> Option<Evidence> {
    let headers = &case.call()?.request.headers;
    let sized = headers
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_ref().ok()?.len())));
    let (name, size) = sized.max_by_key(|(_, size)| *size)?;
    let text = format!("nginx sets {name}, with {size} bytes the largest of them");
    let source = Source::new("nginx's configuration (proxy_set_header)");
    Some(Evidence::strong(text, &source))
}

fn smaller(link: Link<'_, '_>, all: usize) -> Fix {
    let wanted = all.saturating_mul(2).max(16 << 10).next_power_of_two();
    let fix = Fix::new("send smaller headers, or raise the backend's limit")
        .advise("see which proxy_set_header lines and cookies are needed: hand large data on by reference, not in headers");
    let fix = match link.software() {
        Software::Node => fix.advise(format!(
            "node takes {wanted} bytes with --max-http-header-size={wanted} (on its command line or in NODE_OPTIONS)"
        )),
        Software::Gunicorn => fix.advise(
            "gunicorn: --limit-request-field_size 16380 for one header, --limit-request-fields for their number",
        ),
        Software::Uwsgi => fix.advise(format!("uWSGI: buffer-size = {}", wanted.min(65_535))),
        Software::Nginx => fix.advise("nginx: large_client_header_buffers 4 32k;"),
        Software::Tomcat => fix.advise(format!(
            "Tomcat: maxHttpRequestHeaderSize=\"{wanted}\" at the Connector in server.xml"
        )),
        Software::PhpFpm | Software::Puma | Software::Other => fix,
    };
    link.case.verified(fix)
}
