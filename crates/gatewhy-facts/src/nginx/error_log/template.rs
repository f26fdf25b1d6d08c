//! Messages as nginx's own format strings, and how a message fits one.
use super::phase::Phase;
use crate::scan;
use crate::symptom::Symptom;

/// One kind of message and what it means.
pub(super) struct Row {
    /// nginx's format string; `{}` stands for any text, `{#}` for a number, and
    /// `{_}`, `{_#}` for the same where nobody needs to know it.
    pub(super) template: &'static str,
    /// Which error numbers it is about.
    pub(super) errno: Errno,
    /// What nginx must be doing.
    pub(super) during: During,
    /// What it means.
    pub(super) symptom: Symptom,
}

/// Which error numbers a row is about.
pub(super) enum Errno {
    /// Any, or none.
    Any,
    /// One of these.
    In(&'static [u16]),
}

/// What nginx must be doing for a row to fit.
pub(super) enum During {
    /// Anything; the message alone says it.
    Any,
    /// Anything but talking to the backend.
    NotUpstream,
    /// Connecting to the backend.
    Connecting,
    /// TLS handshake with the backend.
    Handshaking,
    /// Sending the request to the backend.
    Sending,
    /// Waiting for the response header.
    Header,
    /// Reading the body from the backend.
    Body,
    /// Passing the body on, in either direction: for messages that name the upstream.
    Passing,
    /// A connection after an upgrade.
    Upgraded,
    /// Talking to the backend, in any phase.
    Upstream,
    /// Talking to a name server.
    Resolving,
}

/// Where each message belongs to a single phase.
pub(super) const fn row(template: &'static str, symptom: Symptom) -> Row {
    Row {
        template,
        errno: Errno::Any,
        during: During::Any,
        symptom,
    }
}

/// What a template's placeholders stood for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Captured<'a> {
    /// The first `{}`.
    pub(crate) text: Option<&'a [u8]>,
    /// The first `{#}`.
    pub(crate) number: Option<u64>,
}

impl Row {
    /// The same row for these error numbers only.
    pub(super) const fn errno(mut self, numbers: &'static [u16]) -> Self {
        self.errno = Errno::In(numbers);
        self
    }

    /// The same row for this phase only.
    pub(super) const fn during(mut self, during: During) -> Self {
        self.during = during;
        self
    }

    /// Whether the message begins as those that fit.
    #[inline]
    pub(super) fn may_begin(&self, message: &[u8]) -> bool {
        may_begin(self.template, message)
    }

    /// What the placeholders stand for, if the whole message fits.
    pub(crate) fn fits<'a>(
        &self,
        message: &'a [u8],
        errno: Option<u16>,
        phase: Option<Phase<'_>>,
    ) -> Option<Captured<'a>> {
        let number_fits = match self.errno {
            Errno::Any => true,
            Errno::In(numbers) => errno.is_some_and(|n| numbers.contains(&n)),
        };
        let captured =
            (number_fits && self.during.holds(phase)).then(|| fit(self.template, message))??;
        // A path that a visitor chose may end the message early; then its quote is open.
        let open = || memchr::memchr_iter(b'"', message).count() % 2 == 1;
        let is_cut = self.template.starts_with('{') && open();
        (!is_cut).then_some(captured)
    }
}

impl During {
    fn holds(&self, phase: Option<Phase<'_>>) -> bool {
        match self {
            Self::Any => true,
            Self::NotUpstream => !phase.is_some_and(Phase::is_upstream),
            Self::Connecting => phase == Some(Phase::Connecting),
            Self::Handshaking => phase == Some(Phase::Handshaking),
            Self::Sending => phase == Some(Phase::SendingRequest),
            Self::Header => phase == Some(Phase::ReadingHeader),
            Self::Body => matches!(phase, Some(Phase::ReadingBody | Phase::Streaming)),
            Self::Passing => Self::Body.holds(phase) || phase == Some(Phase::SendingToClient),
            Self::Upgraded => phase == Some(Phase::Upgraded),
            Self::Upstream => phase.is_some_and(Phase::is_upstream),
            Self::Resolving => phase == Some(Phase::Resolving),
        }
    }
}

/// Fits a whole message to a template.
pub(crate) fn fit<'a>(template: &str, message: &'a [u8]) -> Option<Captured<'a>> {
    if !may_begin(template, message) {
        return None;
    }
    let mut captured = Captured::default();
    let (literal, mut template) = template.split_at(next_placeholder(template));
    let mut rest = message.strip_prefix(literal.as_bytes())?;
    while let Some((name, after)) = placeholder(template) {
        let (literal, next) = after.split_at(next_placeholder(after));
        if name.ends_with('#') {
            let (number, tail) = scan::number(rest)?;
            rest = tail.strip_prefix(literal.as_bytes())?;
            if name == "#" {
                captured.number = captured.number.or(Some(number));
            }
        } else {
            let (text, tail) = any_text(rest, literal, next.is_empty())?;
            rest = tail;
            if name.is_empty() {
                captured.text = captured.text.or(Some(text));
            }
        }
        template = next;
    }
    rest.is_empty().then_some(captured)
}

/// Most templates begin with another letter than the message.
#[inline]
fn may_begin(template: &str, message: &[u8]) -> bool {
    let first = template.as_bytes().first();
    first == message.first() || first == Some(&b'{')
}

fn next_placeholder(template: &str) -> usize {
    memchr::memchr(b'{', template.as_bytes()).unwrap_or(template.len())
}

/// The name in the braces that the template begins with, and what follows them.
fn placeholder(template: &str) -> Option<(&str, &str)> {
    template.strip_prefix('{')?.split_once('}')
}

/// Text up to `literal`: its first place, or the message's end for the last one.
fn any_text<'a>(rest: &'a [u8], literal: &str, is_last: bool) -> Option<(&'a [u8], &'a [u8])> {
    if is_last {
        return rest
            .strip_suffix(literal.as_bytes())
            .map(|text| (text, &b""[..]));
    }
    let at = scan::find(rest, literal.as_bytes())?;
    Some((rest.get(..at)?, rest.get(at.checked_add(literal.len())?..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_must_fit_from_end_to_end() {
        let text = |t: &str, m: &'static str| fit(t, m.as_bytes()).map(|c| (c.text, c.number));
        assert_eq!(
            text("connect() to {} failed", "connect() to unix:/a failed"),
            Some((Some(&b"unix:/a"[..]), None))
        );
        assert_eq!(
            text("connect() to {} failed", "connect() to a failed x"),
            None
        );
        assert_eq!(
            text("frame: {#}", "frame: 4740180"),
            Some((None, Some(4_740_180)))
        );
        assert_eq!(text("frame: {#}", "frame: 4740180x"), None);
        assert_eq!(
            text("{_}() \"{}\" failed {_#} {#}", "open() \"/a\" failed 3 4"),
            Some((Some(&b"/a"[..]), Some(4)))
        );
        assert_eq!(
            text(
                "dup: \"{}\", previous: \"{}\"",
                "dup: \"a: b\", previous: \"c\""
            ),
            Some((Some(&b"a: b"[..]), None))
        );
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(template in "[a-c{}#_]{0,12}", message in proptest::collection::vec(proptest::num::u8::ANY, 0..40)) {
            let _ = fit(&template, &message);
        }
    }
}
