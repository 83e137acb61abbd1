//! The body of `POST /payments`: order, amount, and how it is to be captured.

use super::{field, in_field};
use crate::Problem;
use domain::order::{Buyer, Goods, OrderDetails, Shipping};
use domain::{CaptureMode, CaptureOn, Money, NewPayment, OrderId, PaymentRequestId, Seconds};
use serde::Deserialize;

/// POP closes an unpaid order after 14 minutes by itself; by default we say the same time.
const DEFAULT_EXPIRY: Seconds = Seconds(840);
const EXPIRY_RANGE: std::ops::RangeInclusive<i64> = 30..=3600;
const CAPTURE_DELAY_RANGE: std::ops::RangeInclusive<i64> = 0..=30 * 86_400;

/// The body of `POST /payments`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateBody {
    payment_request_id: String,
    order_id: OrderId,
    amount: Money,
    capture_mode: Option<RequestedMode>,
    capture_on: Option<RequestedTime>,
    capture_after_seconds: Option<i64>,
    expires_in_seconds: Option<i64>,
    description: String,
    redirect_url: String,
    #[serde(default)]
    goods: Vec<Goods>,
    shipping: Option<Shipping>,
    buyer: Option<Buyer>,
    settlement_currency: Option<String>,
    #[serde(rename = "is3DSAuthentication")]
    is_3ds_authentication: Option<bool>,
    enable_authentication_upgrade: Option<bool>,
    metadata: Option<String>,
    merchant_account_id: Option<String>,
    user_region: Option<String>,
    merchant_region: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum RequestedMode {
    Automatic,
    Manual,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum RequestedTime {
    Authorized,
    Request,
    After,
}

impl CreateBody {
    /// Checks the fields and gives the payment to create.
    pub(crate) fn check(self, default_capture_on: CaptureOn) -> Result<NewPayment, Problem> {
        let id = PaymentRequestId::from_merchant(self.payment_request_id.as_str())
            .map_err(|error| field("paymentRequestId", error))?;
        let amount = self
            .amount
            .check_payable()
            .map_err(|error| field("amount", error))?;
        let expires_in = seconds(
            "expiresInSeconds",
            self.expires_in_seconds,
            DEFAULT_EXPIRY,
            &EXPIRY_RANGE,
        )?;
        let capture_on = self.capture_time(default_capture_on)?;
        let capture_mode = match self.capture_mode {
            Some(RequestedMode::Manual) => CaptureMode::Manual,
            Some(RequestedMode::Automatic) | None => CaptureMode::Automatic,
        };
        let order = OrderDetails {
            order_id: self.order_id,
            description: self.description,
            redirect_url: self.redirect_url,
            goods: self.goods,
            shipping: self.shipping,
            buyer: self.buyer,
            settlement_currency: self.settlement_currency,
            is_3ds_authentication: self.is_3ds_authentication,
            enable_authentication_upgrade: self.enable_authentication_upgrade,
            metadata: self.metadata,
            merchant_account_id: self.merchant_account_id,
            user_region: self.user_region,
            merchant_region: self.merchant_region,
        };
        order.check().map_err(in_field)?;
        Ok(NewPayment {
            id,
            order,
            amount,
            capture_mode,
            capture_on,
            expires_in,
        })
    }

    fn capture_time(&self, default: CaptureOn) -> Result<CaptureOn, Problem> {
        let delay = || match (self.capture_after_seconds, default) {
            (None, CaptureOn::After(delay)) => Ok(delay),
            (None, _) => Err(field(
                "captureAfterSeconds",
                "needed with captureOn \"after\"",
            )),
            (given, _) => seconds(
                "captureAfterSeconds",
                given,
                Seconds(0),
                &CAPTURE_DELAY_RANGE,
            ),
        };
        Ok(match self.capture_on {
            None => default,
            Some(RequestedTime::Authorized) => CaptureOn::Authorized,
            Some(RequestedTime::Request) => CaptureOn::Request,
            Some(RequestedTime::After) => CaptureOn::After(delay()?),
        })
    }
}

fn seconds(
    name: &str,
    value: Option<i64>,
    default: Seconds,
    range: &std::ops::RangeInclusive<i64>,
) -> Result<Seconds, Problem> {
    let value = value.map_or(default, Seconds);
    let expected = || field(name, format!("from {} to {}", range.start(), range.end()));
    range
        .contains(&value.0)
        .then_some(value)
        .ok_or_else(expected)
}
