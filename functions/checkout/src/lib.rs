//! The HTTP API of the merchant's server and the buyer's page: create a payment, pay it, see where it stands.

mod auth;
mod capture;
mod create;
mod pay;
mod problem;
mod request;
mod settings;
mod status;
mod view;

use domain::{CaptureOn, PaymentRequestId, Time};
use pop::provider::Provider;
use runtime::http::{Request, Response};
use store::{Ports, Queues, Store};

pub use auth::{ApiKeys, TokenKey};
pub use problem::Problem;
pub use settings::Settings;

/// The checkout function.
#[derive(Debug)]
pub struct Checkout<S, Q, P> {
    /// Table, queues and rules.
    pub ports: Ports<S, Q>,
    /// POP.
    pub provider: P,
    /// The time.
    pub clock: fn() -> Time,
    /// Who may call as the merchant.
    pub api_keys: ApiKeys,
    /// Signs the page's tokens.
    pub token_key: TokenKey,
    /// Where POP sends its notifications.
    pub notify_url: String,
    /// When manual payments are captured unless the merchant says otherwise.
    pub capture_on: CaptureOn,
}

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    /// Answers one request.
    pub async fn answer(&self, request: &Request) -> Response {
        let route = self.route(request).await;
        route.unwrap_or_else(|problem| {
            if problem.status >= 500 {
                tracing::error!(
                    error.code = problem.code,
                    "a request failed: {}",
                    problem.detail
                );
            }
            problem.into()
        })
    }

    async fn route(&self, request: &Request) -> Result<Response, Problem> {
        let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["healthz"]) => Ok(Response::json(200, r#"{"status":"ok"}"#.into())),
            ("POST", ["payments"]) => self.create(request).await,
            ("GET", ["payments", id]) => self.status(request, &payment_id(id)?).await,
            ("POST", ["payments", id, "pay"]) => self.pay(request, &payment_id(id)?).await,
            ("POST", ["payments", id, "capture"]) => self.capture(request, &payment_id(id)?).await,
            (
                _,
                ["healthz"] | ["payments"] | ["payments", _] | ["payments", _, "pay" | "capture"],
            ) => Err(Problem::new(
                405,
                "method_not_allowed",
                "This address does not take that method.",
            )),
            _ => Err(Problem::new(
                404,
                "no_such_address",
                "There is nothing at this address.",
            )),
        }
    }
}

fn payment_id(segment: &str) -> Result<PaymentRequestId, Problem> {
    PaymentRequestId::from_merchant(segment)
        .map_err(|error| Problem::new(400, "invalid_field", format!("paymentRequestId: {error}.")))
}
