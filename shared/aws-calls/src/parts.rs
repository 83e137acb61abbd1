//! What the calls of an operation are made of, put together once.

use crate::{OperationError, Service, Unfit, signing};
use aws_runtime::auth::sigv4::SCHEME_ID;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::auth::no_auth::{NO_AUTH_SCHEME_ID, NoAuthScheme};
use aws_smithy_runtime::client::orchestrator::endpoints::StaticUriEndpointResolver;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, ModeledAsRetryableClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime::client::retries::strategy::StandardRetryStrategy;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::endpoint::SharedEndpointResolver;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{SharedRequestSerializer, SharedResponseDeserializer};
use aws_smithy_types::config_bag::{ConfigBag, FrozenLayer};
use aws_smithy_types::timeout::TimeoutConfig;

/// What the calls of an operation are made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) service: Service,
    /// The SDK's own of this operation: its writer of requests and its reader of answers.
    operation: FrozenLayer,
    pub(crate) write: SharedRequestSerializer,
    pub(crate) connector: SharedHttpConnector,
    pub(crate) components: RuntimeComponents,
}

impl Parts {
    pub(crate) fn of<E: OperationError>(
        service: &Service,
        operation: &impl RuntimePlugin,
    ) -> Result<Self, Unfit> {
        let operation = operation.config().ok_or(Unfit::NoPart("settings"))?;
        signing::plain(&operation)?;
        let write = operation.load::<SharedRequestSerializer>().cloned();
        let read = operation.load::<SharedResponseDeserializer>();
        read.ok_or(Unfit::NoPart("reader of answers"))?;
        let components = components::<E>(service).build();
        let components = components.map_err(|_| Unfit::NoPart("components"))?;
        let http = &service.http;
        Ok(Self {
            connector: http.http_connector(&connecting(&service.limits), &components),
            service: service.clone(),
            write: write.ok_or(Unfit::NoPart("writer of requests"))?,
            operation,
            components,
        })
    }

    /// The settings of one call.
    pub(crate) fn settings(&self) -> ConfigBag {
        let mut settings = ConfigBag::base();
        settings.push_shared_layer(self.operation.clone());
        settings.push_shared_layer(self.service.retries.clone());
        settings
    }
}

/// The SDK's judgement of failures, and what it needs for it. The SDK's components cannot do without a choice of signers and
/// of addresses. There is none here, and nobody asks them: the loop signs and addresses requests by itself.
pub(crate) fn components<E: OperationError>(service: &Service) -> RuntimeComponentsBuilder {
    let signers = StaticAuthSchemeOptionResolver::new(vec![NO_AUTH_SCHEME_ID]);
    let addresses = StaticUriEndpointResolver::uri(service.address.as_str());
    RuntimeComponentsBuilder::new("aws-calls")
        .with_retry_strategy(Some(StandardRetryStrategy::new()))
        .with_retry_classifier(TransientErrorClassifier::<E>::new())
        .with_retry_classifier(ModeledAsRetryableClassifier::<E>::new())
        .with_retry_classifier(AwsErrorCodeClassifier::<E>::new())
        .with_retry_classifier(HttpStatusCodeClassifier::default())
        .with_time_source(Some(service.time.clone()))
        .with_sleep_impl(Some(service.sleep.clone()))
        .with_identity_cache(Some(service.identities.clone()))
        .with_identity_resolver(SCHEME_ID, service.credentials.clone())
        .with_auth_scheme(NoAuthScheme::new())
        .with_auth_scheme_option_resolver(Some(signers))
        .with_endpoint_resolver(Some(SharedEndpointResolver::new(addresses)))
}

fn connecting(limits: &TimeoutConfig) -> HttpConnectorSettings {
    let mut settings = HttpConnectorSettings::builder();
    settings.set_connect_timeout(limits.connect_timeout());
    settings.set_read_timeout(limits.read_timeout());
    settings.build()
}
