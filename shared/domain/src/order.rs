//! What is bought, by whom, and where it goes: the merchant's data for the provider's risk control, in POP's field
//! names (docs/provider.md, "Pay"). The types serve the merchant's request, the row and the request to POP alike.
//! Their limits are checked when the merchant gives them ([`OrderDetails::check`]), never again when they are read back.

mod checks;

use crate::limits::given;
use crate::{BuyerId, Money, OrderId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A person's name; each part at most 32 characters, the full name 128.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Name {
    /// Given name.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Middle name.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// Family name.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The whole name.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub full_name: Option<String>,
}

/// A postal address; `region` is the two-letter country code, `state` at most 8 characters.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    /// Country, two letters (ISO 3166-1).
    pub region: String,
    /// State or province.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// City.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Street and number.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub address1: Option<String>,
    /// Further lines.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub address2: Option<String>,
    /// Postal code.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub zip_code: Option<String>,
}

/// One line of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Goods {
    /// The merchant's id of the article.
    pub reference_goods_id: String,
    /// Its name.
    pub goods_name: String,
    /// Category levels joined by `/`.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub goods_category: Option<String>,
    /// Brand.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub goods_brand: Option<String>,
    /// Price of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_unit_amount: Option<Money>,
    /// How many, as a string of digits.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub goods_quantity: Option<String>,
    /// The article's page.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub goods_url: Option<String>,
    /// `PHYSICAL` or `DIGITAL`.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub delivery_method_type: Option<String>,
}

/// Where the goods go.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Shipping {
    /// Who receives them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_name: Option<Name>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// By whom.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub shipping_carrier: Option<String>,
    /// Telephone of the receiver.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub shipping_phone_no: Option<String>,
    /// E-mail for digital goods.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub ship_to_email: Option<String>,
}

/// Who buys.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Buyer {
    /// The merchant's id of the buyer.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub reference_buyer_id: Option<String>,
    /// Telephone.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub buyer_phone_no: Option<String>,
    /// E-mail.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub buyer_email: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_name: Option<Name>,
}

/// The order behind a payment, kept in the row until the payment is final and then cut down by
/// [`OrderDetails::forget_people`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderDetails {
    /// The merchant's order.
    pub order_id: OrderId,
    /// One line for the buyer's statement and risk control.
    pub description: String,
    /// Where the buyer returns after a redirect.
    pub redirect_url: String,
    /// What is bought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goods: Vec<Goods>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Shipping>,
    /// Who buys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Buyer>,
    /// Currency of settlement, where the contract has several.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub settlement_currency: Option<String>,
    /// Ask for 3-D Secure.
    #[serde(
        rename = "is3DSAuthentication",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub is_3ds_authentication: Option<bool>,
    /// Let POP upgrade a refused payment to 3-D Secure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_authentication_upgrade: Option<bool>,
    /// The merchant's own data as JSON text, which POP gives back. Not for personal data: it is not forgotten.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub metadata: Option<String>,
    /// Which of several businesses under one client id.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub merchant_account_id: Option<String>,
    /// The buyer's country, two letters.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub user_region: Option<String>,
    /// The merchant's country, two letters, where the contract asks for it.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub merchant_region: Option<String>,
}

impl OrderDetails {
    /// An order with what every order has, and nothing else.
    #[must_use]
    pub fn new(order_id: OrderId, description: &str, redirect_url: &str) -> Self {
        Self {
            order_id,
            description: description.to_owned(),
            redirect_url: redirect_url.to_owned(),
            goods: Vec::new(),
            shipping: None,
            buyer: None,
            settlement_currency: None,
            is_3ds_authentication: None,
            enable_authentication_upgrade: None,
            metadata: None,
            merchant_account_id: None,
            user_region: None,
            merchant_region: None,
        }
    }

    /// The buyer, by the merchant's id.
    #[must_use]
    pub fn buyer_id(&self) -> Option<BuyerId> {
        let buyer = self.buyer.as_ref()?;
        BuyerId::new(buyer.reference_buyer_id.clone()?).ok()
    }

    /// SHA-256, in hex, of the order without its people: the same before and after they are forgotten.
    #[must_use]
    #[allow(
        clippy::expect_used,
        reason = "texts, numbers and lists: nothing that JSON cannot hold"
    )]
    pub fn digest(&self) -> String {
        let rest = Self {
            shipping: None,
            buyer: None,
            ..self.clone()
        };
        let text = serde_json::to_string(&rest).expect("plain data");
        crate::hex(&Sha256::digest(text))
    }

    /// Whether there are names, addresses or telephone numbers that can be dropped.
    #[must_use]
    pub fn has_people(&self) -> bool {
        let droppable = |buyer: &Buyer| {
            buyer.reference_buyer_id.is_none()
                || buyer.buyer_phone_no.is_some()
                || buyer.buyer_email.is_some()
                || buyer.buyer_name.is_some()
        };
        self.shipping.is_some() || self.buyer.as_ref().is_some_and(droppable)
    }

    /// Drops names, addresses and telephone numbers: nothing needs them once the payment is authorised or over.
    pub fn forget_people(&mut self) {
        self.shipping = None;
        self.buyer = self.buyer.take().and_then(|buyer| {
            let reference_buyer_id = Some(buyer.reference_buyer_id?);
            Some(Buyer {
                reference_buyer_id,
                ..Buyer::default()
            })
        });
    }
}

macro_rules! personal_debug {
    ($($name:ident),+) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(personal data)"))
            }
        }
    )+ };
}
personal_debug!(Name, Address, Shipping, Buyer);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_all_but_the_merchants_id_of_the_buyer() {
        let order = |shipping, buyer| OrderDetails {
            shipping,
            buyer,
            ..OrderDetails::new(
                OrderId::new("O").unwrap(),
                "Coffee",
                "https://shop.example/",
            )
        };
        let buyer = |change: fn(&mut Buyer)| {
            let mut buyer = Buyer {
                reference_buyer_id: Some("buyer-1".into()),
                ..Buyer::default()
            };
            change(&mut buyer);
            Some(buyer)
        };
        for (name, mut order, has_people) in [
            ("nobody", order(None, None), false),
            ("an id", order(None, buyer(|_| {})), false),
            ("an address", order(Some(Shipping::default()), None), true),
            (
                "an address and an id",
                order(Some(Shipping::default()), buyer(|_| {})),
                true,
            ),
            (
                "no id",
                order(None, buyer(|buyer| buyer.reference_buyer_id = None)),
                true,
            ),
            (
                "a telephone number",
                order(None, buyer(|buyer| buyer.buyer_phone_no = Some("1".into()))),
                true,
            ),
            (
                "an e-mail address",
                order(None, buyer(|buyer| buyer.buyer_email = Some("a@b".into()))),
                true,
            ),
            (
                "a name",
                order(
                    None,
                    buyer(|buyer| buyer.buyer_name = Some(Name::default())),
                ),
                true,
            ),
        ] {
            assert_eq!(order.has_people(), has_people, "{name}");
            let digest = order.digest();
            order.forget_people();
            assert!(!order.has_people(), "{name}");
            assert_eq!(order.digest(), digest, "{name}");
        }
    }
}
