//! What `Debug` and `Display` print of everything that can hold a secret.

use crate::scan::{Piece, Place};
use crate::values::{
    MISPLACED_CARD, add_local_fields, add_own_authentication, careless_text, create_body, pay_body,
};
use checkout::{ApiKeys, TokenKeys};
use domain::card::{CardData, Cvv, Expiry, MpiData, Pan, TypedCard, TypedMpi};
use domain::evidence::{Decided, Entry, MessageKind, Said, SignedMessage, Terms, Trail};
use domain::message::{Answer, Outcome, PayReport, PaymentFacts, ResultStatus};
use domain::order::{Buyer, OrderDetails, Shipping};
use domain::stored_card::{CardFace, CardToken, StoredCard, TokenizedCard};
use domain::{
    BuyerId, CaptureMode, Event, Money, NewPayment, OrderId, Payment, PaymentRequestId, Policy,
    Seconds, StoredCardId, Time,
};
use flows::events;
use pop::client::{Client, Settings};
use pop::keys::{SigningKey, VerifyingKeys};
use pop::merchant_key::MerchantKey;
use pop::pay_request::{Env, PayMethod, PayRequest, TerminalType};
use pop::provider::Exchange;
use runtime::http::{Request, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::{Debug, Display};
use std::sync::Arc;
use store::{Commit, CommitError, EarlyNotification, Input, KeptMessage, StoreError};

/// A token that is in no message of the provider.
pub(crate) const TOKEN: &str = "ALIPAYshown+/0123456789abcdef==";
const NOW: Time = Time::from_millis(1_767_355_261_000);

#[derive(Default)]
struct Shown(Vec<Piece>);

impl Shown {
    fn value(&mut self, what: &str, value: &impl Debug) {
        self.text(what, format!("{value:?}\n{value:#?}"));
    }

    fn error<E: Debug + Display>(&mut self, what: &str, error: &E) {
        self.text(what, format!("{error}\n{error:?}"));
    }

    fn refused<T, E: Debug + Display>(&mut self, what: &str, result: Result<T, E>) {
        let Err(error) = result else {
            panic!("{what} was accepted");
        };
        self.error(what, &error);
    }

    fn text(&mut self, what: &str, text: String) {
        self.0.push(Piece {
            place: Place::Shown,
            what: what.to_owned(),
            bytes: text.into_bytes(),
        });
    }
}

/// All of it. The pieces named `card: ...` are of types that show nothing at all.
#[must_use]
pub fn everything_shown() -> Vec<Piece> {
    let mut shown = Shown::default();
    cards(&mut shown);
    card_errors(&mut shown);
    requests(&mut shown);
    keys(&mut shown);
    orders(&mut shown);
    messages(&mut shown);
    shown.0
}

fn read<T: DeserializeOwned>(json: &Value) -> T {
    serde_json::from_value(json.clone()).unwrap()
}

fn typed() -> Value {
    let mut body = pay_body(MISPLACED_CARD);
    add_local_fields(&mut body);
    add_own_authentication(&mut body);
    body
}

fn cards(shown: &mut Shown) {
    let body = typed();
    shown.value("card: TypedCard", &read::<TypedCard>(&body["card"]));
    shown.value("card: TypedMpi", &read::<TypedMpi>(&body["mpiData"]));
    let card = CardData::parse(read(&body["card"])).unwrap();
    let mpi = MpiData::parse(read(&body["mpiData"])).unwrap();
    let token = CardToken::new(TOKEN).unwrap();
    shown.value("card: CardData", &card);
    shown.value("card: Pan", &card.number);
    shown.value("card: Cvv", &card.cvv);
    shown.value("card: Expiry", &card.expiry);
    shown.value("card: LocalFields", &card.local);
    shown.value("card: Name", &card.holder);
    shown.value("card: Address", &card.billing_address);
    shown.value("card: MpiData", &mpi);
    shown.value("card: CardToken", &token);
    for method in [
        PayMethod::Card {
            card: &card,
            store: true,
            mpi: Some(&mpi),
        },
        PayMethod::StoredCard { token: &token },
    ] {
        shown.value("card: PayMethod", &method);
        let order = order();
        let request = PayRequest {
            payment_request_id: &id(),
            amount: money(),
            order: &order,
            capture_mode: CaptureMode::Manual,
            expires_at: NOW,
            notify_url: "https://shop.example/notify",
            return_url: "https://shop.example/back",
            method,
            env: Env::of(TerminalType::Web).seen_from("203.0.113.7", MISPLACED_CARD),
        };
        shown.value("PayRequest", &request);
    }
}

/// Each text field of a card in turn holds what does not fit there: a number that is too long, and everything at once.
fn card_errors(shown: &mut Shown) {
    let body = typed();
    let long = format!("{MISPLACED_CARD}\u{7}").repeat(40);
    for part in ["card", "mpiData"] {
        for field in body[part].as_object().unwrap().keys() {
            if body[part][field].is_object() {
                continue;
            }
            let mut changed = body[part].clone();
            changed[field] = long.as_str().into();
            match part {
                "card" => shown.refused(field, CardData::parse(read(&changed)).map(drop)),
                _ => shown.refused(field, MpiData::parse(read(&changed)).map(drop)),
            }
        }
    }
    for (object, field) in [
        ("cardholderName", "firstName"),
        ("billingAddress", "zipCode"),
    ] {
        let mut changed = body["card"].clone();
        changed[object][field] = long.as_str().into();
        shown.refused(field, CardData::parse(read(&changed)).map(drop));
    }
    shown.refused("Pan", Pan::new("4539578763621485").map(drop));
    shown.refused("Cvv", Cvv::new(MISPLACED_CARD).map(drop));
    shown.refused("Expiry", Expiry::new(MISPLACED_CARD, "38").map(drop));
    shown.refused(
        "PaymentRequestId",
        PaymentRequestId::from_merchant(long.as_str()),
    );
    shown.refused("StoredCardId", StoredCardId::new(long.as_str()));
    shown.refused("BuyerId", BuyerId::new(long.as_str()));
    shown.refused("Money", Money::from_wire(&long, "EUR"));
}

fn requests(shown: &mut Shown) {
    let mut request = Request {
        method: "POST".into(),
        path: "/payments/M-1/pay".into(),
        query: format!("cardNo={MISPLACED_CARD}"),
        body: careless_text().into(),
        user_agent: MISPLACED_CARD.into(),
        ..Request::default()
    };
    let key = format!("Bearer {}", events::API_KEY);
    request
        .headers
        .insert("authorization", key.parse().unwrap());
    shown.value("Request", &request);
    shown.value("Body", &request.body);
    shown.value("Response", &Response::json(200, careless_text()));
}

fn keys(shown: &mut Shown) {
    let pem = events::key("merchant-private.pem");
    let public = format!("1={}", events::public_key("provider-public.pem"));
    let settings = || Settings {
        base_url: "https://pop.example".into(),
        client_id: events::CLIENT_ID.into(),
        merchant_keys: Arc::new(MerchantKey::parse(&pem, "1").unwrap()),
        verifying_keys: VerifyingKeys::parse(&public).unwrap(),
        notify_url: None,
    };
    shown.value("Settings", &settings());
    shown.value("Client", &Client::new(settings()).unwrap());
    shown.value("MerchantKey", &MerchantKey::parse(&pem, "1").unwrap());
    shown.value("SigningKey", &SigningKey::parse(&pem).unwrap());
    let hash = crate::values::api_key_hash();
    shown.value("ApiKeys", &ApiKeys::parse(&hash).unwrap());
    shown.value("TokenKeys", &TokenKeys::parse(events::TOKEN_KEY).unwrap());
    // What an operator may put in the wrong place.
    let shortened = pem.replace("M", "");
    let halved = &pem[..pem.len() / 2];
    for wrong in [halved, &shortened, events::API_KEY, events::TOKEN_KEY] {
        shown.refused("SigningKey", SigningKey::parse(wrong).map(drop));
        let json = serde_json::json!({ "keyVersion": "1", "privateKey": wrong }).to_string();
        shown.refused("MerchantKey", MerchantKey::parse(&json, "1").map(drop));
        shown.refused("MerchantKey", MerchantKey::parse(&json[1..], "1").map(drop));
    }
    for wrong in [halved, &shortened, events::TOKEN_KEY, &careless_text()] {
        shown.refused("VerifyingKeys", VerifyingKeys::parse(wrong).map(drop));
        let named = format!("1={wrong}");
        shown.refused("VerifyingKeys", VerifyingKeys::parse(&named).map(drop));
    }
    for wrong in [pem.as_str(), events::API_KEY, &careless_text()] {
        shown.refused("ApiKeys", ApiKeys::parse(wrong).map(drop));
        shown.refused("TokenKeys", TokenKeys::parse(wrong).map(drop));
    }
    for (address, client) in [
        (careless_text(), events::CLIENT_ID),
        ("https://pop.example".into(), &pem),
    ] {
        let wrong = Settings {
            base_url: address,
            client_id: client.to_owned(),
            ..settings()
        };
        shown.refused("Client", Client::new(wrong).map(drop));
    }
}

fn id() -> PaymentRequestId {
    PaymentRequestId::new("SHOWN").unwrap()
}

fn money() -> Money {
    Money::from_wire("30000", "EUR").unwrap()
}

fn order() -> OrderDetails {
    let body = create_body("SHOWN", "MANUAL");
    let order_id = OrderId::new("ORDER").unwrap();
    let mut order = OrderDetails::new(order_id, "coffee", "https://shop.example");
    order.shipping = Some(read::<Shipping>(&body["shipping"]));
    order.buyer = Some(read::<Buyer>(&body["buyer"]));
    order
}

fn row() -> Payment {
    let new = NewPayment {
        id: id(),
        order: order(),
        amount: money(),
        capture_mode: CaptureMode::Manual,
        capture_on: domain::CaptureOn::Request,
        expires_in: Seconds(840),
    };
    Payment::create(new, NOW, &Policy::default())
}

fn orders(shown: &mut Shown) {
    shown.value("OrderDetails", &order());
    shown.value("Payment", &row());
}

fn messages(shown: &mut Shown) {
    let token = CardToken::new(TOKEN).unwrap();
    let tokenized = TokenizedCard {
        token: token.clone(),
        face: CardFace::default(),
    };
    let buyer = BuyerId::new("b").unwrap();
    let stored = StoredCard {
        id: StoredCardId::derive(&buyer, &token),
        buyer,
        token,
        face: CardFace::default(),
        network_transaction_id: None,
        saved_at: NOW,
        saved_by: id(),
    };
    shown.value("TokenizedCard", &tokenized);
    shown.value("StoredCard", &stored);
    let message = SignedMessage {
        kind: MessageKind::NotifyPayment,
        path: "/notify".into(),
        client_id: "C".into(),
        time: "1".into(),
        signature: "s".into(),
        key_version: "1".into(),
        body: format!("{{\"cardToken\":\"{TOKEN}\"}} {}", careless_text()).into_bytes(),
    };
    let outcome = Outcome {
        status: ResultStatus::Success,
        code: "SUCCESS".into(),
    };
    let report = PayReport {
        facts: PaymentFacts {
            stored_card: Some(tokenized),
            ..PaymentFacts::default()
        },
        redirect: None,
    };
    let answer = Answer::Verified(outcome, report);
    let event = Event::PayAnswered(answer.clone());
    shown.value("Event", &event);
    shown.value(
        "Exchange",
        &Exchange {
            answer,
            message: Some(message.clone()),
        },
    );
    shown.value(
        "Input",
        &Input {
            event,
            message: Some(message.clone()),
        },
    );
    let decided = Decided {
        version: 1,
        at: NOW,
        terms: Terms::of(&Policy::default()),
    };
    let entry = Entry::Signed(Said::from(message.clone()));
    let commit = Commit {
        evidence: vec![Trail::default().append(entry, NOW, decided)],
        card: Some(stored),
        ..Commit::of(row())
    };
    shown.value("Commit", &commit);
    kept(shown, message);
}

fn kept(shown: &mut Shown, message: SignedMessage) {
    let notification = serde_json::from_value(serde_json::json!({
        "payment_id": "P",
        "outcome": { "status": "Success", "code": "SUCCESS" },
        "capture": {},
    }));
    if let Ok(notification) = notification {
        let early = EarlyNotification {
            notification,
            message: message.clone(),
            received_at: NOW,
        };
        shown.error("CommitError", &CommitError::Shelved(vec![early]));
    }
    shown.error("StoreError", &StoreError::ShelfFull);
    shown.value(
        "KeptMessage",
        &KeptMessage {
            message,
            received_at: NOW,
            named_kind: "OTHER".into(),
            request_id: None,
            payment_id: None,
        },
    );
}
