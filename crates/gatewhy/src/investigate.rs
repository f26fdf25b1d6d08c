//! The loop: ask what the diagnosis wants to know, until it wants nothing more.
//!
//! Questions that wait for somebody else (probes, name resolution) run beside the
//! rest, so that a backend that hangs costs one patience and not several.
use gatewhy_causes::diagnose::{Guard, Request, diagnose};
use gatewhy_causes::diagnosis::Diagnosis;
use gatewhy_causes::newest::{Newest, newest_failure};
use gatewhy_causes::sites::{Asked, failing_sites};
use gatewhy_facts::answer::{Answer, Outcome};
use gatewhy_facts::known::Known;
use gatewhy_facts::question::Question;
use gatewhy_host::Host;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::Scope;

/// More rounds than any real trail needs; a bound, so that the loop always ends.
const MAX_ROUNDS: usize = 40;

/// The newest failure that the proxy's logs on `host` tell of.
pub(crate) fn newest(host: &dyn Host) -> Option<Newest> {
    settled(host, newest_failure).flatten()
}

/// Which of the sites that the proxy on `host` is set up for fail.
pub(crate) fn failing(host: &dyn Host) -> Asked {
    settled(host, failing_sites).unwrap_or_default()
}

/// What comes out once `find` wants nothing more to be known.
fn settled<T>(host: &dyn Host, find: impl Fn(&Known) -> T) -> Option<T> {
    let mut known = Known::new();
    for _ in 0..MAX_ROUNDS {
        known.forget_asked();
        let found = find(&known);
        let wanted = known.wanted();
        if wanted.is_empty() {
            return Some(found);
        }
        let answers = host.answer(&wanted);
        for (question, answer) in wanted.into_iter().zip(answers) {
            known.learn(question, answer);
        }
    }
    None
}

/// A finished investigation.
pub struct Investigation {
    /// What was found out.
    pub diagnosis: Diagnosis,
    /// Every question and its answer.
    pub known: Known,
}

/// A site may send its visitors on so many times.
const MAX_REDIRECTS: usize = 3;

/// Diagnoses `request`, and where a healthy answer on the same host sends the
/// visitor on, that address too: the failure that a person means may be there.
pub(crate) fn follow(host: &dyn Host, request: &Request) -> Investigation {
    let mut done = investigate(host, request);
    let mut at = request.clone();
    for _ in 0..MAX_REDIRECTS {
        let next = done
            .diagnosis
            .redirect
            .as_deref()
            .and_then(|url| at.at(url));
        let Some(next) = next.filter(|next| next.url != at.url) else {
            break;
        };
        done = investigate(host, &next);
        done.diagnosis
            .observed
            .what
            .push_str(&format!(" at {}", next.url));
        done.diagnosis.target.clone_from(&request.url);
        at = next;
    }
    done
}

/// Asks `host` until the diagnosis of `request` wants nothing more.
pub fn investigate(host: &dyn Host, request: &Request) -> Investigation {
    let mut known = Known::new();
    std::thread::scope(|scope| {
        let mut flight = Flight::new(scope, host);
        for _ in 0..MAX_ROUNDS {
            known.forget_asked();
            let diagnosis = diagnose(request, &known, &guard());
            let wanted = known.wanted();
            if wanted.is_empty() {
                return Investigation { diagnosis, known };
            }
            flight.round(wanted, &mut known);
        }
        let diagnosis = diagnose(request, &known, &guard());
        Investigation { diagnosis, known }
    })
}

/// A cause that panics is a bug in that cause: the others still run.
fn guard() -> Guard<'static> {
    Guard(&|work: &mut dyn FnMut()| catch_unwind(AssertUnwindSafe(work)).is_ok())
}

/// Slow questions that are under way.
struct Flight<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    host: &'env dyn Host,
    sender: mpsc::Sender<(Question, Answer)>,
    arrivals: mpsc::Receiver<(Question, Answer)>,
    under_way: BTreeSet<Question>,
}

impl<'scope, 'env> Flight<'scope, 'env> {
    fn new(scope: &'scope Scope<'scope, 'env>, host: &'env dyn Host) -> Self {
        let (sender, arrivals) = mpsc::channel();
        Self {
            scope,
            host,
            sender,
            arrivals,
            under_way: BTreeSet::new(),
        }
    }

    /// Answers the quick questions, starts the slow ones, and waits for a slow
    /// one only when nothing quick is left to do.
    fn round(&mut self, wanted: Vec<Question>, known: &mut Known) {
        let (slow, quick): (Vec<_>, Vec<_>) = wanted.into_iter().partition(Question::is_slow);
        for question in slow {
            self.start(question);
        }
        if quick.is_empty() {
            self.wait_for_one(known);
        } else {
            let answers = self.host.answer(&quick);
            for (question, answer) in quick.into_iter().zip(answers) {
                known.learn(question, answer);
            }
        }
        while let Ok(arrival) = self.arrivals.try_recv() {
            self.land(arrival, known);
        }
    }

    fn start(&mut self, question: Question) {
        if !self.under_way.insert(question.clone()) {
            return;
        }
        let (host, sender) = (self.host, self.sender.clone());
        self.scope.spawn(move || {
            let asked = std::slice::from_ref(&question);
            let answer = catch_unwind(AssertUnwindSafe(|| host.answer(asked).pop()))
                .ok()
                .flatten();
            let failed = || Answer::none(Outcome::Failed("the probe itself failed".into()));
            // The receiver lives as long as this scope; a send can only fail after it.
            drop(sender.send((question, answer.unwrap_or_else(failed))));
        });
    }

    fn wait_for_one(&mut self, known: &mut Known) {
        if self.under_way.is_empty() {
            return;
        }
        if let Ok(arrival) = self.arrivals.recv() {
            self.land(arrival, known);
        }
    }

    fn land(&mut self, (question, answer): (Question, Answer), known: &mut Known) {
        self.under_way.remove(&question);
        known.learn(question, answer);
    }
}
