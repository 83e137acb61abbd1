//! Routes: what the document names, what the function takes, and what the template lets through are the same.

use crate::api::{Api, By, request};
use crate::document::{document, operations};
use flows::World;
use serde_json::Value;
use std::collections::BTreeSet;

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// A path with something in place of its parameters.
fn filled(path: &str) -> String {
    path.replace("{id}", "P1")
        .replace("{buyerId}", "b1")
        .replace("{storedCard}", "card_1")
}

fn code(body: &str) -> String {
    let problem = serde_json::from_str::<Value>(body).unwrap_or_default();
    problem["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn each_path_takes_the_methods_of_the_document_and_no_other() {
    let api = Api::of(World::deaf().await);
    let document = document();
    let known: BTreeSet<(String, String)> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .collect();
    for path in known.iter().map(|(_, path)| path).collect::<BTreeSet<_>>() {
        let taken: Vec<&str> = METHODS
            .into_iter()
            .filter(|method| known.contains(&((*method).into(), path.clone())))
            .collect();
        for method in METHODS {
            let request = request(By::Merchant, method, &filled(path), "");
            let response = api.world.checkout.answer(&request).await;
            let refused =
                ["method_not_allowed", "no_such_address"].contains(&code(&response.body).as_str());
            assert_eq!(
                refused,
                !taken.contains(&method),
                "{method} {path}: {}",
                response.status
            );
            if refused {
                assert_eq!(response.status, 405, "{method} {path}");
                assert_eq!(
                    response.header("allow"),
                    Some(taken.join(", ").as_str()),
                    "{path}"
                );
            }
        }
    }
}

#[tokio::test]
async fn there_is_nothing_at_other_addresses() {
    let api = Api::of(World::deaf().await);
    for path in [
        "/",
        "",
        "/payment",
        "/payments/P1/void",
        "/payments/P1/pay/now",
        "/payments/P1/capture/1",
        "/buyers",
        "/buyers/b1",
        "/buyers/b1/cards/c1/token",
        "/checkout",
        "/checkout/P1/result/x",
        "/checkout/assets",
        "/checkout/assets/page.map",
        "/checkout/assets/../page.js",
        "/healthz/x",
        "/openapi.yaml",
        "/openapi.json/x",
        "/notify",
    ] {
        for method in METHODS {
            let response = api
                .world
                .checkout
                .answer(&request(By::Merchant, method, path, ""))
                .await;
            // `/checkout/assets` reads like the page of a payment called "assets".
            let is_page = path == "/checkout/assets";
            let want = match (is_page, method) {
                (true, "GET") => 200,
                (true, _) => 405,
                _ => 404,
            };
            assert_eq!(response.status, want, "{method} {path}: {}", response.body);
        }
    }
}

#[test]
fn the_template_lets_through_what_the_document_names() {
    let template = include_str!("../../../../template.yaml");
    let keys: BTreeSet<String> = template
        .lines()
        .filter(|line| line.contains("integrations/${CheckoutIntegration}"))
        .map(|line| {
            let (_, key) = line.split_once("RouteKey: ").unwrap();
            let (key, _) = key.split_once(", Target").unwrap();
            key.trim_matches('"').to_owned()
        })
        .collect();
    let documented: BTreeSet<String> = operations(&document())
        .into_iter()
        .map(
            |(method, path, _)| match path.starts_with("/checkout/assets/") {
                true => format!("{method} /checkout/assets/{{asset}}"),
                false => format!("{method} {path}"),
            },
        )
        .collect();
    assert_eq!(keys, documented);
}

#[tokio::test]
async fn files_and_health_are_as_documented() {
    let api = Api::of(World::deaf().await);
    for path in [
        "/checkout/P1",
        "/checkout/P1/result",
        "/checkout/assets/page.css",
        "/checkout/assets/page.js",
        "/healthz",
        "/openapi.json",
    ] {
        let (status, _) = api.call(By::Nobody, "GET", path, &Value::Null).await;
        assert_eq!(status, 200, "{path}");
    }
}
