//! Explained lines for a person.
use super::Line;
use crate::report::page::{Ink, Page};
use gatewhy_causes::explain::Candidate;
use gatewhy_causes::verdict::Confidence;
use gatewhy_facts::symptom::{About, Symptom};
use gatewhy_facts::untrusted::shown_within;

/// Characters of a line that are quoted.
const QUOTED: usize = 300;

/// The page: every line, then what they mean together.
pub fn page(lines: &[Line], incident: Option<&[Candidate]>, width: usize) -> String {
    let mut page = Page::new(width);
    for (at, line) in lines.iter().enumerate() {
        if line.continues {
            continue;
        }
        if at > 0 {
            page.gap();
        }
        one_line(&mut page, line, incident.is_none());
    }
    if let Some(causes) = incident {
        together(&mut page, causes);
    }
    page.finish()
}

fn one_line(page: &mut Page, line: &Line, whole: bool) {
    let quoted = shown_within(&line.text, QUOTED);
    page.paragraph("│ ", "│ ", &[(Ink::Faint, &quoted)]);
    heading(page, line);
    if let Some(decoded) = &line.explanation.decoded {
        page.paragraph("  ", "  ", &[(Ink::Strong, decoded)]);
    }
    if let Some(instead) = line.explanation.instead {
        let head = if line.symptom.is_some() {
            "Not a gateway failure: "
        } else {
            ""
        };
        page.paragraph("  ", "  ", &[(Ink::Good, head), (Ink::Plain, instead)]);
    }
    if whole || !line.explanation.gateway_failure {
        causes(
            page,
            &line.explanation.causes,
            line.explanation.gateway_failure,
        );
    }
}

fn heading(page: &mut Page, line: &Line) {
    let Some(server) = line.server else {
        page.paragraph(
            "  ",
            "  ",
            &[(Ink::Unsure, "No server is known that writes such a line.")],
        );
        return;
    };
    let at = line
        .at
        .as_ref()
        .map(|at| format!(", {at}"))
        .unwrap_or_default();
    let Some(symptom) = line.symptom else {
        page.paragraph("  ", "  ", &[(Ink::Strong, server.id()), (Ink::Plain, &at)]);
        return;
    };
    let kind = symptom
        .error_type()
        .map(|kind| format!(" ({kind})"))
        .unwrap_or_default();
    let peer = line
        .peer
        .as_ref()
        .map(|peer| format!(" [{peer}]"))
        .unwrap_or_default();
    let runs = [
        (Ink::Strong, server.id()),
        (Ink::Plain, &at),
        (Ink::Plain, ": "),
        (Ink::Plain, symptom.says()),
        (Ink::Source, &peer),
    ];
    page.paragraph("  ", "  ", &runs);
    let by = if line.explanation.gateway_failure {
        format!("; {}", maker(symptom))
    } else {
        String::new()
    };
    let runs = [
        (Ink::Faint, symptom.id()),
        (Ink::Faint, &kind),
        (Ink::Faint, &by),
    ];
    page.paragraph("  ", "  ", &runs);
}

/// Who made the error.
const fn maker_of(about: About) -> &'static str {
    match about {
        About::Upstream => "the gateway made the error, because of the hop behind it",
        About::Client => "it began on the visitor's side",
        About::Resolver => "the gateway made the error, because of a name server",
        About::Application => "the application says it, through the gateway's log",
        About::Gateway => "the gateway made it by itself",
        About::Backend => "the backend tells of itself",
        About::Machine => "the machine's kernel says it",
    }
}

fn maker(symptom: Symptom) -> &'static str {
    match symptom {
        Symptom::PassedOnError => "the backend made the error",
        Symptom::GatewayAnsweredError => "the line does not say who made it",
        other => maker_of(other.about()),
    }
}

fn causes(page: &mut Page, causes: &[Candidate], failure: bool) {
    if causes.is_empty() {
        return;
    }
    let title = if failure {
        "Causes it leaves open, likeliest first"
    } else {
        "Worth knowing"
    };
    page.paragraph("  ", "  ", &[(Ink::Heading, title)]);
    for cause in causes {
        one_cause(page, cause);
    }
}

fn one_cause(page: &mut Page, cause: &Candidate) {
    let word = format!("{:<9}", cause.confidence.word());
    let ink = match cause.confidence {
        Confidence::Certain => Ink::Bad,
        Confidence::Likely => Ink::Unsure,
        Confidence::Possible => Ink::Faint,
    };
    let runs = [
        (ink, word.as_str()),
        (Ink::Plain, "  "),
        (Ink::Strong, cause.id),
        (Ink::Plain, ": "),
        (Ink::Plain, &cause.why),
    ];
    page.paragraph("    ", "               ", &runs);
    if let Some(check) = &cause.check {
        page.verbatim("               ", Ink::Code, check);
    }
}

fn together(page: &mut Page, all: &[Candidate]) {
    page.heading("Together");
    if all.is_empty() {
        page.paragraph(
            "  ",
            "  ",
            &[(Ink::Good, "Nothing here is a failure of a gateway.")],
        );
        return;
    }
    for cause in all {
        one_cause(page, cause);
    }
}
