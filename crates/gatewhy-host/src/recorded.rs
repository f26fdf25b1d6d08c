//! A host that answers from a recording.
use crate::Host;
use flate2::bufread::MultiGzDecoder;
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::question::Question;
use gatewhy_facts::recording::{Decoder, Limits, RecordingError, without_budgets};
use gatewhy_facts::redact;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// A recorded host. What nobody asked when it was recorded stays unknown.
#[derive(Debug, Default)]
pub struct RecordedHost {
    answers: BTreeMap<String, Answer>,
    /// Keys by what they are without their budgets.
    alike: BTreeMap<String, String>,
}

/// A recording could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CannotReplay {
    /// The file could not be read or unpacked.
    #[error("cannot read the recording: {0}")]
    Read(#[from] std::io::Error),
    /// It is none, or another version's, or damaged.
    #[error(transparent)]
    Recording(#[from] RecordingError),
}

impl RecordedHost {
    /// Reads a recording, packed with gzip or not.
    pub fn open(path: &Path) -> Result<Self, CannotReplay> {
        Self::read(BufReader::new(File::open(path)?))
    }

    /// Reads a recording from memory or a pipe, packed with gzip or not.
    pub fn read(mut source: impl BufRead) -> Result<Self, CannotReplay> {
        const GZIP: &[u8] = &[0x1f, 0x8b];
        if source.fill_buf()?.starts_with(GZIP) {
            return Self::unpacked(MultiGzDecoder::new(source));
        }
        Self::unpacked(source)
    }

    fn unpacked(mut source: impl Read) -> Result<Self, CannotReplay> {
        let mut decoder = Decoder::new(Limits::default());
        let mut host = Self::default();
        let mut piece = vec![0; 64 << 10];
        loop {
            let n = match source.read(&mut piece) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e.into()),
            };
            decoder.feed(piece.get(..n).unwrap_or_default())?;
            while let Some(record) = decoder.take()? {
                let alike = without_budgets(&record.key);
                host.alike.entry(alike).or_insert(record.key.clone());
                host.answers.entry(record.key).or_insert(record.answer);
            }
        }
        decoder.finish()?;
        Ok(host)
    }

    /// How many answers it holds.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// Whether it holds no answer.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// What the recorder kept about the diagnosis itself under this key.
    pub fn note(&self, key: &str) -> Option<&str> {
        match &self.answers.get(key)?.outcome {
            Outcome::Got { bytes, .. } => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// Every question's key and its answer, sorted by key.
    pub fn answers(&self) -> impl Iterator<Item = (&str, &Answer)> {
        self.answers
            .iter()
            .map(|(key, answer)| (key.as_str(), answer))
    }

    /// The answer to the same question with other budgets.
    fn answer_like(&self, key: &str) -> Option<&Answer> {
        self.answers.get(self.alike.get(&without_budgets(key))?)
    }

    /// Replaces one answer: what would a diagnosis say if that were denied?
    pub fn replace(&mut self, key: &str, answer: Answer) {
        self.answers.insert(key.to_owned(), answer);
    }
}

impl Host for RecordedHost {
    fn answer(&self, questions: &[Question]) -> Vec<Answer> {
        let found = questions.iter().map(|question| {
            let key = redact::key(question);
            let answer = self.answers.get(&key).or_else(|| self.answer_like(&key));
            let answer = answer.cloned();
            answer.unwrap_or(Answer::none(Outcome::NotRecorded))
        });
        found.collect()
    }
}
