//! What answers and notifications have in common: results, amounts, card checks, the stored card.

use crate::document::{Fields, ReadError};
use domain::message::{
    Acquirer, AmountSeen, CardResult, Outcome, PaymentFacts, ReportedStatus, ResultStatus,
};
use domain::stored_card::{CardFace, CardToken, TokenizedCard};
use domain::{Money, PaymentId, PaymentRequestId, Time};

/// The longest `resultCode` of the contract; what is longer is cut.
const MAX_CODE: usize = 64;
/// The longest of the raw facts that are kept (`networkTransactionId` has up to 256).
const MAX_FACT: usize = 256;

/// `resultCode` or a field like it; empty if there is none.
pub(crate) fn code(fields: Fields<'_>, name: &str) -> String {
    let text = fields.text(name).unwrap_or_default();
    text.chars().take(MAX_CODE).collect()
}

/// `result`, or the result of one transaction. Without one, or with an unknown word, nothing can be decided on it.
pub(crate) fn outcome(fields: Fields<'_>, name: &str) -> Outcome {
    let result = fields.object(name);
    let status = match result.text("resultStatus").as_deref() {
        Some("S") => ResultStatus::Success,
        Some("F") => ResultStatus::Failure,
        Some("U") => ResultStatus::Unknown,
        _ => ResultStatus::Other,
    };
    let code = code(result, "resultCode");
    Outcome { status, code }
}

pub(crate) fn amount(fields: Fields<'_>, name: &str) -> AmountSeen {
    if !fields.has(name) {
        return AmountSeen::Absent;
    }
    let amount = fields.object(name);
    let parts = amount.text("value").zip(amount.text("currency"));
    parts
        .and_then(|(value, currency)| Money::from_wire(&value, &currency).ok())
        .map_or(AmountSeen::Unreadable, AmountSeen::Is)
}

/// `paymentStatus` or `transactionStatus`.
pub(crate) fn status(fields: Fields<'_>, name: &str) -> ReportedStatus {
    match fields.text(name).as_deref() {
        Some("SUCCESS") => ReportedStatus::Success,
        Some("FAIL") => ReportedStatus::Fail,
        Some("CANCELLED" | "CANCELED") => ReportedStatus::Cancelled,
        Some("PROCESSING") => ReportedStatus::Processing,
        Some("PENDING") => ReportedStatus::Pending,
        _ => ReportedStatus::Other,
    }
}

pub(crate) fn payment(fields: Fields<'_>) -> Result<PaymentFacts, ReadError> {
    Ok(PaymentFacts {
        request_id: fields.id("paymentRequestId", PaymentRequestId::new)?,
        payment_id: fields.id("paymentId", PaymentId::new)?,
        amount: amount(fields, "paymentAmount"),
        auth_expires_at: fields
            .text("authExpiryTime")
            .and_then(|text| Time::parse(&text)),
        card: card(fields),
        acquirer: acquirer(fields),
        stored_card: stored_card(fields),
    })
}

/// The checks' results alone: the cryptogram beside them is not read, and of a card number only the last four digits,
/// with a stored card.
fn card(fields: Fields<'_>) -> CardResult {
    let info = fields.object("paymentResultInfo");
    let fact = |name| info.short_text(name, MAX_FACT);
    // An older shape of the inquiry's answer has the 3-D Secure result under `cardInfo`.
    let homes = [info, fields.object("cardInfo")].map(|home| home.object("threeDSResult"));
    let three_ds = |name| {
        homes
            .iter()
            .find_map(|home| home.short_text(name, MAX_FACT))
    };
    CardResult {
        avs_result_raw: fact("avsResultRaw"),
        cvv_result_raw: fact("cvvResultRaw"),
        network_transaction_id: fact("networkTransactionId"),
        eci: three_ds("eci"),
        three_ds_version: three_ds("threeDSVersion"),
        ds_transaction_id: three_ds("dsTransactionId"),
    }
}

/// The card that POP stored, by its token; an older shape of the inquiry's answer has it under `cardInfo`. What is shown
/// of it is left out where it cannot be right, since the token is what counts.
fn stored_card(fields: Fields<'_>) -> Option<TokenizedCard> {
    let homes = [
        fields.object("paymentResultInfo"),
        fields.object("cardInfo"),
    ];
    let home = homes.into_iter().find(|home| home.has("cardToken"))?;
    let digits = |name, count: usize| {
        let text = home.text(name)?;
        (text.len() == count && is_digits(&text)).then_some(text)
    };
    Some(TokenizedCard {
        token: CardToken::new(home.text("cardToken")?)?,
        face: CardFace {
            brand: home
                .short_text("cardBrand", MAX_CODE)
                .filter(|brand| is_name(brand)),
            last_four: digits("lastFour", 4).or_else(|| last_four(&home.text("cardNo")?)),
            expiry_month: digits("expiryMonth", 2)
                .filter(|month| ("01"..="12").contains(&month.as_str())),
            expiry_year: digits("expiryYear", 2),
        },
    })
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The words that schemes call themselves by.
fn is_name(text: &str) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '&');
    text.chars().all(in_name)
}

/// Of a masked card number, such as `411734******6383`.
fn last_four(masked: &str) -> Option<String> {
    let start = masked.len().checked_sub(4)?;
    let last = masked.get(start..).filter(|last| is_digits(last))?;
    Some(last.to_owned())
}

fn acquirer(fields: Fields<'_>) -> Option<Acquirer> {
    let homes =
        [fields, fields.object("paymentResultInfo")].map(|home| home.object("acquirerInfo"));
    let fact = |name| {
        homes
            .iter()
            .find_map(|home| home.short_text(name, MAX_FACT))
    };
    let acquirer = Acquirer {
        name: fact("acquirerName"),
        reference_request_id: fact("referenceRequestId"),
        transaction_id: fact("acquirerTransactionId"),
    };
    (acquirer != Acquirer::default()).then_some(acquirer)
}
