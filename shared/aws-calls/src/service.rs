//! A service of AWS: how it is reached, and what all calls to it have in common.

use crate::parts::Parts;
use crate::signing::{self, RequestSigner};
use crate::{Call, OperationError, Unfit};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, default_async_sleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::{SharedIdentityCache, SharedIdentityResolver};
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_types::config_bag::{FrozenLayer, Layer};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

/// A service of AWS. Its operations share the connections, the day's signing key and the quota of retries.
#[derive(Debug, Clone)]
pub struct Service {
    /// Where requests go.
    pub(crate) address: String,
    pub(crate) http: SharedHttpClient,
    pub(crate) signer: Arc<RequestSigner>,
    pub(crate) credentials: SharedIdentityResolver,
    pub(crate) identities: SharedIdentityCache,
    /// How often calls are tried again.
    pub(crate) retries: FrozenLayer,
    /// How long they may take.
    pub(crate) limits: TimeoutConfig,
    pub(crate) sleep: SharedAsyncSleep,
    pub(crate) time: SharedTimeSource,
}

impl Service {
    /// Credentials, region, HTTP client, tries and time-outs are the configuration's. `name` is what requests are signed
    /// for, such as `dynamodb`; `endpoint` is where the service is, such as
    /// `https://dynamodb.eu-central-1.amazonaws.com`. Nothing is asked of AWS yet.
    pub fn new(sdk: &SdkConfig, name: &'static str, endpoint: &str) -> Result<Self, Unfit> {
        if signing::host(endpoint).is_none() {
            return Err(Unfit::Endpoint);
        }
        let region = sdk.region().ok_or(Unfit::NoRegion)?;
        let credentials = sdk.credentials_provider().ok_or(Unfit::NoCredentials)?;
        // Without one of their own, credentials that have to be fetched are kept as the SDK's clients keep them.
        let identities = sdk.identity_cache();
        let sleep = sdk.sleep_impl().or_else(default_async_sleep);
        let limits = sdk.timeout_config().cloned();
        Ok(Self {
            address: format!("{}/", endpoint.trim_end_matches('/')),
            http: sdk.http_client().ok_or(Unfit::NoHttpClient)?,
            signer: Arc::new(RequestSigner::of(name, region.as_ref())),
            credentials: SharedIdentityResolver::new(credentials),
            identities: identities.unwrap_or_else(|| IdentityCache::lazy().build()),
            retries: retries(sdk, name),
            limits: limits.unwrap_or_else(TimeoutConfig::disabled),
            sleep: sleep.ok_or(Unfit::NoPart("way to wait"))?,
            time: sdk.time_source().unwrap_or_default(),
        })
    }

    /// Puts the calls of one operation together. `operation` is the SDK's own type of that name, and the types of `Call` are
    /// that operation's input, output and error.
    pub fn call<I, O, E>(&self, operation: &impl RuntimePlugin) -> Result<Call<I, O, E>, Unfit>
    where
        I: Debug + Send + Sync + 'static,
        O: Debug + Send + Sync + 'static,
        E: OperationError,
    {
        let parts = Parts::of::<E>(self, operation)?;
        Ok(Call(Arc::new(parts), PhantomData))
    }
}

/// As many retries as the configuration says, within the SDK's standard quota.
fn retries(sdk: &SdkConfig, name: &'static str) -> FrozenLayer {
    let set = sdk.retry_config().cloned();
    let mut layer = Layer::new("retries");
    layer.store_put(set.unwrap_or_else(RetryConfig::standard));
    layer.store_put(RetryPartition::new(name));
    layer.store_put(TokenBucket::default());
    layer.freeze()
}
