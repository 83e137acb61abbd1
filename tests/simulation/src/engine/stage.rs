//! What tasks and ports share: the agenda of waking times, tasks to be started, the fates, and what happened.

use super::clock;
use super::fate::{Fate, Fates, Passage, Point, Port};
use domain::{Seconds, Time};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Locks; a poisoned lock is of a task that panicked, which the engine reports by itself.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A task to be started.
pub(super) struct Start {
    pub(super) function: Option<&'static str>,
    pub(super) work: Work,
}

/// A time at which somebody is woken. Equal times in the order of their making.
pub(super) struct Alarm {
    pub(super) at: Time,
    pub(super) number: u64,
    pub(super) waker: Waker,
}

impl PartialEq for Alarm {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl Eq for Alarm {}
impl PartialOrd for Alarm {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Alarm {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// The task that is being polled.
#[derive(Clone, Copy, Default)]
pub(super) struct Current {
    /// Set for an invocation of a function.
    pub(super) function: Option<&'static str>,
    /// Set when its process dies.
    pub(super) killed: bool,
}

struct Inner<H> {
    agenda: Mutex<(u64, BinaryHeap<Reverse<Alarm>>)>,
    starts: Mutex<Vec<Start>>,
    current: Mutex<Current>,
    fates: Mutex<Box<dyn Fates>>,
    happened: Mutex<Vec<H>>,
    trace: Mutex<Option<Vec<String>>>,
}

/// The stage of one simulation; `H` is what its ports report of what took effect.
pub struct Stage<H> {
    inner: Arc<Inner<H>>,
}

impl<H> Clone for Stage<H> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<H: Send + 'static> Stage<H> {
    /// An empty stage; with `traced`, what happens is written down for people.
    #[must_use]
    pub fn new(fates: Box<dyn Fates>, traced: bool) -> Self {
        Self {
            inner: Arc::new(Inner {
                agenda: Mutex::default(),
                starts: Mutex::default(),
                current: Mutex::default(),
                fates: Mutex::new(fates),
                happened: Mutex::default(),
                trace: Mutex::new(traced.then(Vec::new)),
            }),
        }
    }

    /// From now on these decide.
    pub fn set_fates(&self, fates: Box<dyn Fates>) {
        *lock(&self.inner.fates) = fates;
    }

    /// Something took effect: the checks look at it as soon as the task pauses.
    pub fn happened(&self, what: H) {
        lock(&self.inner.happened).push(what);
    }

    /// What took effect since this was last asked.
    pub fn take_happened(&self) -> Vec<H> {
        std::mem::take(&mut lock(&self.inner.happened))
    }

    /// Writes a line of the trace, if there is one.
    pub fn note(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = lock(&self.inner.trace).as_mut() {
            trace.push(format!("{}  {}", clock::now().rfc3339(), line()));
        }
    }

    /// The trace so far.
    #[must_use]
    pub fn trace(&self) -> Vec<String> {
        lock(&self.inner.trace).clone().unwrap_or_default()
    }

    /// Starts a task that nothing kills: people, the network, AWS itself.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        lock(&self.inner.starts).push(Start {
            function: None,
            work: Box::pin(work),
        });
    }

    /// Invokes a function; `None` when its process died or its time was over.
    pub async fn invoke<T: Send + 'static>(
        &self,
        function: &'static str,
        limit: Seconds,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let over = self.sleep(limit);
        let stage = self.clone();
        let bounded = async move {
            match futures_util::future::select(Box::pin(work), Box::pin(over)).await {
                futures_util::future::Either::Left((done, _)) => {
                    let _ = sender.send(done); // whoever asked may have gone away
                }
                futures_util::future::Either::Right(_) => {
                    stage.note(|| format!("{function}: its time is over"));
                }
            }
        };
        lock(&self.inner.starts).push(Start {
            function: Some(function),
            work: Box::pin(bounded),
        });
        receiver.await.ok()
    }

    /// Waits.
    pub fn sleep(&self, span: Seconds) -> Sleep<H> {
        self.sleep_until(clock::now() + span)
    }

    /// Waits so many milliseconds.
    pub fn sleep_ms(&self, ms: i64) -> Sleep<H> {
        self.sleep_until(Time::from_millis(clock::now().millis() + ms.max(0)))
    }

    /// Waits until then.
    pub fn sleep_until(&self, at: Time) -> Sleep<H> {
        Sleep {
            stage: self.clone(),
            at,
        }
    }

    /// Takes a step: its way, its fate, and its effect.
    ///
    /// `effect` is done at one point in time; `failed` makes the answer of a step that fails.
    pub async fn step<R>(
        &self,
        port: Port,
        call: &'static str,
        mut effect: impl FnMut() -> R,
        failed: impl FnOnce(Fate) -> R,
    ) -> R {
        let Passage {
            fate,
            there_ms,
            back_ms,
        } = self.fate(port, call);
        self.sleep_ms(there_ms).await;
        let answer = match fate {
            Fate::Through => effect(),
            Fate::Twice => {
                drop(effect());
                self.sleep_ms(back_ms).await;
                effect()
            }
            Fate::Refused | Fate::Conflict => failed(fate),
            Fate::Lost => {
                drop(effect());
                failed(fate)
            }
            Fate::KilledBefore => self.die(call).await,
            Fate::KilledAfter => {
                drop(effect());
                self.die(call).await
            }
        };
        self.sleep_ms(back_ms).await;
        answer
    }

    /// The function whose invocation is at work; "none" for all else.
    #[must_use]
    pub fn function(&self) -> &'static str {
        self.current().function.unwrap_or("none")
    }

    fn fate(&self, port: Port, call: &'static str) -> Passage {
        let point = Point {
            function: self.function(),
            port,
            call,
        };
        let passage = lock(&self.inner.fates).of(&point, clock::now());
        if passage.fate != Fate::Through {
            self.note(|| format!("{} {call}: {}", point.function, passage.fate.words()));
        }
        passage
    }

    /// The process of the current invocation dies here.
    async fn die<R>(&self, call: &'static str) -> R {
        self.note(|| format!("killed at {call}"));
        lock(&self.inner.current).killed = true;
        std::future::pending().await
    }

    pub(super) fn current(&self) -> Current {
        *lock(&self.inner.current)
    }

    pub(super) fn set_current(&self, current: Current) {
        *lock(&self.inner.current) = current;
    }

    pub(super) fn take_starts(&self) -> Vec<Start> {
        std::mem::take(&mut lock(&self.inner.starts))
    }

    pub(super) fn next_alarm_at(&self) -> Option<Time> {
        lock(&self.inner.agenda).1.peek().map(|Reverse(a)| a.at)
    }

    pub(super) fn take_alarm(&self) -> Option<Alarm> {
        lock(&self.inner.agenda).1.pop().map(|Reverse(a)| a)
    }

    fn set_alarm(&self, at: Time, waker: Waker) {
        let mut agenda = lock(&self.inner.agenda);
        agenda.0 += 1;
        let number = agenda.0;
        agenda.1.push(Reverse(Alarm { at, number, waker }));
    }
}

/// A wait for a point in time.
pub struct Sleep<H> {
    stage: Stage<H>,
    at: Time,
}

impl<H: Send + 'static> Future for Sleep<H> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if clock::now() >= self.at {
            return Poll::Ready(());
        }
        self.stage.set_alarm(self.at, context.waker().clone());
        Poll::Pending
    }
}
