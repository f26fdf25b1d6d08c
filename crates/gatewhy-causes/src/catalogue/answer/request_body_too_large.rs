//! A request's body is larger than the backend takes.
use crate::case::exchange::link::Link;
use crate::case::gateway::log::Logged;
use crate::case::routing::route;
use crate::case::service::backend::Software;
use crate::prelude::*;
use gatewhy_facts::app_log::Kind;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// A request's body is larger than the backend takes.
    ///
    /// ## How it looks
    ///
    /// Pages work; uploads above some size get 502: `writev() failed (104: Connection reset
    /// by peer) while sending request to upstream`, or `recv() failed (104: …)`. The proxy's
    /// own limit is a plain 413, with `client intended to send too large body`.
    ///
    /// ## Why it happens
    ///
    /// The backend has a limit of its own (uWSGI `limit-post`, Tomcat `maxPostSize` and
    /// `maxSwallowSize`, the application's parser) and closes the connection while the proxy
    /// still sends, instead of an answer with 413.
    ///
    /// ## How to be sure
    ///
    /// The backend's log has a line at the second of the failed upload: uWSGI `Invalid (too
    /// big) CONTENT_LENGTH`, Node `request entity too large`. The same upload with a small
    /// file works. gatewhy sends no upload itself: it might change something.
    ///
    /// ## How to fix it
    ///
    /// Raise the backend's limit to what the proxy lets in (`client_max_body_size`), or
    /// lower the proxy's to the backend's: then visitors get a 413 that says what is wrong.
    ///
    /// ## What looks the same
    ///
    /// `backend-crashed` on uploads: its process dies. `keepalive-race`: uploads of any
    /// size, on connections that were idle.
    id: "request-body-too-large",
    explains: ["response-closed-early", "keepalive-race"],
    when: Intermittent,
    weigh: weigh,
}

/// How far back failures still tell of the present.
const RECENT_SECS: i64 = 3_600;
/// How it looks to the proxy when the backend does not take a body.
const CLOSED: [Symptom; 3] = [
    Symptom::ResetWhileSending,
    Symptom::ResetBeforeResponse,
    Symptom::ClosedBeforeResponse,
];
/// Methods whose requests have a body.
const WITH_BODY: [&[u8]; 3] = [b"POST ", b"PUT ", b"PATCH "];

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    case.judge(|link| {
        let uploads = failed_uploads(link);
        let said = uploads
            .iter()
            .rev()
            .find_map(|upload| Some((*upload, link.said_near(Kind::BodyTooLarge, upload.at)?)));
        let (last, said) = said?;
        Some(Verdict::Suspected(refused(link, &uploads, last, said)))
    })
}

/// Uploads that the backend broke off lately, oldest first.
fn failed_uploads<'c, 'k>(link: Link<'c, 'k>) -> Vec<&'c Logged<'k>> {
    let mut uploads = link.recent(RECENT_SECS);
    uploads.retain(|logged| {
        let request = logged.record.request.as_deref().unwrap_or_default();
        logged
            .record
            .symptom
            .is_some_and(|symptom| CLOSED.contains(&symptom))
            && WITH_BODY.iter().any(|method| request.starts_with(method))
    });
    uploads
}

/// Never proven: the upload is over, and we send none.
fn refused(
    link: Link<'_, '_>,
    uploads: &[&Logged<'_>],
    last: &Logged<'_>,
    said: Evidence,
) -> Finding {
    let proxy = link.case.proxy_name();
    let service = link.live_service();
    let name = service
        .found()
        .map_or_else(|| link.program(), |service| service.unit.id.clone());
    let limit = link.uwsgi_setting("limit-post");
    let which = limit
        .as_ref()
        .map(|set| format!(" ({})", set.written))
        .unwrap_or_default();
    let summary = format!(
        "{name} does not take uploads above its own limit{which}: it closes the connection while {proxy} still sends"
    );
    let text = format!(
        "{} upload{} failed in the last hour; the last: {}",
        uploads.len(),
        if uploads.len() == 1 { "" } else { "s" },
        last.message()
    );
    Finding::new(HopName::Backend, &name, summary)
        .because(said)
        .because(Evidence::strong(text, &last.source))
        .because_all(limit.map(|set| Evidence::strong(set.written, &set.source)))
        .because_all(let_in(link))
        .fix(larger(link))
}

/// How much the proxy lets in.
fn let_in(link: Link<'_, '_>) -> Option<Evidence> {
    let limit = &link.case.settings()?.client_max_body_size;
    let place = limit.place.as_ref()?;
    let text = format!(
        "{} lets {} bytes in (client_max_body_size)",
        link.case.proxy_name(),
        limit.value
    );
    let source = route::source_of(place);
    Some(Evidence::weak(text, &source).with_excerpt(link.case.excerpt(place)))
}

fn larger(link: Link<'_, '_>) -> Fix {
    let wanted = link
        .case
        .settings()
        .map(|settings| settings.client_max_body_size.value);
    let wanted = wanted.filter(|bytes| *bytes > 0);
    let fix = Fix::new("let proxy and backend take the same size");
    let set = link.uwsgi_setting("limit-post").zip(wanted);
    let fix = match (set, link.software()) {
        (Some((set, wanted)), _) => match set.source.line {
            Some(line) => fix.edit(
                (&gatewhy_facts::path::HostPath::new(&*set.source.place), line),
                (&set.written, &format!("limit-post = {wanted}")),
                "as much as the proxy lets in",
            ),
            None => fix.advise(format!("in the command: --limit-post {wanted} in place of {}", set.written)),
        },
        (None, Software::Node) => fix.advise("in the application: the parser's limit (express.json({ limit: '20mb' })), to what client_max_body_size lets in"),
        (None, _) => fix.advise("raise the backend's limit on request bodies to what client_max_body_size lets in"),
    };
    let service = link.live_service();
    let fix = match service.found() {
        Some(service) => fix.run(
            format!("systemctl restart {}", service.unit.id),
            "takes it up",
        ),
        None => fix,
    };
    let fix = fix.advise("or the other way round: client_max_body_size below the backend's limit, so that visitors get a 413 that says what is wrong");
    fix.verify(
        format!(
            "curl -s -o /dev/null -w '%{{http_code}}\\n' --data-binary @FILE {}",
            shell::quoted(&link.case.request.url)
        ),
        "a status below 500, with a FILE of the size that failed",
    )
}
