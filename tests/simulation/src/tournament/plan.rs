//! The orders of a seed, cut down to what every entrant can do: automatic capture, capture at once, or one part of the
//! amount when the merchant asks for it. No refunds, no cancellations, no second tries.

use crate::simulation::{Mode, Order, Plan};

/// The orders.
pub(super) fn orders(seed: u64) -> Vec<Order> {
    let orders = Plan::of(seed).orders.into_iter();
    orders
        .map(|order| Order {
            mode: mode(&order),
            store: false,
            retries: Vec::new(),
            twin: None,
            cancel_ms: None,
            refunds: Vec::new(),
            twice: false,
            looks: 0,
            ..order
        })
        .collect()
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
