//! What only the DynamoDB table has: items that expire, what each operation costs, lost answers, outages.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Payment, Seconds, Status};
use embedded::{RETENTION, SHARDS};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::samples::{self, NOW, row_only};
use store::{
    Bind, Commit, CommitError, DynamoStore, KeptMessage, Meter, Store, StoreError, Usage, shard_of,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

type Item = HashMap<String, AttributeValue>;

async fn items(address: SocketAddr) -> Vec<Item> {
    let scan = embedded::client(address, 1).scan().table_name("payments");
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

fn settled(payment: &Payment) -> Payment {
    Payment {
        version: payment.version + 1,
        status: Status::Captured,
        status_since: NOW + Seconds(60),
        due_at: None,
        ..payment.clone()
    }
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
            p.review = Some(domain::Review { reason, since: NOW });
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
    let entry = next.trail.append(samples::message("body"), NOW);
    let bind = Some(Bind {
        payment_id: pop,
        adopted: 1,
    });
    let commit = Commit {
        next,
        evidence: vec![entry],
        bind,
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
    let client = embedded::client(address, 1);
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
    let store = DynamoStore::new(embedded::client(address, 1), settings);
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

/// Forwards to the emulator, and throws the next answer away when told to.
async fn losing_proxy(to: SocketAddr, lose_next: Arc<AtomicBool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (inbound, _) = listener.accept().await.unwrap();
            let outbound = TcpStream::connect(to).await.unwrap();
            tokio::spawn(forward(inbound, outbound, Arc::clone(&lose_next)));
        }
    });
    address
}

async fn forward(inbound: TcpStream, outbound: TcpStream, lose_next: Arc<AtomicBool>) {
    let (mut from_client, mut to_client) = inbound.into_split();
    let (mut from_server, mut to_server) = outbound.into_split();
    let requests =
        tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
        if lose_next.swap(false, Ordering::SeqCst)
            || to_client.write_all(&buffer[..length]).await.is_err()
        {
            break;
        }
    }
    requests.abort();
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_known_again_by_the_next_try() {
    let address = embedded::start().await;
    let lose_next = Arc::new(AtomicBool::new(false));
    let proxy = losing_proxy(address, Arc::clone(&lose_next)).await;
    let store = DynamoStore::new(embedded::client(proxy, 3), embedded::settings());
    let mut payment = samples::payment("PAY_1");
    // The row alone, and then as a transaction: neither loses to itself.
    lose_next.store(true, Ordering::SeqCst);
    store.commit(&row_only(payment.clone())).await.unwrap();
    assert!(!lose_next.load(Ordering::SeqCst), "the answer was not lost");
    payment.version = 2;
    let entry = payment.trail.append(samples::message("body"), NOW);
    lose_next.store(true, Ordering::SeqCst);
    let commit = Commit {
        next: payment.clone(),
        evidence: vec![entry],
        bind: None,
    };
    store.commit(&commit).await.unwrap();
    assert!(!lose_next.load(Ordering::SeqCst), "the answer was not lost");
    assert_eq!(
        store.load(&payment.id).await.unwrap(),
        Some(payment.clone())
    );
    // Another's commit of the same content is still refused.
    let outcome = embedded::store(address).commit(&row_only(payment)).await;
    assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");
}

/// What was used since the last call: printed, for whoever wants to know, and held against what it may be (requests,
/// least units, most units).
fn costs(meter: &Meter, what: &str, operation: &str, want: (u64, f64, f64)) {
    let usage = meter.take();
    println!("{what}: {usage:?}");
    assert_eq!(usage.len(), 1, "{what}: {usage:?}");
    let Usage { requests, units } = usage[operation];
    let (want, least, most) = want;
    assert_eq!(requests, want, "{what}");
    assert!((least..=most).contains(&units), "{what}: {units} units");
}

/// Rows of the samples have about 1 KB and all other items less; a write of a due row also writes the index, and in a
/// transaction a write counts twice.
#[tokio::test]
async fn what_each_operation_costs() {
    let address = embedded::start().await;
    let meter = Meter::default();
    let store = embedded::store(address).metered(meter.clone());
    let pop = samples::payment_id("POP_1");
    let payment = samples::payment("PAY_1");
    store.commit(&row_only(payment.clone())).await.unwrap();
    costs(
        &meter,
        "commit of a row that comes due",
        "PutItem",
        (1, 2.0, 3.0),
    );
    let refused = store.commit(&row_only(payment.clone())).await;
    assert!(matches!(refused, Err(CommitError::Conflict)));
    costs(&meter, "refused commit", "PutItem", (1, 0.0, 0.0));
    store.load(&payment.id).await.unwrap();
    costs(&meter, "load", "GetItem", (1, 1.0, 1.0));
    store.find(&pop).await.unwrap();
    costs(&meter, "find", "GetItem", (1, 1.0, 1.0));
    store.shelve(&samples::early(&pop, "early")).await.unwrap();
    costs(&meter, "shelve", "UpdateItem", (1, 1.0, 1.0));
    let mut next = Payment {
        version: 2,
        ..payment
    };
    let mut entry = || next.trail.append(samples::message("body"), NOW);
    let evidence = vec![entry()];
    let further = vec![entry()];
    let bind = Some(Bind {
        payment_id: pop,
        adopted: 1,
    });
    let commit = Commit {
        next: next.clone(),
        evidence,
        bind,
    };
    store.commit(&commit).await.unwrap();
    let what = "commit of a row with evidence and a binding";
    costs(&meter, what, "TransactWriteItems", (1, 6.0, 10.0));
    next.version = 3;
    let commit = Commit {
        next: next.clone(),
        evidence: further,
        bind: None,
    };
    store.commit(&commit).await.unwrap();
    costs(
        &meter,
        "commit of a row with evidence",
        "TransactWriteItems",
        (1, 4.0, 8.0),
    );
    next.version = 4;
    store
        .commit(&row_only(settled(&Payment { version: 3, ..next })))
        .await
        .unwrap();
    costs(
        &meter,
        "commit of a row that settles",
        "PutItem",
        (1, 2.0, 3.0),
    );
    store.evidence(&commit.next.id).await.unwrap();
    costs(&meter, "trail of two entries", "Query", (1, 1.0, 1.0));
    store.due(0, NOW, 100, None).await.unwrap();
    costs(&meter, "page of due rows", "Query", (1, 0.0, 0.5));
}
