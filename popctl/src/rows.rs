//! The rows that a command looks at: those with something outstanding, by the due index, whose cost follows the
//! unresolved; or all of the table, which costs as much.

use crate::connection::Connection;
use crate::output::Output;
use crate::problem::READING;
use anyhow::Context;
use domain::{Payment, PaymentRequestId, Time};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use serde::Serialize;
use std::pin::pin;
use store::{DynamoStore, RowCursor, RowPage, Store, StoreError};

/// How many rows one read of the index asks for.
const PAGE: u16 = 200;

/// How many rows are read at once.
const CONCURRENCY: usize = 16;

/// After everything that is ever due.
const EVER: Time = Time::from_millis(i64::MAX);

/// Which rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// Those with something outstanding.
    DueIndex,
    /// All.
    Table,
}

#[derive(clap::Args, Debug, Clone, Copy)]
pub(crate) struct SourceOptions {
    /// Read the whole table, settled payments too, which costs as much; otherwise only what has something outstanding.
    #[arg(long)]
    all: bool,
}

impl SourceOptions {
    pub(crate) fn source(self) -> Source {
        if self.all {
            Source::Table
        } else {
            Source::DueIndex
        }
    }
}

/// What stands in the place of a row.
pub(crate) enum Found {
    Row(Box<Payment>),
    /// A row that cannot be read, by its key.
    Unreadable(String),
}

/// The whole table, page by page.
pub(crate) fn pages(store: &DynamoStore) -> impl Stream<Item = anyhow::Result<RowPage>> {
    let first: Option<Option<RowCursor>> = Some(None);
    stream::try_unfold(first, move |at| async move {
        let Some(after) = at else { return Ok(None) };
        let mut page = store.scan_rows(after.as_ref()).await.context(READING)?;
        let next = page.next.take().map(Some);
        Ok(Some((page, next)))
    })
}

/// Hands each row to `take`, one after the other, in no order. No more than a page lies in memory.
pub(crate) async fn each(
    source: Source,
    connection: &Connection,
    output: &Output,
    take: impl FnMut(Found),
) -> anyhow::Result<()> {
    let reader = Reader {
        store: connection.store()?,
        bar: output.progress("payments read", None),
        take,
    };
    match source {
        Source::DueIndex => reader.due(connection.shards()?).await,
        Source::Table => reader.table().await,
    }
}

struct Reader<F> {
    store: DynamoStore,
    bar: ProgressBar,
    take: F,
}

impl<F: FnMut(Found)> Reader<F> {
    async fn due(mut self, shards: u16) -> anyhow::Result<()> {
        for shard in 0..shards {
            let mut after = None;
            loop {
                let page = self.store.due(shard, EVER, PAGE, after.as_ref()).await;
                let page = page.context(READING)?;
                self.load(page.rows.into_iter().map(|(id, _)| id)).await?;
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        self.bar.finish_and_clear();
        Ok(())
    }

    async fn load(&mut self, ids: impl Iterator<Item = PaymentRequestId>) -> anyhow::Result<()> {
        let store = &self.store;
        let mut rows = stream::iter(ids)
            .map(|id| async move { (store.load(&id).await, id) })
            .buffer_unordered(CONCURRENCY);
        while let Some((row, id)) = rows.next().await {
            self.bar.inc(1);
            match row {
                // The index is a moment behind: it is settled by now.
                Ok(row) => {
                    if let Some(row) = row.filter(|row| row.due_at.is_some()) {
                        (self.take)(Found::Row(Box::new(row)));
                    }
                }
                Err(StoreError::Corrupt(_)) => (self.take)(Found::Unreadable(id.to_string())),
                Err(error) => return Err(error).context(READING),
            }
        }
        Ok(())
    }

    async fn table(mut self) -> anyhow::Result<()> {
        let mut pages = pin!(pages(&self.store));
        while let Some(page) = pages.try_next().await? {
            for row in page.rows {
                self.bar.inc(1);
                (self.take)(Found::Row(Box::new(row)));
            }
            for row in page.unreadable {
                (self.take)(Found::Unreadable(row.key));
            }
        }
        self.bar.finish_and_clear();
        Ok(())
    }
}
