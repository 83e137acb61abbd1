//! The orders of a seed, cut down to what every entrant can do: automatic capture, capture at once, or one part of the
//! amount when the merchant asks for it. No refunds, no cancellations, no second tries.

use crate::simulation::{Mode, Order, Plan};
use fastrand::Rng;
use simulator::Timing;

/// How long the provider takes for what it does not decide at once, in milliseconds: seconds, minutes or hours.
const SPANS_MS: [(i64, i64); 3] = [(1_000, 3_000), (60_000, 3_000_000), (600_000, 20_000_000)];
/// A buyer with an hour's time to pay takes so many times longer at the bank's page.
const AT_LEISURE: i64 = 7;
const HOUR_SECONDS: i64 = 3600;

/// The orders.
pub(super) fn orders(seed: u64) -> Vec<Order> {
    let orders = Plan::of(seed).orders.into_iter();
    orders
        .map(|order| Order {
            mode: mode(&order),
            challenge: challenge(&order),
            store: false,
            retries: Vec::new(),
            twin: None,
            cancel_ms: None,
            refunds: Vec::new(),
            twice: false,
            looks: 0,
            misfit_ms: None,
            ..order
        })
        .collect()
}

/// How long things take at the provider. Risk checks and banks can be slow, and a poll's schedule must bear that.
pub(super) fn timing(seed: u64) -> Timing {
    let mut rng = Rng::with_seed(seed ^ 0x0071_3E00);
    let mut span = || SPANS_MS[rng.usize(0..SPANS_MS.len())];
    Timing {
        settle: span(),
        auto_capture: span(),
        ..Timing::default()
    }
}

/// The buyer's time at the bank's page.
fn challenge(order: &Order) -> Option<(i64, bool)> {
    let times = match order.expires_in {
        HOUR_SECONDS => AT_LEISURE,
        _ => 1,
    };
    order
        .challenge
        .map(|(after, passed)| (after * times, passed))
}

/// A part is less than half, so that the provider would let it be taken twice.
fn mode(order: &Order) -> Mode {
    match order.mode {
        Mode::Automatic => Mode::Automatic,
        Mode::AtOnce | Mode::After(_) => Mode::AtOnce,
        Mode::OnRequest(_) => Mode::OnRequest(vec![(order.minor * 3 / 10, false)]),
    }
}

/// The part that the merchant will ask for, if that is how the order is captured.
pub(super) fn part(order: &Order) -> Option<u64> {
    match &order.mode {
        Mode::OnRequest(parts) => parts.first().map(|(minor, _)| *minor),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_can_be_taken_twice_and_all_modes_occur() {
        let orders: Vec<Order> = (0..200).flat_map(orders).collect();
        let parts: Vec<(u64, u64)> = orders
            .iter()
            .filter_map(|order| Some((part(order)?, order.minor)))
            .collect();
        assert!(parts.len() > 30);
        assert!(
            parts
                .iter()
                .all(|(part, minor)| *part > 0 && part * 2 < *minor)
        );
        for mode in [Mode::Automatic, Mode::AtOnce] {
            assert!(orders.iter().filter(|order| order.mode == mode).count() > 50);
        }
    }
}
