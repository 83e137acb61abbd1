//! The table of a simulated world, as DynamoDB has it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, TimeToLiveSpecification};
use domain::Payment;
use simulation::world::World;
use std::net::SocketAddr;
use store::{Item, evidence_item, row_item};

/// An embedded table that holds what these worlds' tables hold.
pub(crate) async fn of(worlds: &[&World]) -> SocketAddr {
    let address = embedded::start().await;
    let client = embedded::client(address);
    let expiry = TimeToLiveSpecification::builder()
        .enabled(true)
        .attribute_name("expires_at")
        .build()
        .unwrap();
    let call = client.update_time_to_live().table_name("payments");
    call.time_to_live_specification(expiry)
        .send()
        .await
        .unwrap();
    for world in worlds {
        let mut rows = world.table.memory().rows();
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        for row in &rows {
            fill(&client, world, row).await;
        }
    }
    address
}

async fn fill(client: &Client, world: &World, row: &Payment) {
    let settings = embedded::settings();
    put(client, row_item(row, "simulated", &settings).unwrap()).await;
    for entry in world.table.trail(&row.id) {
        put(client, evidence_item(&row.id, &entry, &settings)).await;
    }
    let owned = |pk: String, sk: &str| {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        Item::from([
            ("pk".into(), text(&pk)),
            ("sk".into(), text(sk)),
            ("payment".into(), text(row.id.as_str())),
        ])
    };
    if let Some(id) = &row.payment_id {
        put(client, owned(format!("PID#{id}"), "BIND")).await;
    }
    for refund in &row.refunds {
        put(client, owned(format!("REF#{}", refund.request_id), "BIND")).await;
    }
    if let Some(order) = row.order_id().filter(|_| row.holds_order()) {
        put(client, owned(format!("ORDER#{order}"), "HOLDER")).await;
    }
}

async fn put(client: &Client, item: Item) {
    let put = client
        .put_item()
        .table_name("payments")
        .set_item(Some(item));
    put.send().await.unwrap();
}

/// Changes one text of one item behind everybody's back.
pub(crate) async fn change(
    client: &Client,
    (pk, sk): (&str, &str),
    attribute: &str,
    change: impl FnOnce(&str) -> String,
) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let item = client.get_item().table_name("payments");
    let item = item.key("pk", text(pk)).key("sk", text(sk)).send().await;
    let mut item = item.unwrap().item.unwrap();
    let before = item[attribute].as_s().unwrap().clone();
    item.insert(attribute.into(), AttributeValue::S(change(&before)));
    put(client, item).await;
}
