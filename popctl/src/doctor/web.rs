//! The public addresses, as an outsider reaches them. Nothing is changed by these requests.

use super::checks::{Check, not_checked, ok, wrong};
use super::setting;
use crate::connection::{Connection, Deployed};
use crate::http;
use reqwest::Response;
use serde_json::Value;

pub(super) async fn check(connection: &Connection, deployed: Option<&Deployed>) -> Vec<Check> {
    let client = match http::client() {
        Ok(client) => client,
        Err(error) => {
            return vec![not_checked(
                "public addresses",
                format!("{error:#}"),
                "report it",
            )];
        }
    };
    let mut checks = Vec::new();
    match setting(connection, deployed, "NOTIFY_URL") {
        Some(url) => {
            checks.push(unsigned(&client, &url).await);
            checks.push(not_post(&client, &url).await);
        }
        None => checks.push(not_checked(
            "notify URL",
            "it is not known",
            "name the deployment",
        )),
    }
    match setting(connection, deployed, "CHECKOUT_URL") {
        Some(url) => checks.push(health(&client, &url).await),
        None => checks.push(not_checked(
            "checkout URL",
            "it is not known",
            "name the deployment",
        )),
    }
    checks
}

/// What is not signed must be refused, by our function and with its word.
async fn unsigned(client: &reqwest::Client, url: &str) -> Check {
    let name = "notify URL";
    let sent = client
        .post(url)
        .header("content-type", "application/json")
        .body("{}")
        .send()
        .await;
    let response = match sent {
        Ok(response) => response,
        Err(error) => {
            return wrong(
                name,
                format!("{url} is not reached: {}", without_url(error)),
                REACH,
            );
        }
    };
    let status = response.status().as_u16();
    let code = code_of(response).await;
    match (status, code.as_deref()) {
        (401, Some("missing_signature" | "missing_client_id")) => ok(
            name,
            format!(
                "{url} refuses what is not signed (401 {})",
                code.unwrap_or_default()
            ),
        ),
        (status, code) => wrong(
            name,
            format!(
                "{url} answers an unsigned request with {status} {}",
                code.unwrap_or("that is not ours")
            ),
            REACH,
        ),
    }
}

const REACH: &str = "POP must reach the notify function at exactly this URL: check the domain, the route POST and path of the API, and what stands in front of it";

/// Only POST is answered there: 405 by the function, 404 by the gateway, which has no other route.
async fn not_post(client: &reqwest::Client, url: &str) -> Check {
    let name = "notify URL, GET";
    match client.get(url).send().await {
        Ok(response) if matches!(response.status().as_u16(), 404 | 405) => ok(
            name,
            format!("{}, as it should be", response.status().as_u16()),
        ),
        Ok(response) => wrong(
            name,
            format!("answered with {}", response.status().as_u16()),
            "something else answers there: a web server or a cache in front of the API",
        ),
        Err(error) => wrong(name, format!("not reached: {}", without_url(error)), REACH),
    }
}

async fn health(client: &reqwest::Client, url: &str) -> Check {
    let name = "checkout URL";
    let address = format!("{}/healthz", url.trim_end_matches('/'));
    match client.get(&address).send().await {
        Ok(response) if response.status().is_success() => ok(name, format!("{address} is healthy")),
        Ok(response) => wrong(
            name,
            format!("{address} answers with {}", response.status().as_u16()),
            "does the checkout function start? See its log: a missing setting or secret is named there",
        ),
        Err(error) => wrong(
            name,
            format!("{address} is not reached: {}", without_url(error)),
            "check the domain and the API",
        ),
    }
}

/// The stable code of our own refusals.
async fn code_of(response: Response) -> Option<String> {
    let body = response.text().await.ok()?;
    let problem: Value = serde_json::from_str(&body).ok()?;
    Some(problem["code"].as_str()?.to_owned())
}

fn without_url(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}
