//! Calls to AWS with less around them.
//!
//! What is called, how it is written on the wire and read, signed, tried again and given up is the AWS SDK's. Its clients
//! do more around each call: they choose an endpoint and a way of signing by rules, describe themselves in headers, measure,
//! and look for a dozen features that nothing here uses. That takes more of a processor than the call itself
//! ([ADR 0025](../../../docs/adr/0025-aws-calls-without-the-clients.md)). So each call is put together here once, when a
//! function starts, from the SDK's own parts: its operation (types, wire format, errors), its orchestrator, its standard
//! retries, its time-outs and its Signature Version 4.

mod signing;
mod wire;

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, ModeledAsRetryableClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::{ProvideErrorKind, RetryConfig};
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use std::error::Error;
use std::fmt::Debug;
use std::pin::Pin;
use wire::Reader;

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
    /// The SDK's operation has not the parts that it had: a fault of the build, after an update of the SDK.
    #[error("an operation of the AWS SDK lacks its {0}")]
    NoPart(&'static str),
}

/// A service of AWS, and how it is reached.
#[derive(Debug)]
pub struct Service<'a> {
    /// Credentials, region, HTTP client, tries and time-outs.
    pub sdk: &'a SdkConfig,
    /// The name by which requests are signed, such as `dynamodb`.
    pub name: &'static str,
    /// Where it is, such as `https://dynamodb.eu-central-1.amazonaws.com`.
    pub endpoint: &'a str,
}

/// One operation of a service, ready to be called any number of times, by several at once.
#[derive(Debug)]
pub struct Call<I, O, E>(Operation<I, O, E>);

impl<I, O, E> Clone for Call<I, O, E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
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

impl Service<'_> {
    /// Puts the calls of one operation together. `operation` is the SDK's own type of that name, and the types of `Call` are
    /// that operation's input, output and error.
    pub fn call<I, O, E>(&self, operation: &impl RuntimePlugin) -> Result<Call<I, O, E>, Unfit>
    where
        I: Debug + Send + Sync + 'static,
        O: Debug + Send + Sync + 'static,
        E: OperationError,
    {
        let parts = operation.config().ok_or(Unfit::NoPart("settings"))?;
        let names = parts.load::<Metadata>().ok_or(Unfit::NoPart("name"))?;
        let signing = parts.load::<SigV4OperationSigningConfig>();
        let signing = signing.ok_or(Unfit::NoPart("signature"))?;
        let mut builder = Operation::builder()
            .service_name(names.service().to_owned())
            .operation_name(names.name().to_owned())
            .behavior_version(BehaviorVersion::v2026_01_12())
            .endpoint_url(self.endpoint)
            .runtime_plugin(signing::of(self, signing)?)
            .standard_retry(&self.retries())
            .retry_classifier(TransientErrorClassifier::<E>::new())
            .retry_classifier(ModeledAsRetryableClassifier::<E>::new())
            .retry_classifier(AwsErrorCodeClassifier::<E>::new())
            .retry_classifier(HttpStatusCodeClassifier::default());
        if let Some(secrecy) = wire::secrecy(&parts) {
            builder = builder.runtime_plugin(secrecy);
        }
        let sdk = self.sdk;
        if let Some(timeouts) = sdk.timeout_config() {
            builder = builder.timeout_config(timeouts.clone());
        }
        if let Some(stalled) = sdk.stalled_stream_protection() {
            builder = builder.stalled_stream_protection(stalled);
        }
        if let Some(client) = sdk.http_client() {
            builder = builder.http_client(client);
        }
        if let Some(sleep) = sdk.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        if let Some(time) = sdk.time_source() {
            builder = builder.time_source(time);
        }
        let write = wire::writer(&parts)?;
        let read = Reader::of(parts)?;
        Ok(Call(
            builder.serializer(write).deserializer_impl(read).build(),
        ))
    }

    fn retries(&self) -> RetryConfig {
        let set = self.sdk.retry_config().cloned();
        set.unwrap_or_else(RetryConfig::standard)
    }
}

impl<I, O, E> Call<I, O, E>
where
    I: Debug + Send + Sync + 'static,
    O: Debug + Send + Sync + 'static,
    E: OperationError,
{
    /// Makes the call, with all its tries. Boxed at once: the SDK's future is large, and would be copied from one caller's
    /// future into the next.
    pub fn invoke(&self, input: I) -> Outcome<'_, O, E> {
        Box::pin(self.0.invoke(input))
    }
}
