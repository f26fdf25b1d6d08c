//! Answers a batch: quick reads on few threads, waits beside each other.
//!
//! A read can hang for ever (a dead network file system, a FUSE daemon), and a
//! thread that hangs in the kernel cannot be stopped. So each question has a
//! patience; when it is over, its thread is left behind, another takes its
//! place, and the answer says that nothing came.
use super::patience;
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::question::Question;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Threads for questions that wait for somebody else.
const WAITING: usize = 16;
/// Threads for questions that only cost processor time.
const WORKING: usize = 2;
/// Below so many quick questions, one thread is cheaper than two.
const FEW: usize = 16;

/// Answers every question with `answer`, in the order they were put.
pub(super) fn answer_all(questions: &[Question], answer: fn(&Question) -> Answer) -> Vec<Answer> {
    let (events, inbox) = channel();
    let (waits, works): (Vec<usize>, Vec<usize>) =
        (0..questions.len()).partition(|at| questions.get(*at).is_some_and(patience::waits));
    let working = if works.len() < FEW { 1 } else { WORKING };
    Lane::new(questions, &waits, answer, &events).start(WAITING.min(waits.len()));
    Lane::new(questions, &works, answer, &events).start(working.min(works.len()));
    drop(events);
    let mut watch = Watch {
        answers: vec![None; questions.len()],
        running: BTreeMap::new(),
    };
    watch.wait(&inbox);
    let never = || Answer::none(Outcome::Failed("not answered".to_owned()));
    let answers = watch.answers.into_iter();
    answers.map(|answer| answer.unwrap_or_else(never)).collect()
}

/// What a thread tells the watch.
enum Event {
    Started(usize, Running),
    Done(usize, Answer),
}

/// A question under way.
struct Running {
    lane: Lane,
    until: Instant,
    patience: Duration,
}

/// Questions of one sort, and the threads that take them one by one.
#[derive(Clone)]
struct Lane(Arc<Shared>);

struct Shared {
    queue: Mutex<VecDeque<(usize, Question)>>,
    answer: fn(&Question) -> Answer,
    events: Mutex<Sender<Event>>,
}

impl Lane {
    fn new(
        questions: &[Question],
        of_these: &[usize],
        answer: fn(&Question) -> Answer,
        events: &Sender<Event>,
    ) -> Self {
        let queue = of_these
            .iter()
            .filter_map(|at| Some((*at, questions.get(*at)?.clone())));
        Self(Arc::new(Shared {
            queue: Mutex::new(queue.collect()),
            answer,
            events: Mutex::new(events.clone()),
        }))
    }

    fn start(&self, threads: usize) {
        for _ in 0..threads {
            let lane = self.clone();
            let spawned = thread::Builder::new().spawn(move || lane.work());
            if spawned.is_err() {
                // No thread to be had: answer here, without a watch.
                self.work();
            }
        }
    }

    /// Takes questions until none is left.
    fn work(&self) {
        let events = lock(&self.0.events).clone();
        loop {
            let next = lock(&self.0.queue).pop_front();
            let Some((at, question)) = next else { return };
            let started = Instant::now();
            let _ = events.send(Event::Started(at, self.running(&question, started)));
            let answered = catch_unwind(AssertUnwindSafe(|| (self.0.answer)(&question)));
            let mut answer = answered.unwrap_or_else(|_| {
                let why = "a bug in gatewhy: the reader panicked".to_owned();
                Answer::none(Outcome::Failed(why))
            });
            answer.took = started.elapsed();
            let _ = events.send(Event::Done(at, answer));
        }
    }

    fn running(&self, question: &Question, started: Instant) -> Running {
        let patience = patience::of(question);
        Running {
            lane: self.clone(),
            until: started + patience,
            patience,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Collects the answers, and gives up those that take too long.
struct Watch {
    answers: Vec<Option<Answer>>,
    running: BTreeMap<usize, Running>,
}

impl Watch {
    fn wait(&mut self, inbox: &Receiver<Event>) {
        while self.answers.iter().any(Option::is_none) {
            let first = self.running.values().map(|running| running.until).min();
            let left = first.map_or(Duration::from_secs(10), |until| {
                until.saturating_duration_since(Instant::now())
            });
            match inbox.recv_timeout(left) {
                Ok(event) => self.note(event),
                Err(RecvTimeoutError::Timeout) if self.running.is_empty() => return,
                Err(RecvTimeoutError::Timeout) => self.give_up(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Started(at, running) => {
                self.running.insert(at, running);
            }
            Event::Done(at, answer) => {
                self.running.remove(&at);
                self.settle(at, answer);
            }
        }
    }

    fn settle(&mut self, at: usize, answer: Answer) {
        if let Some(slot) = self.answers.get_mut(at) {
            slot.get_or_insert(answer);
        }
    }

    /// Settles what is overdue, and replaces the threads that hang in it.
    fn give_up(&mut self) {
        let now = Instant::now();
        let overdue = self
            .running
            .iter()
            .filter(|(_, running)| running.until <= now);
        let overdue: Vec<usize> = overdue.map(|(at, _)| *at).collect();
        for at in overdue {
            let Some(hanging) = self.running.remove(&at) else {
                continue;
            };
            let took = hanging.patience;
            self.settle(
                at,
                Answer {
                    outcome: Outcome::TimedOut(took),
                    took,
                },
            );
            hanging.lane.start(1);
        }
    }
}
