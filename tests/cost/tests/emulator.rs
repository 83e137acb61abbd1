//! The emulator reports the units that DynamoDB documents, in transactions and alone, the index included.
#![allow(missing_docs, clippy::unwrap_used)]

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConsumedCapacity, Put, ReturnConsumedCapacity, TransactWriteItem,
};
use std::collections::HashMap;

/// Bytes of padding, and `due_at` if the item is to stand in the index.
type Shape = (usize, Option<i64>);

fn item(key: &str, (padding, due_at): Shape) -> HashMap<String, AttributeValue> {
    let text = |text: &str| AttributeValue::S(text.into());
    let number = |number: i64| AttributeValue::N(number.to_string());
    let mut item = HashMap::from([
        ("pk".to_owned(), text(key)),
        ("sk".to_owned(), text("STATE")),
        ("padding".to_owned(), text(&"x".repeat(padding))),
    ]);
    if let Some(due_at) = due_at {
        item.insert("due_at".into(), number(due_at));
        item.insert("due_shard".into(), number(1));
    }
    item
}

fn units(used: &ConsumedCapacity) -> (f64, f64) {
    let table = used.table().and_then(|table| table.capacity_units());
    let index = used.global_secondary_indexes();
    let index = index.and_then(|all| all.get("due")?.capacity_units());
    (table.unwrap_or(0.0), index.unwrap_or(0.0))
}

async fn put(client: &Client, key: &str, shape: Shape) -> (f64, f64) {
    let call = client
        .put_item()
        .table_name("payments")
        .set_item(Some(item(key, shape)))
        .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
    units(call.send().await.unwrap().consumed_capacity().unwrap())
}

async fn transact(client: &Client, key: &str, shape: Shape) -> (f64, f64) {
    let put = Put::builder()
        .table_name("payments")
        .set_item(Some(item(key, shape)));
    let write = TransactWriteItem::builder()
        .put(put.build().unwrap())
        .build();
    let call = client
        .transact_write_items()
        .transact_items(write)
        .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
    units(&call.send().await.unwrap().consumed_capacity()[0])
}

#[tokio::test]
async fn units_of_table_and_index() {
    let client = embedded::client(embedded::start().await);
    // What stands there before, what is written, units of the table outside of a transaction, units of the index.
    let cases: [(&str, Option<Shape>, Shape, f64, f64); 9] = [
        ("a small row that is not due", None, (10, None), 1.0, 0.0),
        ("a row of 2 KB", None, (2_000, None), 2.0, 0.0),
        ("becomes due", Some((10, None)), (10, Some(1)), 1.0, 1.0),
        ("new and due", None, (10, Some(1)), 1.0, 1.0),
        (
            "due as before",
            Some((10, Some(1))),
            (20, Some(1)),
            1.0,
            0.0,
        ),
        ("due later", Some((10, Some(1))), (10, Some(2)), 1.0, 2.0),
        ("due no more", Some((10, Some(1))), (10, None), 1.0, 1.0),
        (
            "large and due later",
            Some((3_000, Some(1))),
            (3_000, Some(2)),
            3.0,
            2.0,
        ),
        ("made small", Some((3_000, None)), (10, None), 3.0, 0.0),
    ];
    for (place, (what, before, after, table, index)) in cases.into_iter().enumerate() {
        let (alone, together) = (format!("A{place}"), format!("T{place}"));
        if let Some(before) = before {
            put(&client, &alone, before).await;
            put(&client, &together, before).await;
        }
        assert_eq!(put(&client, &alone, after).await, (table, index), "{what}");
        let doubled = (2.0 * table, index);
        assert_eq!(
            transact(&client, &together, after).await,
            doubled,
            "{what}, in a transaction"
        );
    }
}
