//! The plans of a scenario: drawn from the seed alone, so that a run can be repeated.

use super::draw::Draw;
use super::journey::{APPROVED, Card, DECLINED, Journey};
use super::plan::{CancelAt, Capture, Method, Plan, Portion, RefundWish};

/// Exponents 2, 2, 0 and 3.
const CURRENCIES: [&str; 4] = ["EUR", "USD", "JPY", "KWD"];

/// So many payments in a row hold those of one returning buyer and those that show one thing each; what the others
/// are is drawn.
const BLOCK: u32 = 10;
/// The draws of returning buyers, apart from those of the payments.
const RETURNING: u64 = 1 << 40;

/// The plans of a scenario.
pub(crate) fn plans(seed: u64, payments: u32) -> Vec<Plan> {
    (1..=payments).map(|number| plan(seed, number)).collect()
}

fn plan(seed: u64, number: u32) -> Plan {
    let mut draw = Draw::new(seed, u64::from(number));
    let mut plan = guest(seed, number, &mut draw);
    let (block, place) = (
        number.saturating_sub(1) / BLOCK,
        number.saturating_sub(1) % BLOCK,
    );
    match (place, block % 2) {
        (0, _) => returning(&mut plan, seed, block, Method::Card),
        (3, _) => returning(&mut plan, seed, block, |otherwise| Method::StoredCard {
            otherwise,
        }),
        (6, _) => returning(&mut plan, seed, block, |_| Method::Charge("SCHEDULED")),
        (8, _) => returning(&mut plan, seed, block, |_| Method::Charge("UNSCHEDULED")),
        (1, _) => cancelled(&mut plan, block, &mut draw),
        (4, 0) => retried(&mut plan, Journey::Declined, &mut draw),
        (4, _) => retried(&mut plan, Journey::ChallengeAbandoned, &mut draw),
        (5, 0) => twin(&mut plan, &mut draw),
        (5, _) => captured_in_portions(&mut plan, &mut draw),
        (9, 0) => authenticated_by_merchant(&mut plan, &mut draw),
        _ if plan.journey.is_declined() && draw.percent(50) => {
            let journey = plan.journey;
            retried(&mut plan, journey, &mut draw);
        }
        _ => {}
    }
    if plan.journey.is_captured() && plan.cancel.is_none() && plan.twin.is_none() {
        let always = matches!(
            plan.journey,
            Journey::SlowlyRefunded | Journey::RefundRefused
        );
        if always || draw.percent(35) {
            plan.refunds = refunds(&plan, &mut draw);
        }
    }
    plan
}

/// A buyer who comes once and pays with a typed card.
fn guest(seed: u64, number: u32, draw: &mut Draw) -> Plan {
    let journey = Journey::draw(draw);
    // Clear of 11 and 1111001111, which the provider refuses.
    let minor = 100 + draw.below(900_000);
    Plan {
        id: format!("PAY_{seed}_{number:05}"),
        order_id: format!("ORDER_{seed}_{number:05}"),
        buyer: format!("GUEST_{seed}_{number:05}"),
        currency: draw.one_of(&CURRENCIES).copied().unwrap_or("EUR"),
        minor,
        capture: capture(minor, draw),
        journey,
        method: Method::Card(Card::one_of(journey.cards(), draw)),
        consent: draw.percent(8),
        own_authentication: false,
        retries: Vec::new(),
        twin: None,
        cancel: None,
        refunds: Vec::new(),
        forget_card: false,
        expires_in_seconds: expires_in_seconds(journey, draw),
        double_click: draw.percent(20),
        looks: 1 + draw.below(3),
        challenge_ms: 200 + draw.below(1500),
    }
}

fn expires_in_seconds(journey: Journey, draw: &mut Draw) -> u64 {
    let least = match journey {
        _ if journey.is_left_open() => 60,
        // Names and addresses are kept for another try as long as this.
        _ if journey.is_declined() => 80,
        _ => 150,
    };
    least + draw.below(31)
}

fn capture(minor: u64, draw: &mut Draw) -> Capture {
    let whole = |minor| vec![Portion { minor, last: false }];
    match draw.below(100) {
        0..45 => Capture::Automatic,
        45..78 => Capture::WhenAuthorized,
        78..88 => Capture::AfterSeconds(3 + draw.below(10)),
        88..94 => Capture::OnRequest(whole(minor)),
        _ => Capture::OnRequest(portions(minor, draw)),
    }
}

/// Two or three captures; in half of the cases the last one leaves something.
fn portions(minor: u64, draw: &mut Draw) -> Vec<Portion> {
    let mut left = minor;
    let mut portions = Vec::new();
    for _ in 0..=draw.below(2) {
        let minor = (left * (20 + draw.below(40)) / 100).max(1);
        left -= minor;
        portions.push(Portion { minor, last: false });
    }
    let minor = if draw.percent(50) {
        (left / 2).max(1)
    } else {
        left
    };
    portions.push(Portion { minor, last: true });
    portions
}

/// One of the four payments of a returning buyer: stores the card, pays with it, and is charged twice without being
/// there.
fn returning(plan: &mut Plan, seed: u64, block: u32, method: impl FnOnce(Card) -> Method) {
    let mut draw = Draw::new(seed, RETURNING + u64::from(block));
    let card = Card::one_of(&APPROVED, &mut draw);
    let with_challenge = [draw.percent(30), draw.percent(30)];
    let forgets = draw.percent(40);
    plan.buyer = format!("BUYER_{seed}_{block:04}");
    plan.method = method(card);
    plan.journey = match (plan.method, with_challenge) {
        (Method::Card(_), [true, _]) | (Method::StoredCard { .. }, [_, true]) => {
            Journey::ChallengePassed
        }
        _ => Journey::Approved,
    };
    plan.consent = matches!(plan.method, Method::Card(_));
    plan.forget_card = forgets && plan.method == Method::Charge("UNSCHEDULED");
    plan.expires_in_seconds = 150 + draw.below(31);
}

/// The buyer takes this journey, with a card that leads there.
fn takes(plan: &mut Plan, journey: Journey, draw: &mut Draw) {
    plan.journey = journey;
    plan.method = Method::Card(Card::one_of(journey.cards(), draw));
    plan.expires_in_seconds = expires_in_seconds(journey, draw);
}

fn cancelled(plan: &mut Plan, block: u32, draw: &mut Draw) {
    let place = usize::try_from(block).unwrap_or_default() % CancelAt::ALL.len();
    let at = CancelAt::ALL.get(place).copied();
    plan.cancel = at;
    plan.consent = false;
    match at {
        Some(CancelAt::Pending) if !plan.journey.asks_for_3ds() => {
            let journeys = [Journey::ChallengeAbandoned, Journey::ChallengePassed];
            let journey = draw.one_of(&journeys).copied();
            takes(plan, journey.unwrap_or(Journey::ChallengeAbandoned), draw);
        }
        Some(CancelAt::Authorized) => {
            takes(plan, Journey::Approved, draw);
            let minor = plan.minor;
            plan.capture = Capture::OnRequest(vec![Portion { minor, last: false }]);
        }
        _ => {}
    }
}

/// Declined or left at the challenge; then another card, or two.
fn retried(plan: &mut Plan, journey: Journey, draw: &mut Draw) {
    takes(plan, journey, draw);
    plan.expires_in_seconds = 100 + draw.below(31);
    if draw.percent(25) {
        plan.retries.push(Card::one_of(&DECLINED, draw));
    }
    plan.retries.push(Card::one_of(&APPROVED, draw));
}

/// Two payments of one order at the same time.
fn twin(plan: &mut Plan, draw: &mut Draw) {
    let journeys = [Journey::Approved, Journey::SlowlyApproved];
    let journey = draw.one_of(&journeys).copied();
    takes(plan, journey.unwrap_or(Journey::Approved), draw);
    plan.twin = Some(Card::one_of(&APPROVED, draw));
    // The one that comes second may not be charged at all: it waits for its expiry.
    plan.expires_in_seconds = 60 + draw.below(31);
    if plan.capture != Capture::Automatic {
        plan.capture = Capture::WhenAuthorized;
    }
}

fn captured_in_portions(plan: &mut Plan, draw: &mut Draw) {
    if !plan.journey.is_captured() {
        takes(plan, Journey::Approved, draw);
    }
    plan.capture = Capture::OnRequest(portions(plan.minor, draw));
}

fn authenticated_by_merchant(plan: &mut Plan, draw: &mut Draw) {
    let journeys = [Journey::Approved, Journey::UpgradePassed];
    let journey = draw.one_of(&journeys).copied();
    takes(plan, journey.unwrap_or(Journey::Approved), draw);
    plan.own_authentication = true;
}

/// One to three refunds of at most what is captured, and now and then one of more.
fn refunds(plan: &Plan, draw: &mut Draw) -> Vec<RefundWish> {
    let mut left = match &plan.capture {
        Capture::OnRequest(portions) => portions.iter().map(|portion| portion.minor).sum(),
        _ => plan.minor,
    };
    let mut wishes: Vec<(Option<u64>, bool)> = Vec::new();
    for _ in 0..draw.below(3) {
        let minor = (left * (10 + draw.below(40)) / 100).max(1);
        if minor < left {
            left -= minor;
            wishes.push((Some(minor), false));
        }
    }
    if draw.percent(20) {
        // What was refused leaves more for the next refund.
        let most = match plan.journey {
            Journey::RefundRefused => plan.minor,
            _ => left,
        };
        wishes.push((Some(most + 1 + draw.below(1000)), true));
    }
    if wishes.is_empty() || draw.percent(40) {
        wishes.push((draw.percent(50).then_some(left), false));
    }
    let numbered = wishes.into_iter().enumerate();
    numbered
        .map(|(number, (minor, excessive))| RefundWish {
            id: format!("REF_{}_{number}", plan.id),
            minor,
            excessive,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_seed_decides_everything() {
        let words = |seed| format!("{:?}", plans(seed, 50));
        assert_eq!(words(1), words(1));
        assert_ne!(words(1), words(2));
        assert_eq!(
            format!("{:?}", plans(1, 50)[..20].to_vec()),
            format!("{:?}", plans(1, 20))
        );
    }

    #[test]
    fn every_journey_occurs() {
        let plans = plans(1, 300);
        for (journey, share) in Journey::SHARES {
            let count = plans.iter().filter(|plan| plan.journey == journey).count() as u64;
            assert!(
                count > 0 && count < share * 3 * 3 + 5,
                "{journey:?}: {count} of 300 for {share} %"
            );
        }
        let ids: BTreeSet<_> = plans.iter().map(|plan| &plan.id).collect();
        assert_eq!(ids.len(), 300);
    }

    #[test]
    fn every_feature_occurs_in_a_hundred_payments() {
        for seed in 1..=5 {
            let plans = plans(seed, 100);
            let count =
                |wanted: &dyn Fn(&Plan) -> bool| plans.iter().filter(|plan| wanted(plan)).count();
            for at in CancelAt::ALL {
                assert!(count(&|plan| plan.cancel == Some(at)) > 0, "{at:?}");
            }
            let several = |plan: &Plan| matches!(&plan.capture, Capture::OnRequest(portions) if portions.len() > 1);
            for (name, found) in [
                ("consent", count(&|plan| plan.consent)),
                (
                    "stored card",
                    count(&|plan| matches!(plan.method, Method::StoredCard { .. })),
                ),
                (
                    "charge",
                    count(&|plan| matches!(plan.method, Method::Charge(_))),
                ),
                ("forget", count(&|plan| plan.forget_card)),
                ("retry", count(&|plan| !plan.retries.is_empty())),
                ("twin", count(&|plan| plan.twin.is_some())),
                ("own 3DS", count(&|plan| plan.own_authentication)),
                ("several captures", count(&several)),
                ("several refunds", count(&|plan| plan.refunds.len() > 1)),
                (
                    "too large a refund",
                    count(&|plan| plan.refunds.iter().any(|refund| refund.excessive)),
                ),
                ("double clicks", count(&|plan| plan.double_click)),
            ] {
                assert!(found > 0, "seed {seed}: {name}");
            }
        }
    }

    #[test]
    fn amounts_are_possible() {
        for plan in plans(3, 1000) {
            let captured: u64 = match &plan.capture {
                Capture::OnRequest(portions) => {
                    assert!(portions.iter().all(|portion| portion.minor > 0));
                    portions.iter().map(|portion| portion.minor).sum()
                }
                _ => plan.minor,
            };
            assert!(captured <= plan.minor, "{plan:?}");
            let possible = plan.refunds.iter().filter(|refund| !refund.excessive);
            let refunded: u64 = possible.filter_map(|refund| refund.minor).sum();
            assert!(refunded <= captured, "{plan:?}");
        }
    }

    #[test]
    fn what_cannot_go_together_does_not() {
        for plan in plans(4, 1000) {
            let cancelled = plan.cancel.is_some();
            assert!(!cancelled || plan.refunds.is_empty() && plan.retries.is_empty());
            assert!(plan.twin.is_none() || plan.refunds.is_empty() && !cancelled);
        }
    }
}
