//! `paymentResultInfo`: what the provider tells of the card and of its checks (`docs/provider.md`, section "Card
//! checks").

use serde_json::{Map, Value, json};

use crate::shape::Shape;
use crate::state::Payment;

/// What is told of the card of a decided payment. The token stands only where `token` allows it.
pub(crate) fn write(payment: &Payment, token: bool, shape: &Shape) -> Value {
    let mut info = Map::new();
    let mut tell = |name: &str, value: Value| {
        info.insert(name.to_owned(), value);
    };
    if let Some(card) = &payment.card {
        tell("cardNo", card.masked().into());
        tell("lastFour", card.last_four.clone().into());
        tell("cardBrand", card.brand.into());
        tell("funding", card.funding.into());
        tell("expiryMonth", card.expiry_month.clone().into());
        tell("expiryYear", card.expiry_year.clone().into());
    }
    if payment.authorisations == 0 {
        tell("refusalReasonRaw", payment.code.into());
        tell("merchantAdviceCode", "01".into());
        return info.into();
    }
    if let Some(card) = payment
        .card
        .as_ref()
        .filter(|_| token && payment.card_use.tokenize)
    {
        tell("cardToken", card.fingerprint.token().into());
    }
    let avs = if payment.billing_address { "A" } else { "U" };
    let cvv = if payment.security_code { "Y" } else { "X" };
    tell("avsResultRaw", avs.into());
    tell("cvvResultRaw", cvv.into());
    tell("networkTransactionId", payment.network_id().into());
    tell("acquirerInfo", acquirer(&payment.id));
    if let Some(result) = authentication(payment, shape) {
        tell("threeDSResult", result);
    }
    info.into()
}

/// Who stands behind the provider.
pub(crate) fn acquirer(transaction: &str) -> Value {
    json!({ "acquirerName": "SIMULATED", "acquirerTransactionId": transaction })
}

/// The 3DS result: the challenge's, or the merchant's own handed back.
fn authentication(payment: &Payment, shape: &Shape) -> Option<Value> {
    let cavv = if shape.has("misspelt cavv") {
        "caav"
    } else {
        "cavv"
    };
    if payment.authenticated {
        let challenged: Value = if shape.has("booleans as text") {
            "true".into()
        } else {
            true.into()
        };
        let eci = match payment.card_use.brand.as_deref() {
            Some("MASTERCARD") => "02",
            _ => "05",
        };
        return Some(
            json!({ "eci": eci, "threeDSVersion": "2.2.0", cavv: "AAABCSIIAAAAAAACcwgAEMCoNh+=",
            "dsTransactionId": payment.id, "threeDSOffered": true, "challenged": challenged }),
        );
    }
    let own = payment.own_authentication.as_ref()?;
    let mut result = json!({ "eci": own.eci, "threeDSVersion": own.version });
    if let Some(value) = &own.cavv {
        result[cavv] = value.clone().into();
    }
    if let Some(value) = &own.ds_transaction_id {
        result["dsTransactionId"] = value.clone().into();
    }
    Some(result)
}
