//! Runs the tasks of one simulation, one at a time, in an order that depends on nothing but their times.

use super::clock;
use super::stage::{Current, Stage, Work, lock};
use domain::Time;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

type Ready = Arc<Mutex<VecDeque<u64>>>;

/// Puts its task among those that are to be polled.
struct TaskWaker {
    task: u64,
    ready: Ready,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut ready = lock(&self.ready);
        if !ready.contains(&self.task) {
            ready.push_back(self.task);
        }
    }
}

struct Task {
    function: Option<&'static str>,
    work: Work,
    waker: Waker,
}

/// The tasks.
pub struct Tasks<H> {
    stage: Stage<H>,
    tasks: BTreeMap<u64, Task>,
    ready: Ready,
    started: u64,
    killed: u64,
}

impl<H: Send + 'static> Tasks<H> {
    /// None yet.
    #[must_use]
    pub fn new(stage: Stage<H>) -> Self {
        Self {
            stage,
            tasks: BTreeMap::new(),
            ready: Ready::default(),
            started: 0,
            killed: 0,
        }
    }

    /// Polls until every task waits for a later time. `pause` is called after each poll.
    pub fn run(&mut self, mut pause: impl FnMut()) {
        loop {
            self.start_new();
            let Some(number) = lock(&self.ready).pop_front() else {
                return;
            };
            self.poll(number);
            pause();
        }
    }

    /// When the next task wants to be woken.
    #[must_use]
    pub fn next_at(&self) -> Option<Time> {
        self.stage.next_alarm_at()
    }

    /// Turns the clock to the next waking time and wakes that task.
    pub fn wake_next(&mut self) {
        if let Some(alarm) = self.stage.take_alarm() {
            clock::set(alarm.at.max(clock::now()));
            alarm.waker.wake();
        }
    }

    /// How many invocations died.
    #[must_use]
    pub fn killed(&self) -> u64 {
        self.killed
    }

    fn start_new(&mut self) {
        for start in self.stage.take_starts() {
            self.started += 1;
            let waker = TaskWaker {
                task: self.started,
                ready: Arc::clone(&self.ready),
            };
            let task = Task {
                function: start.function,
                work: start.work,
                waker: Waker::from(Arc::new(waker)),
            };
            self.tasks.insert(self.started, task);
            lock(&self.ready).push_back(self.started);
        }
    }

    fn poll(&mut self, number: u64) {
        let Some(task) = self.tasks.get_mut(&number) else {
            return; // over, or killed
        };
        self.stage.set_current(Current {
            function: task.function,
            killed: false,
        });
        let waker = task.waker.clone();
        let done = task
            .work
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready();
        let killed = self.stage.current().killed;
        self.stage.set_current(Current::default());
        if killed {
            self.killed += 1;
        }
        if done || killed {
            self.tasks.remove(&number);
        }
    }
}
