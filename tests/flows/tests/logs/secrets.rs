//! What all functions log about their secrets and their start.

use crate::Journal;
use crate::payments::create;
use flows::events::{API_KEY, public_key};
use flows::{MAX_AGE, Secrets, World, forward, hash};
use runtime::logs::startup_failed;
use runtime::secrets::Outage;
use serde_json::json;
use simulator::NewKeys;
use simulator::keys::KeyPair;

const GOOD: &str = "4054695723100768";

pub(crate) async fn secret_replaced(journal: &mut Journal) {
    let world = World::deaf().await;
    let token = create(journal, &world, "P1", "AUTOMATIC").await;
    let (vault, look) = (&world.secrets.vault, "/payments/P1");
    vault.put(
        Secrets::API_KEYS,
        &format!("{}\n{}", hash(API_KEY), hash("new")),
    );
    let with_new = world.call("GET", look, "new", "");
    assert_eq!(journal.step("a new API key is used", with_new).await.0, 200);
    vault.put(Secrets::API_KEYS, "nonsense");
    forward(MAX_AGE);
    let with_new = world.call("GET", look, "new", "");
    assert_eq!(
        journal
            .step("what stands there now is nonsense", with_new)
            .await
            .0,
        200
    );
    vault.fail(Outage::Refuses);
    forward(MAX_AGE);
    let page = world.call("GET", look, &token, "");
    assert_eq!(
        journal
            .step("Secrets Manager is out of order", page)
            .await
            .0,
        200
    );
}

pub(crate) async fn key_refused(journal: &mut Journal) {
    let world = World::deaf().await;
    let new = KeyPair::generate().unwrap();
    let takes = |version: &str, key: &str| {
        let keys = [(version.to_owned(), key.to_owned())];
        let keys = NewKeys {
            merchant_public_keys: Some(keys.into()),
            ..NewKeys::default()
        };
        world.provider.replace_keys(&keys).unwrap();
    };
    let text = json!({ "keyVersion": "2", "privateKey": new.private_base64 }).to_string();
    world.secrets.vault.put(Secrets::MERCHANT_KEY, &text);
    takes("1", &public_key("merchant-public.pem"));
    forward(MAX_AGE);
    let token = create(journal, &world, "P1", "AUTOMATIC").await;
    let paid = world.pay("P1", &token, GOOD);
    let view = journal
        .step("POP does not take the new key yet", paid)
        .await;
    assert_eq!(view["status"], "AUTHORIZED");
    takes("3", &new.public_base64);
    let token = create(journal, &world, "P2", "AUTOMATIC").await;
    let paid = world.pay("P2", &token, GOOD);
    let view = journal.step("POP takes neither", paid).await;
    assert_eq!(view["status"], "PENDING");
}

pub(crate) async fn failed_start(journal: &mut Journal) {
    let error = notify::Settings::from_env().unwrap_err();
    startup_failed(&error);
    journal.note("notify");
    let error = checkout::Settings::from_env().unwrap_err();
    startup_failed(&error);
    journal.note("checkout");
    let error = sweep::Settings::from_env().unwrap_err();
    startup_failed(&error);
    journal.note("sweep");
    let error = runtime::provider::ProviderSettings::from_env().unwrap_err();
    startup_failed(&error);
    journal.note("capture");
}
