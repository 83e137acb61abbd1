//! The limits of an order's fields (docs/provider.md, "Pay").

use super::{Address, Buyer, Goods, Name, OrderDetails, Shipping};
use crate::limits::{
    Checked, FieldError, MAX_URL, code, currency, one_of, optional_text, region, text, web_address,
};
use serde::de::IgnoredAny;

/// The most lines of an order.
const MAX_GOODS: usize = 100;
/// The longest part of a name.
const MAX_NAME: usize = 32;
/// The longest whole name.
const MAX_FULL_NAME: usize = 128;
/// The longest `state`: full names of states are often longer, their codes never.
const MAX_STATE: usize = 8;
/// The longest metadata, in characters of its JSON text.
const MAX_METADATA: usize = 2048;

impl Name {
    /// Checks the length of what is there.
    pub fn check(&self) -> Checked {
        optional_text("firstName", self.first_name.as_deref(), MAX_NAME)?;
        optional_text("middleName", self.middle_name.as_deref(), MAX_NAME)?;
        optional_text("lastName", self.last_name.as_deref(), MAX_NAME)?;
        optional_text("fullName", self.full_name.as_deref(), MAX_FULL_NAME)
    }

    /// As [`Name::check`]; given and family name must be there.
    pub fn check_person(&self) -> Checked {
        let needed = |part: &Option<String>| part.clone().unwrap_or_default();
        text("firstName", &needed(&self.first_name), MAX_NAME)?;
        text("lastName", &needed(&self.last_name), MAX_NAME)?;
        self.check()
    }
}

impl Address {
    /// Checks the country and the length of the rest.
    pub fn check(&self) -> Checked {
        region("region", &self.region)?;
        optional_text("state", self.state.as_deref(), MAX_STATE).map_err(|error| {
            let expected = format!("{}, for example the code of ISO 3166-2", error.expected);
            FieldError { expected, ..error }
        })?;
        optional_text("city", self.city.as_deref(), 32)?;
        optional_text("address1", self.address1.as_deref(), 256)?;
        optional_text("address2", self.address2.as_deref(), 256)?;
        optional_text("zipCode", self.zip_code.as_deref(), 32)
    }
}

impl Goods {
    fn check(&self) -> Checked {
        text("referenceGoodsId", &self.reference_goods_id, 64)?;
        text("goodsName", &self.goods_name, 256)?;
        optional_text("goodsCategory", self.goods_category.as_deref(), 64)?;
        // No limit of the contract is known for the brand.
        optional_text("goodsBrand", self.goods_brand.as_deref(), 256)?;
        optional_text("goodsUrl", self.goods_url.as_deref(), MAX_URL)?;
        if let Some(price) = self.goods_unit_amount {
            currency("goodsUnitAmount.currency", price.currency().code())?;
        }
        if let Some(count) = &self.goods_quantity {
            let whole = count.len() <= 16 && count.bytes().all(|b| b.is_ascii_digit());
            if !whole || count.bytes().all(|b| b == b'0') {
                let expected = "a whole number from 1, at most 16 digits";
                return Err(FieldError::new("goodsQuantity", expected));
            }
        }
        self.delivery_method_type
            .as_deref()
            .map_or(Ok(()), |method| {
                one_of("deliveryMethodType", method, &["PHYSICAL", "DIGITAL"])
            })
    }
}

impl Shipping {
    fn check(&self) -> Checked {
        if let Some(name) = &self.shipping_name {
            name.check().map_err(|e| e.within("shippingName"))?;
        }
        if let Some(address) = &self.shipping_address {
            address.check().map_err(|e| e.within("shippingAddress"))?;
        }
        optional_text("shippingCarrier", self.shipping_carrier.as_deref(), 128)?;
        optional_text("shippingPhoneNo", self.shipping_phone_no.as_deref(), 16)?;
        optional_text("shipToEmail", self.ship_to_email.as_deref(), 64)
    }
}

impl Buyer {
    fn check(&self) -> Checked {
        if let Some(id) = &self.reference_buyer_id {
            code("referenceBuyerId", id, 64)?;
        }
        optional_text("buyerPhoneNo", self.buyer_phone_no.as_deref(), 24)?;
        optional_text("buyerEmail", self.buyer_email.as_deref(), 64)?;
        let name = self.buyer_name.as_ref();
        name.map_or(Ok(()), |name| {
            name.check().map_err(|e| e.within("buyerName"))
        })
    }
}

impl OrderDetails {
    /// Checks every field against POP's limits; the error names the first that does not fit. For what the merchant
    /// sends: better refused now than at the moment the buyer pays.
    pub fn check(&self) -> Checked {
        text("description", &self.description, 256)?;
        web_address("redirectUrl", &self.redirect_url, MAX_URL)?;
        if self.goods.len() > MAX_GOODS {
            let expected = format_args!("at most {MAX_GOODS} lines");
            return Err(FieldError::new("goods", expected));
        }
        for (line, goods) in self.goods.iter().enumerate() {
            goods
                .check()
                .map_err(|e| e.within(format_args!("goods[{line}]")))?;
        }
        if let Some(shipping) = &self.shipping {
            shipping.check().map_err(|e| e.within("shipping"))?;
        }
        if let Some(buyer) = &self.buyer {
            buyer.check().map_err(|e| e.within("buyer"))?;
        }
        self.check_terms()
    }

    fn check_terms(&self) -> Checked {
        if let Some(settlement) = &self.settlement_currency {
            currency("settlementCurrency", settlement)?;
        }
        if let Some(metadata) = &self.metadata {
            let json = serde_json::from_str::<IgnoredAny>(metadata).is_ok();
            if !json || metadata.chars().count() > MAX_METADATA {
                let expected = format_args!("JSON text of at most {MAX_METADATA} characters");
                return Err(FieldError::new("metadata", expected));
            }
        }
        optional_text("merchantAccountId", self.merchant_account_id.as_deref(), 32)?;
        let country = |field: &str, value: &Option<String>| {
            value
                .as_deref()
                .map_or(Ok(()), |value| region(field, value))
        };
        country("userRegion", &self.user_region)?;
        country("merchantRegion", &self.merchant_region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OrderId;
    use serde_json::{Value, json};

    /// An order in which every field is there.
    fn whole() -> Value {
        let name = json!({"firstName": "Dehua", "middleName": "Skr", "lastName": "Liu", "fullName": "Dehua Skr Liu"});
        let address = json!({"region": "CN", "state": "Zhejiang", "city": "Hangzhou", "address1": "Wuchang road",
                             "address2": "Xihu", "zipCode": "310000"});
        json!({
            "orderId": "ORDER_1", "description": "coffee", "redirectUrl": "https://shop.example/return",
            "goods": [
                {"referenceGoodsId": "1", "goodsName": "pods"},
                {"referenceGoodsId": "2", "goodsName": "beans", "goodsCategory": "Food/Coffee", "goodsBrand": "Own",
                 "goodsUnitAmount": {"currency": "EUR", "value": "100"}, "goodsQuantity": "10",
                 "goodsUrl": "https://shop.example/beans", "deliveryMethodType": "PHYSICAL"},
            ],
            "shipping": {"shippingName": name, "shippingAddress": address, "shippingCarrier": "FedEx",
                         "shippingPhoneNo": "12345678912", "shipToEmail": "test@shop.example"},
            "buyer": {"referenceBuyerId": "test12345678", "buyerPhoneNo": "12345678912",
                      "buyerEmail": "buyer@shop.example", "buyerName": name},
            "settlementCurrency": "EUR", "metadata": "{\"shelf\":\"7\"}", "merchantAccountId": "berlin",
            "userRegion": "DE", "merchantRegion": "SG",
        })
    }

    fn checked(order: Value) -> Result<(), String> {
        let order: OrderDetails = serde_json::from_value(order).unwrap();
        order.check().map_err(|error| error.to_string())
    }

    /// The whole order with one field changed, by its path.
    fn with(path: &str, value: Value) -> Result<(), String> {
        let mut order = whole();
        let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
        *order.pointer_mut(&pointer).unwrap() = value;
        checked(order)
    }

    #[test]
    fn each_text_takes_its_limit_and_refuses_one_more() {
        assert_eq!(checked(whole()), Ok(()));
        for (path, longest) in [
            ("description", 256),
            ("goods[1].referenceGoodsId", 64),
            ("goods[1].goodsName", 256),
            ("goods[1].goodsCategory", 64),
            ("goods[1].goodsBrand", 256),
            ("goods[1].goodsUrl", 2048),
            ("shipping.shippingName.firstName", 32),
            ("shipping.shippingName.middleName", 32),
            ("shipping.shippingName.lastName", 32),
            ("shipping.shippingName.fullName", 128),
            ("shipping.shippingAddress.city", 32),
            ("shipping.shippingAddress.address1", 256),
            ("shipping.shippingAddress.address2", 256),
            ("shipping.shippingAddress.zipCode", 32),
            ("shipping.shippingCarrier", 128),
            ("shipping.shippingPhoneNo", 16),
            ("shipping.shipToEmail", 64),
            ("buyer.buyerPhoneNo", 24),
            ("buyer.buyerEmail", 64),
            ("buyer.buyerName.firstName", 32),
            ("merchantAccountId", 32),
        ] {
            assert_eq!(with(path, "é".repeat(longest).into()), Ok(()), "{path}");
            let too_long = with(path, "é".repeat(longest + 1).into());
            assert_eq!(too_long, Err(format!("{path}: 1 to {longest} characters")));
            let control = with(path, "a\nb".into());
            assert_eq!(control, Err(format!("{path}: no control characters")));
        }
    }

    #[test]
    fn words_numbers_and_addresses() {
        let state = "1 to 8 characters, for example the code of ISO 3166-2";
        let country = "two capital letters (ISO 3166-1)";
        let code = "1 to 64 printable ASCII characters without blanks";
        let currency = "a currency of ISO 4217, three capital letters";
        let count = "a whole number from 1, at most 16 digits";
        let metadata = "JSON text of at most 2048 characters";
        let address = "an https address of at most 2048 characters";
        let long = format!("https://a/{}", "x".repeat(2039));
        for (path, good, bad, expected) in [
            (
                "shipping.shippingAddress.state",
                "12345678",
                "California",
                state,
            ),
            ("shipping.shippingAddress.region", "US", "us", country),
            ("shipping.shippingAddress.region", "GB", "", country),
            ("userRegion", "DE", "DEU", country),
            ("merchantRegion", "SG", "5G", country),
            ("buyer.referenceBuyerId", "a/b.c@d", "a b", code),
            (
                "buyer.referenceBuyerId",
                &"x".repeat(64),
                &"x".repeat(65),
                code,
            ),
            ("settlementCurrency", "USD", "usd", currency),
            ("settlementCurrency", "JPY", "EUX", currency),
            ("goods[1].goodsUnitAmount.currency", "KWD", "AAA", currency),
            ("goods[1].goodsQuantity", "1", "0", count),
            (
                "goods[1].goodsQuantity",
                "9999999999999999",
                "10000000000000000",
                count,
            ),
            ("goods[1].goodsQuantity", "007", "1.5", count),
            (
                "goods[1].deliveryMethodType",
                "DIGITAL",
                "digital",
                "PHYSICAL or DIGITAL",
            ),
            ("metadata", "[1,2]", "{a:1}", metadata),
            (
                "metadata",
                &format!("\"{}\"", "é".repeat(2046)),
                &format!("\"{}\"", "é".repeat(2047)),
                metadata,
            ),
            (
                "redirectUrl",
                "http://127.0.0.1:8080/x",
                "http://shop.example/",
                address,
            ),
            ("redirectUrl", "https://shop.example", &long, address),
        ] {
            assert_eq!(with(path, good.into()), Ok(()), "{path} {good}");
            assert_eq!(
                with(path, bad.into()),
                Err(format!("{path}: {expected}")),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_hundred_lines_and_no_more() {
        let with_lines = |count: usize| {
            let mut order = whole();
            order["goods"] = vec![order["goods"][1].clone(); count].into();
            checked(order)
        };
        assert_eq!(with_lines(100), Ok(()));
        assert_eq!(with_lines(101), Err("goods: at most 100 lines".into()));
    }

    #[test]
    fn what_is_optional_may_be_absent_empty_or_null() {
        let smallest = OrderDetails::new(
            OrderId::new("O1").unwrap(),
            "coffee",
            "https://shop.example/",
        );
        assert_eq!(smallest.check(), Ok(()));
        for path in [
            "goods[1].goodsCategory",
            "shipping.shippingName.firstName",
            "shipping.shippingAddress.address2",
            "buyer.referenceBuyerId",
            "settlementCurrency",
            "metadata",
            "userRegion",
        ] {
            assert_eq!(with(path, "".into()), Ok(()), "{path}");
            assert_eq!(with(path, Value::Null), Ok(()), "{path}");
        }
        let mut order = whole();
        order["buyer"]["buyerEmail"] = "".into();
        let read: OrderDetails = serde_json::from_value(order).unwrap();
        let written = serde_json::to_value(&read).unwrap();
        assert_eq!(written["buyer"].get("buyerEmail"), None);
        assert_eq!(
            serde_json::from_value::<OrderDetails>(written).unwrap(),
            read
        );
    }

    #[test]
    fn a_person_needs_two_names() {
        let name = |json: Value| serde_json::from_value::<Name>(json).unwrap().check_person();
        assert_eq!(name(json!({"firstName": "Tom", "lastName": "Jay"})), Ok(()));
        for (json, field) in [
            (
                json!({"lastName": "Jay", "fullName": "Tom Jay"}),
                "firstName",
            ),
            (json!({"firstName": "Tom", "lastName": " "}), "lastName"),
            (
                json!({"firstName": "Tom", "lastName": "Jay", "middleName": "x".repeat(33)}),
                "middleName",
            ),
        ] {
            assert_eq!(name(json).unwrap_err().field, field);
        }
    }
}
