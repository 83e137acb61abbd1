//! Whatever the merchant asks for and whatever gets lost, row and provider agree in the end: on what was taken, given
//! back and cancelled, and the merchant hears of each end once.

use crate::common::luck::{Fault, Habits, Truth};
use crate::common::states::{MANUAL, ON_REQUEST};
use crate::common::world::{ONE_LOOK, Plot, Wish, World};
use crate::common::{at, policy, several};
use crate::liveness::{delays, expected, faults, truth};
use domain::outbox::OrderEventKind;
use domain::{
    CancelBy, CancelState, CaptureMode, CaptureOn, Payment, Refund, RefundState, ReviewReason,
    SaveCard, Seconds, Status,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn wish() -> impl Strategy<Value = Wish> {
    let cents = || option::weighted(0.7, select(vec![8_000_u64, 5_000, 3_000, 1_000, 1_000]));
    prop_oneof![
        1 => select(vec![CancelBy::Merchant, CancelBy::Buyer]).prop_map(Wish::Cancel),
        4 => (cents(), prop::bool::weighted(0.2)).prop_map(|(cents, last)| Wish::Capture(cents, last)),
        4 => cents().prop_map(Wish::Refund),
    ]
}

fn wishes() -> impl Strategy<Value = Vec<(i64, Wish)>> {
    let when = prop_oneof![3 => 0_i64..2_000, 1 => 0_i64..150_000];
    prop::collection::vec((when, wish()), 0..8).prop_map(|mut wishes| {
        wishes.sort_by_key(|(when, _)| *when);
        wishes
    })
}

fn habits() -> impl Strategy<Value = Habits> {
    let takes = prop_oneof![2 => Just(0_i64), 1 => 0_i64..1_000, 1 => 0_i64..300_000];
    (takes, prop::bool::weighted(0.2), any::<bool>()).prop_map(
        |(refund_takes, refund_fails, stores_card)| Habits {
            refund_takes,
            refund_fails,
            stores_card,
        },
    )
}

/// Half the payments are authorised and captured well, so that there is something to give back.
fn some_truth() -> impl Strategy<Value = Truth> {
    let good = (0_i64..30, 0_i64..600).prop_map(|(authorized, takes)| Truth::Manual {
        authorized,
        takes,
        fails: false,
    });
    prop_oneof![truth().boxed(), good.boxed()]
}

fn plot() -> impl Strategy<Value = Plot> {
    let asked = (wishes(), prop::bool::weighted(0.15), any::<bool>());
    let contract = (select(vec![policy(), several(), several()]), any::<bool>());
    let luck = (faults(), prop_oneof![Just(Vec::new()), delays()]);
    (some_truth(), habits(), asked, contract, luck).prop_map(
        |(truth, habits, (wishes, second, save_card), (policy, on_request), (faults, delays))| {
            let (mode, ..) = expected(truth);
            Plot {
                truth,
                habits,
                mode: if mode == MANUAL && on_request {
                    ON_REQUEST
                } else {
                    mode
                },
                policy,
                save_card,
                second,
                wishes,
                faults,
                delays,
            }
        },
    )
}

/// When all must be settled: each wish, each fault and each thing that takes its time has its looks.
fn deadline(plot: &Plot) -> domain::Time {
    let (_, settled, _) = expected(plot.truth);
    let last_wish = plot.wishes.last().map_or(0, |(when, _)| *when);
    let looks = i64::try_from(plot.faults.len() + 8 * plot.wishes.len() + 10).unwrap();
    let run_out = Seconds::days(9).0;
    let open = settled + last_wish + plot.habits.refund_takes + run_out;
    at(1) + Seconds(open + looks * 2 * ONE_LOOK)
}

fn count(world: &World, kind: OrderEventKind) -> usize {
    world.heard.values().filter(|heard| **heard == kind).count()
}

fn refunds_that(payment: &Payment, is: fn(&RefundState) -> bool) -> usize {
    payment
        .refunds
        .iter()
        .filter(|refund| is(&refund.state))
        .count()
}

fn is_refused(refund: &Refund) -> bool {
    matches!(refund.state, RefundState::Failed { .. })
}

fn agrees(world: &World) -> Result<(), TestCaseError> {
    let (payment, provider) = (&world.payment, &world.provider);
    // What an order was charged twice and POP does not give back is for a person.
    if payment.order_held_by.is_some() && payment.refunds.iter().any(is_refused) {
        let reason = payment.review.as_ref().map(|review| &review.reason);
        prop_assert_eq!(reason, Some(&ReviewReason::OrderPaidTwice));
    } else {
        prop_assert_eq!(&payment.review, &None);
        prop_assert!(!payment.is_unresolved(), "{payment:?}");
        prop_assert_eq!(payment.due_at, None);
    }
    prop_assert_eq!(
        payment.captured_minor(),
        provider.taken(world.now),
        "{:?}",
        payment
    );
    prop_assert_eq!(
        payment.refunded_minor(),
        provider.given_back(world.now),
        "{:?}",
        payment
    );
    if provider.cancelled() {
        prop_assert_eq!(payment.status, Status::Cancelled);
    }
    let done = payment
        .cancel
        .as_ref()
        .is_some_and(|c| c.state == CancelState::Done);
    let over = matches!(
        payment.status,
        Status::Cancelled | Status::Declined | Status::Expired
    );
    prop_assert!(over || !done);
    Ok(())
}

fn is_told(world: &World) -> Result<(), TestCaseError> {
    use OrderEventKind::*;
    let payment = &world.payment;
    let taken = payment
        .captures
        .iter()
        .filter(|c| c.state == domain::CaptureState::Succeeded);
    prop_assert_eq!(count(world, Captured), taken.count());
    let succeeded = refunds_that(payment, |state| *state == RefundState::Succeeded);
    prop_assert_eq!(count(world, Refunded), succeeded);
    let failed = refunds_that(payment, |state| matches!(state, RefundState::Failed { .. }));
    prop_assert_eq!(count(world, RefundFailed), failed);
    prop_assert_eq!(
        count(world, Authorized),
        usize::from(payment.authorized_at.is_some())
    );
    for (kind, status) in [
        (Declined, Status::Declined),
        (Cancelled, Status::Cancelled),
        (Expired, Status::Expired),
    ] {
        prop_assert_eq!(
            count(world, kind),
            usize::from(payment.status == status),
            "{:?}",
            kind
        );
    }
    prop_assert_eq!(
        count(world, NeedsReview),
        usize::from(payment.review.is_some())
    );
    Ok(())
}

fn is_stored_as_agreed(plot: &Plot, world: &World) -> Result<(), TestCaseError> {
    let payment = &world.payment;
    let saved = matches!(payment.save_card, SaveCard::Saved(_));
    prop_assert_eq!(world.cards.len(), usize::from(saved));
    prop_assert!(plot.save_card || !saved);
    if payment.status == Status::Captured && plot.save_card {
        prop_assert_eq!(saved, plot.habits.stores_card);
    }
    Ok(())
}

proptest! {
    #[test]
    fn row_and_provider_agree_in_the_end(plot in plot()) {
        let mut world = World::new(plot.clone());
        world.run(deadline(&plot));
        agrees(&world)?;
        is_told(&world)?;
        is_stored_as_agreed(&plot, &world)?;
    }

    #[test]
    fn of_two_attempts_one_keeps_its_money(plot in plot()) {
        let plot = Plot { second: true, ..plot };
        let mut world = World::new(plot.clone());
        world.run(deadline(&plot));
        agrees(&world)?;
        prop_assert_eq!(world.provider.captures_made(), 0, "never captured by us");
        let kept = world.provider.taken(world.now) - world.provider.given_back(world.now);
        if kept > 0 {
            prop_assert!(plot.habits.refund_fails);
            prop_assert!(count(&world, OrderEventKind::RefundFailed) > 0, "a person hears of it");
        }
    }
}

/// Rare among the plots: the second attempt is captured by itself, and POP does not give its money back.
#[test]
fn an_order_charged_twice_for_good_is_told_once_to_a_person() {
    let plot = Plot {
        truth: Truth::Automatic {
            authorized: 0,
            captured: 0,
            fails: false,
        },
        habits: Habits {
            refund_takes: 0,
            refund_fails: true,
            stores_card: false,
        },
        mode: (CaptureMode::Automatic, CaptureOn::Authorized),
        policy: policy(),
        save_card: false,
        second: true,
        wishes: Vec::new(),
        faults: Vec::new(),
        delays: Vec::new(),
    };
    let mut world = World::new(plot.clone());
    world.run(deadline(&plot));
    assert!(world.payment.review.is_some());
    assert_eq!(count(&world, OrderEventKind::NeedsReview), 1);
    agrees(&world).unwrap();
    is_told(&world).unwrap();
}

/// The plots must really come to all these ends, or their agreement shows nothing.
#[test]
fn the_plots_reach_every_end() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..800 {
        let plot = plot().new_tree(&mut runner).unwrap().current();
        let mut world = World::new(plot.clone());
        world.run(deadline(&plot));
        let payment = &world.payment;
        let parts =
            payment.captures.len() > 1 && payment.captured_minor() == payment.amount.minor();
        let closed = count(&world, OrderEventKind::CaptureClosed) > 0;
        let back = payment.refunded_minor();
        let ends = [
            (true, payment.status.as_str()),
            (world.provider.cancelled(), "cancelled as asked"),
            (
                count(&world, OrderEventKind::CancelFailed) > 0,
                "cancel refused",
            ),
            (parts, "captured in parts"),
            (closed, "rest lapsed"),
            (
                back > 0 && back < payment.captured_minor(),
                "given back in part",
            ),
            (back > 0 && back == payment.captured_minor(), "given back"),
            (
                count(&world, OrderEventKind::RefundFailed) > 0,
                "refund failed",
            ),
            (payment.refunds.len() > 1, "several refunds"),
            (!world.cards.is_empty(), "card stored"),
            (payment.save_card == SaveCard::NotGiven, "no token"),
            (payment.order_held_by.is_some(), "second attempt"),
        ];
        for (_, end) in ends.into_iter().filter(|(is, _)| *is) {
            *seen.entry(end).or_insert(0) += 1;
        }
    }
    let want = [
        "CAPTURED",
        "DECLINED",
        "CANCELLED",
        "EXPIRED",
        "CAPTURE_FAILED",
        "cancelled as asked",
        "cancel refused",
        "captured in parts",
        "rest lapsed",
        "given back in part",
        "given back",
        "refund failed",
        "several refunds",
        "card stored",
        "no token",
        "second attempt",
    ];
    let missing: Vec<_> = want.iter().filter(|end| !seen.contains_key(*end)).collect();
    assert!(missing.is_empty(), "never reached: {missing:?} of {seen:?}");
}

/// A provider that never settles a cancellation or a refund leaves it to a person.
#[test]
fn what_pop_never_settles_is_given_to_a_person() {
    let slow = Habits {
        refund_takes: Seconds::days(400).0,
        ..Habits::default()
    };
    let plot = Plot {
        truth: Truth::Manual {
            authorized: 5,
            takes: 0,
            fails: false,
        },
        habits: slow,
        mode: MANUAL,
        policy: policy(),
        save_card: false,
        second: false,
        wishes: vec![(1_000, Wish::Refund(None))],
        faults: Vec::new(),
        delays: Vec::new(),
    };
    assert_eq!(plot.mode.0, CaptureMode::Manual);
    let mut world = World::new(plot);
    let limit = at(1_001) + policy().refund_limit;
    world.run(limit);
    assert_eq!(world.payment.review, None);
    world.run(limit + Seconds(2 * ONE_LOOK));
    let review = world.payment.review.expect("a person must look");
    assert_eq!(review.reason.code(), "refund_unclear");
}

/// One that keeps losing answers to a refund gives back once.
#[test]
fn a_refund_whose_answers_get_lost_is_made_once() {
    let lost = Fault::LostOnTheWayBack(crate::common::said::SILENCES[0]);
    let plot = Plot {
        truth: Truth::Manual {
            authorized: 5,
            takes: 0,
            fails: false,
        },
        habits: Habits::default(),
        mode: MANUAL,
        policy: policy(),
        save_card: false,
        second: false,
        wishes: vec![(40_000, Wish::Refund(Some(3_000)))],
        faults: Vec::new(),
        delays: Vec::new(),
    };
    let mut world = World::new(plot);
    world.run(at(30_000));
    world.lose(vec![lost; 10]);
    world.run(at(40_000) + Seconds(20 * ONE_LOOK));
    assert_eq!(world.provider.given_back(world.now), 3_000);
    assert_eq!(world.payment.refunded_minor(), 3_000);
    assert_eq!(count(&world, OrderEventKind::Refunded), 1);
}
