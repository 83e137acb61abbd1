//! Paths of the calls and the bodies that hold no card data; pay has its own module.

use domain::plan::{CaptureOrder, RefundOrder};
use domain::{Money, PaymentRequestId, RefundRequestId};
use serde::Serialize;

/// Where pay is, in production.
pub const PAY_PATH: &str = "/ams/api/v1/payments/pay";
/// Where inquiryPayment is, in production.
pub const INQUIRY_PATH: &str = "/ams/api/v1/payments/inquiryPayment";
/// Where capture is, in production.
pub const CAPTURE_PATH: &str = "/ams/api/v1/payments/capture";
/// Where cancel is, in production.
pub const CANCEL_PATH: &str = "/ams/api/v1/payments/cancel";
/// Where refund is, in production.
pub const REFUND_PATH: &str = "/ams/api/v1/payments/refund";
/// Where inquiryRefund is, in production.
pub const REFUND_INQUIRY_PATH: &str = "/ams/api/v1/payments/inquiryRefund";

/// The longest address for notifications about a refund that POP takes, in characters.
pub const MAX_REFUND_NOTIFY_URL: usize = 1024;

/// The path for this client, to call and to sign: POP keeps its sandbox apart by path, and tells its clients by id.
#[must_use]
pub fn path_for(client_id: &str, path: &str) -> String {
    let sandbox = client_id.starts_with("SANDBOX_");
    match path.strip_prefix("/ams/api/") {
        Some(rest) if sandbox => format!("/ams/sandbox/api/{rest}"),
        _ => path.to_owned(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentBody<'a> {
    payment_request_id: &'a PaymentRequestId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CaptureBody<'a> {
    capture_request_id: &'a domain::CaptureRequestId,
    payment_id: &'a domain::PaymentId,
    capture_amount: Money,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RefundBody<'a> {
    refund_request_id: &'a RefundRequestId,
    payment_id: &'a domain::PaymentId,
    refund_amount: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_notify_url: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RefundInquiryBody<'a> {
    refund_request_id: &'a RefundRequestId,
}

/// Asks for a payment by our own id, which is known even if pay was never answered. `None` is not possible for these
/// types; the caller treats it as a call that was not made.
#[must_use]
pub fn inquiry_body(payment_request_id: &PaymentRequestId) -> Option<Vec<u8>> {
    serde_json::to_vec(&PaymentBody { payment_request_id }).ok()
}

/// Asks for a capture. The same order gives the same bytes each time.
#[must_use]
pub fn capture_body(order: &CaptureOrder) -> Option<Vec<u8>> {
    let body = CaptureBody {
        capture_request_id: &order.request_id,
        payment_id: &order.payment_id,
        capture_amount: order.amount,
    };
    serde_json::to_vec(&body).ok()
}

/// Asks to cancel a payment, by our own id: POP may know a payment whose answer to pay never came.
#[must_use]
pub fn cancel_body(payment_request_id: &PaymentRequestId) -> Option<Vec<u8>> {
    serde_json::to_vec(&PaymentBody { payment_request_id }).ok()
}

/// Asks for a refund; its result is told to `notify_url`, or where the dashboard says. The same order gives the same
/// bytes each time.
#[must_use]
pub fn refund_body(order: &RefundOrder, notify_url: Option<&str>) -> Option<Vec<u8>> {
    let body = RefundBody {
        refund_request_id: &order.request_id,
        payment_id: &order.payment_id,
        refund_amount: order.amount,
        refund_reason: order.reason.as_deref(),
        refund_notify_url: notify_url,
    };
    serde_json::to_vec(&body).ok()
}

/// Asks where a refund stands, by the merchant's id of it.
#[must_use]
pub fn refund_inquiry_body(refund_request_id: &RefundRequestId) -> Option<Vec<u8>> {
    serde_json::to_vec(&RefundInquiryBody { refund_request_id }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sandbox_clients_have_their_own_paths() {
        assert_eq!(
            path_for("SANDBOX_5X0", PAY_PATH),
            "/ams/sandbox/api/v1/payments/pay"
        );
        assert_eq!(path_for("5Y0", PAY_PATH), PAY_PATH);
        assert_eq!(path_for("5Y_SANDBOX_", CAPTURE_PATH), CAPTURE_PATH);
    }

    #[test]
    fn bodies_are_as_documented() {
        let id = PaymentRequestId::new("paymentRequestId01").unwrap();
        let sample = include_str!("../tests/samples/inquiry_payment_request_by_request_id.json");
        let (want, got): (serde_json::Value, serde_json::Value) = (
            serde_json::from_str(sample).unwrap(),
            serde_json::from_slice(&inquiry_body(&id).unwrap()).unwrap(),
        );
        assert_eq!(got, want);
        let text = |body: Option<Vec<u8>>| String::from_utf8(body.unwrap()).unwrap();
        assert_eq!(
            text(cancel_body(&id)),
            r#"{"paymentRequestId":"paymentRequestId01"}"#
        );
        let order = CaptureOrder {
            request_id: domain::CaptureRequestId::new("C1-ab").unwrap(),
            payment_id: domain::PaymentId::new("2025C").unwrap(),
            amount: Money::from_wire("4200", "SGD").unwrap(),
        };
        assert_eq!(
            text(capture_body(&order)),
            r#"{"captureRequestId":"C1-ab","paymentId":"2025C","captureAmount":{"currency":"SGD","value":"4200"}}"#
        );
    }
    #[test]
    fn refunds_name_themselves_and_where_to_tell_of_them() {
        let text = |body: Option<Vec<u8>>| String::from_utf8(body.unwrap()).unwrap();
        let mut order = RefundOrder {
            request_id: RefundRequestId::new("R-1").unwrap(),
            payment_id: domain::PaymentId::new("2025C").unwrap(),
            amount: Money::from_wire("4200", "SGD").unwrap(),
            reason: None,
        };
        assert_eq!(
            text(refund_body(&order, None)),
            r#"{"refundRequestId":"R-1","paymentId":"2025C","refundAmount":{"currency":"SGD","value":"4200"}}"#
        );
        order.reason = Some("too cold".into());
        let body = text(refund_body(&order, Some("https://shop.example/notify")));
        let rest = r#","refundReason":"too cold","refundNotifyUrl":"https://shop.example/notify"}"#;
        assert!(body.ends_with(rest), "{body}");
        assert_eq!(
            text(refund_inquiry_body(&order.request_id)),
            r#"{"refundRequestId":"R-1"}"#
        );
    }
}
