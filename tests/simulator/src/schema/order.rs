//! The order within a pay request: goods, shipping, buyer.

use crate::fields::{Fields, Problem};

/// Checks the order; its id.
pub(super) fn check(order: &Fields<'_>) -> Result<String, Problem> {
    let order_id = order.required_text("referenceOrderId", 64)?;
    order.required_text("orderDescription", 256)?;
    order.required_amount("orderAmount")?;
    for goods in order.objects("goods", 100)? {
        goods.required_text("referenceGoodsId", 64)?;
        goods.required_text("goodsName", 256)?;
        goods.texts(&[
            ("goodsCategory", 64),
            ("goodsBrand", 32),
            ("goodsUrl", 2048),
        ])?;
        goods.amount("goodsUnitAmount")?;
        goods.integer("goodsQuantity", 1, i64::MAX)?;
        goods.word("deliveryMethodType", &["PHYSICAL", "DIGITAL"])?;
    }
    if let Some(shipping) = order.object("shipping")? {
        check_name(shipping.object("shippingName")?, true)?;
        check_address(shipping.object("shippingAddress")?)?;
        shipping.texts(&[
            ("shippingCarrier", 128),
            ("shippingPhoneNo", 16),
            ("shipToEmail", 64),
        ])?;
    }
    if let Some(buyer) = order.object("buyer")? {
        check_name(buyer.object("buyerName")?, false)?;
        buyer.texts(&[
            ("referenceBuyerId", 64),
            ("buyerPhoneNo", 24),
            ("buyerEmail", 64),
        ])?;
    }
    Ok(order_id)
}

/// Checks a name; `both` demands first and last name.
pub(super) fn check_name(name: Option<Fields<'_>>, both: bool) -> Result<(), Problem> {
    let Some(name) = name else { return Ok(()) };
    if both {
        name.required_text("firstName", 32)?;
        name.required_text("lastName", 32)?;
    }
    name.texts(&[
        ("firstName", 32),
        ("middleName", 32),
        ("lastName", 32),
        ("fullName", 128),
    ])
}

/// Checks a postal address.
pub(super) fn check_address(address: Option<Fields<'_>>) -> Result<(), Problem> {
    let Some(address) = address else {
        return Ok(());
    };
    address.required_capitals("region", 2)?;
    address.texts(&[
        ("state", 8),
        ("city", 32),
        ("address1", 256),
        ("address2", 256),
        ("zipCode", 32),
    ])
}
