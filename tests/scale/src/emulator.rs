//! The table in a process of its own: loaded in bulk, then served on loopback until the parent goes away.

use crate::copies::{Copier, is_row};
use crate::journey::{Kind, walk};
use anyhow::{Context, Result};
use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::query::QueryRequest;
use dynoxide::types::{AttributeValue, Item};
use dynoxide::{Database, ImportOptions};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt, BufReader};

const TABLE: &str = "payments";

/// Numbers of settled payments begin here, those of unresolved ones at 1.
const SETTLED_FROM: u64 = 1_000_000_000;

/// So many rows are loaded in one transaction.
const LOAD: u64 = 5_000;

/// What is to stand in the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Contents {
    /// Payments with nothing outstanding.
    pub settled: u64,
    /// Payments that are due, one after the other of these kinds' letters.
    pub due: u64,
    /// The kinds of the due ones, in turn.
    pub kinds: Vec<usize>,
}

/// What the parent is told when the table is ready.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ready {
    /// Where the table is.
    pub address: SocketAddr,
    /// Items in it.
    pub items: u64,
    /// Their sizes together, in bytes, as they are billed.
    pub bytes: u64,
    /// Bytes of one settled row.
    pub row_bytes: u64,
}

/// Loads, serves, and obeys: a line `reset` on standard input puts the due payments back to where they stood. Ends with
/// its input.
///
/// # Errors
/// The table cannot be loaded; the parent sees the end of the process.
pub async fn run(contents: &Contents) -> Result<()> {
    // In memory SQLite would look through much of its page cache with each write, at some sizes and not at others.
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("table");
    let database = Database::new(&path.to_string_lossy())?;
    database.enable_bulk_loading()?;
    let address = embedded::start_on(database.clone()).await;
    let mut loader = Loader {
        database,
        items: 0,
        bytes: 0,
    };
    let settled = Copier::new(Kind::Captured, walk(Kind::Captured).await?.items);
    let mut from = 0;
    while from < contents.settled {
        let to = contents.settled.min(from + LOAD);
        let rows = (from..to).map(|n| settled.row(SETTLED_FROM + n));
        loader.load(rows.collect())?;
        from = to;
    }
    let row_bytes = loader.bytes / loader.items.max(1);
    let due = Due::new(contents).await?;
    due.load(&mut loader)?;
    let ready = Ready {
        address,
        items: loader.items,
        bytes: loader.bytes,
        row_bytes,
    };
    say(&serde_json::to_string(&ready)?);
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    while let Some(order) = orders.next_line().await? {
        anyhow::ensure!(order == "reset", "{order:?} is no order");
        due.remove(&loader.database)?;
        due.load(&mut loader)?;
        say("ready");
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "the line that the parent waits for")]
fn say(line: &str) {
    println!("{line}");
}

struct Loader {
    database: Database,
    items: u64,
    bytes: u64,
}

impl Loader {
    fn load(&mut self, items: Vec<Item>) -> Result<()> {
        let done = self
            .database
            .import_items(TABLE, items, ImportOptions::default())?;
        self.items += done.items_imported as u64;
        self.bytes += done.bytes_imported as u64;
        Ok(())
    }
}

/// The due payments, as they stand before a sweep.
struct Due {
    copiers: Vec<Copier>,
    count: u64,
}

impl Due {
    async fn new(contents: &Contents) -> Result<Self> {
        let mut copiers = Vec::new();
        for place in &contents.kinds {
            let kind = *Kind::ALL.get(*place).context("a kind")?;
            copiers.push(Copier::new(kind, walk(kind).await?.items));
        }
        Ok(Self {
            copiers,
            count: contents.due,
        })
    }

    fn payment(&self, number: u64) -> Vec<Item> {
        let place = number % self.copiers.len() as u64;
        self.copiers[usize::try_from(place).unwrap_or(0)].payment(number)
    }

    fn load(&self, loader: &mut Loader) -> Result<()> {
        let mut number = 1;
        while number <= self.count {
            let last = self.count.min(number + LOAD / 10);
            loader.load((number..=last).flat_map(|n| self.payment(n)).collect())?;
            number = last + 1;
        }
        Ok(())
    }

    /// Whatever stands in the partitions of these payments goes, also what the sweep added.
    fn remove(&self, database: &Database) -> Result<()> {
        for number in 1..=self.count {
            let items = self.payment(number);
            let partitions: BTreeSet<&str> =
                items.iter().filter_map(|item| text(item, "pk")).collect();
            for partition in partitions {
                remove(database, partition)?;
            }
            debug_assert!(items.iter().any(is_row));
        }
        Ok(())
    }
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    }
}

fn remove(database: &Database, partition: &str) -> Result<()> {
    let value = AttributeValue::S(partition.to_owned());
    let found = database.query(QueryRequest {
        table_name: TABLE.into(),
        key_condition_expression: Some("pk = :pk".into()),
        expression_attribute_values: Some(HashMap::from([(":pk".to_owned(), value)])),
        scan_index_forward: true,
        ..QueryRequest::default()
    })?;
    for mut item in found.items.unwrap_or_default() {
        item.retain(|name, _| name == "pk" || name == "sk");
        database.delete_item(DeleteItemRequest {
            table_name: TABLE.into(),
            key: item,
            ..DeleteItemRequest::default()
        })?;
    }
    Ok(())
}

/// What these items are billed for, in bytes.
///
/// # Errors
/// The emulator does not take them.
pub async fn billed_bytes(items: Vec<Item>) -> Result<f64> {
    let database = Database::memory()?;
    embedded::start_on(database.clone()).await;
    let done = database.import_items(TABLE, items, ImportOptions::default())?;
    Ok(done.bytes_imported as f64)
}
