//! API keys and token keys are replaced; and strangers who try make nobody read.

use crate::{GOOD, Warnings, create, everything_works, wait};
use checkout::TokenKeys;
use domain::Seconds;
use flows::{MAX_AGE, Secrets, World, events::API_KEY, events::TOKEN_KEY, hash};
use runtime::secrets::PAUSE;

const NEW_KEY: &str = "the-merchants-next-api-key";

#[tokio::test]
async fn an_api_key_is_added_used_and_the_old_one_taken_out() {
    let warnings = Warnings::hear();
    let world = World::new().await;
    let keys = |texts: &[&str]| {
        let hashes: Vec<String> = texts.iter().map(|text| hash(text)).collect();
        world
            .secrets
            .vault
            .put(Secrets::API_KEYS, &hashes.join("\n"));
    };
    everything_works(&world, "OLD", API_KEY).await;
    keys(&[API_KEY, NEW_KEY]);
    everything_works(&world, "BOTH_OLD", API_KEY).await;
    everything_works(&world, "BOTH_NEW", NEW_KEY).await;
    keys(&[NEW_KEY]);
    everything_works(&world, "NEW", NEW_KEY).await;
    wait(&world, MAX_AGE);
    let (status, _) = world.call("GET", "/payments/NEW_ASKED", API_KEY, "").await;
    assert_eq!(
        status, 401,
        "what was taken out is refused after the age of secrets"
    );
    assert_eq!(warnings.take(), [""; 0]);
}

#[tokio::test]
async fn a_key_that_was_taken_out_is_refused_by_a_process_that_slept() {
    let world = World::new().await;
    world.secrets.vault.put(Secrets::API_KEYS, &hash(NEW_KEY));
    wait(&world, Seconds::hours(5));
    let (status, _) = world.call("GET", "/payments/P1", API_KEY, "").await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn open_card_pages_go_on_while_the_token_key_is_replaced() {
    let world = World::new().await;
    let new = "cd".repeat(32);
    let tokens = |lines: &[&str]| {
        world
            .secrets
            .vault
            .put(Secrets::TOKEN_KEYS, &lines.join("\n"));
    };
    let opened_before = create(&world, API_KEY, "P1", "AUTOMATIC", false).await;
    // First all processes learn to verify the new key, then it signs, and the old one goes when its pages are over.
    tokens(&[TOKEN_KEY, &new]);
    wait(&world, MAX_AGE);
    let opened_between = create(&world, API_KEY, "P2", "AUTOMATIC", false).await;
    world.pay("P2", &opened_between, GOOD).await;
    tokens(&[&new, TOKEN_KEY]);
    wait(&world, MAX_AGE);
    let opened_after = create(&world, API_KEY, "P3", "AUTOMATIC", false).await;
    for (id, token) in [("P2", &opened_between), ("P3", &opened_after)] {
        let view = world.pay(id, token, GOOD).await;
        assert_ne!(view["status"], "CREATED", "{id}");
    }
    let (status, _) = world.call("GET", "/payments/P1", &opened_before, "").await;
    assert_eq!(status, 200);
    tokens(&[&new]);
    wait(&world, MAX_AGE);
    let (status, _) = world.call("GET", "/payments/P3", &opened_after, "").await;
    assert_eq!(status, 200);
    let (status, _) = world.call("GET", "/payments/P2", &opened_between, "").await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn a_process_that_has_not_read_the_new_token_key_reads_it_when_a_page_shows_it() {
    let world = World::new().await;
    let _token = create(&world, API_KEY, "P1", "AUTOMATIC", false).await;
    let both = format!("{}\n{TOKEN_KEY}", "cd".repeat(32));
    world.secrets.vault.put(Secrets::TOKEN_KEYS, &both);
    // As another process signs, which was started later.
    let row = world.row("P1").await;
    let token = TokenKeys::parse(&both)
        .unwrap()
        .issue(&row.id, row.expires_at);
    let (status, view) = world.call("GET", "/payments/P1", &token, "").await;
    assert_eq!(status, 200, "{view}");
}

#[tokio::test]
async fn strangers_drive_neither_the_rate_nor_the_cost() {
    let world = World::new().await;
    let token = create(&world, API_KEY, "P1", "AUTOMATIC", false).await;
    let (until, _) = token.split_once('.').unwrap();
    let forged = format!("{until}.{}", "A".repeat(43));
    let _before = world.secrets.vault.take_readings();
    for n in 0..300 {
        for bearer in [&format!("guess-{n}"), &forged, &"x".repeat(4000)] {
            let (status, _) = world.call("GET", "/payments/P1", bearer, "").await;
            assert_eq!(status, 401);
            let (status, _) = world.call("POST", "/payments/P1/pay", bearer, "{}").await;
            assert_eq!(status, 401);
        }
        wait(&world, Seconds(1));
    }
    let readings = world.secrets.vault.take_readings().len();
    let most = 2 * (300 / usize::try_from(PAUSE.0).unwrap() + 1);
    assert!(readings <= most, "{readings} readings, {most} at most");
    // Pages that ask for their payment are no strangers: nothing is read because of them.
    for _ in 0..100 {
        let (status, _) = world.call("GET", "/payments/P1", &token, "").await;
        assert_eq!(status, 200);
        wait(&world, Seconds(1));
    }
    assert_eq!(world.secrets.vault.take_readings(), []);
}
