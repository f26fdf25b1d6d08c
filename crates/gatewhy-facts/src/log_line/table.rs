//! Messages as format strings with what they mean.
use super::record::Record;
use crate::nginx::error_log::template::{Captured, fit};
use crate::symptom::Symptom;

/// A format string, where `{}` stands for any text, `{#}` for a number, and `{_}`,
/// `{_#}` for the same where nobody needs it; and what it means.
pub(super) type Row = (&'static str, Symptom);

/// The first row that the whole message fits.
pub(super) fn find<'a>(rows: &[Row], message: &'a [u8]) -> Option<(Symptom, Captured<'a>)> {
    rows.iter()
        .find_map(|(template, symptom)| Some((*symptom, fit(template, message)?)))
}

/// The record with what the first row that fits says.
pub(super) fn told<'a>(record: Record<'a>, rows: &[Row]) -> Option<Record<'a>> {
    let (symptom, captured) = find(rows, record.message)?;
    Some(Record {
        symptom: Some(symptom),
        text: captured.text.or(record.text),
        number: captured.number.or(record.number),
        ..record
    })
}
