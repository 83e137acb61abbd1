//! What each operation costs: requests and capacity units, as DynamoDB counts them.

use crate::settled;
use domain::Payment;
use store::samples::{self, NOW, row_only};
use store::{Bind, Claim, Commit, CommitError, Meter, Store, Usage};

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
    let mut entry = || samples::entry(&mut next, "body");
    let evidence = vec![entry()];
    let further = vec![entry()];
    let bind = Some(Bind {
        payment_id: pop,
        adopted: 1,
    });
    let commit = Commit {
        evidence,
        bind,
        ..row_only(next.clone())
    };
    store.commit(&commit).await.unwrap();
    let what = "commit of a row with evidence and a binding";
    costs(&meter, what, "TransactWriteItems", (1, 6.0, 10.0));
    next.version = 3;
    let commit = Commit {
        evidence: further,
        ..row_only(next.clone())
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

#[tokio::test]
async fn what_orders_refunds_and_cards_cost() {
    let address = embedded::start().await;
    let meter = Meter::default();
    let store = embedded::store(address).metered(meter.clone());
    let mut payment = samples::payment("PAY_1");
    let entry = samples::entry(&mut payment, "body");
    let order = samples::order_id("ORDER_1");
    let refund = samples::refund_id("REFUND_1");
    let card = samples::stored_card("BUYER_1", "1");
    let commit = Commit {
        evidence: vec![entry],
        claim: Some(Claim::Take(order.clone())),
        card: Some(card.clone()),
        ..row_only(payment.clone())
    };
    store.commit(&commit).await.unwrap();
    let what = "commit of a row with evidence, its order and a card";
    costs(&meter, what, "TransactWriteItems", (1, 8.0, 12.0));
    let mut next = Payment {
        version: 2,
        ..payment
    };
    let commit = Commit {
        refund_ids: vec![refund.clone()],
        ..row_only(next.clone())
    };
    store.commit(&commit).await.unwrap();
    let what = "commit of a row with a refund";
    costs(&meter, what, "TransactWriteItems", (1, 4.0, 8.0));
    next.version = 3;
    let commit = Commit {
        claim: Some(Claim::Release(order.clone())),
        ..row_only(next)
    };
    store.commit(&commit).await.unwrap();
    let what = "commit of a row that lets its order go";
    costs(&meter, what, "TransactWriteItems", (1, 4.0, 8.0));
    store.order_holder(&order).await.unwrap();
    costs(&meter, "holder of an order", "GetItem", (1, 1.0, 1.0));
    store.find_refund(&refund).await.unwrap();
    costs(&meter, "payment of a refund", "GetItem", (1, 1.0, 1.0));
    store.cards(&card.buyer).await.unwrap();
    costs(&meter, "cards of a buyer", "Query", (1, 1.0, 1.0));
    store.card(&card.buyer, &card.id).await.unwrap();
    costs(&meter, "one card", "GetItem", (1, 1.0, 1.0));
    store.forget_card(&card.buyer, &card.id).await.unwrap();
    costs(&meter, "card forgotten", "DeleteItem", (1, 1.0, 1.0));
}
