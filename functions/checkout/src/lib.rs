//! The HTTP API of the merchant's server and the buyer's page, and the card page itself.

mod auth;
mod cancel;
mod capture;
mod cards;
mod charge;
mod create;
mod page;
mod pay;
mod problem;
mod refund;
mod request;
mod retry;
mod settings;
mod status;
mod view;

use domain::{CaptureOn, PaymentRequestId, Time};
use pop::provider::Provider;
use runtime::http::{Request, Response};
use runtime::secrets::Rotating;
use runtime::{log_failure, logs};
use store::{Ports, Queues, Store};
use tracing::Instrument;

pub use auth::{ApiKeys, TokenKeys};
pub use page::Page;
pub use problem::Problem;
pub use settings::Settings;

/// What this API offers, as OpenAPI 3.1.
pub const OPENAPI: &str = include_str!("../openapi.json");

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
    pub api_keys: Rotating<ApiKeys>,
    /// Sign and verify the page's tokens.
    pub token_keys: Rotating<TokenKeys>,
    /// Where POP sends its notifications.
    pub notify_url: String,
    /// When manual payments are captured unless the merchant says otherwise.
    pub capture_on: CaptureOn,
    /// The card page.
    pub page: Page,
}

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    /// Answers one request.
    pub async fn answer(&self, request: &Request) -> Response {
        // On the heap: it is large, and would be moved from level to level otherwise.
        let work = Box::pin(self.route(request));
        work.instrument(logs::flow()).await
    }

    async fn route(&self, request: &Request) -> Response {
        let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let route = match segments.as_slice() {
            ["checkout", rest @ ..] => self.page_route(request, rest),
            ["payments", rest @ ..] => self.payments_route(request, rest).await,
            ["buyers", buyer, "cards", rest @ ..] => self.cards_route(request, buyer, rest).await,
            ["healthz"] => only_get(request, || Response::json(200, r#"{"status":"ok"}"#.into())),
            ["openapi.json"] => only_get(request, || Response::json(200, OPENAPI.to_owned())),
            _ => Err(no_such_address()),
        };
        route.unwrap_or_else(|problem| {
            if problem.status >= 500 {
                log_failure!(
                    problem.status == 503,
                    error.code = problem.code,
                    "a request failed: {}",
                    problem.detail
                );
            }
            problem.into()
        })
    }

    async fn payments_route(&self, request: &Request, rest: &[&str]) -> Result<Response, Problem> {
        match (request.method.as_str(), rest) {
            ("POST", []) => self.create(request).await,
            ("GET", [id]) => self.status(request, &payment_id(id)?).await,
            ("POST", [id, "pay"]) => self.pay(request, &payment_id(id)?).await,
            ("POST", [id, "charge"]) => self.charge(request, &payment_id(id)?).await,
            ("POST", [id, "retry"]) => self.retry(request, &payment_id(id)?).await,
            ("POST", [id, "capture"]) => self.capture(request, &payment_id(id)?).await,
            ("POST", [id, "cancel"]) => self.cancel(request, &payment_id(id)?).await,
            ("POST", [id, "refund"]) => self.refund(request, &payment_id(id)?).await,
            (_, []) => Err(method_not_allowed("POST")),
            (_, [_]) => Err(method_not_allowed("GET")),
            (
                _,
                [
                    _,
                    "pay" | "charge" | "retry" | "capture" | "cancel" | "refund",
                ],
            ) => Err(method_not_allowed("POST")),
            _ => Err(no_such_address()),
        }
    }

    async fn cards_route(
        &self,
        request: &Request,
        buyer: &str,
        rest: &[&str],
    ) -> Result<Response, Problem> {
        match (request.method.as_str(), rest) {
            ("GET", []) => self.cards(request, buyer).await,
            ("DELETE", [card]) => self.forget_card(request, buyer, card).await,
            (_, []) => Err(method_not_allowed("GET")),
            (_, [_]) => Err(method_not_allowed("DELETE")),
            _ => Err(no_such_address()),
        }
    }

    fn page_route(&self, request: &Request, rest: &[&str]) -> Result<Response, Problem> {
        let found = match rest {
            ["assets", file] => page::asset(file),
            [id] | [id, "result"] => {
                payment_id(id)?;
                Some(self.page.shell())
            }
            _ => None,
        };
        let response = found.ok_or_else(no_such_address)?;
        only_get(request, || response)
    }
}

fn only_get(request: &Request, response: impl FnOnce() -> Response) -> Result<Response, Problem> {
    match request.method.as_str() {
        "GET" => Ok(response()),
        _ => Err(method_not_allowed("GET")),
    }
}

fn method_not_allowed(allowed: &'static str) -> Problem {
    Problem {
        allow: Some(allowed),
        ..Problem::new(
            405,
            "method_not_allowed",
            format!("This address takes {allowed} only."),
        )
    }
}

fn no_such_address() -> Problem {
    Problem::new(404, "no_such_address", "There is nothing at this address.")
}

fn payment_id(segment: &str) -> Result<PaymentRequestId, Problem> {
    PaymentRequestId::from_merchant(segment)
        .map_err(|error| request::field("paymentRequestId", error))
}
