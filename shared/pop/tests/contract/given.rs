//! What the merchant and the page would have given for the documented request to pay.

use crate::support::sample;
use domain::card::{CardData, TypedCard};
use domain::order::OrderDetails;
use domain::{CaptureMode, Money, PaymentRequestId, Time};
use pop::pay_request::{Env, PayMethod, PayRequest};
use serde_json::Value;

pub(crate) fn documented() -> Value {
    serde_json::from_slice(sample!("pay_request_card")).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn take<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

pub(crate) struct Given {
    pub(crate) id: PaymentRequestId,
    pub(crate) amount: Money,
    pub(crate) order: OrderDetails,
    pub(crate) card: CardData,
    pub(crate) env: Env,
    pub(crate) notify_url: String,
    pub(crate) return_url: String,
}

impl Given {
    pub(crate) fn documented() -> Self {
        let sample = documented();
        let (order, method) = (
            &sample["order"],
            &sample["paymentMethod"]["paymentMethodMetaData"],
        );
        let env: Env = take(&sample["env"]);
        Self {
            id: take(&sample["paymentRequestId"]),
            amount: take(&sample["paymentAmount"]),
            order: OrderDetails {
                goods: take(&order["goods"]),
                shipping: take(&order["shipping"]),
                buyer: take(&order["buyer"]),
                settlement_currency: take(&sample["settlementStrategy"]["settlementCurrency"]),
                is_3ds_authentication: take(&method["is3DSAuthentication"]),
                enable_authentication_upgrade: take(&method["enableAuthenticationUpgrade"]),
                ..OrderDetails::new(
                    take(&order["referenceOrderId"]),
                    &text(&order["orderDescription"]),
                    "https://shop.example/never-sent",
                )
            },
            card: CardData::parse(take::<TypedCard>(method)).unwrap(),
            env: env.seen_from(
                &text(&sample["env"]["clientIp"]),
                &text(&sample["env"]["browserInfo"]["userAgent"]),
            ),
            notify_url: text(&sample["paymentNotifyUrl"]),
            return_url: text(&sample["paymentRedirectUrl"]),
        }
    }

    /// The request with the documented card.
    pub(crate) fn request(&self, capture_mode: CaptureMode) -> PayRequest<'_> {
        let card = PayMethod::Card {
            card: &self.card,
            store: false,
            mpi: None,
        };
        PayRequest {
            capture_mode,
            ..self.with(card)
        }
    }

    /// The request with another way to pay.
    pub(crate) fn with<'a>(&'a self, method: PayMethod<'a>) -> PayRequest<'a> {
        PayRequest {
            payment_request_id: &self.id,
            amount: self.amount,
            order: &self.order,
            capture_mode: CaptureMode::Automatic,
            expires_at: Time::parse("2022-11-14T06:31:14Z").unwrap(),
            notify_url: &self.notify_url,
            return_url: &self.return_url,
            method,
            env: self.env.clone(),
        }
    }
}

pub(crate) fn written(request: &PayRequest<'_>) -> Value {
    serde_json::from_slice(&request.body().unwrap()).unwrap()
}
