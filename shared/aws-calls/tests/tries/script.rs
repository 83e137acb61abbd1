//! An HTTP client that answers as it is told, and keeps what it was asked.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to one request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// AWS answers with this status and body.
    Answer(u16, &'static str),
    /// The connection breaks.
    Breaks,
    /// The client cannot send it.
    Unsendable,
    /// AWS answers after this long.
    After(Duration, u16, &'static str),
    /// Nothing comes.
    Silence,
}

#[derive(Debug, Clone)]
pub(crate) struct Script {
    steps: &'static [Step],
    pub(crate) asked: Arc<Mutex<Vec<HttpRequest>>>,
    /// How connections are to be made.
    pub(crate) connecting: Arc<Mutex<Option<HttpConnectorSettings>>>,
}

impl Script {
    /// These steps one after the other, and then again from the first.
    pub(crate) fn of(steps: &'static [Step]) -> Self {
        Self {
            steps,
            asked: Arc::default(),
            connecting: Arc::default(),
        }
    }

    /// How many requests came.
    pub(crate) fn tries(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl HttpClient for Script {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        *self.connecting.lock().unwrap() = Some(settings.clone());
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut asked = self.asked.lock().unwrap();
        let step = self.steps[asked.len() % self.steps.len()];
        asked.push(request);
        HttpConnectorFuture::new(async move {
            match step {
                Step::Answer(status, body) => Ok(answer(status, body)),
                Step::Breaks => Err(ConnectorError::io("connection reset".into())),
                Step::Unsendable => Err(ConnectorError::user("no such request".into())),
                Step::After(delay, status, body) => {
                    tokio::time::sleep(delay).await;
                    Ok(answer(status, body))
                }
                Step::Silence => std::future::pending().await,
            }
        })
    }
}

fn answer(status: u16, body: &'static str) -> HttpResponse {
    let answer = http::Response::builder().status(status);
    let answer = answer.header("content-type", "application/x-amz-json-1.0");
    let answer = answer.body(SdkBody::from(body)).unwrap();
    HttpResponse::try_from(answer).unwrap()
}
