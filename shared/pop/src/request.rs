//! Paths of the calls and the bodies that hold no card data; pay has its own module.

use domain::plan::CaptureOrder;
use domain::{Money, PaymentRequestId};
use serde::Serialize;

/// Where pay is, in production.
pub const PAY_PATH: &str = "/ams/api/v1/payments/pay";
/// Where inquiryPayment is, in production.
pub const INQUIRY_PATH: &str = "/ams/api/v1/payments/inquiryPayment";
/// Where capture is, in production.
pub const CAPTURE_PATH: &str = "/ams/api/v1/payments/capture";

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
struct InquiryBody<'a> {
    payment_request_id: &'a PaymentRequestId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CaptureBody<'a> {
    capture_request_id: &'a domain::CaptureRequestId,
    payment_id: &'a domain::PaymentId,
    capture_amount: Money,
}

/// Asks for a payment by our own id, which is known even if pay was never answered. `None` is not possible for these
/// types; the caller treats it as a call that was not made.
#[must_use]
pub fn inquiry_body(payment_request_id: &PaymentRequestId) -> Option<Vec<u8>> {
    serde_json::to_vec(&InquiryBody { payment_request_id }).ok()
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
        let order = CaptureOrder {
            request_id: domain::CaptureRequestId::new("C1-ab").unwrap(),
            payment_id: domain::PaymentId::new("2025C").unwrap(),
            amount: Money::from_wire("4200", "SGD").unwrap(),
        };
        assert_eq!(
            String::from_utf8(capture_body(&order).unwrap()).unwrap(),
            r#"{"captureRequestId":"C1-ab","paymentId":"2025C","captureAmount":{"currency":"SGD","value":"4200"}}"#
        );
    }
}
