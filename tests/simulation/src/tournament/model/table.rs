//! The model's table: rows with versions, behind steps; a write succeeds only on the version that was read.

use super::super::ledger::Ledger;
use super::Down;
use super::row::Row;
use crate::engine::{Fate, Port, lock, now};
use crate::ports::Stage;
use domain::{PaymentId, Time};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What came of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Put {
    /// It is stored, in this version.
    Done(Row),
    /// Somebody else was quicker.
    Conflict,
}

pub(super) struct Table {
    stage: Stage,
    rows: Mutex<BTreeMap<String, Row>>,
    ledger: Arc<Mutex<Ledger>>,
}

impl Table {
    pub(super) fn new(stage: Stage, ledger: Arc<Mutex<Ledger>>) -> Self {
        Self {
            stage,
            rows: Mutex::default(),
            ledger,
        }
    }

    /// When the periodic job would find something.
    pub(super) fn first_due(&self) -> Option<Time> {
        lock(&self.rows).values().filter_map(Row::due_at).min()
    }

    pub(super) async fn load(&self, id: &str) -> Result<Option<Row>, Down> {
        self.read("load", || lock(&self.rows).get(id).cloned())
            .await
    }

    /// The row to which the provider's id belongs.
    pub(super) async fn find(&self, id: &PaymentId) -> Result<Option<String>, Down> {
        let of_payment = |row: &&Row| row.payment_id.as_ref() == Some(id);
        let found = || {
            lock(&self.rows)
                .values()
                .find(of_payment)
                .map(|row| row.id.clone())
        };
        self.read("find", found).await
    }

    /// The payments that are due.
    pub(super) async fn due(&self) -> Result<Vec<String>, Down> {
        let is_due = |row: &&Row| row.due_at().is_some_and(|at| at <= now());
        let list = || {
            let rows = lock(&self.rows);
            rows.values()
                .filter(is_due)
                .map(|row| row.id.clone())
                .collect()
        };
        self.read("due", list).await
    }

    /// Stores the row if its version is still the one in the table.
    pub(super) async fn put(&self, row: Row) -> Result<Put, Down> {
        let call = match row.version {
            0 => "put (new row)",
            _ => "put",
        };
        let effect = || Ok(self.put_now(&row));
        let failed = |fate| match fate {
            Fate::Conflict => Ok(Put::Conflict),
            _ => Err(Down),
        };
        self.stage.step(Port::Table, call, effect, failed).await
    }

    fn put_now(&self, row: &Row) -> Put {
        let mut rows = lock(&self.rows);
        let stands = rows.get(&row.id).map_or(0, |stands| stands.version);
        if stands != row.version {
            return Put::Conflict;
        }
        let mut stored = row.clone();
        stored.version += 1;
        lock(&self.ledger).see(&stored.id, stored.view(), now());
        rows.insert(stored.id.clone(), stored.clone());
        Put::Done(stored)
    }

    async fn read<T>(&self, call: &'static str, answer: impl Fn() -> T) -> Result<T, Down> {
        let answer = || Ok(answer());
        self.stage
            .step(Port::Table, call, answer, |_| Err(Down))
            .await
    }
}
