//! Bounds how often POP is called.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// A second and a tenth: calls that are let go in so much time may reach POP within one second, since some are held up on
/// the way more than others.
const WINDOW: Duration = Duration::from_millis(1_100);

/// So much of a delay is made up for. Timers wake late by a millisecond, which at a thousand calls a second is one call
/// in two.
const MADE_UP: Duration = Duration::from_millis(100);

/// Hands out turns, evenly, and never more than so many in any second.
#[derive(Debug)]
pub struct Pace {
    per_second: Option<u32>,
    turns: Mutex<Turns>,
}

/// The turns so far.
#[derive(Debug, Default)]
struct Turns {
    next: Option<Instant>,
    /// The last ones, as many as a second may have; the oldest first.
    last: VecDeque<Instant>,
}

impl Pace {
    /// `per_second` turns a second at most; at least one. Some 9 % less come, which is what keeps the bound.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        Self {
            per_second: Some(per_second.max(1)),
            turns: Mutex::default(),
        }
    }

    /// Everybody's turn is now.
    #[must_use]
    pub fn unlimited() -> Self {
        Self {
            per_second: None,
            turns: Mutex::default(),
        }
    }

    /// Waits for the caller's turn. Turns come in the order in which they are asked for.
    pub async fn turn(&self) {
        let Some(per_second) = self.per_second else {
            return;
        };
        let mut turns = self.turns.lock().await;
        let now = Instant::now();
        let earliest = now.checked_sub(MADE_UP).unwrap_or(now);
        let turn = turns.next.map_or(now, |next| next.max(earliest));
        let full = turns.last.len() >= usize::try_from(per_second).unwrap_or(usize::MAX);
        let oldest = turns.last.front().filter(|_| full).copied();
        sleep_until(oldest.map_or(turn, |oldest| turn.max(oldest + WINDOW))).await;
        turns.next = Some(turn + WINDOW / per_second);
        if full {
            turns.last.pop_front();
        }
        turns.last.push_back(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{advance, sleep};

    /// Takes turns for as long as given, and tells when they came.
    async fn turns(pace: &Pace, span: Duration) -> Vec<Instant> {
        let end = Instant::now() + span;
        let mut came = Vec::new();
        while Instant::now() < end {
            pace.turn().await;
            came.push(Instant::now());
        }
        came
    }

    /// The most turns within so much time, wherever it begins.
    fn busiest(came: &[Instant], span: Duration) -> usize {
        let (mut first, mut most) = (0, 0);
        for (last, turn) in came.iter().enumerate() {
            while *turn - came[first] >= span {
                first += 1;
            }
            most = most.max(last + 1 - first);
        }
        most
    }

    #[tokio::test(start_paused = true)]
    async fn turns_keep_their_distance() {
        let pace = Pace::new(50);
        let start = Instant::now();
        for _ in 0..101 {
            pace.turn().await;
        }
        assert_eq!(start.elapsed().as_millis(), 2_200);
    }

    #[tokio::test(start_paused = true)]
    async fn no_window_has_more_whatever_held_the_caller_up() {
        for per_second in [1, 3, 20, 500, 1_000] {
            let pace = Pace::new(per_second);
            let mut came = turns(&pace, Duration::from_secs(3)).await;
            // A pause is not made up for, a short delay is.
            for pause in [5, 80, 99, 150, 700, 4_000] {
                sleep(Duration::from_millis(pause)).await;
                came.extend(turns(&pace, Duration::from_secs(2)).await);
            }
            let busiest = busiest(&came, WINDOW);
            assert!(busiest <= per_second as usize, "{busiest} of {per_second}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_at_the_other_end_has_more_when_calls_are_held_up_on_the_way() {
        for per_second in [1, 20, 100, 1_000] {
            let pace = Pace::new(per_second);
            let mut came = turns(&pace, Duration::from_secs(3)).await;
            for _ in 0..3 {
                // The caller is held up too, and makes up for it.
                sleep(Duration::from_millis(99)).await;
                came.extend(turns(&pace, Duration::from_millis(400)).await);
            }
            // Some for nearly a tenth of a second, some not at all.
            let delay = |n: usize| Duration::from_millis((n as u64 * 37) % 100);
            let mut arrived: Vec<Instant> = came
                .iter()
                .enumerate()
                .map(|(n, turn)| *turn + delay(n))
                .collect();
            arrived.sort();
            let busiest = busiest(&arrived, Duration::from_secs(1));
            assert!(busiest <= per_second as usize, "{busiest} of {per_second}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_timer_costs_no_turns() {
        let pace = Pace::new(1_000);
        let begun = Instant::now();
        let mut count = 0;
        while begun.elapsed() < Duration::from_secs(5) {
            pace.turn().await;
            count += 1;
            // As if each call took the processor for a while.
            advance(Duration::from_micros(900)).await;
        }
        assert!(count >= 4_400, "{count} in five seconds");
    }
}
