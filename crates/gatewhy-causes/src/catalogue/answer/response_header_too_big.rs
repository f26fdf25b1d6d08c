//! The backend's response header is larger than the proxy's buffer for it.
use crate::case::exchange::header::HeaderBuffer;
use crate::case::exchange::link::Link;
use crate::case::routing::buffers::{roomy, written};
use crate::case::routing::header_limit::HeaderLimit;
use crate::case::routing::route;
use crate::case::visit::site::Seen;
use crate::prelude::*;
use gatewhy_facts::symptom::Symptom;

cause! {
    /// The backend's response header is larger than the proxy's buffer for it.
    ///
    /// ## How it looks
    ///
    /// 502 on some pages or for some users: `upstream sent too big header while reading
    /// response header from upstream`.
    ///
    /// ## Why it happens
    ///
    /// Many or long cookies, debug headers or a long redirect. The whole header must fit
    /// into one buffer: `proxy_buffer_size`, `fastcgi_buffer_size` …, one page of memory
    /// (4 KiB nearly everywhere) unless set. With FastCGI, record headers and what PHP
    /// wrote to its error stream before count as well. HAProxy takes what fits into
    /// `tune.bufsize` less `tune.maxrewrite` (15 KiB unless set), and Apache 8 KiB in one
    /// line (`responsefieldsize=`); both call a larger one invalid.
    ///
    /// ## How to be sure
    ///
    /// Ask the backend directly and measure its header; compare with the buffer in force.
    ///
    /// ## How to fix it
    ///
    /// Set the buffer to more than the measured size; nginx then wants `proxy_buffers`
    /// large enough that all but one of them hold twice as much. Better: make the header
    /// smaller.
    ///
    /// ## What looks the same
    ///
    /// `response-header-invalid`: nginx does not like what is in it.
    /// `request-header-too-big`: the request's own header.
    id: "response-header-too-big",
    explains: [],
    weigh: weigh,
}

fn weigh(case: &Case<'_>) -> Vec<Verdict> {
    let proxy = case.proxy_name();
    case.judge(|link| {
        if let Some(limit) = link.beyond_header_limit() {
            return Some(called_invalid(link, &limit));
        }
        let buffer = link.header_buffer()?;
        let measured = link.head_bytes();
        if link.logged_as(&[Symptom::HeaderTooBig]).is_some() {
            return Some(too_big(link, &buffer, measured));
        }
        let (bytes, _) = measured?;
        let logged = link.own_symptom();
        match (bytes > buffer.room(), logged) {
            (true, None) => unlogged(link, &buffer, bytes),
            (true, Some(other)) => Some(Verdict::ruled_out(format!(
                "{proxy} says otherwise: {}",
                other.says()
            ))),
            (false, Some(Symptom::HeaderInvalid | Symptom::HeaderDuplicate)) => {
                Some(Verdict::ruled_out(fits(&buffer, bytes)))
            }
            (false, _) => None,
        }
    })
}

/// HAProxy and Apache have no word for it: a header that does not fit is an invalid
/// one to them.
fn called_invalid(link: Link<'_, '_>, limit: &HeaderLimit) -> Verdict {
    let proxy = link.case.proxy_name();
    let (directive, bytes, measured) = (limit.directive, limit.bytes, limit.measured);
    let what = if limit.of_a_line {
        "a header line of"
    } else {
        "a header of"
    };
    let summary = format!(
        "{} sends {what} {measured} bytes, and {proxy} takes {bytes} ({directive})",
        link.program()
    );
    let direct = link.direct();
    let said = link.logged_as(&[Symptom::HeaderInvalid]).is_some();
    let source = direct.source().cloned().unwrap_or_default();
    let text = format!("measured just now: {what} {measured} bytes");
    let seen = if said {
        Evidence::proof(text, &source)
    } else {
        Evidence::strong(text, &source)
    };
    let line = limit.place.as_ref().map(|place| {
        let source = route::source_of(place);
        Evidence::weak("the limit", &source).with_excerpt(link.case.excerpt(place))
    });
    let finding = Finding::new(HopName::Proxy, link.address(), summary)
        .because(seen)
        .because_all(link.proxy_saw())
        .because_all(largest(link))
        .because_all(line)
        .because_all(link.configured())
        .fix(wider(link, limit));
    mended(finding, link).weigh()
}

fn wider(link: Link<'_, '_>, limit: &HeaderLimit) -> Fix {
    let wanted = measured_and_quarter(limit.measured);
    let fix = Fix::new(format!(
        "give the header room: {} {wanted}",
        limit.directive
    ));
    let where_to = if limit.of_a_line {
        format!(
            "add {}={wanted} to the ProxyPass line (or to ProxySet)",
            limit.directive
        )
    } else {
        format!(
            "set {} {wanted} in the section global; every connection then takes that much memory, twice",
            limit.directive
        )
    };
    link.case.reloaded(fix.advise(where_to))
}

/// A quarter to spare, in whole pages.
const fn measured_and_quarter(bytes: u64) -> u64 {
    const PAGE: u64 = 4_096;
    bytes
        .saturating_add(bytes / 4)
        .div_ceil(PAGE)
        .saturating_mul(PAGE)
}

/// nginx says so. It is proven when the head is measured to be too large as well.
fn too_big(link: Link<'_, '_>, buffer: &HeaderBuffer, measured: Option<(u64, bool)>) -> Verdict {
    let proxy = link.case.proxy_name();
    let limit = written(buffer.bytes);
    let directive = &buffer.directive;
    let program = link.program();
    let over = measured.filter(|(bytes, _)| *bytes > buffer.room());
    let size = over.map(|(bytes, whole)| size(bytes, whole));
    let size = size.unwrap_or_else(|| "a header".into());
    let summary = format!("{program} sends {size}, and {proxy} has {limit} for it ({directive})");
    let finding = Finding::new(HopName::Proxy, link.address(), summary);
    let finding = match over {
        Some(_) => finding
            .because_all(measurement(link, buffer))
            .because_all(link.proxy_saw()),
        None => finding
            .because_all(link.proxy_saw())
            .because_all(not_for_us(link, buffer)),
    };
    let finding = finding
        .because_all(largest(link))
        .because(in_force(link, buffer));
    let finding = finding.fix(room(link, buffer, over.map(|(bytes, _)| bytes)));
    mended(finding, link).weigh()
}

/// The head is too large, and nginx logged nothing about our request: its log goes
/// elsewhere or cannot be read.
fn unlogged(link: Link<'_, '_>, buffer: &HeaderBuffer, bytes: u64) -> Option<Verdict> {
    let proxy = link.case.proxy_name();
    link.case.seen().filter(|seen| *seen == Seen::Status(502))?;
    let directive = &buffer.directive;
    let summary = format!(
        "{} sends {}, and {proxy} has {} for it ({directive})",
        link.program(),
        size(bytes, true),
        written(buffer.bytes)
    );
    let finding = Finding::new(HopName::Proxy, link.address(), summary);
    let measured = measurement(link, buffer).map(|evidence| Evidence {
        strength: Strength::Strong,
        ..evidence
    });
    let finding = finding.because_all(measured).because_all(largest(link));
    let finding = finding.because(in_force(link, buffer));
    let finding = finding.fix(room(link, buffer, Some(bytes)));
    Some(Verdict::Suspected(mended(finding, link)))
}

fn fits(buffer: &HeaderBuffer, bytes: u64) -> String {
    let limit = written(buffer.bytes);
    format!(
        "the answer's header is {bytes} bytes, and {} is {limit}",
        buffer.directive
    )
}

fn size(bytes: u64, whole: bool) -> String {
    let least = if whole { "" } else { "more than " };
    format!("{least}{bytes} bytes of header")
}

fn measurement(link: Link<'_, '_>, buffer: &HeaderBuffer) -> Option<Evidence> {
    let direct = link.direct();
    let source = direct.source()?.clone();
    let (bytes, whole) = link.head_bytes()?;
    let how = direct
        .found()?
        .fastcgi
        .as_ref()
        .map_or("", |_| ", FastCGI's records included");
    let text = format!(
        "measured just now: {}{how}; {} holds {}",
        size(bytes, whole),
        buffer.directive,
        buffer.room()
    );
    Some(if buffer.is_sure {
        Evidence::proof(text, &source)
    } else {
        Evidence::strong(text, &source)
    })
}

/// Our own question was answered with less: another visitor, or another moment.
fn not_for_us(link: Link<'_, '_>, buffer: &HeaderBuffer) -> Option<Evidence> {
    let direct = link.direct();
    let (bytes, _) = link.head_bytes()?;
    let text = format!(
        "asked directly it sends {bytes} bytes of header, which would fit: the size depends on \
         the request, or nginx runs with another {} than the files say",
        buffer.directive
    );
    Some(Evidence::weak(text, direct.source()?))
}

/// Which headers take the room.
fn largest(link: Link<'_, '_>) -> Option<Evidence> {
    const SHOWN: usize = 3;
    let direct = link.direct();
    let all = link.largest_headers();
    let named: Vec<String> = all
        .iter()
        .take(SHOWN)
        .map(|named| {
            let lines = if named.lines > 1 {
                format!(" in {} lines", named.lines)
            } else {
                String::new()
            };
            format!("{} {} bytes{lines}", named.name, named.bytes)
        })
        .collect();
    if named.is_empty() {
        return None;
    }
    Some(Evidence::weak(
        format!("the largest: {}", named.join(", ")),
        direct.source()?,
    ))
}

fn in_force(link: Link<'_, '_>, buffer: &HeaderBuffer) -> Evidence {
    let limit = written(buffer.bytes);
    let directive = &buffer.directive;
    let Some(place) = &buffer.place else {
        let text = format!("{directive} is not set: nginx's default of {limit} is in force");
        return Evidence::weak(text, &Source::new(link.case.config_path().to_string()));
    };
    let source = route::source_of(place);
    Evidence::weak(format!("{directive} {limit} is in force"), &source)
        .with_excerpt(link.case.excerpt(place))
}

/// Better than room: less to put into it.
fn mended(finding: Finding, link: Link<'_, '_>) -> Finding {
    match link.largest_headers().into_iter().next() {
        Some(named) => finding.fix(Fix::new("or make the header smaller").advise(format!(
            "{} takes {} bytes of it, and every visitor of that page downloads them: \
             shorten it in the application",
            named.name, named.bytes
        ))),
        None => finding,
    }
}

fn room(link: Link<'_, '_>, buffer: &HeaderBuffer, measured: Option<u64>) -> Fix {
    let case = link.case;
    let needed = measured.unwrap_or(buffer.bytes);
    let fix = Fix::new(format!("give {} room for the header", buffer.directive));
    let settings = case.backend_settings();
    let wanted = settings.map(|settings| roomy(settings, needed, case.page_size()));
    let why = measured.map_or_else(
        || "larger than now; measure the header of a request that fails".to_owned(),
        |bytes| format!("{bytes} bytes measured, and a quarter to spare"),
    );
    let edited = wanted.and_then(|wanted| case.set_for_backend(fix.clone(), &wanted, &why));
    case.reloaded(edited.unwrap_or(fix))
}
