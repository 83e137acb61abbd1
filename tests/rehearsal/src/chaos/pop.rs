//! The provider's gateway as it looks from outside while it is down.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};

use super::Counts;
use crate::proxy::{Fate, Weather};
use crate::scenario::Draw;

/// Longer than the functions wait for an answer.
const HANG: Duration = Duration::from_secs(11);
/// The draws of the outage, apart from those of the payments.
const DRAWS: u64 = 1 << 42;

/// The weather between the functions and the provider.
pub(crate) struct PopWeather(Mutex<State>);

struct State {
    down: bool,
    draw: Draw,
    counts: Counts,
}

impl PopWeather {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(State {
            down: false,
            draw: Draw::new(seed, DRAWS),
            counts: Counts::new(),
        }))
    }

    /// Takes the gateway down, or brings it back.
    pub(crate) fn down(&self, down: bool) {
        self.state().down = down;
    }

    /// What was done since the last time this was asked.
    pub(crate) fn take_counts(&self) -> Counts {
        std::mem::take(&mut self.state().counts)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Weather for PopWeather {
    fn fate(&self, _: &Parts, _: &[u8]) -> Fate {
        let mut state = self.state();
        if !state.down {
            return Fate::Pass;
        }
        let (word, fate) = match state.draw.below(100) {
            0..50 => ("no connection", Fate::Lose(Duration::ZERO)),
            50..75 => ("503", Fate::Answer(page(StatusCode::SERVICE_UNAVAILABLE))),
            75..92 => ("502", Fate::Answer(page(StatusCode::BAD_GATEWAY))),
            _ => ("hung", Fate::Lose(HANG)),
        };
        *state.counts.entry(word).or_default() += 1;
        fate
    }
}

/// What a load balancer says when nobody is behind it: unsigned, and no JSON.
fn page(status: StatusCode) -> Response<Bytes> {
    let body = format!("<html><body><h1>{status}</h1></body></html>");
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_a_provider_that_is_down() {
        let weather = PopWeather::new(1);
        let head = axum::http::Request::new(()).into_parts().0;
        let passes = || {
            (0..200)
                .filter(|_| matches!(weather.fate(&head, b""), Fate::Pass))
                .count()
        };
        assert_eq!(passes(), 200);
        weather.down(true);
        assert_eq!(passes(), 0);
        assert_eq!(weather.take_counts().values().sum::<u64>(), 200);
        weather.down(false);
        assert_eq!(passes(), 200);
    }
}
