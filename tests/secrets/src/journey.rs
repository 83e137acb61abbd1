//! The ways that payments go.

use crate::values::{FORGETFUL_BUYER, add_local_fields, add_own_authentication};
use domain::Status;
use serde_json::Value;

/// Something that buyer or merchant do after pay was called.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// Page and merchant look.
    Look,
    /// The buyer ends the 3-D Secure challenge.
    Challenge(bool),
    /// The page begins another attempt and pays with this card.
    Retry(&'static str),
    /// The page pays with the buyer's stored card.
    PayStored,
    /// The merchant charges the buyer's stored card.
    Charge(&'static str),
    /// The merchant captures: amount in minor units (all if none), number, whether it is the last.
    Capture(Option<&'static str>, u32, bool),
    /// The merchant cancels.
    Cancel,
    /// The merchant gives so much back under the refund id made of this word.
    Refund(&'static str, Option<&'static str>),
    /// The merchant lists the buyer's cards.
    ListCards,
    /// The merchant forgets the buyer's cards.
    ForgetCards,
    /// Time for what the provider does by itself.
    Wait,
}

/// A payment from its creation to its end.
#[derive(Clone, Copy)]
pub struct Journey {
    /// In words.
    pub name: &'static str,
    /// Its id.
    pub id: &'static str,
    pub(crate) mode: &'static str,
    /// The card that is typed; none if nobody pays, or a stored card is used.
    pub(crate) card: Option<&'static str>,
    pub(crate) create: fn(&mut Value),
    pub(crate) pay: fn(&mut Value),
    pub(crate) acts: &'static [Act],
    /// Where it ends if nothing goes wrong.
    pub ends: Status,
}

const GOOD: &str = "4716461583322103";
const OTHER_GOOD: &str = "5162774114974622";

fn as_it_is(_: &mut Value) {}

fn with_challenge(body: &mut Value) {
    body["is3DSAuthentication"] = true.into();
}

fn captured_on_request(body: &mut Value) {
    body["captureOn"] = "request".into();
}

fn captured_later(body: &mut Value) {
    body["captureOn"] = "after".into();
    body["captureAfterSeconds"] = 30.into();
}

fn of_the_forgetful(body: &mut Value) {
    body["buyer"]["referenceBuyerId"] = FORGETFUL_BUYER.into();
}

fn of_one_order(body: &mut Value) {
    body["orderId"] = "ORDER_TWICE".into();
}

fn storing(body: &mut Value) {
    body["storeCard"] = true.into();
}

fn returning_to_the_page(body: &mut Value) {
    body["returnTo"] = "checkout".into();
}

const fn journey(
    name: &'static str,
    id: &'static str,
    card: &'static str,
    ends: Status,
) -> Journey {
    Journey {
        name,
        id,
        mode: "AUTOMATIC",
        card: Some(card),
        create: as_it_is,
        pay: as_it_is,
        acts: &[Act::Look],
        ends,
    }
}

const fn manual(journey: Journey, create: fn(&mut Value), acts: &'static [Act]) -> Journey {
    Journey {
        mode: "MANUAL",
        create,
        acts,
        ..journey
    }
}

/// All of them. Those that store cards come before those that use them.
#[must_use]
pub fn journeys() -> Vec<Journey> {
    let mut all = typed();
    all.extend(challenged());
    all.extend(stored());
    all.extend(declined());
    all.extend(wished());
    all
}

/// All card numbers that journeys type.
pub(crate) fn card_numbers() -> Vec<&'static str> {
    let mut numbers: Vec<_> = journeys()
        .iter()
        .filter_map(|journey| journey.card)
        .collect();
    numbers.extend([GOOD, OTHER_GOOD, crate::values::MISPLACED_CARD]);
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn typed() -> Vec<Journey> {
    use Status::{Captured, Expired};
    vec![
        journey("a typed card, captured by POP", "J-AUTO", GOOD, Captured),
        manual(
            journey("captured at once", "J-ONCE", OTHER_GOOD, Captured),
            as_it_is,
            &[Act::Look, Act::Wait],
        ),
        manual(
            journey(
                "captured on request",
                "J-REQUEST",
                "4006055482525268",
                Captured,
            ),
            captured_on_request,
            &[Act::Capture(None, 1, false), Act::Look],
        ),
        manual(
            journey("captured in parts", "J-PARTS", "4294097400915107", Captured),
            captured_on_request,
            &[
                Act::Capture(Some("10000"), 1, false),
                Act::Wait,
                Act::Capture(Some("20000"), 2, true),
                Act::Look,
            ],
        ),
        manual(
            journey(
                "captured after a while",
                "J-LATER",
                "4600729331819383",
                Captured,
            ),
            captured_later,
            &[Act::Look],
        ),
        Journey {
            pay: add_local_fields,
            ..journey(
                "fields of Brazil and Korea",
                "J-LOCAL",
                "4117347806156383",
                Captured,
            )
        },
        journey(
            "authorised after a while",
            "J-SLOW",
            "4099990000000113",
            Captured,
        ),
        journey("pending first", "J-PENDING", "4099990000000139", Captured),
        manual(
            journey(
                "a capture that fails",
                "J-CAPFAIL",
                "4099990000000147",
                Status::CaptureFailed,
            ),
            captured_on_request,
            &[Act::Capture(None, 1, true), Act::Look],
        ),
        Journey {
            card: None,
            ..journey("never paid", "J-NEVER", GOOD, Expired)
        },
    ]
}

fn challenged() -> Vec<Journey> {
    use Status::{Captured, Declined, Expired};
    let ended = |name, id, card, ends, acts| Journey {
        create: with_challenge,
        pay: returning_to_the_page,
        acts,
        ..journey(name, id, card, ends)
    };
    vec![
        ended(
            "3-D Secure passed",
            "J-3DS",
            "4310377720003234",
            Captured,
            &[Act::Look, Act::Challenge(true), Act::Wait, Act::Look],
        ),
        ended(
            "3-D Secure failed",
            "J-3DSFAIL",
            GOOD,
            Declined,
            &[Act::Challenge(false), Act::Wait, Act::Look],
        ),
        ended(
            "3-D Secure by a posted form",
            "J-3DSFORM",
            "4099990000000204",
            Captured,
            &[Act::Look, Act::Challenge(true), Act::Wait],
        ),
        ended(
            "3-D Secure that nobody ends",
            "J-3DSLEFT",
            "4112273146798764",
            Expired,
            &[Act::Look],
        ),
        ended(
            "given up for another card",
            "J-GIVEUP",
            GOOD,
            Status::Cancelled,
            &[Act::Retry(OTHER_GOOD), Act::Look],
        ),
        Journey {
            pay: add_own_authentication,
            ..journey(
                "the merchant's own 3-D Secure",
                "J-MPI",
                OTHER_GOOD,
                Captured,
            )
        },
    ]
}

fn stored() -> Vec<Journey> {
    use Status::Captured;
    let without_typing = |name, id, acts| Journey {
        card: None,
        acts,
        ..journey(name, id, GOOD, Captured)
    };
    vec![
        Journey {
            pay: storing,
            ..journey("a card is stored", "J-STORE", GOOD, Captured)
        },
        Journey {
            pay: storing,
            create: of_the_forgetful,
            acts: &[Act::ListCards, Act::ForgetCards, Act::ListCards],
            ..journey(
                "a card is stored and forgotten",
                "J-FORGET",
                OTHER_GOOD,
                Captured,
            )
        },
        without_typing(
            "a stored card pays",
            "J-STORED",
            &[Act::Look, Act::PayStored, Act::Look],
        ),
        without_typing(
            "charged as scheduled",
            "J-MIT1",
            &[Act::Charge("SCHEDULED")],
        ),
        without_typing(
            "charged unscheduled",
            "J-MIT2",
            &[Act::Charge("UNSCHEDULED")],
        ),
    ]
}

fn declined() -> Vec<Journey> {
    use Status::Declined;
    vec![
        journey("declined", "J-DECLINED", "4054692760174822", Declined),
        Journey {
            acts: &[Act::Retry(GOOD), Act::Look],
            ..journey(
                "declined, then another card",
                "J-RETRY",
                "5162770472561357",
                Declined,
            )
        },
        journey(
            "declined after a while",
            "J-SLOWNO",
            "4099990000000121",
            Declined,
        ),
        journey("the code is refused", "J-CVV", "4099990000000063", Declined),
    ]
}

fn wished() -> Vec<Journey> {
    use Status::{Cancelled, Captured};
    vec![
        Journey {
            card: None,
            acts: &[Act::Cancel, Act::Look],
            ..journey("cancelled before it is paid", "J-CANCEL0", GOOD, Cancelled)
        },
        manual(
            journey("cancelled when authorised", "J-CANCEL1", GOOD, Cancelled),
            captured_on_request,
            &[Act::Cancel, Act::Wait, Act::Look],
        ),
        Journey {
            acts: &[Act::Wait, Act::Refund("ALL", None), Act::Look],
            ..journey("refunded", "J-REFUND", GOOD, Captured)
        },
        Journey {
            acts: &[
                Act::Wait,
                Act::Refund("ONE", Some("10000")),
                Act::Refund("TWO", Some("5000")),
                Act::Look,
            ],
            ..journey(
                "refunded in parts, slowly",
                "J-REFUND2",
                "4099990000000170",
                Captured,
            )
        },
        Journey {
            acts: &[Act::Wait, Act::Refund("NO", None), Act::Look],
            ..journey(
                "a refund that fails",
                "J-REFUND3",
                "4099990000000196",
                Captured,
            )
        },
        Journey {
            create: of_one_order,
            ..journey("one order", "J-TWIN1", GOOD, Captured)
        },
        Journey {
            card: None,
            create: of_one_order,
            acts: &[Act::Wait, Act::Retry(GOOD)],
            ..journey("the same order once more", "J-TWIN2", GOOD, Status::Expired)
        },
    ]
}
