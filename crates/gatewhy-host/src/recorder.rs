//! Hosts around other hosts: one that removes secrets, one that also records.
use crate::Host;
use flate2::Compression;
use flate2::write::GzEncoder;
use gatewhy_facts::answer::Answer;
use gatewhy_facts::question::Question;
use gatewhy_facts::recording::{self, Record};
use gatewhy_facts::redact;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A host whose answers hold no secrets.
#[derive(Debug)]
pub struct Redacting<H>(pub H);

impl<H: Host> Host for Redacting<H> {
    fn answer(&self, questions: &[Question]) -> Vec<Answer> {
        let mut answers = self.0.answer(questions);
        for (question, answer) in questions.iter().zip(&mut answers) {
            redact::redact(question, answer);
        }
        answers
    }
}

/// A host whose answers hold no secrets, and are recorded as they are passed on: a
/// diagnosis of the recording sees the bytes that the live one saw.
#[derive(Debug)]
pub struct Recorder<H> {
    host: Redacting<H>,
    path: PathBuf,
    tape: Mutex<Tape>,
}

/// What was written so far.
#[derive(Debug)]
struct Tape {
    sink: Sink,
    keys: BTreeSet<String>,
    trouble: Option<std::io::Error>,
}

#[derive(Debug)]
enum Sink {
    Plain(BufWriter<File>),
    /// Somebody waits for what we say: it goes on its way at once.
    Stream(std::io::Stdout),
    Packed(Box<GzEncoder<BufWriter<File>>>),
}

/// A recording could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the recording {}: {why}", path.display())]
pub struct CannotRecord {
    path: PathBuf,
    #[source]
    why: std::io::Error,
}

impl<H> Recorder<H> {
    /// Records into a new file that only its owner may read; packed with gzip when
    /// its name ends in `.gz`. A file that is there already is left alone.
    pub fn create(host: H, path: &Path) -> Result<Self, CannotRecord> {
        let open = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let tape = open.and_then(|file| Tape::start(Sink::new(file, path)));
        match tape {
            Ok(tape) => Ok(Self {
                host: Redacting(host),
                path: path.to_owned(),
                tape: Mutex::new(tape),
            }),
            Err(why) => Err(CannotRecord {
                path: path.to_owned(),
                why,
            }),
        }
    }

    /// Records to standard output, for whoever started us to read along.
    pub fn to_standard_output(host: H) -> Result<Self, CannotRecord> {
        let path = PathBuf::from("standard output");
        match Tape::start(Sink::Stream(std::io::stdout())) {
            Ok(tape) => Ok(Self {
                host: Redacting(host),
                path,
                tape: Mutex::new(tape),
            }),
            Err(why) => Err(CannotRecord { path, why }),
        }
    }

    /// Keeps something about the diagnosis itself beside the answers: its target,
    /// how long it took. The key is no question's. Secrets are removed from the text:
    /// a target may hold a token.
    pub fn note(&self, key: &str, text: &str) {
        let mut text = text.as_bytes().to_vec();
        redact::text(&mut text);
        self.tape().write(key.to_owned(), Answer::got(text));
    }

    /// Completes the file, and tells if anything went wrong at any time; how many
    /// answers it holds.
    pub fn finish(self) -> Result<usize, CannotRecord> {
        let tape = self.tape.into_inner();
        let tape = tape.unwrap_or_else(PoisonError::into_inner);
        let path = self.path;
        tape.finish().map_err(|why| CannotRecord { path, why })
    }

    fn tape(&self) -> MutexGuard<'_, Tape> {
        self.tape.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<H: Host> Host for Recorder<H> {
    fn answer(&self, questions: &[Question]) -> Vec<Answer> {
        let answers = self.host.answer(questions);
        let mut tape = self.tape();
        for (question, answer) in questions.iter().zip(&answers) {
            tape.keep(question, answer);
        }
        answers
    }
}

impl Tape {
    fn start(mut sink: Sink) -> std::io::Result<Self> {
        sink.write(&recording::encode_start())?;
        Ok(Self {
            sink,
            keys: BTreeSet::new(),
            trouble: None,
        })
    }

    /// The first answer to a question stays, as it does in a diagnosis.
    fn keep(&mut self, question: &Question, answer: &Answer) {
        self.write(redact::key(question), answer.clone());
    }

    fn write(&mut self, key: String, answer: Answer) {
        if self.trouble.is_some() || !self.keys.insert(key.clone()) {
            return;
        }
        let bytes = recording::encode(&Record { key, answer });
        self.trouble = self.sink.write(&bytes).err();
    }

    fn finish(mut self) -> std::io::Result<usize> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        let count = self.keys.len();
        self.sink.write(&recording::encode_end(count as u64))?;
        let file = match self.sink {
            Sink::Stream(mut out) => return out.flush().map(|()| count),
            Sink::Plain(file) => file,
            Sink::Packed(packer) => packer.finish()?,
        };
        file.into_inner()
            .map_err(std::io::IntoInnerError::into_error)?;
        Ok(count)
    }
}

impl Sink {
    fn new(file: File, path: &Path) -> Self {
        let file = BufWriter::new(file);
        if path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("gz"))
        {
            let packer = GzEncoder::new(file, Compression::default());
            return Self::Packed(Box::new(packer));
        }
        Self::Plain(file)
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Plain(file) => file.write_all(bytes),
            Self::Stream(out) => out.write_all(bytes).and_then(|()| out.flush()),
            Self::Packed(packer) => packer.write_all(bytes),
        }
    }
}
