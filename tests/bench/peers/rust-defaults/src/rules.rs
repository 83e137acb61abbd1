//! What a notification makes of a row.

use jiff::Timestamp;
use rsa::sha2::{Digest, Sha256};
use serde_json::{Map, Value, json};

const WEEK_MS: i64 = 7 * 86_400 * 1000;

/// A row as JSON, read and written as a whole.
pub type Payment = Map<String, Value>;

/// More than the one rule that is compared would be needed.
#[derive(Debug, thiserror::Error)]
#[error("not the case that is compared")]
pub struct NotCompared;

pub fn text<'a>(object: &'a Payment, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}

pub fn number(object: &Payment, name: &str) -> i64 {
    object[name].as_i64().unwrap_or_default()
}

/// Twenty seconds on, spread by the payment's id and version.
pub fn next_check(payment: &Payment, now: i64) -> i64 {
    let digest = Sha256::new()
        .chain_update(text(payment, "id"))
        .chain_update(number(payment, "version").to_be_bytes())
        .finalize();
    now + 20 * (850 + i64::from(u16::from_be_bytes([digest[0], digest[1]])) % 301)
}

/// The row's next version.
pub fn authorize(payment: &mut Payment, note: &Value, now: i64) -> Result<(), NotCompared> {
    if !is_compared(payment, note) {
        return Err(NotCompared);
    }
    learn(payment, note);
    let limit = note["authExpiryTime"]
        .as_str()
        .and_then(|time| time.parse::<Timestamp>().ok());
    let began = payment["pay"]["first_at"].as_i64().unwrap_or(now);
    let capture_by = limit.map_or(began + WEEK_MS, |time| time.as_millisecond());
    let version = number(payment, "version") + 1;
    payment["version"] = version.into();
    payment["status"] = "AUTHORIZED".into();
    payment["status_since"] = now.into();
    payment["authorized_at"] = now.into();
    payment["capture_by"] = capture_by.into();
    payment["redirect"] = Value::Null;
    forget_people(&mut payment["order"]);
    payment["outbox"] = json!([{
        "id": format!("{}:{version}:0", text(payment, "id")), "sequence": version, "at": now,
        "content": { "order_event": {
            "kind": "authorized", "order_id": payment["order"]["orderId"], "payment_id": payment["payment_id"],
            "amount": payment["amount"], "status": "AUTHORIZED", "code": null,
        } },
    }]);
    payment["due_at"] = next_check(payment, now).into();
    Ok(())
}

fn is_compared(payment: &Payment, note: &Value) -> bool {
    let amount = &note["paymentAmount"];
    let value = amount["value"]
        .as_str()
        .map_or_else(|| amount["value"].to_string(), str::to_owned);
    let same_amount =
        payment["amount"] == json!({ "currency": amount["currency"], "value": value });
    let same_id = payment["payment_id"].is_null() || payment["payment_id"] == note["paymentId"];
    let usual = ["review", "doubt", "cancel", "order_held_by"]
        .iter()
        .all(|name| payment[*name].is_null());
    let succeeded = note["notifyType"] == "PAYMENT_RESULT" && note["result"]["resultStatus"] == "S";
    let automatic = payment["capture_mode"] == "AUTOMATIC" && payment["save_card"] == "no";
    same_amount && same_id && usual && succeeded && automatic
}

fn learn(payment: &mut Payment, note: &Value) {
    if payment["payment_id"].is_null() {
        payment["payment_id"] = note["paymentId"].clone();
    }
    payment["pay"]["known_to_provider"] = true.into();
    let info = &note["paymentResultInfo"];
    let three_ds = &info["threeDSResult"];
    for (name, fact) in [
        ("avs_result_raw", &info["avsResultRaw"]),
        ("cvv_result_raw", &info["cvvResultRaw"]),
        ("network_transaction_id", &info["networkTransactionId"]),
        ("eci", &three_ds["eci"]),
        ("three_ds_version", &three_ds["threeDSVersion"]),
        ("ds_transaction_id", &three_ds["dsTransactionId"]),
    ] {
        if !fact.is_null() && payment["card"][name].is_null() {
            payment["card"][name] = fact.clone();
        }
    }
}

fn forget_people(order: &mut Value) {
    let Some(order) = order.as_object_mut() else {
        return;
    };
    order.remove("shipping");
    let buyer = order.remove("buyer");
    if let Some(id) = buyer.and_then(|buyer| buyer.get("referenceBuyerId").cloned()) {
        order.insert("buyer".to_owned(), json!({ "referenceBuyerId": id }));
    }
}

/// The body of the message to the order system.
pub fn cloud_event(payment: &Payment) -> String {
    let message = &payment["outbox"][0];
    let told = &message["content"]["order_event"];
    let seconds = message["at"].as_i64().unwrap_or_default().div_euclid(1000);
    let at = Timestamp::from_second(seconds).unwrap_or_default();
    json!({
        "specversion": "1.0", "id": message["id"], "source": "pop-payments", "type": "payment.authorized",
        "subject": payment["id"], "time": at.to_string(), "sequence": format!("{:010}", number(payment, "version")),
        "datacontenttype": "application/json",
        "data": {
            "paymentRequestId": payment["id"], "orderId": told["order_id"], "paymentId": told["payment_id"],
            "amount": told["amount"], "status": told["status"], "code": told["code"],
        },
    })
    .to_string()
}
