//! What only the DynamoDB table has: what its items look like, items that expire, outages.

use crate::settled;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Payment, SaveCard, Seconds, Status};
use embedded::{RETENTION, SHARDS};
use std::collections::HashMap;
use std::net::SocketAddr;
use store::samples::{self, NOW, row_only};
use store::{
    Bind, Claim, Commit, CommitError, DynamoStore, KeptMessage, MemoryStore, Store, StoreError,
    shard_of,
};
use tokio::net::TcpListener;

type Item = HashMap<String, AttributeValue>;

async fn items(address: SocketAddr) -> Vec<Item> {
    let scan = embedded::client(address).scan().table_name("payments");
    scan.send().await.unwrap().items.unwrap()
}

async fn item(address: SocketAddr, pk: &str, sk: &str) -> Item {
    let is = |item: &Item, name: &str, value: &str| item[name].as_s().unwrap() == value;
    let mut items = items(address).await;
    items.retain(|item| is(item, "pk", pk) && is(item, "sk", sk));
    assert_eq!(items.len(), 1, "{pk} {sk}");
    items.pop().unwrap()
}

fn number(item: &Item, name: &str) -> Option<i64> {
    item.get(name)
        .map(|value| value.as_n().unwrap().parse().unwrap())
}

#[tokio::test]
async fn a_row_is_in_the_index_while_due_and_expires_once_settled() {
    let address = embedded::start().await;
    let store = embedded::store(address);
    let payment = samples::payment("PAY_1");
    store.commit(&row_only(payment.clone())).await.unwrap();
    let row = item(address, "PAY#PAY_1", "STATE").await;
    assert_eq!(number(&row, "due_at"), payment.due_at.map(|at| at.millis()));
    assert_eq!(
        number(&row, "due_shard"),
        Some(i64::from(shard_of(&payment.id, SHARDS)))
    );
    assert_eq!(number(&row, "expires_at"), None);
    assert_eq!(number(&row, "version"), Some(1));
    for (name, want) in [
        ("status", "CREATED"),
        ("amount", "30000 EUR"),
        ("order_id", "ORDER_1"),
    ] {
        assert_eq!(row[name].as_s().unwrap(), want);
    }
    store.commit(&row_only(settled(&payment))).await.unwrap();
    let row = item(address, "PAY#PAY_1", "STATE").await;
    assert_eq!(
        (number(&row, "due_at"), number(&row, "due_shard")),
        (None, None)
    );
    let want = (NOW + Seconds(60) + RETENTION).millis() / 1000;
    assert_eq!(number(&row, "expires_at"), Some(want));
}

#[tokio::test]
async fn nothing_outstanding_ever_expires() {
    let address = embedded::start().await;
    let store = embedded::store(address);
    let with = |id: &str, change: fn(&mut Payment)| {
        let mut payment = settled(&samples::payment(id));
        payment.version = 1;
        change(&mut payment);
        payment
    };
    let unfinished = [
        with("PAY_DUE", |p| p.due_at = Some(NOW)),
        with("PAY_OPEN", |p| p.status = Status::Authorized),
        with("PAY_DOUBT", |p| {
            p.doubt = Some(domain::Doubt { since: NOW })
        }),
        with("PAY_REVIEW", |p| {
            let reason = domain::ReviewReason::Contradiction;
            p.review = Some(domain::Review {
                reason,
                since: NOW,
                closed_at: None,
            });
        }),
    ];
    for payment in unfinished {
        let key = format!("PAY#{}", payment.id);
        store.commit(&row_only(payment)).await.unwrap();
        let row = item(address, &key, "STATE").await;
        assert_eq!(number(&row, "expires_at"), None, "{key}");
    }
}

#[tokio::test]
async fn evidence_bindings_and_what_waits_expire_after_the_row() {
    let address = embedded::start().await;
    let store = embedded::store(address);
    let pop = samples::payment_id("POP_1");
    store.shelve(&samples::early(&pop, "early")).await.unwrap();
    let row_expires_at = (NOW + RETENTION).millis() / 1000;
    let waiting = item(address, "PID#POP_1", "BIND").await;
    assert!(number(&waiting, "expires_at").unwrap() >= row_expires_at);
    let mut next = samples::payment("PAY_1");
    let entry = samples::entry(&mut next, "body");
    let bind = Some(Bind {
        payment_id: pop,
        adopted: 1,
    });
    let commit = Commit {
        evidence: vec![entry],
        bind,
        ..row_only(next)
    };
    store.commit(&commit).await.unwrap();
    let bound = item(address, "PID#POP_1", "BIND").await;
    assert!(number(&bound, "expires_at").unwrap() > row_expires_at);
    assert!(!bound.contains_key("shelf") && !bound.contains_key("seen"));
    let evidence = item(address, "PAY#PAY_1", "EVID#000001").await;
    assert!(number(&evidence, "expires_at").unwrap() > row_expires_at);
    assert_eq!(evidence["body"].as_b().unwrap().as_ref(), b"body");
    assert_eq!(evidence["kind"].as_s().unwrap(), "notify_capture");
}

#[tokio::test]
async fn holders_and_refund_ids_expire_after_the_row_and_cards_do_not() {
    let address = embedded::start().await;
    let store = embedded::store(address);
    let mut next = samples::payment("PAY_1");
    let refund = domain::Refund {
        request_id: samples::refund_id("REFUND_1"),
        amount: samples::amount(),
        state: domain::RefundState::Requested,
        refund_id: None,
        reason: None,
        requested_at: NOW + Seconds::days(300),
        contested: false,
    };
    next.refunds.push(refund);
    let commit = Commit {
        claim: Some(Claim::Take(samples::order_id("ORDER_1"))),
        refund_ids: vec![samples::refund_id("REFUND_1")],
        card: Some(samples::stored_card("BUYER_1", "1")),
        ..row_only(next)
    };
    store.commit(&commit).await.unwrap();
    // A refund may come long after the payment.
    let row_expires_at = (NOW + Seconds::days(300) + RETENTION).millis() / 1000;
    for (pk, sk) in [("ORDER#ORDER_1", "HOLDER"), ("REF#REFUND_1", "BIND")] {
        let owned = item(address, pk, sk).await;
        assert_eq!(owned["payment"].as_s().unwrap(), "PAY_1");
        assert!(number(&owned, "expires_at").unwrap() > row_expires_at);
    }
    let card = commit.card.unwrap();
    let stored = item(address, "BUYER#BUYER_1", &format!("CARD#{}", card.id)).await;
    assert_eq!(number(&stored, "expires_at"), None);
    assert_eq!(number(&stored, "saved_at"), Some(NOW.millis()));
    for (name, want) in [
        ("token", card.token.expose()),
        ("brand", "VISA"),
        ("last_four", "0768"),
        ("expiry_month", "12"),
        ("expiry_year", "29"),
        ("network_transaction_id", "016153570198200"),
        ("saved_by", "PAY_1"),
    ] {
        assert_eq!(stored[name].as_s().unwrap(), want);
    }
}

/// The message that brings the token is evidence, to the byte; but neither the row nor anything printed holds it.
#[tokio::test]
async fn the_token_stands_in_the_stored_card_alone() {
    let address = embedded::start().await;
    let store = embedded::store(address);
    let card = samples::stored_card("BUYER_1", "secret");
    let token = card.token.expose().to_owned();
    let mut next = samples::payment("PAY_1");
    next.save_card = SaveCard::Saved(card.id.clone());
    let entry = samples::entry(&mut next, "no token");
    let commit = Commit {
        evidence: vec![entry],
        claim: Some(Claim::Take(samples::order_id("ORDER_1"))),
        card: Some(card.clone()),
        ..row_only(next)
    };
    store.commit(&commit).await.unwrap();
    let memory = MemoryStore::new(SHARDS);
    memory.commit(&commit).await.unwrap();
    let holding: Vec<_> = items(address)
        .await
        .into_iter()
        .filter(|item| format!("{item:?}").contains(&token))
        .map(|item| item["pk"].as_s().unwrap().clone())
        .collect();
    assert_eq!(holding, ["BUYER#BUYER_1"]);
    let row = item(address, "PAY#PAY_1", "STATE").await;
    assert!(row["doc"].as_s().unwrap().contains(card.id.as_str()));
    for printed in [
        format!("{commit:?}"),
        format!("{memory:?}"),
        format!("{store:?}"),
        format!("{:?}", store.cards(&card.buyer).await),
        format!("{:?}", store.card(&card.buyer, &card.id).await),
        format!("{:?}", store.commit(&commit).await),
    ] {
        assert!(!printed.contains(&token), "{printed}");
    }
}

#[tokio::test]
async fn a_message_is_kept_once_by_its_body() {
    let address = embedded::start().await;
    let store = embedded::store(address);
    let mut kept = KeptMessage {
        message: samples::message("dispute"),
        received_at: NOW,
        named_kind: "DISPUTE".into(),
        request_id: None,
        payment_id: Some("POP_1".into()),
    };
    store.keep(&kept).await.unwrap();
    kept.named_kind = "OTHER".into();
    kept.message.signature = "other".into();
    store.keep(&kept).await.unwrap();
    let items = items(address).await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["named_kind"].as_s().unwrap(), "DISPUTE");
    assert_eq!(items[0]["payment_id"].as_s().unwrap(), "POP_1");
    assert!(number(&items[0], "expires_at").is_some());
}

#[tokio::test]
async fn a_row_that_is_not_ours_is_reported_and_does_not_stop_the_sweep() {
    let address = embedded::start().await;
    let store = embedded::store(address);
    let client = embedded::client(address);
    for pk in ["PAY#", "ELSE#1"] {
        let put = client.put_item().table_name("payments");
        put.item("pk", AttributeValue::S(pk.into()))
            .item("sk", AttributeValue::S("STATE".into()))
            .item("due_shard", AttributeValue::N("0".into()))
            .item("due_at", AttributeValue::N("1".into()))
            .send()
            .await
            .unwrap();
    }
    assert!(store.due(0, NOW, 10, None).await.unwrap().rows.is_empty());
    let put = client.put_item().table_name("payments");
    put.item("pk", AttributeValue::S("PAY#PAY_1".into()))
        .item("sk", AttributeValue::S("STATE".into()))
        .item("doc", AttributeValue::S("{}".into()))
        .send()
        .await
        .unwrap();
    let outcome = store.load(&samples::id("PAY_1")).await;
    assert!(
        matches!(outcome, Err(StoreError::Corrupt(_))),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_table_that_is_not_reached_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let store = embedded::store(address);
    let id = samples::id("PAY_1");
    let pop = samples::payment_id("POP_1");
    fn unavailable<T>(outcome: &Result<T, StoreError>) -> bool {
        matches!(outcome, Err(StoreError::Unavailable(_)))
    }
    assert!(unavailable(&store.load(&id).await));
    assert!(unavailable(&store.find(&pop).await));
    assert!(unavailable(&store.evidence(&id).await));
    assert!(unavailable(&store.due(0, NOW, 1, None).await));
    assert!(unavailable(&store.shelve(&samples::early(&pop, "x")).await));
    let card = samples::stored_card("BUYER_1", "1");
    let (order, refund) = (samples::order_id("O"), samples::refund_id("R"));
    assert!(unavailable(&store.order_holder(&order).await));
    assert!(unavailable(&store.find_refund(&refund).await));
    assert!(unavailable(&store.cards(&card.buyer).await));
    assert!(unavailable(&store.card(&card.buyer, &card.id).await));
    assert!(unavailable(&store.forget_card(&card.buyer, &card.id).await));
    let mut commit = row_only(samples::payment("PAY_1"));
    for _ in 0..2 {
        let outcome = store.commit(&commit).await;
        let unavailable = matches!(outcome, Err(CommitError::Store(StoreError::Unavailable(_))));
        assert!(unavailable, "{outcome:?}");
        commit.bind = Some(Bind {
            payment_id: pop.clone(),
            adopted: 0,
        });
    }
}

#[tokio::test]
async fn a_table_that_does_not_exist_is_named_in_the_error() {
    let address = embedded::start().await;
    let settings = store::DynamoSettings {
        table: "nowhere".into(),
        ..embedded::settings()
    };
    let store = DynamoStore::new(&embedded::aws(address, 1), settings).unwrap();
    let error = store
        .load(&samples::id("PAY_1"))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("GetItem: ResourceNotFoundException"),
        "{error}"
    );
}
