//! Recognisable values: what a buyer types, what an order names, and the keys of the functions. None can turn up by
//! chance.

use crate::scan::Place;
use flows::events;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The security code that every journey types.
pub const CVV: &str = "7351";
/// The month of expiry that every journey types.
pub const EXPIRY_MONTH: &str = "11";
/// The year of expiry that every journey types.
pub const EXPIRY_YEAR: &str = "38";
/// The card number that stands where it does not belong.
pub const MISPLACED_CARD: &str = "4539578763621486";
/// The buyer who keeps cards.
pub const BUYER: &str = "buyer-4711";
/// The buyer whose card is forgotten.
pub const FORGETFUL_BUYER: &str = "buyer-4712";

const HOLDER: [&str; 2] = ["Quendolyne", "Zaphirovska"];
const STREET: &str = "Nettlewhistle Lane 77";
const CITY: &str = "Brackenmouth";
const ZIP: &str = "QX49911-88";
const CPF: &str = "39053344705";
const PAYER_EMAIL: &str = "payer@nettlewhistle.example";
const BORN: &str = "1987-03-19";
const BUSINESS: &str = "9182736450";
const PASSWORD_DIGITS: &str = "83";
const CAVV: &str = "TGVha2VkQ3J5cHRvZ3JhbTE=";
const RECEIVER: [&str; 2] = ["Thaddeusz", "Wolkenbruch"];
const RECEIVER_STREET: &str = "Gooseberry Quay 12b";
const RECEIVER_EMAIL: &str = "receiver@gooseberry.example";
const RECEIVER_PHONE: &str = "447700900461";
const BUYER_EMAIL: &str = "orders@gooseberry.example";
const BUYER_PHONE: &str = "447700900462";

/// How a secret is recognised.
pub(crate) enum Sign {
    Text(String),
    After(&'static [&'static str], &'static str),
    Key(String),
}

/// Something that must not leak.
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) sign: Sign,
    /// Where it belongs all the same.
    pub(crate) allowed: &'static [Place],
}

/// Signed messages are kept to the byte, and may tell of a card's expiry and of a cryptogram.
const TOLD_BY_POP: &[Place] = &[Place::Evidence, Place::Kept];
/// What is shown of a stored card.
const FACE: &[Place] = &[
    Place::Evidence,
    Place::Kept,
    Place::StoredCard,
    Place::CardList,
];
/// People stand in the row until the payment is authorised or over.
const OPEN_ROW: &[Place] = &[Place::OpenRow];

/// All of them but the tokens, which are learned on the way.
pub(crate) fn secrets(card_numbers: &[&str]) -> Vec<Secret> {
    let mut all: Vec<Secret> = card_numbers
        .iter()
        .map(|number| text("card number", number, &[]))
        .collect();
    for (name, value) in [
        ("name on the card", HOLDER[0]),
        ("name on the card", HOLDER[1]),
        ("billing address", STREET),
        ("billing address", CITY),
        ("billing address", ZIP),
        ("tax number", CPF),
        ("payer's e-mail", PAYER_EMAIL),
        ("date of birth", BORN),
        ("company number", BUSINESS),
        ("API key", events::API_KEY),
        ("hash of the API key", &api_key_hash()),
        ("key of the page's tokens", events::TOKEN_KEY),
    ] {
        all.push(text(name, value, &[]));
    }
    all.push(text("3-D Secure cryptogram", CAVV, TOLD_BY_POP));
    for (name, value) in [
        ("receiver's name", RECEIVER[0]),
        ("receiver's name", RECEIVER[1]),
        ("receiver's address", RECEIVER_STREET),
        ("receiver's e-mail", RECEIVER_EMAIL),
        ("receiver's telephone", RECEIVER_PHONE),
        ("buyer's e-mail", BUYER_EMAIL),
        ("buyer's telephone", BUYER_PHONE),
    ] {
        all.push(text(name, value, OPEN_ROW));
    }
    all.extend([
        after("security code", &["cvv", "cvc"], CVV, &[]),
        after(
            "card password",
            &["cardPasswordDigest"],
            PASSWORD_DIGITS,
            &[],
        ),
        after(
            "expiry",
            &["expiryMonth", "expiry_month"],
            EXPIRY_MONTH,
            FACE,
        ),
        after("expiry", &["expiryYear", "expiry_year"], EXPIRY_YEAR, FACE),
        Secret {
            name: "merchant's private key".into(),
            sign: Sign::Key(events::key("merchant-private.pem")),
            allowed: &[],
        },
    ]);
    all
}

fn text(name: &str, value: &str, allowed: &'static [Place]) -> Secret {
    Secret {
        name: name.into(),
        sign: Sign::Text(value.into()),
        allowed,
    }
}

fn after(
    name: &str,
    words: &'static [&'static str],
    value: &'static str,
    allowed: &'static [Place],
) -> Secret {
    Secret {
        name: name.into(),
        sign: Sign::After(words, value),
        allowed,
    }
}

/// A card token: in the stored-card item, which is not collected with it, and in the evidence.
pub(crate) fn card_token(token: &str) -> Secret {
    text("card token", token, TOLD_BY_POP)
}

/// A page's token: told to the merchant alone.
pub(crate) fn page_token(token: &str) -> Secret {
    text("page's token", token, &[Place::NewPayment])
}

/// What the merchant's server sends to create a payment.
pub(crate) fn create_body(id: &str, mode: &str) -> Value {
    let mut body = events::create_body(id, mode);
    body["shipping"] = json!({
        "shippingName": { "firstName": RECEIVER[0], "lastName": RECEIVER[1] },
        "shippingAddress": { "region": "GB", "state": "CA", "city": "Anytown", "address1": RECEIVER_STREET, "zipCode": "1" },
        "shippingPhoneNo": RECEIVER_PHONE,
        "shipToEmail": RECEIVER_EMAIL,
    });
    body["buyer"] = json!({
        "referenceBuyerId": BUYER, "buyerEmail": BUYER_EMAIL, "buyerPhoneNo": BUYER_PHONE,
        "buyerName": { "firstName": RECEIVER[0], "lastName": RECEIVER[1] },
    });
    body
}

/// What the page sends to pay.
pub(crate) fn pay_body(card_no: &str) -> Value {
    let mut body = events::pay_body(card_no);
    body["card"] = json!({
        "cardNo": card_no,
        "cvv": CVV,
        "expiryMonth": EXPIRY_MONTH,
        "expiryYear": EXPIRY_YEAR,
        "cardholderName": { "firstName": HOLDER[0], "lastName": HOLDER[1] },
        "billingAddress": { "region": "GB", "state": "NW", "city": CITY, "address1": STREET, "zipCode": ZIP },
    });
    body
}

/// Card fields that some countries ask for.
pub(crate) fn add_local_fields(body: &mut Value) {
    for (field, value) in [
        ("cpf", CPF),
        ("payerEmail", PAYER_EMAIL),
        ("dateOfBirth", BORN),
        ("businessNo", BUSINESS),
        ("cardPasswordDigest", PASSWORD_DIGITS),
        ("paymentMethodRegion", "KR"),
        ("selectedCardBrand", "VISA"),
    ] {
        body["card"][field] = value.into();
    }
}

/// The merchant's own 3-D Secure result.
pub(crate) fn add_own_authentication(body: &mut Value) {
    body["mpiData"] = json!({
        "threeDSVersion": "2.2.0", "eci": "05", "cavv": CAVV, "dsTransactionId": "f25084f0-5b16-4c0a-ae5d-b24808a95e4b",
    });
}

/// What a careless program might put into a panic's text or an error.
#[must_use]
pub fn careless_text() -> String {
    let token = "ALIPAYab+/careless0123456789";
    format!(
        "{} {token} {} {}",
        pay_body(MISPLACED_CARD),
        events::API_KEY,
        events::key("merchant-private.pem")
    )
}

/// The hash that stands in the secret of the API keys.
pub(crate) fn api_key_hash() -> String {
    domain::hex(&Sha256::digest(events::API_KEY.as_bytes()))
}
