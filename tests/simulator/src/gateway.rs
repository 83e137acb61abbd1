//! The front door for the merchant's calls: who calls, is the signature good, does the path exist; then the fault
//! that chance or a test has for this call, and the signature of the answer (`docs/provider.md`, sections "Signing"
//! and "Idempotency").

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode};
use serde_json::Value;

use crate::answers;
use crate::core::Core;
use crate::desk::{Desk, refusal, result};
use crate::faults::{Call, Fault};
use crate::fields::Fields;
use crate::shape::Shape;
use crate::signing::Signed;

/// A request as it came in.
pub(crate) struct Incoming<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl Incoming<'_> {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// What happens on the connection.
pub(crate) enum Reply {
    Answer(Response<Bytes>),
    /// Closed without an answer.
    HangUp,
    /// Held for longer than a client waits, then closed without an answer.
    HoldThenHangUp,
}

/// A refusal by the gateway itself: code and message.
type Refusal = (&'static str, &'static str);

/// What a call leads to, before it is signed.
struct Outcome {
    text: String,
    fault: Option<Fault>,
    shape: Shape,
    /// Decides between the variants of the fault.
    variant: u64,
}

/// Answers one request to the API.
pub(crate) fn answer(core: &Core, incoming: &Incoming<'_>) -> Reply {
    match admit(core, incoming) {
        Err((code, message)) => {
            tracing::info!(code, path = incoming.path, "refused at the gateway");
            core.state().count_refusal(code);
            // Nobody who may see a signed answer is known here: the refusal goes out unsigned.
            Reply::Answer(json_response(refusal(code, message).to_string()))
        }
        Ok((call, body)) => {
            let outcome = core.at_desk(|desk| carry_out(desk, call, &body));
            tracing::debug!(call = call.resource(), fault = ?outcome.fault, "answered");
            reply(core, incoming.path, outcome)
        }
    }
}

fn admit(core: &Core, incoming: &Incoming<'_>) -> Result<(Call, Value), Refusal> {
    let client_id = core.config.client_id.as_str();
    let prefix = if client_id.starts_with("SANDBOX_") {
        "/ams/sandbox/api/v1/payments/"
    } else {
        "/ams/api/v1/payments/"
    };
    let call = incoming
        .path
        .strip_prefix(prefix)
        .and_then(Call::from_resource);
    let call = call.ok_or(("NO_INTERFACE_DEF", "API is not defined"))?;
    if incoming.method != Method::POST {
        return Err((
            "METHOD_NOT_SUPPORTED",
            "the server does not implement the requested HTTP method",
        ));
    }
    let media_type = incoming.header("content-type");
    if !(media_type.is_empty() || media_type.starts_with("application/json")) {
        return Err((
            "MEDIA_TYPE_NOT_ACCEPTABLE",
            "the server accepts application/json",
        ));
    }
    if incoming.header("client-id") != client_id {
        return Err(("KEY_NOT_FOUND", "no key for this client id"));
    }
    let time = incoming.header("request-time");
    let signed = Signed {
        path: incoming.path,
        client_id,
        time,
        body: incoming.body,
    };
    if time.is_empty() {
        return Err(("INVALID_SIGNATURE", "the signature is invalid"));
    }
    core.keys().check(&signed, incoming.header("signature"))?;
    let body = serde_json::from_slice::<Value>(incoming.body)
        .ok()
        .filter(Value::is_object);
    body.map(|body| (call, body))
        .ok_or(("PARAM_ILLEGAL", "the body is not a JSON object"))
}

/// What a call is about: the ids under which faults are drawn and ordered, and calls counted.
struct Subject {
    /// The payment, if it is known or about to be.
    payment: Option<String>,
    /// The idempotency key of the call.
    key: String,
}

impl Subject {
    fn of(desk: &Desk<'_>, call: Call, body: &Value) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let refund_request_id = text("refundId")
            .and_then(|id| desk.state.by_refund_id.get(id).map(String::as_str))
            .or_else(|| text("refundRequestId"));
        let found = match call {
            Call::InquiryRefund => refund_request_id
                .and_then(|id| desk.state.find_refund(id))
                .map(|(payment, _)| payment),
            _ => desk.state.find(text("paymentId"), text("paymentRequestId")),
        };
        let found = found.map(|payment| payment.request_id.clone());
        let own_key = match call {
            Call::Pay | Call::InquiryPayment | Call::Cancel => None,
            Call::Capture => text("captureRequestId"),
            Call::Refund | Call::InquiryRefund => refund_request_id,
        };
        let payment = found.or_else(|| text("paymentRequestId").map(str::to_owned));
        let key = own_key
            .map(str::to_owned)
            .or_else(|| payment.clone())
            .unwrap_or_default();
        Self { payment, key }
    }
}

fn carry_out(desk: &mut Desk<'_>, call: Call, body: &Value) -> Outcome {
    let subject = Subject::of(desk, call, body);
    let attempt = desk.state.count_call(call, &subject.key);
    let number = attempt.to_string();
    let words = ["answer", call.resource(), &subject.key, &number];
    let shape = desk.shape(&words);
    if let Some(answer) = desk.answer_of_scenario(call) {
        return Outcome {
            text: shape.write(answer),
            fault: None,
            shape,
            variant: 0,
        };
    }
    let ordered = subject
        .payment
        .as_ref()
        .and_then(|payment| desk.state.ordered_fault(call, payment));
    let fault = ordered.or_else(|| {
        desk.config
            .rates
            .draw(desk.chance, call, &subject.key, attempt)
    });
    if let Some(name) = fault.and_then(|fault| serde_json::to_value(fault).ok()) {
        desk.state.count_fault(name.as_str().unwrap_or_default());
    }
    if shape.is_odd() {
        desk.state.count_fault("oddAnswer");
    }
    let worked = fault
        .is_none_or(Fault::is_after)
        .then(|| work(desk, call, body, &shape));
    let value = match (fault, worked) {
        (Some(Fault::UnknownBefore | Fault::UnknownAfter), _) => {
            result("U", "UNKNOWN_EXCEPTION", "unknown exception")
        }
        (Some(Fault::TrafficLimit), _) => {
            result("U", "REQUEST_TRAFFIC_EXCEED_LIMIT", "too many requests")
        }
        (_, worked) => worked.unwrap_or(Value::Null),
    };
    let variant = desk
        .chance
        .number(&[&["variant of the fault"], &words[..]].concat());
    Outcome {
        text: shape.write(value),
        fault,
        shape,
        variant,
    }
}

fn work(desk: &mut Desk<'_>, call: Call, body: &Value, shape: &Shape) -> Value {
    match call {
        Call::Pay => desk.pay(body, shape),
        Call::Capture => desk.capture(body, shape),
        Call::Refund => desk.refund(body, shape),
        Call::InquiryRefund => desk.inquiry_refund(body, shape),
        Call::InquiryPayment | Call::Cancel => {
            let ids = Fields::of(body).and_then(|fields| {
                Ok((
                    fields.text("paymentId", 64)?,
                    fields.text("paymentRequestId", 64)?,
                ))
            });
            let found = match ids {
                Err(problem) => return refusal("PARAM_ILLEGAL", &problem),
                Ok((None, None)) => {
                    return refusal("PARAM_ILLEGAL", "paymentId or paymentRequestId is required");
                }
                Ok((id, request_id)) => desk.state.find(id.as_deref(), request_id.as_deref()),
            };
            if call == Call::InquiryPayment {
                return answers::inquiry(found, shape);
            }
            let key = found.map(|payment| payment.request_id.clone());
            desk.cancel(key.as_deref(), shape)
        }
    }
}

fn reply(core: &Core, path: &str, outcome: Outcome) -> Reply {
    let Outcome {
        mut text,
        fault,
        shape,
        variant,
    } = outcome;
    let mut covered = None; // what the signature covers, where that is not the text sent
    match fault {
        Some(Fault::DropAfter) => return Reply::HangUp,
        Some(Fault::HoldAfter) => return Reply::HoldThenHangUp,
        Some(Fault::HttpErrorBefore) => return http_error([500, 502, 503, 429], variant),
        Some(Fault::HttpErrorAfter) => return http_error([500, 502, 504, 500], variant),
        Some(Fault::BrokenJson) => {
            let whole = text.clone();
            let middle = (0..=text.len() / 2)
                .rev()
                .find(|place| text.is_char_boundary(*place))
                .unwrap_or(0);
            text.truncate(middle);
            covered = variant.is_multiple_of(2).then_some(whole);
        }
        Some(Fault::WrongSignature) if variant.is_multiple_of(2) => {
            covered = Some(format!("{text} "))
        }
        _ => {}
    }
    let zone = shape.zone();
    let time = crate::clock::iso(core.clock.now(), zone);
    let client_id = core.config.client_id.as_str();
    let body = covered.as_ref().unwrap_or(&text).as_bytes();
    let signed = Signed {
        path,
        client_id,
        time: &time,
        body,
    };
    let other_key = fault == Some(Fault::WrongSignature) && covered.is_none();
    let keys = core.keys();
    let key = if other_key {
        &keys.stranger
    } else {
        &keys.provider
    };
    let blanks = core.config.signature_blanks || shape.has("blanks in the signature");
    let signature = if fault == Some(Fault::Unsigned) {
        None
    } else {
        signed.header(key, &keys.version, blanks)
    };
    let mut response = json_response(text);
    for (name, value) in [
        ("client-id", Some(client_id)),
        ("response-time", Some(&time)),
        ("signature", signature.as_deref()),
    ] {
        if let Some(value) = value.and_then(|value| value.parse().ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    Reply::Answer(response)
}

fn http_error(statuses: [u16; 4], variant: u64) -> Reply {
    let status = statuses[(variant % 4) as usize];
    let mut response = Response::new(Bytes::from_static(
        b"<html><body>gateway error</body></html>",
    ));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Reply::Answer(response)
}

/// An HTTP 200 with a JSON body.
fn json_response(text: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(text));
    response.headers_mut().insert(
        "content-type",
        http::HeaderValue::from_static("application/json;charset=UTF-8"),
    );
    response
}
