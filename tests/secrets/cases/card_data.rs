// Ways to let card data and keys out, by hand. A line with a mark must not compile, for the error that it names; all
// others must.
#![allow(dead_code, unused_variables)]

use domain::card::{CardData, Cvv, Expiry, MpiData, Pan, TypedCard};
use domain::evidence::SignedMessage;
use domain::outbox::OutboxContent;
use domain::stored_card::{CardFace, CardToken, StoredCard};
use domain::{Event, Payment};
use pop::keys::SigningKey;
use pop::pay_request::PayRequest;
use runtime::http::Response;
use store::{Commit, Input, KeptMessage};

fn written(pan: &Pan, cvv: &Cvv, card: &CardData, typed: &TypedCard, mpi: &MpiData, row: &Payment) {
    let _ = serde_json::to_string(row);
    let _ = serde_json::to_string(pan); //~ E0277 Pan
    let _ = serde_json::to_string(cvv); //~ E0277 Cvv
    let _ = serde_json::to_string(card); //~ E0277 CardData
    let _ = serde_json::to_vec(typed); //~ E0277 TypedCard
    let _ = serde_json::to_value(mpi); //~ E0277 MpiData
    let _ = serde_json::json!({ "card": pan }); //~ E0277 Pan
}

fn token_written(token: &CardToken, card: &StoredCard, face: &CardFace, request: &PayRequest<'_>) {
    let _ = serde_json::json!({ "brand": face.brand });
    let _ = serde_json::json!({ "token": token }); //~ E0277 CardToken
    let _ = serde_json::to_string(card); //~ E0277 StoredCard
    let _ = serde_json::to_string(request); //~ E0277 PayRequest
}

fn printed(pan: &Pan, cvv: &Cvv, expiry: &Expiry, token: &CardToken, row: &Payment) {
    println!("{} {pan:?}", row.id);
    println!("{pan}"); //~ E0277 Pan
    let _ = format!("{cvv}"); //~ E0277 Cvv
    let _ = format!("{expiry}"); //~ E0277 Expiry
    panic!("{token}"); //~ E0277 CardToken
}

fn logged(pan: &Pan, key: &SigningKey, token: &CardToken, row: &Payment) {
    tracing::info!(payment.request_id = %row.id, card = ?pan, "masked");
    tracing::info!(card = %pan, "a card"); //~ E0277 Pan
    tracing::info!(card = pan, "a card"); //~ E0277 Pan
    tracing::info!(token = %token, "a token"); //~ E0277 CardToken
    tracing::info!(key = key, "a key"); //~ E0277 SigningKey
}

fn copied(pan: Pan, card: CardData, token: CardToken) {
    let _ = token.clone();
    let _: Pan = pan.clone(); //~ E0599 Pan
    let _: CardData = card.clone(); //~ E0599 CardData
}

fn turned_into_text(pan: Pan, cvv: &Cvv, token: &CardToken) {
    let _ = pan.expose_digits().len();
    let _ = cvv.to_string(); //~ E0599 Cvv
    let _ = token.as_str(); //~ E0599 CardToken
    let _ = token.to_string(); //~ E0599 CardToken
    let _: String = pan.into(); //~ E0277 String
}

fn opened(pan: &Pan, cvv: &Cvv, expiry: &Expiry, typed: &TypedCard, token: &CardToken, card: &CardData) {
    let _ = &card.number;
    let _ = &pan.0; //~ E0616 Pan
    let _ = &cvv.0; //~ E0616 Cvv
    let _ = &expiry.month; //~ E0616 Expiry
    let _ = &typed.card_no; //~ E0616 TypedCard
    let _ = &token.0; //~ E0616 CardToken
}

fn compared(one: &Pan, other: &Pan, code: &Cvv, another: &Cvv, token: &CardToken) {
    let _ = token == token;
    let _ = one == other; //~ E0369 Pan
    let _ = code == another; //~ E0369 Cvv
}

fn read_without_a_check(text: &str) {
    let _ = serde_json::from_str::<TypedCard>(text);
    let _ = serde_json::from_str::<Pan>(text); //~ E0277 Pan
    let _ = serde_json::from_str::<CardData>(text); //~ E0277 CardData
    let _ = serde_json::from_str::<MpiData>(text); //~ E0277 MpiData
}

fn stored_in_a_row(row: &mut Payment, card: CardData, pan: Pan, other: Pan, token: CardToken) {
    row.end_code = None;
    row.card = card; //~ E0308 mismatched
    row.end_code = Some(pan); //~ E0308 mismatched
    row.card.network_transaction_id = Some(token); //~ E0308 mismatched
    row.metadata_card = other; //~ E0609 Payment
}

fn made_an_event(card: CardData) -> Event {
    let _ = Event::PayStarted { save_card: false };
    let _ = Event::PayStarted { save_card: false, card: &card }; //~ E0559 card
    Event::PayStarted { save_card: true }
}

fn kept_as_evidence(message: &mut SignedMessage, kept: &mut KeptMessage, pan: Pan, card: CardData, cvv: Cvv) {
    message.body = Vec::new();
    message.body = pan; //~ E0308 mismatched
    kept.named_kind = cvv; //~ E0308 mismatched
    kept.message = card; //~ E0308 mismatched
}

fn committed(commit: &mut Commit, input: &mut Input, card: CardData, other: CardData) {
    commit.card = None;
    commit.card = Some(card); //~ E0308 mismatched
    input.message = Some(other); //~ E0308 mismatched
}

fn queued(content: &mut OutboxContent, pan: Pan) {
    *content = OutboxContent::CaptureHint;
    *content = OutboxContent::OrderEvent(pan); //~ E0308 mismatched
}

fn answered(pan: Pan, cvv: Cvv) {
    let _ = Response::json(200, String::new());
    let _ = Response::json(200, pan); //~ E0308 mismatched
    let _ = Response::problem(400, "code", "title", &cvv); //~ E0308 mismatched
}
