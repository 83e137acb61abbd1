//! Each alarm of the template, both ways: it fires when its fault is there, and at no other time. What the functions
//! measure comes from the real functions in simulated time; what AWS measures of them is made up from what they did.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a failed test says enough

mod aws;
mod day;
mod scenes;

use monitoring::{Alarm, Names, State, alarms};
use scenes::Scene;
use simulation::world::STACK;
use std::collections::BTreeSet;

const MINUTE_MS: i64 = 60_000;

fn all() -> Vec<Alarm> {
    let template = template::load();
    alarms(&template, &Names::defaults(&template, STACK)).unwrap()
}

/// The alarms that fire at some minute of the scene's time.
fn fired(alarms: &[Alarm], scene: &Scene) -> BTreeSet<String> {
    let (from, until) = scene.looked_at;
    let minutes = (from..=until).step_by(MINUTE_MS as usize);
    let fires = |alarm: &&Alarm| {
        let mut minutes = minutes.clone();
        minutes.any(|now| alarm.state(&scene.points, now) == State::Alarm)
    };
    alarms
        .iter()
        .filter(fires)
        .map(|alarm| alarm.name.clone())
        .collect()
}

fn holds(name: &str, scene: &Scene, expected: &[&str]) -> BTreeSet<String> {
    let fired = fired(&all(), scene);
    let expected: BTreeSet<String> = expected.iter().map(|name| format!("{name}Alarm")).collect();
    assert_eq!(fired, expected, "{name}");
    fired
}

#[test]
fn each_alarm_fires_at_its_fault_and_no_other_does() {
    let mut seen = BTreeSet::new();
    for (name, scene, expected) in scenes::all() {
        seen.extend(holds(name, &scene(), expected));
    }
    let defined: BTreeSet<String> = all().into_iter().map(|alarm| alarm.name).collect();
    assert_eq!(seen, defined, "an alarm that no scene makes fire");
}

#[test]
fn a_payment_in_review_is_in_alarm_until_it_is_not() {
    let scene = scenes::review();
    let alarms = all();
    let alarm = alarms
        .iter()
        .find(|alarm| alarm.name == "PaymentsInReviewAlarm")
        .unwrap();
    let (from, until) = scene.looked_at;
    let begun = (from..until)
        .step_by(MINUTE_MS as usize)
        .find(|now| alarm.state(&scene.points, *now) == State::Alarm)
        .unwrap();
    assert!(begun - from <= 3 * MINUTE_MS, "at once");
    for now in (begun..until).step_by(MINUTE_MS as usize) {
        assert_eq!(
            alarm.state(&scene.points, now),
            State::Alarm,
            "{} minutes later",
            (now - begun) / MINUTE_MS
        );
    }
    let over = until + 10 * 60 * MINUTE_MS;
    assert_eq!(
        alarm.state(&scene.points, over),
        State::Ok,
        "ten hours without a reminder"
    );
}

#[test]
fn an_alarm_ends_when_its_fault_has_ended() {
    let mut scene = scenes::pop_is_down();
    let (_, until) = scene.looked_at;
    // The two hours that it may take until the last values are out of sight.
    scene.looked_at = (until, until);
    holds("POP is up again", &scene, &[]);
}
