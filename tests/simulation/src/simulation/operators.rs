//! An operator who is told of payments in review, looks at them now and then, and decides about each by an order to the
//! deployed sweep function; and what brings payments to review: a rightly signed message that names another amount.

use crate::world::World;
use domain::operator::{self, Outcome, Wanted};
use domain::{Note, Payment, PaymentRequestId, Resolution, Ruling, Seconds};
use fastrand::Rng;
use serde_json::json;

/// How often one order is given again that failed or whose answer got lost.
const TRIES: u32 = 6;

/// When an operator looks, after the beginning.
const LOOKS: [Seconds; 12] = [
    Seconds(900),
    Seconds::hours(2),
    Seconds::hours(9),
    Seconds::days(1),
    Seconds::days(2),
    Seconds::days(3),
    Seconds::days(5),
    Seconds::days(8),
    Seconds::days(12),
    Seconds::days(18),
    Seconds::days(27),
    Seconds::days(36),
];

/// An operator with these habits is there from now on.
pub fn begin(world: &World, seed: u64) {
    let operator = world.clone();
    let mut rng = Rng::with_seed(seed);
    let begun = crate::engine::now();
    world.person(async move {
        for look in LOOKS {
            operator.stage.sleep_until(begun + look).await;
            for payment in in_review(&operator) {
                let drawn = draw(&mut rng);
                if !decide(&operator, &payment.id, drawn).await && drawn == Ruling::Cancel {
                    decide(&operator, &payment.id, Ruling::GoOn).await;
                }
            }
        }
    });
}

/// Mostly to go on, so that the end can be held against the provider's books.
fn draw(rng: &mut Rng) -> Ruling {
    match rng.u8(0..100) {
        0..75 => Ruling::GoOn,
        75..92 => Ruling::Cancel,
        _ => Ruling::Close,
    }
}

fn in_review(world: &World) -> Vec<Payment> {
    let mut rows = world.table.memory().rows();
    rows.retain(Payment::is_in_review);
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows
}

/// Gives the order until there is a reply that settles it; whether it was carried out.
pub async fn decide(world: &World, id: &PaymentRequestId, ruling: Ruling) -> bool {
    let by = Note::new("operator").expect("a name");
    let reason = Note::new("looked into it").expect("a reason");
    let resolution = Resolution {
        ruling,
        by: by.clone(),
        reason,
    };
    for attempt in 1..=TRIES {
        let order = operator::Order {
            what: Wanted::Resolve(id.clone(), resolution.clone()),
            by: by.clone(),
            dry_run: false,
        };
        let reply = world.operate(order).await;
        let outcome = reply.map(|reply| reply.outcome);
        world
            .stage
            .note(|| format!("operator: {id} {ruling:?}: {outcome:?}"));
        match outcome {
            Some(Outcome::Done | Outcome::Unanswered | Outcome::NothingToDo) => return true,
            Some(Outcome::Refused) => return false,
            Some(Outcome::Failed | Outcome::WouldDo) | None => {
                world.stage.sleep(Seconds(30 * i64::from(attempt))).await;
            }
        }
    }
    false
}

/// A rightly signed notification of another amount arrives after so long, if the provider has the payment by then.
pub fn misfit_later(world: &World, id: &str, after_ms: i64) {
    let (sender, id) = (world.clone(), id.to_owned());
    world.person(async move {
        sender.stage.sleep_ms(after_ms).await;
        let Some(book) = sender.gateway.payment(&id) else {
            return;
        };
        let body = json!({
            "notifyType": "PAYMENT_RESULT",
            "result": { "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "." },
            "paymentRequestId": id,
            "paymentId": book.payment_id,
            "paymentAmount": { "value": (book.amount.value + 1).to_string(), "currency": book.amount.currency },
        });
        sender
            .gateway
            .with(|offline| offline.send_test(&body.to_string(), None));
    });
}
