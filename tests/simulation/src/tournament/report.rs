//! The table of the tournament.

use super::policy::{ENTRANTS, Entrant};
use super::score::Score;
use serde::Serialize;
use std::fmt::{self, Write};

/// One entrant's sums over all seeds.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// The entrant's word.
    pub name: &'static str,
    /// What it does.
    pub policy: &'static str,
    /// Where that is described.
    pub sources: &'static [&'static str],
    /// The counts.
    #[serde(flatten)]
    pub score: Score,
    /// Seconds from the provider's decision until the row said so for good: half of the payments waited less.
    pub p50_seconds: f64,
    /// And 99 of 100.
    pub p99_seconds: f64,
}

/// All entrants over the same seeds.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// The first seed.
    pub from: u64,
    /// How many.
    pub seeds: u64,
    /// In the order of [`ENTRANTS`].
    pub standings: Vec<Standing>,
}

const HEADS: [&str; 11] = [
    "payments",
    "wrong",
    "captured twice",
    "second capture stopped by POP alone",
    "false failures",
    "events lost",
    "never settled",
    "acknowledged and lost",
    "s to right p50",
    "s to right p99",
    "policy",
];

impl Standing {
    fn of(entrant: &Entrant, mut score: Score) -> Self {
        score.waits_ms.sort_unstable();
        Self {
            name: entrant.name,
            policy: entrant.policy_words,
            sources: entrant.sources,
            p50_seconds: percentile(&score.waits_ms, 50),
            p99_seconds: percentile(&score.waits_ms, 99),
            score,
        }
    }

    fn cells(&self) -> Vec<String> {
        let score = &self.score;
        let counts = [
            score.payments,
            score.wrong,
            score.doubled,
            score.stopped_by_provider,
            score.false_failures,
            score.events_lost,
            score.never_settled,
            score.letters_lost,
        ];
        let mut cells: Vec<String> = counts.iter().map(u64::to_string).collect();
        cells.push(format!("{:.1}", self.p50_seconds));
        cells.push(format!("{:.0}", self.p99_seconds));
        cells
    }
}

/// Of sorted milliseconds, in seconds; 0 without any.
fn percentile(sorted_ms: &[i64], percent: usize) -> f64 {
    let place = (sorted_ms.len() * percent).div_ceil(100).saturating_sub(1);
    sorted_ms.get(place).map_or(0.0, |ms| *ms as f64 / 1000.0)
}

impl Table {
    /// Of the scores in the order of [`ENTRANTS`].
    #[must_use]
    pub fn of(from: u64, seeds: u64, scores: Vec<Score>) -> Self {
        let standings = ENTRANTS.iter().zip(scores);
        Self {
            from,
            seeds,
            standings: standings
                .map(|(entrant, score)| Standing::of(entrant, score))
                .collect(),
        }
    }

    /// Whether the real functions lost, doubled and misjudged nothing.
    #[must_use]
    pub fn ours_is_clean(&self) -> bool {
        self.standings
            .first()
            .is_some_and(|ours| ours.score.payments > 0 && ours.score.is_clean())
    }

    /// The section of the reliability page.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "`cargo tournament --seeds {} --from {} --write-docs`\n\n{ABOUT}\n\n",
            self.seeds, self.from
        );
        let (policy, figures) = HEADS.split_last().expect("heads");
        text += &format!("| {policy} | {} |\n", figures.join(" | "));
        text += &format!("|---|{}\n", "---:|".repeat(figures.len()));
        for standing in &self.standings {
            let cells = standing.cells().join(" | ");
            text += &format!("| {} | {cells} |\n", standing.policy);
        }
        text += &format!("\n{COLUMNS}\n\nWhere each policy is described:\n\n");
        for standing in self.standings.iter().filter(|one| !one.sources.is_empty()) {
            let links: Vec<String> = standing
                .sources
                .iter()
                .map(|url| format!("<{url}>"))
                .collect();
            text += &format!("- {}: {}\n", standing.policy, links.join(", "));
        }
        text
    }
}

const ABOUT: &str = "These are models of policies, not measurements of products. The first row is the real code. The \
second is one small backend (pay, notify, a capture worker, a job each minute, order events) that does the same work; \
every further row is that backend with one policy changed. Each policy is described in public, in documentation or in \
an issue; the products there may have other safeguards around it.

A seed gives every row the same orders, the same provider and the same weather: killed processes, failed calls, lost \
answers, doubled calls and messages, lost notifications, outages of up to eleven hours, a wrong notification URL for up \
to a day. Which step a fault hits depends on the steps that a row takes. A fifth of the seeds is calm; the provider's \
own faults never end. What the provider does not decide at once takes it seconds, minutes or hours, and a buyer may \
take most of an hour at the bank's page. The orders are of three kinds: captured by the provider, captured at once by \
the backend, and captured in part (30 %) when the merchant asks.";

const COLUMNS: &str = "- **payments**: those in the row's table; a merchant who got no answer six times gave up before.
- **wrong**: after 20 simulated days the row is not what the provider's books say, or it said \
failed while the provider held the money; false failures and what never settled are among these.
- **captured twice**: one wanted capture took money two times. The provider refuses to take more than was authorised, \
so this happens to captures in part; where the whole amount was taken the second capture was **stopped by POP alone**.
- **false failures**: the row said that no money will come while the provider held it, or has taken it.
- **events lost**: the row is final, and no event that says so ever reached the order queue.
- **acknowledged and lost**: notifications that were answered with 200 and whose content was never stored. Polling heals \
the payment itself.
- **s to right**: seconds from the provider's final decision until the row said so for good, over the payments that came \
to it; what stayed wrong is not in it. The longest are those that met an outage.

The capture id belongs to the try, the record or the lease in three models. With an id that is derived from the payment \
and stored before the call, as in the second row, a removed record or a lease taken over is harmless. Both rows of 6 \
polls have the same times between them. In all models a final state stays final.";

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHORT: [&str; 10] = [
            "payments", "wrong", "twice", "stopped", "false f.", "ev. lost", "open", "ack lost",
            "p50 s", "p99 s",
        ];
        let mut head = String::new();
        for word in SHORT {
            write!(head, "{word:>9}")?;
        }
        writeln!(f, "{:<20}{head}", "")?;
        for standing in &self.standings {
            write!(f, "{:<20}", standing.name)?;
            for cell in standing.cells() {
                write!(f, "{cell:>9}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let waits: Vec<i64> = (1..=100).map(|n| n * 1000).collect();
        assert_eq!(
            (percentile(&waits, 50), percentile(&waits, 99)),
            (50.0, 99.0)
        );
        assert_eq!((percentile(&[], 99), percentile(&[7_000], 50)), (0.0, 7.0));
    }

    #[test]
    fn every_entrant_has_a_row_and_every_policy_its_source() {
        let scores = vec![Score::default(); ENTRANTS.len()];
        let table = Table::of(1, 2, scores);
        let text = table.markdown();
        let rows = text.lines().filter(|line| line.starts_with("| ")).count();
        assert_eq!(rows, ENTRANTS.len() + 1);
        for source in ENTRANTS.iter().flat_map(|entrant| entrant.sources) {
            assert!(text.contains(source));
        }
        assert!(!table.ours_is_clean(), "nothing was run");
    }
}
