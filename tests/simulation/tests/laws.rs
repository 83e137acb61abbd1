//! The simulation itself: that it repeats itself, that the laws hold, and that what breaks them is noticed.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "an integration test"
)]

use domain::{Money, Payment, Policy, Seconds, Status};
use simulation::checks::Watch;
use simulation::engine::{Fates, Passage, Point};
use simulation::happened::{Change, Happened};
use simulation::simulation::{Mode, Order, people, run};
use simulation::watched::{to_its_end, until};
use simulation::world::{BEGIN, GoodPost, Setup, World};
use store::Commit;

/// Nothing goes wrong.
struct Calm;

impl Fates for Calm {
    fn of(&mut self, _: &Point, _: domain::Time) -> Passage {
        Passage::through(3, 3)
    }
}

fn order(mode: Mode) -> Order {
    Order {
        minor: 5_000,
        ..Order::plain(mode)
    }
}

/// A calm world with one order, moved to its end; `spoil` may do harm before it begins.
fn watched(mode: Mode, spoil: impl FnOnce(&World)) -> (World, Watch) {
    let world = World::new(Setup::calm(1), Box::new(Calm), Box::new(GoodPost));
    spoil(&world);
    people::begin(&world, &order(mode), 1);
    let watched = to_its_end(&world);
    (world, watched.watch)
}

fn laws(watch: &Watch) -> Vec<&'static str> {
    let mut laws: Vec<_> = watch.breaches.iter().map(|breach| breach.law).collect();
    laws.dedup();
    laws
}

fn row(world: &World) -> Payment {
    world.table.memory().rows().pop().unwrap()
}

#[test]
fn a_seed_repeats_itself_line_by_line() {
    for seed in [3, 17, 29] {
        let (one, two) = (run(seed, true), run(seed, true));
        assert!(one.trace.len() > 5);
        assert_eq!(one.trace, two.trace);
        assert_eq!(one.verdict, two.verdict);
    }
}

#[test]
fn the_first_seeds_break_no_law() {
    for seed in 1..=25 {
        let outcome = run(seed, false);
        assert!(outcome.breaches.is_empty(), "{:?}", outcome.breaches);
    }
}

#[test]
fn a_calm_payment_is_captured_and_told() {
    let (world, watch) = watched(Mode::AtOnce, |_| {});
    assert!(watch.breaches.is_empty(), "{:?}", watch.breaches);
    assert_eq!(row(&world).status, Status::Captured);
    assert_eq!(world.queues.events().len(), 2, "authorised and captured");
    assert!(watch.steps > 5 && watch.entries > 3);
}

#[test]
fn lost_events_are_noticed() {
    let (_, watch) = watched(Mode::Automatic, |world| world.queues.lose_events());
    assert_eq!(laws(&watch), ["every event is sent at least once"]);
}

/// The row, written past the rules.
fn overwrite(world: &World, change: impl FnOnce(&mut Payment)) -> Vec<&'static str> {
    let before = row(world);
    let mut after = before.clone();
    after.version += 1;
    change(&mut after);
    let commit = Commit::of(after.clone());
    futures_util::FutureExt::now_or_never(store::Store::commit(world.table.memory(), &commit))
        .unwrap()
        .unwrap();
    let mut watch = Watch::default();
    let change = Change {
        before: Some(before),
        after,
        evidence: Vec::new(),
    };
    watch.see(world, &Happened::Committed(Box::new(change)));
    let _ = watch.end(world);
    laws(&watch)
}

#[test]
fn rows_written_past_the_rules_are_noticed() {
    type Spoil = fn(&mut Payment);
    let cases: [(&str, Spoil); 7] = [
        ("final stays final", |row| row.status = Status::Declined),
        ("the amount stays", |row| {
            row.amount = Money::new(4_999, row.amount.currency()).unwrap();
        }),
        ("captured within the amount", |row| {
            row.amount = Money::new(4_999, row.amount.currency()).unwrap();
        }),
        ("id and amount of a capture stay", |row| {
            row.captures.clear()
        }),
        ("due exactly while unresolved", |row| {
            row.due_at = Some(BEGIN);
        }),
        ("versions count", |row| row.version += 1),
        ("the row has what POP moved", |row| row.captures.clear()),
    ];
    for (law, spoil) in cases {
        let (world, _) = watched(Mode::AtOnce, |_| {});
        // A version of its own cannot be stored; the check sees it all the same.
        let broken = if law == "versions count" {
            let before = row(&world);
            let mut after = before.clone();
            after.version += 2;
            let mut watch = Watch::default();
            let change = Change {
                before: Some(before),
                after,
                evidence: Vec::new(),
            };
            watch.see(&world, &Happened::Committed(Box::new(change)));
            laws(&watch)
        } else {
            overwrite(&world, spoil)
        };
        assert!(broken.contains(&law), "{law}: {broken:?}");
    }
}

#[test]
fn a_capture_that_nobody_committed_is_noticed() {
    let (world, _) = watched(Mode::OnRequest(Vec::new()), |_| {});
    let mut watch = Watch::default();
    let body = serde_json::json!({
        "paymentRequestId": "P0", "captureRequestId": "X",
        "captureAmount": { "currency": "EUR", "value": "5000" },
    });
    let called = Happened::Called {
        call: "capture",
        body: body.to_string().into(),
    };
    watch.see(&world, &called);
    assert_eq!(
        laws(&watch),
        [
            "a capture is committed before it is asked for",
            "no capture is asked for after its limit"
        ]
    );
}

#[test]
fn a_row_that_says_otherwise_than_the_provider_is_noticed() {
    let (world, _) = watched(Mode::AtOnce, |_| {});
    let broken = overwrite(&world, |row| row.status = Status::Expired);
    assert!(broken.contains(&"the row is right"), "{broken:?}");
}

#[test]
fn an_acknowledged_notification_that_is_nowhere_is_noticed() {
    let (world, _) = watched(Mode::AtOnce, |_| {});
    let body = serde_json::json!({
        "notifyType": "PAYMENT_RESULT",
        "result": { "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "." },
        "paymentRequestId": "NOBODY", "paymentId": "1",
        "paymentAmount": { "currency": "EUR", "value": "1" },
    });
    let sent = world
        .gateway
        .with(|offline| offline.send_test(&body.to_string(), None));
    assert!(sent);
    let letter = world.gateway.collect().pop().unwrap();
    let mut watch = Watch::default();
    let acknowledged = |letter| Happened::Acknowledged {
        letter: Box::new(letter),
    };
    watch.see(&world, &acknowledged(letter.clone()));
    assert_eq!(laws(&watch), ["what is acknowledged is in the table"]);
    let mut forged = letter;
    forged.body.push(' ');
    let mut watch = Watch::default();
    watch.see(&world, &acknowledged(forged));
    assert_eq!(laws(&watch), ["no forgery is acknowledged"]);
}

#[test]
fn what_never_ends_is_noticed() {
    let world = World::new(Setup::calm(1), Box::new(Calm), Box::new(GoodPost));
    people::begin(&world, &order(Mode::OnRequest(Vec::new())), 1);
    let watched = until(&world, BEGIN + Seconds::days(1));
    assert!(!watched.over, "the authorisation still waits for its limit");
    assert!(laws(&watched.watch).contains(&"everything comes to its end"));
    assert_eq!(Policy::default(), world.policy);
}
