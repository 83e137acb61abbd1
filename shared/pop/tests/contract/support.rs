//! Test keys, and the provider's pen.

use domain::evidence::MessageKind;
use pop::keys::{SigningKey, VerifyingKeys};
use pop::notification::{self, Notification};
use pop::signature::{sign, signed_content};
use pop::verify::{
    AnswerHeaders, NotificationHeaders, Verified, VerifiedAnswer, verify_answer,
    verify_notification,
};

pub(crate) const CLIENT: &str = "5Y00000000000000";
pub(crate) const PATH: &str = "/notify";
pub(crate) const TIME: &str = "1685599933871";

pub(crate) const MERCHANT_PKCS8: &str = include_str!("../keys/merchant_pkcs8.pem");
pub(crate) const MERCHANT_SPKI: &str = include_str!("../keys/merchant_spki.pem");
pub(crate) const PROVIDER_PKCS8: &str = include_str!("../keys/provider_pkcs8.pem");
pub(crate) const PROVIDER_SPKI: &str = include_str!("../keys/provider_spki.pem");
pub(crate) const OTHER_PKCS8: &str = include_str!("../keys/other_pkcs8.pem");
pub(crate) const OTHER_SPKI: &str = include_str!("../keys/other_spki.pem");

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../samples/", $name, ".json")).as_slice()
    };
}
pub(crate) use sample;

pub(crate) fn provider_keys() -> VerifyingKeys {
    VerifyingKeys::parse(&format!("1={PROVIDER_SPKI}")).unwrap()
}

/// What the holder of a private key writes into the header `Signature`.
pub(crate) fn header(private: &str, path: &str, client: &str, time: &str, body: &[u8]) -> String {
    let key = SigningKey::parse(private).unwrap();
    sign(&key, "1", &signed_content(path, client, time, body)).unwrap()
}

/// A notification that passed.
pub(crate) fn verified(body: &[u8]) -> Verified {
    let signature = header(PROVIDER_PKCS8, PATH, CLIENT, TIME, body);
    let headers = NotificationHeaders::new(CLIENT, TIME, &signature);
    verify_notification(&provider_keys(), CLIENT, PATH, None, &headers, body).unwrap()
}

/// What a well-signed notification says.
pub(crate) fn read(body: &[u8]) -> Result<Notification, pop::ReadError> {
    notification::read(&verified(body))
}

/// An answer that passed.
pub(crate) fn verified_answer(kind: MessageKind, body: &[u8]) -> VerifiedAnswer {
    let path = pop::request::PAY_PATH;
    let time = "2021-11-12T01:27:50-08:00";
    let signature = header(PROVIDER_PKCS8, path, CLIENT, time, body);
    let headers = AnswerHeaders::new(CLIENT, time, &signature);
    verify_answer(&provider_keys(), CLIENT, path, kind, &headers, body).unwrap()
}
