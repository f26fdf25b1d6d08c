//! Facts for or against a cause, each with where it comes from.
use gatewhy_facts::fact::Source;
use gatewhy_facts::prelude::*;

/// One fact that speaks for or against a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What was seen, as a sentence fragment a person can check.
    pub text: String,
    /// Where it was seen.
    pub source: Source,
    /// How much it weighs.
    pub strength: Strength,
    /// The lines it stands in, when it stands in a file or log.
    pub excerpt: Option<Excerpt>,
}

/// How much a piece of evidence weighs. No numbers: three words with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Fits, but fits other causes as well.
    Weak,
    /// Hard to explain otherwise.
    Strong,
    /// Cannot be explained otherwise, and is true now.
    Proof,
}

/// Some lines of a file, with the part that matters marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line's number in the file, counted from 1.
    pub line: u32,
    /// The whole line, without its newline.
    pub text: Vec<u8>,
    /// Offset in `text` where the mark starts.
    pub mark_start: usize,
    /// Offset in `text` just behind the mark.
    pub mark_end: usize,
}

impl Evidence {
    /// Evidence that proves.
    pub fn proof(text: impl Into<String>, source: &Source) -> Self {
        Self::of(Strength::Proof, text, source)
    }

    /// Strong evidence.
    pub fn strong(text: impl Into<String>, source: &Source) -> Self {
        Self::of(Strength::Strong, text, source)
    }

    /// Weak evidence.
    pub fn weak(text: impl Into<String>, source: &Source) -> Self {
        Self::of(Strength::Weak, text, source)
    }

    fn of(strength: Strength, text: impl Into<String>, source: &Source) -> Self {
        Self {
            text: text.into(),
            source: source.clone(),
            strength,
            excerpt: None,
        }
    }

    /// The same evidence with the lines it stands in.
    #[must_use]
    pub fn with_excerpt(mut self, excerpt: Option<Excerpt>) -> Self {
        self.excerpt = excerpt;
        self
    }
}
