//! One call: its request is written once and tried until there is an answer, or nothing more to try.

use crate::parts::Parts;
use aws_smithy_async::future::timeout::Timeout;
use aws_smithy_async::rt::sleep::AsyncSleep;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::identity::{Identity, ResolveCachedIdentity};
use aws_smithy_runtime_api::client::interceptors::context::{
    Error, Input, InterceptorContext, Output, OutputOrError, RewindResult,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::{RequestAttempts, RetryStrategy, ShouldAttempt};
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse, SerializeRequest, SharedResponseDeserializer,
};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use http_body_util::BodyExt;
use std::time::Duration;

/// What the SDK's types carry as an error while a call is going on.
type Failure = OrchestratorError<Error>;

/// What breaks a call from within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Broken {
    #[error("no answer within {0:?}")]
    Late(Duration),
    #[error("the request of an AWS operation goes to the path / and nowhere else")]
    OtherPath,
    #[error("a call lost its {0} on the way")]
    Lost(&'static str),
}

impl Broken {
    fn failure(self) -> Failure {
        match self {
            Self::Late(_) => OrchestratorError::timeout(self.into()),
            Self::OtherPath | Self::Lost(_) => OrchestratorError::other(self),
        }
    }
}

impl Parts {
    /// Makes a call, with all its tries.
    pub(crate) async fn call(&self, input: Input) -> Result<Output, SdkError<Error, HttpResponse>> {
        let mut settings = self.settings();
        let mut context = InterceptorContext::new(input);
        let tries = self.tries(&mut context, &mut settings);
        let ended = self
            .within(self.service.limits.operation_timeout(), tries)
            .await;
        if let Err(failure) = ended {
            context.take_output_or_error(); // of the try before, which would be logged as it is
            context.fail(failure);
        }
        context.finalize()
    }

    async fn tries(
        &self,
        context: &mut InterceptorContext,
        settings: &mut ConfigBag,
    ) -> Result<(), Failure> {
        self.write(context, settings)?;
        self.may_begin(settings).await?;
        let strategy = self.components.retry_strategy();
        for number in 1u32.. {
            if context.rewind(settings) == RewindResult::Impossible {
                break;
            }
            let attempts = RequestAttempts::from(number);
            settings.interceptor_state().store_put(attempts);
            let attempt = self.attempt(context, settings);
            let limit = self.service.limits.operation_attempt_timeout();
            if let Err(failure) = self.within(limit, attempt).await {
                context.fail(failure);
            }
            let next = strategy.should_attempt_retry(context, &self.components, settings);
            match next.map_err(OrchestratorError::other)? {
                ShouldAttempt::Yes => {}
                ShouldAttempt::YesAfterDelay(delay) => self.service.sleep.sleep(delay).await,
                ShouldAttempt::No => break,
            }
        }
        Ok(())
    }

    /// The SDK's operation writes the request; a copy is kept for further tries.
    fn write(
        &self,
        context: &mut InterceptorContext,
        settings: &mut ConfigBag,
    ) -> Result<(), Failure> {
        context.enter_serialization_phase();
        let input = context.take_input();
        let input = input.ok_or_else(|| Broken::Lost("input").failure())?;
        let written = self.write.serialize_input(input, settings);
        let mut request = written.map_err(OrchestratorError::other)?;
        if request.uri() != "/" {
            return Err(Broken::OtherPath.failure());
        }
        let addressed = request.set_uri(self.service.address.as_str());
        addressed.map_err(OrchestratorError::other)?;
        context.set_request(request);
        context.enter_before_transmit_phase();
        Ok(())
    }

    /// Waits where retries are set to hold back first tries too.
    async fn may_begin(&self, settings: &ConfigBag) -> Result<(), Failure> {
        let strategy = self.components.retry_strategy();
        loop {
            let begin = strategy.should_attempt_initial_request(&self.components, settings);
            match begin.map_err(OrchestratorError::other)? {
                ShouldAttempt::YesAfterDelay(delay) => self.service.sleep.sleep(delay).await,
                ShouldAttempt::Yes | ShouldAttempt::No => return Ok(()),
            }
        }
    }

    /// One try: signed, sent, and its answer read.
    async fn attempt(
        &self,
        context: &mut InterceptorContext,
        settings: &ConfigBag,
    ) -> Result<(), Failure> {
        let identity = self.identity(settings).await;
        let identity = identity.map_err(OrchestratorError::other)?;
        let request = context.take_request();
        let mut request = request.ok_or_else(|| Broken::Lost("request").failure())?;
        let now = self.service.time.now();
        let signed = self.service.signer.sign(&mut request, &identity, now);
        signed.map_err(OrchestratorError::other)?;
        context.enter_transmit_phase();
        let answered = self.connector.call(request).await;
        let mut response = answered.map_err(OrchestratorError::connector)?;
        let answer = read(&mut response, settings).await;
        context.set_response(response);
        context.enter_before_deserialization_phase();
        context.enter_deserialization_phase();
        context.set_output_or_error(answer);
        context.enter_after_deserialization_phase();
        Ok(())
    }

    async fn identity(&self, settings: &ConfigBag) -> Result<Identity, BoxError> {
        let (credentials, kept) = (&self.service.credentials, &self.service.identities);
        kept.resolve_cached_identity(credentials.clone(), &self.components, settings)
            .await
    }

    /// What this comes to, unless it takes longer than it may.
    async fn within(
        &self,
        limit: Option<Duration>,
        work: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        let Some(limit) = limit else {
            return work.await;
        };
        let timed = Timeout::new(work, self.service.sleep.sleep(limit)).await;
        timed.unwrap_or_else(|_| Err(Broken::Late(limit).failure()))
    }
}

/// Reads an answer to its end, and what it says.
async fn read(response: &mut HttpResponse, settings: &ConfigBag) -> OutputOrError {
    let reader = settings.load::<SharedResponseDeserializer>();
    let reader = reader.ok_or_else(|| Broken::Lost("reader").failure())?;
    let body = std::mem::replace(response.body_mut(), SdkBody::taken());
    let body = body.collect().await.map_err(OrchestratorError::response)?;
    *response.body_mut() = SdkBody::from(body.to_bytes());
    reader.deserialize_nonstreaming_with_config(response, settings)
}
