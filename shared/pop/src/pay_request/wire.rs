//! The JSON of the request to pay, borrowed from what it is made of: no copy of a card field is made on the way.

use super::{Env, PayMethod, PayRequest, RecurringType};
use domain::card::{CardData, LocalFields, MpiData};
use domain::order::{Address, Buyer, Goods, Name, OrderDetails, Shipping};
use domain::{CaptureMode, Money, OrderId, PaymentRequestId};
use serde::Serialize;
use zeroize::Zeroizing;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    product_code: &'static str,
    payment_request_id: &'a PaymentRequestId,
    order: WireOrder<'a>,
    payment_amount: Money,
    payment_method: WireMethod<'a>,
    payment_factor: WireFactor,
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement_strategy: Option<WireSettlement<'a>>,
    payment_expiry_time: String,
    payment_notify_url: &'a str,
    payment_redirect_url: &'a str,
    env: &'a Env,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_account_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant_region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireOrder<'a> {
    reference_order_id: &'a OrderId,
    order_description: &'a str,
    order_amount: Money,
    #[serde(skip_serializing_if = "<[Goods]>::is_empty")]
    goods: &'a [Goods],
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping: Option<&'a Shipping>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer: Option<&'a Buyer>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireFactor {
    is_authorization: bool,
    capture_mode: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireSettlement<'a> {
    settlement_currency: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireMethod<'a> {
    payment_method_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method_id: Option<&'a str>,
    payment_method_meta_data: WireMeta<'a>,
}

/// `paymentMethodMetaData`: the card, or what is said of a stored one, and how to authenticate.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireMeta<'a> {
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    card: Option<WireCard<'a>>,
    is_card_on_file: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokenize: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurring_type: Option<RecurringType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_transaction_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mpi_data: Option<WireMpi<'a>>,
    #[serde(
        rename = "is3DSAuthentication",
        skip_serializing_if = "Option::is_none"
    )]
    is_3ds_authentication: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_authentication_upgrade: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireCard<'a> {
    card_no: &'a str,
    cvv: &'a str,
    expiry_month: &'a str,
    expiry_year: &'a str,
    cardholder_name: &'a Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_address: Option<&'a Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selected_card_brand: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpf: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer_email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_of_birth: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    business_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_password_digest: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method_region: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireMpi<'a> {
    #[serde(rename = "threeDSVersion")]
    three_ds_version: &'a str,
    eci: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cavv: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ds_transaction_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_type: Option<&'a str>,
}

impl<'a> Body<'a> {
    pub(super) fn of(request: &'a PayRequest<'_>) -> Self {
        let order = request.order;
        Self {
            product_code: "CASHIER_PAYMENT",
            payment_request_id: request.payment_request_id,
            order: WireOrder {
                reference_order_id: &order.order_id,
                order_description: &order.description,
                order_amount: request.amount,
                goods: &order.goods,
                shipping: order.shipping.as_ref(),
                buyer: order.buyer.as_ref(),
            },
            payment_amount: request.amount,
            payment_method: WireMethod::of(&request.method, order),
            payment_factor: WireFactor {
                is_authorization: true,
                capture_mode: capture_mode(request.capture_mode),
            },
            settlement_strategy: order
                .settlement_currency
                .as_deref()
                .map(|settlement_currency| WireSettlement {
                    settlement_currency,
                }),
            payment_expiry_time: request.expires_at.rfc3339(),
            payment_notify_url: request.notify_url,
            payment_redirect_url: request.return_url,
            env: &request.env,
            merchant_account_id: order.merchant_account_id.as_deref(),
            user_region: order.user_region.as_deref(),
            merchant_region: order.merchant_region.as_deref(),
            metadata: order.metadata.as_deref(),
        }
    }
}

impl<'a> WireMethod<'a> {
    fn of(method: &PayMethod<'a>, order: &'a OrderDetails) -> Self {
        let (payment_method_id, payment_method_meta_data) = match *method {
            PayMethod::Card { card, store, mpi } => {
                (None, WireMeta::typed(card, store, mpi, order))
            }
            PayMethod::StoredCard { token } => (Some(token.expose()), WireMeta::stored(order)),
            PayMethod::MerchantInitiated {
                token,
                recurring_type,
                network_transaction_id,
            } => {
                let meta = WireMeta::without_buyer(recurring_type, network_transaction_id, order);
                (Some(token.expose()), meta)
            }
        };
        Self {
            payment_method_type: "CARD",
            payment_method_id,
            payment_method_meta_data,
        }
    }
}

impl<'a> WireMeta<'a> {
    fn typed(
        card: &'a CardData,
        store: bool,
        mpi: Option<&'a MpiData>,
        order: &OrderDetails,
    ) -> Self {
        // Who was authenticated already is not asked again, unless the merchant wants it.
        let authenticated = mpi.map(|_| false);
        Self {
            card: Some(WireCard::of(card)),
            is_card_on_file: false,
            tokenize: store.then_some(true),
            mpi_data: mpi.map(WireMpi::of),
            is_3ds_authentication: order.is_3ds_authentication.or(authenticated),
            ..Self::stored(order)
        }
    }

    fn stored(order: &OrderDetails) -> Self {
        Self {
            card: None,
            is_card_on_file: true,
            tokenize: None,
            recurring_type: None,
            network_transaction_id: None,
            mpi_data: None,
            is_3ds_authentication: order.is_3ds_authentication,
            enable_authentication_upgrade: order.enable_authentication_upgrade,
        }
    }

    /// Nobody is there to be authenticated, whatever the order says.
    fn without_buyer(
        kind: RecurringType,
        network_transaction_id: &'a str,
        order: &OrderDetails,
    ) -> Self {
        Self {
            recurring_type: Some(kind),
            network_transaction_id: Some(network_transaction_id),
            is_3ds_authentication: Some(false),
            enable_authentication_upgrade: Some(false),
            ..Self::stored(order)
        }
    }
}

fn text(field: &Option<Zeroizing<String>>) -> Option<&str> {
    field.as_ref().map(|text| text.as_str())
}

impl<'a> WireCard<'a> {
    fn of(card: &'a CardData) -> Self {
        let LocalFields {
            selected_card_brand,
            cpf,
            payer_email,
            date_of_birth,
            business_no,
            card_password_digest,
            payment_method_region,
        } = &card.local;
        Self {
            card_no: card.number.expose_digits(),
            cvv: card.cvv.expose_digits(),
            expiry_month: card.expiry.expose_month(),
            expiry_year: card.expiry.expose_year(),
            cardholder_name: &card.holder,
            billing_address: card.billing_address.as_ref(),
            selected_card_brand: text(selected_card_brand),
            cpf: text(cpf),
            payer_email: text(payer_email),
            date_of_birth: text(date_of_birth),
            business_no: text(business_no),
            card_password_digest: text(card_password_digest),
            payment_method_region: text(payment_method_region),
        }
    }
}

impl<'a> WireMpi<'a> {
    fn of(mpi: &'a MpiData) -> Self {
        Self {
            three_ds_version: &mpi.three_ds_version,
            eci: &mpi.eci,
            cavv: text(&mpi.cavv),
            ds_transaction_id: text(&mpi.ds_transaction_id),
            credential_type: text(&mpi.credential_type),
        }
    }
}

/// Always sent: POP takes an absent mode for automatic capture. A mode that is not known takes no money by itself.
fn capture_mode(mode: CaptureMode) -> &'static str {
    match mode {
        CaptureMode::Automatic => "AUTOMATIC",
        CaptureMode::Manual | CaptureMode::Unknown => "MANUAL",
    }
}
