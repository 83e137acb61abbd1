//! Signature Version 4 by the SDK, with the one way of signing that there is.

use crate::{Service, Unfit};
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::config_bag::Layer;
use aws_types::SigningName;
use aws_types::region::SigningRegion;

const NAME: &str = "signing";

/// Signs an operation's requests for this service, with the credentials of the configuration.
pub(crate) fn of(
    service: &Service<'_>,
    operation: &SigV4OperationSigningConfig,
) -> Result<StaticRuntimePlugin, Unfit> {
    let region = service.sdk.region().ok_or(Unfit::NoRegion)?;
    let credentials = service.sdk.credentials_provider();
    let credentials = credentials.ok_or(Unfit::NoCredentials)?;
    let mut operation = operation.clone();
    operation.name = Some(SigningName::from_static(service.name));
    operation.region = Some(SigningRegion::from(region.clone()));
    let mut settings = Layer::new(NAME);
    settings.store_put(operation);
    settings.store_put(AuthSchemeOptionResolverParams::new(()));
    let mut components = RuntimeComponentsBuilder::new(NAME);
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
    )));
    components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    components.set_identity_resolver(SCHEME_ID, credentials);
    // Without one of their own, credentials that have to be fetched are kept as the SDK's clients keep them.
    let cache = service.sdk.identity_cache();
    let cache = cache.unwrap_or_else(|| IdentityCache::lazy().build());
    components.set_identity_cache(Some(cache));
    let plugin = StaticRuntimePlugin::new().with_config(settings.freeze());
    Ok(plugin.with_runtime_components(components))
}
