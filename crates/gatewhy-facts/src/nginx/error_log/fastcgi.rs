//! `FastCGI sent in stderr`: the application talks through nginx's log.
use super::template::Captured;
use crate::php_fpm::php_message::{self, PhpMessage};
use crate::scan;
use crate::symptom::Symptom;

/// How every such message begins.
pub(super) const STDERR: &[u8] = b"FastCGI sent in stderr: \"";

/// What an application's words mean: what stands between the quotes.
pub fn application_words(words: &[u8]) -> Symptom {
    let found = script(words).or_else(|| php(words));
    found.map_or(Symptom::FastCgiStderr, |(symptom, _)| symptom)
}

/// What the application's text means.
pub(super) fn recognise(message: &[u8]) -> Option<(Symptom, Captured<'_>)> {
    let text = message.strip_prefix(STDERR)?;
    Some(of_text(text.strip_suffix(b"\"").unwrap_or(text)))
}

/// What a text that PHP wrote to its error stream means, whoever passed it on.
pub(crate) fn of_text(text: &[u8]) -> (Symptom, Captured<'_>) {
    let found = script(text).or_else(|| php(text));
    let plain = Captured {
        text: Some(text),
        number: None,
    };
    found.unwrap_or((Symptom::FastCgiStderr, plain))
}

/// PHP-FPM's own complaints about the script it was given, the last ones of a text.
fn script(text: &[u8]) -> Option<(Symptom, Captured<'_>)> {
    let last = scan::rsplit_once(text, "; ").map_or(text, |(_, last)| last);
    [text, last].into_iter().find_map(script_complaint)
}

fn script_complaint(text: &[u8]) -> Option<(Symptom, Captured<'_>)> {
    let of = |symptom, path| {
        Some((
            symptom,
            Captured {
                text: path,
                number: None,
            },
        ))
    };
    if text.starts_with(b"Primary script unknown") {
        return of(Symptom::ScriptUnknown, None);
    }
    if let Some(rest) = text.strip_prefix(b"Unable to open primary script: ") {
        let (path, why) = scan::rsplit_once(rest, " (").unwrap_or((rest, b""));
        let unknown = why.starts_with(b"No such file");
        let symptom = if unknown {
            Symptom::ScriptUnknown
        } else {
            Symptom::ScriptUnreadable
        };
        return of(symptom, Some(path));
    }
    let path = text.strip_prefix(b"Access to the script '")?;
    let (path, _) = scan::split_once(path, "' has been denied (see security.limit_extensions)")?;
    of(Symptom::ScriptDenied, Some(path))
}

fn php(text: &[u8]) -> Option<(Symptom, Captured<'_>)> {
    let fatal = php_message::messages(text).find(PhpMessage::is_fatal)?;
    let (symptom, number) = match fatal {
        PhpMessage {
            memory_limit: Some(bytes),
            ..
        } => (Symptom::PhpMemoryLimit, Some(bytes)),
        PhpMessage {
            time_limit: Some(secs),
            ..
        } => (Symptom::PhpExecutionTime, Some(secs)),
        PhpMessage { uncaught: true, .. } => (Symptom::PhpUncaught, None),
        _ => (Symptom::PhpFatal, None),
    };
    Some((
        symptom,
        Captured {
            text: Some(fatal.text),
            number,
        },
    ))
}
