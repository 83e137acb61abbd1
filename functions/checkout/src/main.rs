//! The Lambda binary of the checkout function.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply

use checkout::{ApiKeys, Checkout, Page, Settings, TokenKey};
use pop::client::Client;
use runtime::metrics::{Measured, Metrics};
use runtime::provider::ProviderSettings;
use runtime::{aws, clock, http, logs, ports, provider, secrets};
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
) -> Result<Checkout<DynamoStore, Measured<SqsQueues>, Measured<Client>>, runtime::Error> {
    let settings = Settings::from_env()?;
    let aws = aws::config()?;
    let settings_of_provider = ProviderSettings::from_env()?;
    // Side by side: each waits for AWS.
    let (ports, provider, api_keys, token_key) = tokio::join!(
        ports::from_env(&aws),
        provider::connect(&aws, settings_of_provider),
        secrets::read(&aws, "CHECKOUT_API_KEYS_SECRET", &settings.api_keys_secret),
        secrets::read(&aws, "CLIENT_TOKEN_KEY_SECRET", &settings.token_key_secret),
    );
    Ok(Checkout {
        ports: Measured::queues_of(ports?, metrics),
        provider: Measured::new(provider?, metrics.clone()),
        clock: clock::now,
        api_keys: ApiKeys::parse(&api_keys?)?,
        token_key: TokenKey::parse(&token_key?)?,
        page: Page::new(&settings.checkout_url, &settings.provider_url),
        notify_url: settings.notify_url,
        capture_on: settings.capture_on,
    })
}
