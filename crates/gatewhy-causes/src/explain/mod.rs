//! What lines of logs leave open: causes ranked, why, and what would tell them
//! apart.
//!
//! A log line is about the past and proves little: *certain* is only what the line
//! itself says, such as nginx's own word for a header that is too big. Which causes
//! a symptom leaves open is data (`leads`); [`incident`] weighs lines that belong
//! together.
mod check;
mod check_by;
mod decode;
pub mod incident;
mod lead;
mod leads;
mod settings;
mod words;

pub use settings::Settings;

use crate::verdict::Confidence;
use gatewhy_facts::log_line::Record;
use gatewhy_facts::prelude::*;
use gatewhy_facts::symptom::About;

/// One cause that a line leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub id: &'static str,
    /// How sure the line makes it.
    pub confidence: Confidence,
    /// Why, one sentence without its full stop.
    pub why: String,
    /// A command that tells whether it is this one.
    pub check: Option<String>,
}

/// What one line means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Whether a visitor got, or soon gets, a gateway's error for it.
    pub gateway_failure: bool,
    /// What it is instead, where it is none.
    pub instead: Option<&'static str>,
    /// A number of the line that is really letters, in words.
    pub decoded: Option<String>,
    /// The causes it leaves open, likeliest first.
    pub causes: Vec<Candidate>,
}

/// How a candidate's reason begins where the line itself names the cause; the rest tells
/// more than the cause's title.
pub const SAYS_SO: &str = "the line says so";

/// Most causes of one line.
const MOST: usize = 12;

/// Explains one line; fragments of configuration sharpen it.
pub fn line(record: &Record<'_>, settings: &Settings) -> Explanation {
    let Some(lead) = leads::find(record) else {
        return without_lead(record);
    };
    let mut causes: Vec<Candidate> = Vec::new();
    for guess in lead.guesses.iter().filter(|guess| (guess.when)(record)) {
        if causes.iter().any(|known| known.id == guess.id) {
            continue;
        }
        causes.push(Candidate {
            id: guess.id,
            confidence: sharpened(guess.id, guess.confidence, record),
            why: words::fill(guess.why, record),
            check: check::command(guess.id, record),
        });
    }
    causes.sort_by_key(|cause| core::cmp::Reverse(cause.confidence));
    settings::sharpen(settings, record, &mut causes);
    for cause in &mut causes {
        cause.check = cause
            .check
            .take()
            .or_else(|| check::command(cause.id, record));
    }
    causes.truncate(MOST);
    Explanation {
        gateway_failure: lead.failure,
        instead: (!lead.instead.is_empty()).then_some(lead.instead),
        decoded: decode::in_words(record),
        causes,
    }
}

/// Letters of a known protocol where a number should be are no accident.
fn sharpened(id: &str, confidence: Confidence, record: &Record<'_>) -> Confidence {
    if id == "protocol-mismatch" && decode::is_letters(record) {
        return Confidence::Certain;
    }
    confidence
}

fn without_lead(record: &Record<'_>) -> Explanation {
    let failure = record
        .symptom
        .is_some_and(|symptom| symptom.error_type().is_some() && symptom.about() != About::Client);
    let instead = match record.symptom {
        Some(_) => None,
        None => Some("nothing in this line tells of a failure"),
    };
    Explanation {
        gateway_failure: failure,
        instead,
        ..Explanation::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewhy_facts::symptom::Symptom;

    /// The catalogue of causes; pages for some of them are not written yet.
    const IDS: &str = include_str!("ids.txt");

    #[test]
    fn every_id_is_in_the_catalogue_and_has_a_command() {
        let known: Vec<&str> = IDS.lines().collect();
        for guess in leads::all().flat_map(|lead| lead.guesses) {
            assert!(known.contains(&guess.id), "{} is no cause", guess.id);
            assert!(
                check::ids().any(|id| id == guess.id),
                "{} has no command",
                guess.id
            );
        }
        for cause in crate::catalogue::all() {
            assert!(
                known.contains(&cause.id),
                "{} is missing in ids.txt",
                cause.id
            );
        }
    }

    #[test]
    fn every_symptom_has_a_lead() {
        let without =
            Symptom::all().filter(|symptom| !leads::all().any(|lead| lead.on.contains(symptom)));
        assert_eq!(without.collect::<Vec<_>>(), []);
    }

    #[test]
    fn what_is_no_failure_says_what_it_is() {
        for lead in leads::all() {
            assert_eq!(lead.failure, lead.instead.is_empty(), "{:?}", lead.on);
        }
    }
}
