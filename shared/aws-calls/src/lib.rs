//! Calls to AWS with less around them.
//!
//! What is called, how it is written on the wire and read, and whether it is tried again, is the AWS SDK's. Its clients
//! do more around each call: they choose an endpoint and a way of signing by rules, merge settings, describe themselves in
//! headers, measure, and look for a dozen features that nothing here uses. That takes more of a processor than the call itself
//! ([ADR 0025](../../../docs/adr/0025-aws-calls-without-the-clients.md)). So each call is put together here once, when a
//! function starts, from the SDK's own parts (an operation's types, wire format and errors, credentials, standard retries), with
//! a signer and a loop of our own around them ([ADR 0026](../../../docs/adr/0026-a-signer-and-a-loop-of-our-own.md)).

mod parts;
mod service;
mod signing;
mod tries;

use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::ProvideErrorKind;
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use parts::Parts;
use std::error::Error;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

pub use service::Service;

/// What each of the SDK's operations is.
pub use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;

/// Why a call cannot be put together: the function cannot start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The SDK's configuration has no region.
    #[error("AWS calls need a region")]
    NoRegion,
    /// The SDK's configuration has no credentials.
    #[error("AWS calls need credentials")]
    NoCredentials,
    /// The SDK's configuration has no HTTP client.
    #[error("AWS calls need an HTTP client")]
    NoHttpClient,
    /// The address of a service is not one: it has no scheme, or a path, which AWS's JSON services do not have.
    #[error(
        "the address of an AWS service is a scheme and a host, such as https://sqs.eu-central-1.amazonaws.com"
    )]
    Endpoint,
    /// The SDK's operation has not the parts that it had: a fault of the build, after an update of the SDK.
    #[error("an operation of the AWS SDK lacks its {0}")]
    NoPart(&'static str),
}

/// One operation of a service, ready to be called any number of times, by several at once.
#[derive(Debug)]
pub struct Call<I, O, E>(Arc<Parts>, PhantomData<fn(I) -> (O, E)>);

impl<I, O, E> Clone for Call<I, O, E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), PhantomData)
    }
}

/// What a call comes to: AWS's answer, or the SDK's error.
pub type Outcome<'a, O, E> =
    Pin<Box<dyn Future<Output = Result<O, SdkError<E, HttpResponse>>> + Send + 'a>>;

/// An error type of one of the SDK's operations.
pub trait OperationError:
    Error + ProvideErrorMetadata + ProvideErrorKind + Send + Sync + 'static
{
}

impl<E: Error + ProvideErrorMetadata + ProvideErrorKind + Send + Sync + 'static> OperationError
    for E
{
}

/// The address that was set instead of AWS's own: in the program, for this service alone (`AWS_ENDPOINT_URL_DYNAMODB`, or in a
/// profile), or for all. `id` is the service's name in such variables.
#[must_use]
pub fn endpoint_set(sdk: &SdkConfig, id: &str) -> Option<String> {
    let of_all = || sdk.endpoint_url().map(str::to_owned);
    if sdk.get_origin("endpoint_url").is_client_config() {
        return of_all();
    }
    let key = ServiceConfigKey::builder()
        .service_id(id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok();
    let of_this = key
        .zip(sdk.service_config())
        .and_then(|(key, set)| set.load_config(key));
    of_this.or_else(of_all)
}

/// The address of a service that has one in each region: the configured one, or AWS's own
/// (<https://docs.aws.amazon.com/general/latest/gr/rande.html>). `id` as for [`endpoint_set`]; `host` is the first label of
/// its name, such as `dynamodb`. The SDK's rules would say the same, but take a tenth of a function's size along.
pub fn endpoint(sdk: &SdkConfig, id: &str, host: &str) -> Result<String, Unfit> {
    if let Some(url) = endpoint_set(sdk, id) {
        return Ok(url);
    }
    let region = sdk.region().ok_or(Unfit::NoRegion)?.as_ref();
    let china = if region.starts_with("cn-") { ".cn" } else { "" };
    Ok(format!("https://{host}.{region}.amazonaws.com{china}"))
}

impl<I, O, E> Call<I, O, E>
where
    I: Debug + Send + Sync + 'static,
    O: Debug + Send + Sync + 'static,
    E: OperationError,
{
    /// Makes the call, with all its tries. Boxed at once: the future is large, and would be copied from one caller's
    /// future into the next.
    #[allow(
        clippy::expect_used,
        reason = "the SDK's operation answers with its own types, which those of `Call` are"
    )]
    pub fn invoke(&self, input: I) -> Outcome<'_, O, E> {
        Box::pin(async move {
            let outcome = self.0.call(Input::erase(input)).await;
            let output = outcome.map_err(|error| {
                error.map_service_error(|error| error.downcast().expect("the operation's error"))
            })?;
            Ok(output.downcast().expect("the operation's output"))
        })
    }
}
