//! When a secret is read again, and what then holds. Each test is a process of its own, with a clock of its own.

use super::*;
use crate::secrets::{MemoryVault, Outage};
use std::sync::atomic::{AtomicI64, Ordering};

static NOW: AtomicI64 = AtomicI64::new(1_767_355_261_000);

fn now() -> Time {
    Time::from_millis(NOW.load(Ordering::SeqCst))
}

fn wait(span: Seconds) {
    NOW.fetch_add(span.0 * 1000, Ordering::SeqCst);
}

const FRESHNESS: Freshness = Freshness {
    max_age: Seconds(900),
    clock: now,
};

/// The secret is a word; `bad` is none.
fn word(text: &str) -> Result<String, &'static str> {
    match text {
        "bad" => Err("a word is expected"),
        text => Ok(text.to_owned()),
    }
}

async fn started(vault: &MemoryVault) -> Rotating<String> {
    let vault: Arc<dyn Vault> = Arc::new(vault.clone());
    let secret = Rotating::start(vault, "WORD_SECRET", "word".into(), FRESHNESS, word);
    secret.await.unwrap()
}

async fn with_word(text: &str) -> (MemoryVault, Rotating<String>) {
    let vault = MemoryVault::default();
    vault.put("word", text);
    let secret = started(&vault).await;
    assert_eq!(vault.take_readings().len(), 1);
    (vault, secret)
}

#[tokio::test]
async fn what_is_old_is_read_again_before_it_is_used_and_not_with_each_use() {
    let (vault, secret) = with_word("one").await;
    vault.put("word", "two");
    for _ in 0..100 {
        wait(Seconds(8));
        assert_eq!(*secret.get().await, "one");
    }
    assert_eq!(vault.take_readings(), []);
    wait(Seconds(100));
    for _ in 0..100 {
        assert_eq!(*secret.get().await, "two");
    }
    assert_eq!(vault.take_readings().len(), 1);
}

#[tokio::test]
async fn what_stayed_the_same_is_not_read_as_new() {
    let (vault, secret) = with_word("one").await;
    let before = secret.get().await;
    wait(Seconds(900));
    assert!(Arc::ptr_eq(&secret.get().await, &before));
    assert_eq!(vault.take_readings().len(), 1);
}

#[tokio::test]
async fn something_newer_is_found_at_once_and_a_stranger_cannot_drive_the_readings() {
    let (vault, secret) = with_word("one").await;
    for _ in 0..1000 {
        assert!(!secret.passes(|word| word == "a stranger's").await);
        NOW.fetch_add(100, Ordering::SeqCst); // ten a second, for a hundred seconds
    }
    assert_eq!(vault.take_readings().len(), 10);
    vault.put("word", "two");
    wait(PAUSE);
    assert!(secret.passes(|word| word == "two").await);
    assert!(secret.passes(|word| word == "two").await);
    assert_eq!(vault.take_readings().len(), 1);
}

#[tokio::test]
async fn a_reading_for_age_leaves_the_one_for_something_newer_free() {
    let (vault, secret) = with_word("one").await;
    wait(Seconds(900));
    assert_eq!(*secret.get().await, "one");
    vault.put("word", "two");
    assert!(secret.passes(|word| word == "two").await);
}

#[tokio::test]
async fn many_who_miss_the_same_read_once() {
    let (vault, secret) = with_word("one").await;
    vault.put("word", "two");
    let seen = secret.get().await;
    let all = futures_util::future::join_all((0..20).map(|_| secret.newer_than(&seen))).await;
    assert!(
        all.iter()
            .all(|newer| newer.as_deref().map(String::as_str) == Some("two"))
    );
    assert_eq!(vault.take_readings().len(), 1);
}

#[tokio::test]
async fn a_vault_that_fails_leaves_the_value_and_is_asked_again_later() {
    let (vault, secret) = with_word("one").await;
    vault.put("word", "two");
    vault.fail(Outage::Refuses);
    wait(Seconds(900));
    for _ in 0..5 {
        assert_eq!(*secret.get().await, "one");
    }
    assert_eq!(vault.take_readings().len(), 1);
    vault.fail(Outage::None);
    wait(RETRY);
    assert_eq!(*secret.get().await, "two");
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_says_nothing_holds_an_invocation_up_for_two_seconds_at_most() {
    let (vault, secret) = with_word("one").await;
    vault.fail(Outage::Silent);
    wait(Seconds(900));
    let begun = tokio::time::Instant::now();
    assert_eq!(*secret.get().await, "one");
    assert_eq!(begun.elapsed(), LIMIT);
    assert_eq!(*secret.get().await, "one");
    assert!(secret.newer_than(&secret.get().await).await.is_none());
    assert!(secret.previous().await.is_none());
    assert_eq!(begun.elapsed(), 3 * LIMIT);
}

#[tokio::test(start_paused = true)]
async fn while_one_reads_the_others_go_on_with_what_is_there() {
    let (vault, secret) = with_word("one").await;
    vault.fail(Outage::Silent);
    wait(Seconds(900));
    let begun = tokio::time::Instant::now();
    let second = async {
        tokio::task::yield_now().await;
        let value = secret.get().await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        value
    };
    let (first, second) = tokio::join!(secret.get(), second);
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(begun.elapsed(), LIMIT);
}

#[tokio::test]
async fn nonsense_leaves_the_value_until_it_is_mended() {
    let (vault, secret) = with_word("one").await;
    vault.put("word", "bad");
    wait(Seconds(900));
    assert_eq!(*secret.get().await, "one");
    assert_eq!(*secret.get().await, "one");
    assert_eq!(vault.take_readings().len(), 1);
    vault.put("word", "two");
    wait(RETRY);
    assert_eq!(*secret.get().await, "two");
}

#[tokio::test]
async fn the_previous_one_is_there_if_there_was_one_and_asked_for_seldom() {
    let (vault, secret) = with_word("one").await;
    assert_eq!(secret.previous().await, None);
    vault.put("word", "two");
    assert_eq!(secret.previous().await, None, "asked for a moment ago");
    wait(PAUSE);
    assert_eq!(secret.previous().await.as_deref(), Some("one"));
    let previous = ("word".to_owned(), Stage::Previous);
    assert_eq!(vault.take_readings(), [previous.clone(), previous]);
}

#[tokio::test]
async fn a_function_cannot_start_without_it() {
    let vault = MemoryVault::default();
    let start = || {
        let vault: Arc<dyn Vault> = Arc::new(vault.clone());
        Rotating::start(vault, "WORD_SECRET", "word".into(), FRESHNESS, word)
    };
    let error = start().await.err().unwrap().to_string();
    assert!(error.starts_with("WORD_SECRET: "), "{error}");
    assert!(error.contains("(ResourceNotFoundException)"), "{error}");
    vault.put("word", "bad");
    let error = start().await.err().unwrap().to_string();
    assert_eq!(error, "WORD_SECRET: a word is expected");
}

#[tokio::test]
async fn a_value_without_a_vault_stays() {
    let secret = Rotating::from("one".to_owned());
    wait(Seconds::days(3650));
    let value = secret.get().await;
    assert_eq!(*value, "one");
    assert!(secret.newer_than(&value).await.is_none());
    assert!(secret.previous().await.is_none());
    assert_eq!(format!("{secret:?}"), "\"one\"");
}

#[tokio::test]
async fn what_is_replaced_is_dropped_with_its_last_user() {
    let (vault, secret) = with_word("one").await;
    let old = Arc::downgrade(&secret.get().await);
    vault.put("word", "two");
    let user = old.upgrade().unwrap();
    assert!(secret.newer_than(&user).await.is_some());
    assert!(old.upgrade().is_some());
    drop(user);
    assert!(old.upgrade().is_none());
}
