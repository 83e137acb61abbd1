//! The notify job in plain Rust, every crate with its defaults: a verified notification of an automatic payment moves
//! its row from PENDING to AUTHORIZED. Rows, evidence and order events are written as the functions of the project
//! write them. Anything but this case and its repetition is answered with 500: nothing else is compared.

mod commit;
mod items;
mod rules;
mod signed;

use aws_config::BehaviorVersion;
use aws_lambda_events::encodings::Body;
use aws_lambda_events::event::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::http::HeaderValue;
use commit::Table;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use signed::Verifier;

const ACKNOWLEDGEMENT: &str =
    r#"{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}"#;

struct Notify {
    verifier: Verifier,
    table: Table,
}

impl Notify {
    async fn from_env() -> Result<Self, Error> {
        let aws = aws_config::load_defaults(BehaviorVersion::latest()).await;
        Ok(Self {
            verifier: Verifier::from_env()?,
            table: Table::from_env(&aws)?,
        })
    }

    async fn receive(&self, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
        if request.request_context.http.method != "POST" {
            return answer(405, r#"{"code":"method_not_allowed"}"#);
        }
        let message = match self.verifier.verify(request) {
            Ok(message) => message,
            Err(refused) => return answer(401, &format!(r#"{{"code":"{refused}"}}"#)),
        };
        match self.table.commit(&message).await {
            Ok(status) => {
                tracing::info!(payment.status = status, "a notification was committed");
                answer(200, ACKNOWLEDGEMENT)
            }
            Err(error) => {
                tracing::error!("not committed: {error}");
                answer(500, r#"{"code":"not_committed"}"#)
            }
        }
    }
}

fn answer(status: i64, body: &str) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = status;
    response.body = Some(Body::from(body));
    for (name, value) in [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers.insert(name, value);
    }
    response
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().json().init();
    let notify = &Notify::from_env().await?;
    run(service_fn(
        move |event: LambdaEvent<ApiGatewayV2httpRequest>| async move {
            Ok::<_, Error>(notify.receive(event.payload).await)
        },
    ))
    .await
}
