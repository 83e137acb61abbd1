//! Which payment is meant by an id.

use crate::connection::Connection;
use crate::output::Output;
use crate::problem::Problem;
use crate::problem::READING;
use crate::rows::{self, Found, Source};
use anyhow::Context;
use domain::{OrderId, Payment, PaymentId, PaymentRequestId, RefundRequestId};
use std::collections::BTreeMap;
use store::{DynamoStore, Store};

/// The payment, and how it was found.
pub(super) struct Target {
    pub(super) row: Payment,
    /// What the id turned out to be, if not the payment's own.
    pub(super) meant: Option<String>,
    /// Other attempts at the same order, as far as they are known.
    pub(super) others: Vec<String>,
}

impl Target {
    pub(super) async fn find(
        id: &str,
        all: bool,
        connection: &Connection,
        output: &Output,
    ) -> anyhow::Result<Self> {
        let store = connection.store()?;
        if let Some((row, meant)) = by_own_ids(&store, id).await? {
            let others = linked(&row);
            return Ok(Self { row, meant, others });
        }
        if let Some(target) = by_order(&store, id, all, connection, output).await? {
            return Ok(target);
        }
        Err(not_found(&store, id, all).await?)
    }
}

/// The payment that this id names, whichever of its ids it is.
pub(crate) async fn find_payment(connection: &Connection, id: &str) -> anyhow::Result<Payment> {
    let store = connection.store()?;
    if let Some((row, _)) = by_own_ids(&store, id).await? {
        return Ok(row);
    }
    let words = format!(
        "there is no payment {id} in this table: give its paymentRequestId or POP's paymentId"
    );
    Err(Problem::new("no_such_payment", words).into())
}

/// The payment's id, and the one that was given if that is another.
pub(crate) fn target_words(row: &Payment, given: &str) -> String {
    match row.id.as_str() == given {
        true => row.id.to_string(),
        false => format!("{} ({given})", row.id),
    }
}

async fn by_own_ids(
    store: &DynamoStore,
    id: &str,
) -> anyhow::Result<Option<(Payment, Option<String>)>> {
    if let Ok(own) = PaymentRequestId::new(id)
        && let Some(row) = store.load(&own).await.context(READING)?
    {
        return Ok(Some((row, None)));
    }
    let bound = match PaymentId::new(id) {
        Ok(id) => store.find(&id).await.context(READING)?,
        Err(_) => None,
    };
    let (owner, kind) = match (bound, RefundRequestId::new(id)) {
        (Some(owner), _) => (Some(owner), "POP's id of"),
        (None, Ok(id)) => (
            store.find_refund(&id).await.context(READING)?,
            "a refund of",
        ),
        (None, Err(_)) => (None, ""),
    };
    let Some(owner) = owner else { return Ok(None) };
    let row = store.load(&owner).await.context(READING)?;
    Ok(row.map(|row| (row, Some(format!("{id} is {kind} {owner}")))))
}

/// Of an order, the attempt that holds its money; else the newest that is known.
async fn by_order(
    store: &DynamoStore,
    id: &str,
    all: bool,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Option<Target>> {
    let Ok(order) = OrderId::new(id) else {
        return Ok(None);
    };
    let holder = store.order_holder(&order).await.context(READING)?;
    let mut attempts = BTreeMap::new();
    if let Some(holder) = &holder
        && let Some(row) = store.load(holder).await.context(READING)?
    {
        attempts.insert((row.created_at, row.id.clone()), row);
    }
    if all || attempts.is_empty() {
        let source = if all { Source::Table } else { Source::DueIndex };
        rows::each(source, connection, output, |found| {
            if let Found::Row(row) = found
                && row.order_id() == Some(&order)
            {
                attempts.insert((row.created_at, row.id.clone()), *row);
            }
        })
        .await?;
    }
    let mut rows: Vec<Payment> = attempts.into_values().collect();
    let held = rows.iter().position(|row| Some(&row.id) == holder.as_ref());
    let Some(chosen) = held.or_else(|| rows.len().checked_sub(1)) else {
        return Ok(None);
    };
    let row = rows.swap_remove(chosen);
    let why = match held {
        Some(_) => "the attempt that holds its money",
        None => "its newest attempt that is known here",
    };
    let mut others = linked(&row);
    others.extend(rows.iter().map(|row| row.id.to_string()));
    others.sort();
    others.dedup();
    others.retain(|other| *other != row.id.to_string());
    let meant = Some(format!("{id} is an order; {} is {why}", row.id));
    Ok(Some(Target { row, meant, others }))
}

/// The attempts that the row itself names.
fn linked(row: &Payment) -> Vec<String> {
    let ids = [&row.first_attempt, &row.retried_as, &row.order_held_by];
    let ids = ids.into_iter().flatten();
    let mut ids: Vec<String> = ids.map(ToString::to_string).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// What to say where nothing was found; notifications may wait under POP's id for a payment that is not there yet.
async fn not_found(store: &DynamoStore, id: &str, all: bool) -> anyhow::Result<anyhow::Error> {
    if let Ok(pop) = PaymentId::new(id) {
        let waiting = store.shelf(&pop).await.context(READING)?.len();
        if waiting > 0 {
            let words = format!(
                "no payment has POP's id {id} yet, and {waiting} notifications of captures wait for it: when a message names both ids, they are worked in; ask POP with `popctl inquire` for the payment that you expect"
            );
            return Ok(Problem::new("waits_on_shelf", words).into());
        }
    }
    let hint = match all {
        true => "the whole table was looked through",
        false => "if it is an order's id, --all looks through the whole table",
    };
    let words = format!("nothing in this table has the id {id}; {hint}");
    Ok(Problem::new("no_such_payment", words).into())
}
