//! The card within a pay request: its data or its token, and how the merchant wants it to be used.

use serde_json::Value;

use super::order::{check_address, check_name};
use crate::cards;
use crate::clock::{Millis, Zone, iso};
use crate::fields::{Fields, Problem};
use crate::vault::{Card, Fingerprint, Fingerprints};

const DATA: &str = "paymentMethod.paymentMethodMetaData";

/// What is to be charged.
pub(crate) enum Instrument {
    /// Card data that can be used.
    Card(Card),
    /// Card data that the holder mistyped: the result code of the decline.
    Mistyped(&'static str),
    /// A token; `None` when it cannot be one of ours.
    Token(Option<Fingerprint>),
}

/// How the card is to be used.
#[derive(Default)]
pub(crate) struct Wishes {
    /// Store it.
    pub(crate) tokenize: bool,
    /// The merchant asks for 3DS.
    pub(crate) challenge: bool,
    /// The merchant lets a refusal for want of 3DS be upgraded to a challenge.
    pub(crate) upgrade: bool,
    /// There is a billing address to compare.
    pub(crate) billing_address: bool,
    /// There is a security code to compare.
    pub(crate) security_code: bool,
    /// `SCHEDULED` or `UNSCHEDULED`: the merchant pays without the buyer.
    pub(crate) recurring_type: Option<String>,
    /// The card network's id of an earlier payment.
    pub(crate) network_id: Option<String>,
    /// The merchant's own 3DS result.
    pub(crate) own_authentication: Option<OwnAuthentication>,
    /// Of a card with two brands.
    pub(crate) brand: Option<String>,
}

/// A 3DS result that the merchant got elsewhere.
pub(crate) struct OwnAuthentication {
    pub(crate) version: String,
    pub(crate) eci: String,
    pub(crate) cavv: Option<String>,
    pub(crate) ds_transaction_id: Option<String>,
}

impl OwnAuthentication {
    /// Whether the holder was authenticated, or it was attempted: the issuer bears the risk.
    pub(crate) fn counts(&self) -> bool {
        !matches!(self.eci.as_str(), "00" | "07")
    }
}

/// Reads the payment method; also the fingerprint of its id, for comparing repeated calls.
pub(super) fn read(
    method: &Fields<'_>,
    now: Millis,
    fingerprints: &Fingerprints,
) -> Result<(Instrument, Wishes, Option<Fingerprint>), Problem> {
    method.required_word("paymentMethodType", &["CARD"])?;
    let token = method.text("paymentMethodId", 2048)?;
    let empty = serde_json::Map::<String, Value>::new();
    let data = match (method.object("paymentMethodMetaData")?, &token) {
        (Some(data), _) => data,
        (None, Some(_)) => Fields::at(&empty, DATA),
        (None, None) => return Err(format!("{DATA} is required")),
    };
    let wishes = read_wishes(&data)?;
    check_local_fields(&data)?;
    let on_file = data.flag("isCardOnFile")? == Some(true);
    let instrument = match &token {
        Some(_) if data.has("cardNo") => {
            return Err(format!(
                "{DATA}.cardNo must not stand beside paymentMethodId"
            ));
        }
        Some(_) if !on_file => {
            return Err(format!(
                "{DATA}.isCardOnFile must be true beside paymentMethodId"
            ));
        }
        Some(token) => Instrument::Token(Fingerprint::of_token(token)),
        None => read_data(&data, on_file, now, fingerprints)?,
    };
    check_without_buyer(&data, &wishes, on_file)?;
    let method_id = token.map(|token| fingerprints.of(&token));
    Ok((instrument, wishes, method_id))
}

fn read_wishes(data: &Fields<'_>) -> Result<Wishes, Problem> {
    check_address(data.object("billingAddress")?)?;
    Ok(Wishes {
        tokenize: data.flag("tokenize")? == Some(true),
        challenge: data.flag("is3DSAuthentication")? == Some(true),
        upgrade: data.flag("enableAuthenticationUpgrade")? != Some(false),
        billing_address: data.has("billingAddress"),
        security_code: data.has("cvv"),
        recurring_type: data.word("recurringType", &["SCHEDULED", "UNSCHEDULED"])?,
        network_id: data.text("networkTransactionId", 100)?,
        own_authentication: match data.object("mpiData")? {
            Some(mpi) => Some(read_own_authentication(&mpi)?),
            None => None,
        },
        brand: data.text("selectedCardBrand", 64)?,
    })
}

/// What cards of some countries need.
fn check_local_fields(data: &Fields<'_>) -> Result<(), Problem> {
    data.digits("cpf", 11)?;
    data.digits("cardPasswordDigest", 2)?;
    data.texts(&[
        ("payerEmail", 64),
        ("businessNo", 10),
        ("paymentMethodRegion", 6),
    ])?;
    data.date("dateOfBirth")
}

fn read_own_authentication(mpi: &Fields<'_>) -> Result<OwnAuthentication, Problem> {
    let read = OwnAuthentication {
        version: mpi.required_word("threeDSVersion", &["1.0.2", "2.1.0", "2.2.0"])?,
        eci: mpi.required_word("eci", &["00", "01", "02", "05", "06", "07"])?,
        cavv: mpi.text("cavv", 64)?,
        ds_transaction_id: mpi.text("dsTransactionId", 64)?,
    };
    mpi.text("credentialType", 64)?;
    if read.counts() && read.cavv.is_none() {
        return Err(format!("{DATA}.mpiData.cavv is required with this eci"));
    }
    Ok(read)
}

/// The rules of a payment without the buyer. Whether the network's id is known is judged later.
fn check_without_buyer(data: &Fields<'_>, wishes: &Wishes, on_file: bool) -> Result<(), Problem> {
    if wishes.recurring_type.is_none() {
        return Ok(());
    }
    if !on_file {
        return Err(format!(
            "{DATA}.isCardOnFile must be true with recurringType"
        ));
    }
    if wishes.network_id.is_none() {
        return Err(format!(
            "{DATA}.networkTransactionId is required with recurringType"
        ));
    }
    if wishes.challenge {
        return Err(format!(
            "{DATA}.is3DSAuthentication must be false with recurringType"
        ));
    }
    // Absent means true here.
    if data.flag("enableAuthenticationUpgrade")? != Some(false) {
        return Err(format!(
            "{DATA}.enableAuthenticationUpgrade must be false with recurringType"
        ));
    }
    Ok(())
}

/// Judges the card data. What a card's holder may have mistyped leads to a decline, not to a schema error.
fn read_data(
    data: &Fields<'_>,
    on_file: bool,
    now: Millis,
    fingerprints: &Fingerprints,
) -> Result<Instrument, Problem> {
    let number = data.required_digits("cardNo", 32)?;
    check_name(Some(data.required_object("cardholderName")?), true)?;
    let year = data.required_digits("expiryYear", 2)?;
    let month = data.required_digits("expiryMonth", 2)?;
    let code = if on_file {
        data.digits("cvv", 4)?
    } else {
        Some(data.required_digits("cvv", 4)?)
    };
    let Some(behaviour) = cards::look_up(&number) else {
        return Ok(Instrument::Mistyped("INVALID_CARD_NUMBER"));
    };
    if is_expired(&year, &month, now) {
        return Ok(Instrument::Mistyped("INVALID_EXPIRATION_DATE"));
    }
    if code.is_some_and(|code| code.len() < 3) {
        return Ok(Instrument::Mistyped("INVALID_CVV"));
    }
    let last_four = number.get(number.len().saturating_sub(4)..);
    Ok(Instrument::Card(Card {
        behaviour,
        fingerprint: fingerprints.of(&number),
        brand: cards::brand(&number),
        funding: cards::funding(&number),
        last_four: last_four.unwrap_or_default().to_owned(),
        expiry_month: month,
        expiry_year: year,
    }))
}

/// Whether the month is over, or is no month.
pub(crate) fn is_expired(year: &str, month: &str, now: Millis) -> bool {
    let today = iso(now, Zone::Zulu);
    let this_month: Option<String> = today
        .get(2..4)
        .zip(today.get(5..7))
        .map(|(year, month)| format!("{year}{month}"));
    let valid_month =
        matches!(month.parse::<u8>(), Ok(1..=12)) && month.len() == 2 && year.len() == 2;
    !valid_month || this_month.is_none_or(|this_month| format!("{year}{month}") < this_month)
}
