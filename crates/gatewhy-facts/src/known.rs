//! All answers so far, and the questions that somebody put without an answer.
//!
//! Whoever needs something asks for it here. An unanswered question is noted and
//! answered in the next round, so following a trail (a configuration, its
//! includes, the upstream named there, the process behind it) is straight-line
//! code that stops at the first gap and gets further each round.
use crate::answer::{Answer, Outcome};
use crate::fact::{Fact, Gap, Source, Why};
use crate::prelude::*;
use crate::question::Question;
use core::any::{Any, TypeId};
use core::cell::RefCell;

/// The answers so far. Asking is the only way to read it.
#[derive(Debug, Default)]
pub struct Known {
    answers: BTreeMap<Question, Answer>,
    asked: RefCell<BTreeSet<Question>>,
    readings: RefCell<BTreeMap<Question, Vec<Reading>>>,
}

/// What an answer was read as, by the type of what came out.
type Reading = (TypeId, Rc<dyn Any>);

impl Known {
    /// Nothing known yet.
    pub const fn new() -> Self {
        Self {
            answers: BTreeMap::new(),
            asked: RefCell::new(BTreeSet::new()),
            readings: RefCell::new(BTreeMap::new()),
        }
    }

    /// Takes in one answer; the first one to a question stays.
    pub fn learn(&mut self, question: Question, answer: Answer) {
        self.answers.entry(question).or_insert(answer);
    }

    /// The answer, or `None` with the question noted for the next round.
    pub fn ask(&self, question: &Question) -> Option<&Answer> {
        if !self.asked.borrow().contains(question) {
            self.asked.borrow_mut().insert(question.clone());
        }
        self.answers.get(question)
    }

    /// The bytes of an answer as a fact. `place` names the source for people,
    /// `allow_by` says how to allow the look when it is refused.
    pub fn bytes(&self, question: &Question, place: &str, allow_by: &str) -> Fact<&[u8]> {
        let Some(answer) = self.ask(question) else {
            let what = place.to_owned();
            return Fact::Unknown(Gap {
                what,
                why: Why::Pending,
                allow_by: String::new(),
            });
        };
        match &answer.outcome {
            Outcome::Got { bytes, .. } => Fact::Found(bytes, Source::new(place)),
            Outcome::Absent => Fact::Absent(Source::new(place)),
            other => Fact::Unknown(Gap::new(place, other.to_string(), allow_by)),
        }
    }

    /// What `parse` makes of an answer, as [`Self::bytes`] gives it. An answer never
    /// changes, so it is read once for all rounds; a type stands for one way to read.
    pub fn read<T: 'static>(
        &self,
        question: &Question,
        place: &str,
        allow_by: &str,
        parse: fn(&[u8]) -> T,
    ) -> Fact<Rc<T>> {
        self.bytes(question, place, allow_by).map(|bytes| {
            let earlier = self.reading(question);
            earlier.unwrap_or_else(|| {
                let new = Rc::new(parse(bytes));
                let mut readings = self.readings.borrow_mut();
                let of = readings.entry(question.clone()).or_default();
                of.push((TypeId::of::<T>(), Rc::<T>::clone(&new)));
                new
            })
        })
    }

    fn reading<T: 'static>(&self, question: &Question) -> Option<Rc<T>> {
        let readings = self.readings.borrow();
        let mut of = readings.get(question)?.iter();
        let (_, reading) = of.find(|(id, _)| *id == TypeId::of::<T>())?;
        Rc::clone(reading).downcast().ok()
    }

    /// Whether the question has its answer; this does not put it.
    pub fn is_answered(&self, question: &Question) -> bool {
        self.answers.contains_key(question)
    }

    /// Whether the answer is known to be only a part of what there is.
    pub fn is_cut(&self, question: &Question) -> bool {
        let answer = self.answers.get(question);
        answer.is_some_and(|answer| matches!(answer.outcome, Outcome::Got { cut: true, .. }))
    }

    /// The bytes of a whole small file as a fact.
    pub fn file(&self, question: &Question) -> Fact<&[u8]> {
        let place = match question {
            Question::File { path, .. } => path.to_string(),
            other => other.to_string(),
        };
        self.bytes(question, &place, "run as root")
    }

    /// Questions put so far that have no answer.
    pub fn wanted(&self) -> Vec<Question> {
        let asked = self.asked.borrow();
        asked
            .iter()
            .filter(|q| !self.answers.contains_key(q))
            .cloned()
            .collect()
    }

    /// Forgets which questions were put, before the trail is walked again.
    pub fn forget_asked(&mut self) {
        self.asked.get_mut().clear();
    }

    /// Every answer, in the order of the questions.
    pub fn answers(&self) -> impl Iterator<Item = (&Question, &Answer)> {
        self.answers.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_once_for_each_type() {
        let mut known = Known::new();
        let question = Question::file("/proc/uptime");
        let got = || Outcome::Got {
            bytes: b"12".to_vec(),
            cut: false,
        };
        known.learn(question.clone(), Answer::none(got()));
        let length = |known: &Known| known.read(&question, "uptime", "", <[u8]>::len);
        let first = length(&known).found().cloned().unwrap();
        known.forget_asked();
        let again = length(&known).found().cloned().unwrap();
        assert!(Rc::ptr_eq(&first, &again) && *again == 2);
        let bytes = known.read(&question, "uptime", "", <[u8]>::to_vec);
        assert_eq!(
            bytes.found().map(|bytes| bytes.as_slice()),
            Some(&b"12"[..])
        );
        assert!(known.wanted().is_empty());
    }

    #[test]
    fn a_refused_look_is_unknown_and_never_absent() {
        let mut known = Known::new();
        let question = Question::file("/etc/shadow");
        assert!(known.file(&question).gap().is_some_and(Gap::is_pending));
        assert_eq!(known.wanted(), core::slice::from_ref(&question));
        known.learn(
            question.clone(),
            Answer::none(Outcome::Denied("EACCES".into())),
        );
        assert!(known.file(&question).is_unknown());
        assert!(known.wanted().is_empty());
    }
}
