//! The faults, each with the alarms that must fire.

use crate::aws::{api, function, queue};
use crate::day::Day;
use domain::Seconds;
use monitoring::{Metric, Points};
use simulation::engine::Port;
use simulation::simulation::{Mode, Order, people};
use simulation::world::{BEGIN, World};
use simulator::{Call, Fault, Seal};

/// What was measured, and the time in which alarms are looked at.
pub(crate) struct Scene {
    pub(crate) points: Points,
    pub(crate) looked_at: (i64, i64),
}

type Scenes = Vec<(&'static str, fn() -> Scene, &'static [&'static str])>;

/// Every scene, with the alarms that fire in it and no others.
pub(crate) fn all() -> Scenes {
    vec![
        ("nothing is wrong", calm, &[]),
        (
            "POP is down for three hours",
            pop_is_down,
            &["OldestUnresolved", "PopErrors"],
        ),
        ("POP is slow", pop_is_slow, &["PopLatency"]),
        ("no notification comes", no_notification, &["Silence"]),
        ("forged notifications", forged, &["SignatureFailures"]),
        (
            "notifications cannot be stored",
            not_stored,
            &["ApiFaults", "NotifyFaults"],
        ),
        ("queues do not take messages", queues_down, &["OutboxAge"]),
        (
            "rows cannot be read by the sweep",
            sweep_fails,
            &["SweepFailures", "SweepBehind"],
        ),
        (
            "capture messages cannot be worked on",
            captures_fail,
            &["CaptureDeadLetters"],
        ),
        (
            "a capture never succeeds",
            capture_never,
            &["OldestUnresolved", "CapturesNearDeadline"],
        ),
        (
            "nobody asks for a capture",
            capture_not_asked,
            &["CapturesNearDeadline"],
        ),
        (
            "a notification names another amount",
            review,
            &["PaymentsInReview"],
        ),
        (
            "the schedule stands still",
            schedule_stands_still,
            &["SweepNotRunning"],
        ),
        (
            "an invocation fails",
            || with(function("CaptureFunction", "Errors"), 1.0),
            &["FunctionErrors"],
        ),
        (
            "notify fails",
            notify_fails,
            &["FunctionErrors", "NotifyFaults"],
        ),
        ("invocations are throttled", throttled, &["Throttles"]),
        (
            "the index is throttled",
            index_throttled,
            &["TableThrottles"],
        ),
        (
            "checkout answers with 503",
            || with(api("5xx"), 5.0),
            &["ApiFaults"],
        ),
        (
            "order events are given up",
            || with(dead("OrderEvents"), 1.0),
            &["OrderEventsDeadLetters"],
        ),
        (
            "nobody reads order events",
            || with(waiting(), 3_600.0),
            &["OrderEventsWaiting"],
        ),
    ]
}

fn minute(minute: i64) -> i64 {
    (BEGIN + Seconds(minute * 60)).millis()
}

/// Of a day, from its first quarter of an hour to its end.
fn of(day: &Day) -> Scene {
    Scene {
        points: day.pass(),
        looked_at: (minute(15), minute(day.hours * 60)),
    }
}

fn calm() -> Scene {
    of(&Day::calm())
}

pub(crate) fn pop_is_down() -> Scene {
    of(&Day {
        hours: 6,
        fails: |point, minute| point.port == Port::Provider && (30..210).contains(&minute),
        ..Day::calm()
    })
}

fn pop_is_slow() -> Scene {
    of(&Day {
        pop_ms: 6_000,
        ..Day::calm()
    })
}

fn no_notification() -> Scene {
    of(&Day {
        told: false,
        ..Day::calm()
    })
}

/// Six within a minute, of a payment that is long settled.
fn forged() -> Scene {
    of(&Day {
        prepare: |world| {
            let person = world.clone();
            world.person(async move {
                person.stage.sleep(Seconds(6_000)).await;
                for _ in 0..6 {
                    person.stage.sleep(Seconds(5)).await;
                    assert!(
                        person
                            .gateway
                            .with(|offline| offline.forge("P0", Seal::OtherKey))
                    );
                }
            });
        },
        ..Day::calm()
    })
}

fn not_stored() -> Scene {
    of(&Day {
        fails: |point, minute| {
            point.function == "notify" && point.port == Port::Table && (60..75).contains(&minute)
        },
        ..Day::calm()
    })
}

fn queues_down() -> Scene {
    of(&Day {
        fails: |point, minute| point.port == Port::Queue && (60..90).contains(&minute),
        ..Day::calm()
    })
}

fn sweep_fails() -> Scene {
    of(&Day {
        fails: |point, minute| {
            point.function == "sweep" && point.call == "load" && (60..110).contains(&minute)
        },
        ..Day::calm()
    })
}

fn captures_fail() -> Scene {
    of(&Day {
        fails: |point, minute| {
            point.function == "capture" && point.port == Port::Table && (60..120).contains(&minute)
        },
        ..Day::calm()
    })
}

/// One payment for six days and a half; its capture is refused by HTTP each time.
fn capture_never() -> Scene {
    one_payment(|world| {
        people::begin(world, &Order::plain(Mode::AtOnce), 1);
        for _ in 0..5_000 {
            world
                .gateway
                .with(|offline| offline.order_fault(Call::Capture, "P0", Fault::HttpErrorBefore));
        }
    })
}

/// One payment that waits for the merchant's word until the end.
fn capture_not_asked() -> Scene {
    one_payment(|world| people::begin(world, &Order::plain(Mode::OnRequest(Vec::new())), 1))
}

fn one_payment(prepare: fn(&World)) -> Scene {
    let day = Day {
        hours: 24 * 6 + 12,
        every_minutes: i64::MAX,
        prepare,
        ..Day::calm()
    };
    Scene {
        points: day.pass(),
        // The last day, in which nothing else is left to be seen.
        looked_at: (minute(24 * 60 * 5), minute(day.hours * 60)),
    }
}

/// A signed notification of another amount, in minute five; nobody decides until the end of the day after.
pub(crate) fn review() -> Scene {
    let day = Day {
        hours: 36,
        every_minutes: i64::MAX,
        prepare: |world| {
            people::begin(world, &Order::plain(Mode::OnRequest(Vec::new())), 1);
            let person = world.clone();
            world.person(async move {
                person.stage.sleep(Seconds(300)).await;
                let payment = person.gateway.payment("P0").unwrap();
                let body = serde_json::json!({
                    "notifyType": "PAYMENT_RESULT",
                    "result": { "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "." },
                    "paymentRequestId": "P0", "paymentId": payment.payment_id,
                    "paymentAmount": { "value": "1", "currency": "EUR" },
                });
                assert!(person.gateway.with(|offline| offline.send_test(&body.to_string(), None)));
            });
        },
        ..Day::calm()
    };
    Scene {
        points: day.pass(),
        looked_at: (minute(5), minute(day.hours * 60)),
    }
}

/// An hour in which AWS runs the sweep each minute, and nothing else is measured.
fn quiet_hour() -> Scene {
    let mut points = Points::default();
    for number in 0..60 {
        points.add(
            function("SweepFunction", "Invocations"),
            minute(number),
            1.0,
        );
    }
    Scene {
        points,
        looked_at: (minute(15), minute(60)),
    }
}

/// A quiet hour in whose middle this is measured once.
fn with(metric: Metric, value: f64) -> Scene {
    let mut scene = quiet_hour();
    scene.points.add(metric, minute(30), value);
    scene
}

fn twice(metric: &Metric) -> Scene {
    let mut scene = with(metric.clone(), 1.0);
    scene.points.add(metric.clone(), minute(37), 1.0);
    scene
}

fn throttled() -> Scene {
    twice(&function("CheckoutFunction", "Throttles"))
}

fn index_throttled() -> Scene {
    let dimensions = [
        ("TableName", "PaymentsTable"),
        ("GlobalSecondaryIndexName", "due"),
    ];
    let dimensions = dimensions.map(|(name, value)| (name.to_owned(), value.to_owned()));
    twice(&Metric::new(
        "AWS/DynamoDB",
        "ReadThrottleEvents",
        dimensions.into(),
    ))
}

fn notify_fails() -> Scene {
    twice(&function("NotifyFunction", "Errors"))
}

fn schedule_stands_still() -> Scene {
    let mut scene = quiet_hour();
    scene.looked_at.1 = minute(70);
    scene
}

fn dead(queue_of: &str) -> Metric {
    let name = format!("{queue_of}DeadLetterQueue");
    queue(&name, "ApproximateNumberOfMessagesVisible")
}

fn waiting() -> Metric {
    queue("OrderEventsQueue", "ApproximateAgeOfOldestMessage")
}
