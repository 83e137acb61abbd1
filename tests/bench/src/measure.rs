//! One run of one function: from its start through as many invocations as are wanted.

use crate::backend::Backend;
use crate::host::Host;
use crate::jobs::{Events, Job};
use crate::process::{Process, Program};
use crate::quota::Quota;
use crate::stats::percentile;
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Instant;

/// How long a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// The start, the first invocations, and those that follow them.
    Young,
    /// Long enough that nothing changes any more.
    Steady,
}

/// Invocations 6 to 105 are young, 501 to 2500 steady.
const YOUNG: (u64, u64) = (5, 105);
const STEADY: (u64, u64) = (500, 2500);

impl Length {
    fn span(self) -> (u64, u64) {
        match self {
            Self::Young => YOUNG,
            Self::Steady => STEADY,
        }
    }

    /// How many events a run of this length takes.
    pub(crate) fn events(self) -> u64 {
        self.span().1 + 1
    }
}

/// What one run showed. Times in milliseconds from the process's start unless a name says otherwise.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Run {
    pub(crate) to_next_ms: f64,
    pub(crate) to_answer_ms: f64,
    /// The first invocation alone.
    pub(crate) first_ms: f64,
    /// Processor time from the start until the second event is asked for.
    pub(crate) cold_cpu_ms: f64,
    /// Processor time of one invocation of the span.
    pub(crate) cpu_us: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) peak_mib: f64,
    /// Calls of one invocation, in the span.
    pub(crate) calls: BTreeMap<String, f64>,
}

/// Where runs happen.
pub(crate) struct Place<'a> {
    pub(crate) backend: &'a Backend,
    pub(crate) events: &'a Events,
}

impl Place<'_> {
    /// Starts the function and invokes it.
    pub(crate) async fn run(&self, program: &Program, job: Job, length: Length) -> Result<Run> {
        let (first, last) = length.span();
        self.backend.reset(job.stage());
        let mut host = Host::start().await?;
        let process = self.start(program, &host)?;
        let asked = host.asked().await?;
        let cold = self
            .invoke(&mut host, job, 0)
            .await
            .context("the first invocation")?;
        let cold_cpu = process.processor_us()?;
        let _of_the_start = self.backend.take_calls();
        for n in 1..first {
            self.invoke(&mut host, job, n).await?;
        }
        let before = process.processor_us()?;
        let _of_the_warm_up = self.backend.take_calls();
        let mut took = Vec::new();
        for n in first..last {
            let (sent, answered) = self.invoke(&mut host, job, n).await?;
            took.push((answered - sent).as_secs_f64() * 1e6);
        }
        let many = took.len() as f64;
        let calls = self.backend.take_calls().into_iter();
        let since = |at: Instant| (at - process.started).as_secs_f64() * 1e3;
        Ok(Run {
            to_next_ms: since(asked),
            to_answer_ms: since(cold.1),
            first_ms: (cold.1 - cold.0).as_secs_f64() * 1e3,
            cold_cpu_ms: cold_cpu / 1e3,
            cpu_us: (process.processor_us()? - before) / many,
            p50_us: percentile(&mut took, 0.50),
            p99_us: percentile(&mut took, 0.99),
            peak_mib: process.peak_kib()? as f64 / 1024.0,
            calls: calls.map(|(call, n)| (call, n as f64 / many)).collect(),
        })
    }

    /// Starts the function at full speed and holds it to the share of a Lambda with this memory from its first event on,
    /// as Lambda does. Gives the first invocation, and the middle of the next hundred, in milliseconds.
    pub(crate) async fn held(&self, program: &Program, job: Job, mb: u64) -> Result<(f64, f64)> {
        self.backend.reset(job.stage());
        let mut host = Host::start().await?;
        let process = self.start(program, &host)?;
        host.asked().await?;
        let quota = Quota::of_memory(mb)?;
        quota.hold(process.id())?;
        let mut took = Vec::new();
        for n in 0..=100 {
            let (sent, answered) = self.invoke(&mut host, job, n).await?;
            took.push((answered - sent).as_secs_f64() * 1e3);
        }
        drop(process); // before its group
        let first = took.remove(0);
        Ok((first, percentile(&mut took, 0.5)))
    }

    fn start(&self, program: &Program, host: &Host) -> Result<Process> {
        let mut program = program.clone();
        let address = host.address.to_string();
        program
            .environment
            .push(("AWS_LAMBDA_RUNTIME_API".into(), address));
        Process::start(&program)
    }

    /// One invocation: when the event was handed over and when the answer was there.
    pub(crate) async fn invoke(
        &self,
        host: &mut Host,
        job: Job,
        n: u64,
    ) -> Result<(Instant, Instant)> {
        // The same word comes again and again; everything else is new each time.
        let n = if job == Job::NotifyDuplicate { 0 } else { n };
        if job == Job::Sweep {
            self.backend.make_due(n);
        }
        let invoked = host.invoke(self.events.event(job, n)?).await?;
        job.check(&invoked.answer)?;
        Ok((invoked.sent, invoked.answered))
    }
}
