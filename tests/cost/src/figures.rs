//! All figures of one run.

use crate::alternatives::{self, Alternative};
use crate::bill::{Bill, Tariff, Units};
use crate::counted::{Counted, Function};
use crate::journeys::{self, Journey};
use crate::term::Term;
use crate::world::Done;
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// One journey.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// For machines.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// Whether it is a whole payment.
    pub whole: bool,
    /// Everything that its invocations used, added up.
    pub counted: Counted,
    /// Invocations by function.
    pub invocations: BTreeMap<Function, u64>,
    /// Bytes that stay in the table.
    pub stored_bytes: f64,
    /// Milliseconds that Lambda bills.
    pub billed_ms: f64,
    /// Billed units.
    pub units: Units,
    /// Dollars for one.
    pub bill: Bill,
}

impl Line {
    /// How many invocations of a function; for the sweep, those in which the payment was looked at.
    #[must_use]
    pub fn invocations_of(&self, function: Function) -> u64 {
        self.invocations.get(&function).copied().unwrap_or(0)
    }
}

/// All of them, an idle month, and the mix.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Whose prices.
    pub region: String,
    /// How old they are.
    pub prices_of: String,
    /// How many of them were read, of how many.
    pub prices_read: (usize, usize),
    /// The processor.
    pub architecture: String,
    /// Each journey.
    pub journeys: Vec<Line>,
    /// What one sweep uses when nothing is due.
    pub empty_sweep: Counted,
    /// Billed units of an idle month.
    pub idle_units: Units,
    /// Dollars of an idle month.
    pub idle: Bill,
    /// Dollars for the metrics of a busy month.
    pub metrics: Bill,
    /// Share of each journey in the mix.
    pub mix_shares: BTreeMap<String, f64>,
    /// Dollars of one payment of the mix.
    pub mix: Bill,
    /// The same, if something were otherwise.
    pub alternatives: Vec<Alternative>,
}

impl Figures {
    /// Runs every journey and an empty sweep, and works everything out. `tell` hears of each journey when it is done.
    ///
    /// # Errors
    /// A price is missing, or the mix names no journey.
    pub fn measure(tariff: &Tariff, tell: impl FnMut(&str) + Send) -> Result<Self> {
        let empty_sweep = journeys::empty_sweep(&tariff.deployment);
        let journeys = journeys::run(&tariff.deployment, tell);
        let lines = lines(tariff, &journeys)?;
        let idle_units = tariff.of_idle_month(&empty_sweep);
        Ok(Self {
            region: tariff.prices.region.clone(),
            prices_of: tariff.prices.looked_up.clone(),
            prices_read: tariff.prices.read,
            architecture: tariff.deployment.architecture.clone(),
            mix: mix(tariff, &lines)?,
            mix_shares: tariff.durations.mix.clone(),
            alternatives: alternatives::all(tariff, &journeys)?,
            journeys: lines,
            idle: tariff.bill(&idle_units)?,
            metrics: tariff.bill(&tariff.of_metrics_of_a_busy_month())?,
            idle_units,
            empty_sweep,
        })
    }

    /// A journey by its name.
    #[must_use]
    pub fn journey(&self, name: &str) -> Option<&Line> {
        self.journeys.iter().find(|line| line.name == name)
    }
}

/// Every journey, billed.
pub(crate) fn lines(tariff: &Tariff, journeys: &[Journey]) -> Result<Vec<Line>> {
    let lines = journeys.iter().map(|journey| line(tariff, journey));
    lines.collect()
}

/// The bill of one payment of the mix.
pub(crate) fn mix(tariff: &Tariff, lines: &[Line]) -> Result<Bill> {
    let mut mix = Units::default();
    for (name, share) in &tariff.durations.mix {
        let line = lines.iter().find(|line| line.name == name);
        let line = line.with_context(|| format!("the mix names no journey: {name}"))?;
        mix.add_times(&line.units, *share);
    }
    tariff.bill(&mix)
}

fn line(tariff: &Tariff, journey: &Journey) -> Result<Line> {
    let Done {
        invocations,
        stored,
        ..
    } = &journey.done;
    let units = tariff.of_journey(&journey.done);
    let mut by_function = BTreeMap::new();
    let mut counted = Counted::default();
    let mut billed_ms = 0.0;
    for invocation in invocations {
        *by_function.entry(invocation.function).or_default() += 1;
        counted = counted.plus(&invocation.counted);
        let time = tariff.of_invocation(invocation).of(Term::LambdaTime);
        billed_ms += time * 1_000.0 / tariff.deployment.memory_gb(invocation.function);
    }
    Ok(Line {
        name: journey.name,
        title: journey.title,
        whole: journey.whole,
        counted,
        invocations: by_function,
        stored_bytes: stored.bytes,
        billed_ms,
        bill: tariff.bill(&units)?,
        units,
    })
}

/// The three largest terms in words, with their shares.
pub(crate) fn largest_of(bill: &Bill) -> Vec<String> {
    let in_words =
        |(term, usd): (Term, f64)| format!("{} {:.0} %", term.title(), 100.0 * usd / bill.total);
    bill.largest(3).into_iter().map(in_words).collect()
}
