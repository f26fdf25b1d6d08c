//! What nginx was doing: the words after *while*.
use crate::scan;

/// What nginx was doing when it logged. The words decide which conversation a
/// message is about: *refused while resolving* is the name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase<'a> {
    /// `connecting to upstream`
    Connecting,
    /// `SSL handshaking to upstream`
    Handshaking,
    /// `sending request to upstream`
    SendingRequest,
    /// `reading response header from upstream`
    ReadingHeader,
    /// `reading upstream`: the header is done and sent on.
    ReadingBody,
    /// `proxying upgraded connection`
    Upgraded,
    /// `proxying and reading from upstream`, `proxying connection` … of the stream module.
    Streaming,
    /// `resolving`: a conversation with a name server.
    Resolving,
    /// `sending to client`; the backend may be read in the same go.
    SendingToClient,
    /// `SSL handshaking`: with the visitor.
    ClientHandshaking,
    /// Any other words, all of them about the visitor or about nginx itself.
    Other(&'a [u8]),
}

const WORDS: &[(&str, Phase<'static>)] = &[
    ("connecting to upstream", Phase::Connecting),
    ("SSL handshaking to upstream", Phase::Handshaking),
    ("sending request to upstream", Phase::SendingRequest),
    (
        "sending PROXY protocol header to upstream",
        Phase::SendingRequest,
    ),
    (
        "reading response header from upstream",
        Phase::ReadingHeader,
    ),
    ("reading upstream", Phase::ReadingBody),
    ("proxying upgraded connection", Phase::Upgraded),
    ("proxying and reading from upstream", Phase::Streaming),
    ("proxying and sending to upstream", Phase::Streaming),
    ("proxying connection", Phase::Streaming),
    ("resolving", Phase::Resolving),
    ("sending to client", Phase::SendingToClient),
    ("SSL handshaking", Phase::ClientHandshaking),
];

/// Words that nobody quotes into the middle of another message.
const LONGEST_OTHER: usize = 60;

impl<'a> Phase<'a> {
    /// The phase of these exact words.
    pub fn from_words(words: &'a [u8]) -> Option<Self> {
        let known = WORDS.iter().find(|(text, _)| text.as_bytes() == words);
        if let Some((_, phase)) = known {
            return Some(*phase);
        }
        let plain = |b: &u8| b.is_ascii_alphanumeric() || b" /.-_".contains(b);
        let fits = !words.is_empty() && words.len() <= LONGEST_OTHER && words.iter().all(plain);
        fits.then_some(Self::Other(words))
    }

    /// nginx's words, after *while*.
    pub fn words(self) -> &'a [u8] {
        match self {
            Self::Other(words) => words,
            known => WORDS
                .iter()
                .find(|(_, phase)| *phase == known)
                .map_or(b"", |(text, _)| text.as_bytes()),
        }
    }

    /// Whether nginx was talking to the backend.
    pub const fn is_upstream(self) -> bool {
        self.is_before_response()
            || matches!(self, Self::ReadingBody | Self::Upgraded | Self::Streaming)
    }

    /// Whether nginx had no response header yet, so that the visitor gets an error page.
    pub const fn is_before_response(self) -> bool {
        matches!(
            self,
            Self::Connecting | Self::Handshaking | Self::SendingRequest | Self::ReadingHeader
        )
    }
}

/// Takes ` while WORDS` off the end.
pub(super) fn strip(text: &[u8]) -> (&[u8], Option<Phase<'_>>) {
    let found = scan::rsplit_once(text, " while ").and_then(|(head, words)| {
        // Whoever shortens a line ends it with dots; nginx never does.
        let end = words
            .iter()
            .rposition(|b| *b != b'.')
            .map_or(0, |at| at + 1);
        Some((head, Phase::from_words(words.get(..end)?)?))
    });
    found.map_or((text, None), |(head, phase)| (head, Some(phase)))
}

/// Takes the first ` while WORDS` with known words, whatever follows them: for
/// lines that somebody shortened.
pub(super) fn strip_shortened(text: &[u8]) -> Option<(&[u8], Phase<'_>)> {
    let (head, rest) = scan::split_once(text, " while ")?;
    let (words, phase) = WORDS
        .iter()
        .find(|(words, _)| rest.starts_with(words.as_bytes()))?;
    let follows = rest.get(words.len());
    let ends = follows.is_none_or(|b| !b.is_ascii_alphanumeric());
    ends.then_some((head, *phase))
}
