//! The loop that answers the HTTP API.

use super::{Answer, Event, Request, Response};
use crate::Error;
use futures_util::FutureExt;
use lambda_runtime::{LambdaEvent, service_fn};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// Answers requests until Lambda ends the process, and tells `answered` the status of each answer, also of one after a
/// panic. An error means that the runtime itself failed.
pub async fn serve<H, F>(handler: H, answered: impl Fn(u16)) -> Result<(), Error>
where
    H: Fn(Request) -> F,
    F: Future<Output = Response>,
{
    let shared = Arc::new((handler, answered));
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| {
        let shared = Arc::clone(&shared);
        async move {
            let (handler, answered) = &*shared;
            let deadline = crate::clock::deadline(event.context.deadline);
            let timed = |request| {
                handler(Request {
                    deadline,
                    ..request
                })
            };
            let answer = answer(event.payload, &timed).await;
            answered(answer.status_code());
            Ok::<_, Error>(answer)
        }
    }))
    .await
}

/// Answers one event. A panic of the handler is answered with 500 and ends nothing but this request.
pub async fn answer<H, F>(event: Event, handler: &H) -> Answer
where
    H: Fn(Request) -> F,
    F: Future<Output = Response>,
{
    let work = async {
        match event.into_request() {
            Ok(request) => handler(request).await,
            Err(refusal) => refusal,
        }
    };
    let response = AssertUnwindSafe(work).catch_unwind().await;
    response
        .unwrap_or_else(|_| Response::internal_error())
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    async fn answered<F: Future<Output = Response>>(
        event: Value,
        handler: impl Fn(Request) -> F,
    ) -> Value {
        let event = serde_json::from_value(event).unwrap();
        serde_json::to_value(answer(event, &handler).await).unwrap()
    }

    #[tokio::test]
    async fn the_handlers_response_is_the_answer() {
        let answer = answered(json!({"body": "hello"}), |request| async move {
            Response::json(202, String::from_utf8(request.body.to_vec()).unwrap())
        })
        .await;
        assert_eq!(
            (&answer["statusCode"], &answer["body"]),
            (&json!(202), &json!("hello"))
        );
    }

    #[tokio::test]
    async fn a_refused_body_never_reaches_the_handler() {
        let answer = answered(json!({"body": "%", "isBase64Encoded": true}), |_| async {
            unreachable!("the handler was called")
        })
        .await;
        assert_eq!(answer["statusCode"], 400);
    }

    #[tokio::test]
    async fn a_panic_is_a_500_wherever_it_happens() {
        let late = answered(json!({}), |request| async move {
            assert!(!request.body.is_empty(), "card 4111111111111111");
            Response::json(200, String::new())
        });
        let early = answered(json!({}), |request| {
            assert!(!request.body.is_empty(), "before the first await");
            std::future::ready(Response::json(200, String::new()))
        });
        for answer in [late.await, early.await] {
            assert_eq!(answer["statusCode"], 500);
            assert!(answer["body"].as_str().unwrap().contains("internal_error"));
            assert!(!answer.to_string().contains("4111"));
        }
    }
}
