//! The Lambda binary of the checkout function.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply

use checkout::{ApiKeys, Checkout, Page, Settings, TokenKeys};
use runtime::metrics::{Measured, Metrics};
use runtime::provider::{Pop, ProviderSettings};
use runtime::secrets::{Freshness, Rotating, SecretsManager, Vault};
use runtime::{aws, clock, http, logs, ports, provider};
use std::sync::Arc;
use store::{DynamoStore, SqsQueues};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    logs::start();
    let metrics = Metrics::from_env();
    let checkout = Arc::new(build(&metrics).await.inspect_err(logs::startup_failed)?);
    let handler = move |request| {
        let checkout = Arc::clone(&checkout);
        async move { checkout.answer(&request).await }
    };
    http::serve(handler, move |_| metrics.write()).await
}

async fn build(
    metrics: &Metrics,
) -> Result<Checkout<DynamoStore, Measured<SqsQueues>, Measured<Pop>>, runtime::Error> {
    let settings = Settings::from_env()?;
    let aws = aws::config()?;
    let settings_of_provider = ProviderSettings::from_env()?;
    let freshness = Freshness::from_env()?;
    let manager = Arc::new(SecretsManager::new(&aws)?);
    let vault = || Arc::clone(&manager) as Arc<dyn Vault>;
    // Side by side: each waits for AWS.
    let (ports, provider, api_keys, token_keys) = tokio::join!(
        ports::from_env(&aws),
        provider::connect(vault(), freshness, settings_of_provider),
        Rotating::start(
            vault(),
            "CHECKOUT_API_KEYS_SECRET",
            settings.api_keys_secret,
            freshness,
            ApiKeys::parse
        ),
        Rotating::start(
            vault(),
            "CLIENT_TOKEN_KEY_SECRET",
            settings.token_key_secret,
            freshness,
            TokenKeys::parse
        ),
    );
    Ok(Checkout {
        ports: Measured::queues_of(ports?, metrics),
        provider: Measured::new(provider?, metrics.clone()),
        clock: clock::now,
        api_keys: api_keys?,
        token_keys: token_keys?,
        page: Page::new(&settings.checkout_url, &settings.provider_url),
        notify_url: settings.notify_url,
        capture_on: settings.capture_on,
    })
}
