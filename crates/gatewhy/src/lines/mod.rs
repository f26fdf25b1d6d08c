//! `gatewhy explain 'a log line'`: what pasted lines mean.
//!
//! One line gives one explanation; lines that are given together are also judged
//! together, as one incident.
mod human;
mod json;

pub use human::page;
pub use json::{array, document};

use gatewhy_causes::explain::{self, Candidate, Explanation, Settings, incident};
use gatewhy_facts::log_line::{self, Pasted, Record, Server};
use gatewhy_facts::symptom::Symptom;

/// One line with what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line as it was given.
    pub text: Vec<u8>,
    /// Who wrote it.
    pub server: Option<Server>,
    /// What happened.
    pub symptom: Option<Symptom>,
    /// Whom it was about, as the line names it.
    pub peer: Option<String>,
    /// When, as the line has it.
    pub at: Option<String>,
    /// What it means; nothing of its own for a line that continues the one before.
    pub explanation: Explanation,
    /// Whether it only continues the line before.
    pub continues: bool,
}

/// All lines of a text, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Every line that is not empty, in order.
    pub lines: Vec<Line>,
    /// What they mean together, where there are several.
    pub incident: Option<Vec<Candidate>>,
}

/// Explains every line of a text; several are also judged together. Fragments of
/// configuration sharpen the verdicts.
pub fn explain(text: &[u8], settings: &Settings) -> Explained {
    let pasted = log_line::join(text);
    let records: Vec<_> = pasted.iter().map(Pasted::record).collect();
    let explanations: Vec<_> = records
        .iter()
        .map(|record| {
            record
                .as_ref()
                .map(|record| explain::line(record, settings))
                .unwrap_or_default()
        })
        .collect();
    let mut lines = Vec::new();
    for ((pasted, record), explanation) in pasted.iter().zip(&records).zip(&explanations) {
        lines.extend(lines_of(pasted, record.as_ref(), explanation));
    }
    let told: Vec<_> = records
        .iter()
        .zip(&explanations)
        .filter_map(|(r, e)| Some((r.as_ref()?, e)))
        .collect();
    let incident = (lines.len() > 1).then(|| incident::judge(&told));
    Explained { lines, incident }
}

fn lines_of(pasted: &Pasted, record: Option<&Record<'_>>, explanation: &Explanation) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, text) in pasted.lines.iter().enumerate() {
        let own = record.filter(|_| at == 0);
        lines.push(Line {
            text: text.clone(),
            server: record.map(|record| record.server),
            symptom: own.and_then(|record| record.symptom),
            peer: own
                .and_then(|record| record.peer)
                .map(|peer| peer.to_string()),
            at: own
                .and_then(|r| r.at)
                .and_then(|at| at.moment(0))
                .map(|at| at.to_string()),
            explanation: if at == 0 {
                explanation.clone()
            } else {
                Explanation::default()
            },
            continues: at > 0,
        });
    }
    lines
}
