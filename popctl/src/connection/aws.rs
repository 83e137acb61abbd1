//! AWS as its own tools reach it: region and credentials from profiles, single sign-on, the environment or a role.

use super::options::ConnectionOptions;
use super::rehearsal::Rehearsal;
use crate::problem::Problem;
use anyhow::Context;
use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use std::time::Duration;

/// One try of one call; an operator may sit far from the region.
const ATTEMPT: Duration = Duration::from_secs(10);

/// What clients are made of, with a region and credentials that were found.
pub(super) async fn config(
    options: &ConnectionOptions,
    rehearsal: Option<&Rehearsal>,
) -> anyhow::Result<SdkConfig> {
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(runtime::aws::http_client()?)
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(ATTEMPT)
                .build(),
        );
    if let Some(rehearsal) = rehearsal {
        let secret = rehearsal.get("AWS_SECRET_ACCESS_KEY")?;
        let id = rehearsal.get("AWS_ACCESS_KEY_ID")?;
        loader = loader
            .region(Region::new(rehearsal.get("AWS_REGION")?))
            .endpoint_url(rehearsal.get("AWS_ENDPOINT_URL")?)
            .credentials_provider(Credentials::new(id, secret, None, None, "rehearsal"));
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = loader.load().await;
    if config.region().is_none() {
        let words =
            "no AWS region is known: give --region NAME, AWS_REGION, or a profile that has one";
        return Err(Problem::new("no_region", words).into());
    }
    credentials(&config).await?;
    Ok(config)
}

/// Looks once for credentials, so that their absence is said as what it is and not by the first call that fails.
async fn credentials(config: &SdkConfig) -> anyhow::Result<()> {
    let provider = config.credentials_provider();
    let provider = provider.context("AWS's configuration names no provider of credentials")?;
    match provider.provide_credentials().await {
        Ok(_) => Ok(()),
        Err(error) => {
            let words = format!(
                "no AWS credentials: sign in as for AWS's own tools (`aws sso login`, --profile NAME, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY): {}",
                DisplayErrorContext(error)
            );
            Err(Problem::new("no_credentials", words).into())
        }
    }
}
