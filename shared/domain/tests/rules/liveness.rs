//! The sweep alone finds out the truth: whatever answers are lost, functions killed, and notifications never sent,
//! a payment comes to stand where the provider has it, within a bounded time.

use crate::common::luck::{Fault, Habits, Truth};
use crate::common::said::SILENCES;
use crate::common::states::{AUTOMATIC, MANUAL, ON_REQUEST, TIME_TO_PAY};
use crate::common::world::{ONE_LOOK, Plot, World};
use crate::common::{at, policy};
use domain::outbox::OrderEventKind;
use domain::{CaptureMode, CaptureOn, Seconds, Status};
use proptest::prelude::*;
use proptest::sample::select;

/// Looks that are needed when nothing goes wrong: find it authorised, capture, find the capture, send what is told.
const NEEDED: usize = 5;

/// A payment that nobody asks anything about.
fn plot(
    truth: Truth,
    mode: (CaptureMode, CaptureOn),
    faults: Vec<Fault>,
    delays: Vec<Option<i64>>,
) -> Plot {
    Plot {
        truth,
        habits: Habits::default(),
        mode,
        policy: policy(),
        save_card: false,
        second: false,
        wishes: Vec::new(),
        faults,
        delays,
    }
}

/// The mode that a truth is about, when it can no longer change by itself, and where the payment may then stand.
/// A cancellation that is heard of after the time to pay is an expiry to the merchant.
pub(crate) fn expected(truth: Truth) -> ((CaptureMode, CaptureOn), i64, &'static [Status]) {
    let end = |fails| match fails {
        false => &[Status::Captured][..],
        true => &[Status::CaptureFailed][..],
    };
    match truth {
        Truth::Automatic {
            captured, fails, ..
        } => (AUTOMATIC, captured, end(fails)),
        Truth::Manual {
            authorized,
            takes,
            fails,
        } => (MANUAL, authorized + takes, end(fails)),
        Truth::AuthorizationGone { gone, .. } => {
            (MANUAL, gone, &[Status::Cancelled, Status::Expired])
        }
        Truth::Declined { after } => (MANUAL, after, &[Status::Declined]),
        Truth::NeverArrived => (MANUAL, policy().not_exist_grace.0, &[Status::Expired]),
        Truth::Closed { after } => (MANUAL, after, &[Status::Expired]),
    }
}

pub(crate) fn truth() -> impl Strategy<Value = Truth> {
    let soon = || prop_oneof![3 => 0_i64..30, 1 => 30_i64..TIME_TO_PAY.0];
    let later = || prop_oneof![3 => 0_i64..60, 1 => 0_i64..50_000];
    prop_oneof![
        (soon(), later(), any::<bool>()).prop_map(|(authorized, more, fails)| Truth::Automatic {
            authorized,
            captured: authorized + more,
            fails,
        }),
        (soon(), later(), any::<bool>()).prop_map(|(authorized, takes, fails)| Truth::Manual {
            authorized,
            takes,
            fails,
        }),
        (soon(), later()).prop_map(|(authorized, more)| Truth::AuthorizationGone {
            authorized,
            gone: authorized + more,
        }),
        soon().prop_map(|after| Truth::Declined { after }),
        Just(Truth::NeverArrived),
        Just(Truth::Closed {
            after: TIME_TO_PAY.0,
        }),
    ]
}

pub(crate) fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let silence = || select(SILENCES.to_vec());
    let fault = prop_oneof![
        2 => Just(Fault::Fine),
        1 => silence().prop_map(Fault::LostOnTheWay),
        2 => silence().prop_map(Fault::LostOnTheWayBack),
        1 => Just(Fault::Unsettled),
        1 => Just(Fault::Killed),
    ];
    prop::collection::vec(fault, 0..30)
}

pub(crate) fn delays() -> impl Strategy<Value = Vec<Option<i64>>> {
    let delay = prop_oneof![2 => Just(0), 1 => 0_i64..1_000, 1 => 0_i64..100_000];
    prop::collection::vec(prop::option::of(delay), 2)
}

/// Runs a life and holds the row against the truth.
fn ends_right(
    truth: Truth,
    faults: Vec<Fault>,
    delays: Vec<Option<i64>>,
) -> Result<(), TestCaseError> {
    let (mode, settled, ends) = expected(truth);
    let looks = i64::try_from(faults.len() + NEEDED).unwrap();
    let limit = at(1) + Seconds(settled + looks * ONE_LOOK);
    let mut world = World::new(plot(truth, mode, faults, delays));
    world.run(limit);
    let payment = &world.payment;
    prop_assert!(ends.contains(&payment.status), "{payment:?}");
    prop_assert!(!payment.is_unresolved(), "{payment:?}");
    prop_assert_eq!(payment.due_at, None);
    let ours = matches!(truth, Truth::Manual { .. });
    prop_assert_eq!(world.provider.captures_made(), usize::from(ours));
    let finals = world
        .heard
        .values()
        .filter(|kind| **kind != OrderEventKind::Authorized);
    prop_assert_eq!(
        finals.count(),
        1,
        "the merchant hears of one end: {:?}",
        world.heard
    );
    Ok(())
}

proptest! {
    #[test]
    fn without_any_notification_the_sweep_finds_the_truth(truth in truth(), faults in faults()) {
        ends_right(truth, faults, Vec::new())?;
    }

    #[test]
    fn with_some_notifications_late_or_lost_it_finds_the_same(
        truth in truth(),
        faults in faults(),
        delays in delays(),
    ) {
        ends_right(truth, faults, delays)?;
    }

    #[test]
    fn an_authorisation_that_nobody_captures_is_warned_of_and_then_expires(faults in faults()) {
        let truth = Truth::Manual { authorized: 5, takes: 0, fails: false };
        let looks = i64::try_from(faults.len() + NEEDED).unwrap();
        let mut world = World::new(plot(truth, ON_REQUEST, faults, Vec::new()));
        let limit = at(1) + Seconds(5) + Seconds::days(7);
        world.run(limit + Seconds(2 * looks * ONE_LOOK));
        prop_assert_eq!(world.payment.status, Status::Expired);
        prop_assert_eq!(world.payment.due_at, None);
        prop_assert_eq!(world.provider.captures_made(), 0);
        let kinds: Vec<_> = world.heard.values().copied().collect();
        for kind in [OrderEventKind::Authorized, OrderEventKind::CaptureDue, OrderEventKind::Expired] {
            prop_assert!(kinds.contains(&kind), "{kind:?} was not told: {kinds:?}");
        }
    }
}

/// The faults above must really happen, or the bound shows nothing.
#[test]
fn a_lossy_life_takes_more_looks_than_a_smooth_one() {
    let truth = Truth::Manual {
        authorized: 5,
        takes: 30,
        fails: false,
    };
    let looks = |faults: Vec<Fault>| {
        let mut world = World::new(plot(truth, MANUAL, faults, Vec::new()));
        let looks = world.run(at(0) + Seconds::days(2));
        assert_eq!(world.payment.status, Status::Captured);
        looks
    };
    let smooth = looks(Vec::new());
    let lossy = looks(vec![Fault::LostOnTheWayBack(SILENCES[0]); 20]);
    assert!(smooth <= 4, "{smooth}");
    assert!(lossy >= smooth + 10, "{lossy}");
}

#[test]
fn a_payment_that_pop_never_settles_is_given_to_a_person() {
    let never = Truth::Declined {
        after: i64::MAX / 4_000,
    };
    let mut world = World::new(plot(never, MANUAL, Vec::new(), Vec::new()));
    world.run(at(1) + policy().pending_limit + Seconds(2 * ONE_LOOK));
    assert_eq!(world.payment.status, Status::Pending);
    let review = world.payment.review.expect("a person must look");
    assert_eq!(review.reason.code(), "pending_too_long");
}
