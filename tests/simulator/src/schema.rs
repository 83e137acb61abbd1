//! What a pay request must look like (`docs/provider.md`, section "Pay"), and what the simulator keeps of it:
//! the card's number and security code are judged here and forgotten.

mod card;
mod env;
mod order;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::clock::{Millis, parse_iso};
use crate::fields::{Fields, Money, Problem};
use crate::vault::{Fingerprint, Fingerprints};

pub(crate) use card::{Instrument, OwnAuthentication, Wishes, is_expired};

/// What is kept of a good pay request.
pub(crate) struct PayRequest {
    pub(crate) payment_request_id: String,
    pub(crate) order_id: String,
    pub(crate) amount: Money,
    /// Of `paymentMethodId`: repeated calls must name the same one.
    pub(crate) method_id: Option<Fingerprint>,
    pub(crate) automatic: bool,
    pub(crate) notify_url: Option<String>,
    pub(crate) redirect_url: String,
    /// The merchant's own limit for an unfinished payment.
    pub(crate) expires_at: Option<Millis>,
    pub(crate) settlement_currency: Option<String>,
    pub(crate) metadata: Option<String>,
    pub(crate) instrument: Instrument,
    pub(crate) wishes: Wishes,
}

/// Reads a pay request.
///
/// # Errors
/// Names the first field that is missing or wrong.
pub(crate) fn read_pay(
    body: &Value,
    now: Millis,
    fingerprints: &Fingerprints,
) -> Result<PayRequest, Problem> {
    let fields = Fields::of(body)?;
    fields.required_word("productCode", &["CASHIER_PAYMENT"])?;
    let payment_request_id = fields.required_text("paymentRequestId", 64)?;
    let order_id = order::check(&fields.required_object("order")?)?;
    let amount = fields.required_amount("paymentAmount")?;
    env::check(&fields.required_object("env")?)?;
    let automatic = read_factor(&fields.required_object("paymentFactor")?)?;
    let settlement_currency = match fields.object("settlementStrategy")? {
        Some(strategy) => strategy.capitals("settlementCurrency", 3)?,
        None => None,
    };
    fields.capitals("merchantRegion", 2)?;
    fields.capitals("userRegion", 2)?;
    fields.text("merchantAccountId", 32)?;
    let (instrument, wishes, method_id) =
        card::read(&fields.required_object("paymentMethod")?, now, fingerprints)?;
    Ok(PayRequest {
        payment_request_id,
        order_id,
        amount,
        method_id,
        automatic,
        notify_url: fields.url("paymentNotifyUrl", 2048, true)?,
        redirect_url: fields.required_url("paymentRedirectUrl", 2048)?,
        expires_at: read_expiry(&fields)?,
        settlement_currency,
        metadata: fields.json_text("metadata", 2048)?,
        instrument,
        wishes,
    })
}

/// Whether the payment is captured automatically.
fn read_factor(factor: &Fields<'_>) -> Result<bool, Problem> {
    if factor.flag("isAuthorization")? != Some(true) {
        return Err("paymentFactor.isAuthorization must be true".to_owned());
    }
    let mode = factor.word("captureMode", &["AUTOMATIC", "MANUAL"])?;
    Ok(mode.as_deref() != Some("MANUAL"))
}

fn read_expiry(fields: &Fields<'_>) -> Result<Option<Millis>, Problem> {
    let Some(text) = fields.text("paymentExpiryTime", 64)? else {
        return Ok(None);
    };
    parse_iso(&text)
        .map(Some)
        .ok_or_else(|| "paymentExpiryTime must be ISO 8601 with an offset".to_owned())
}
