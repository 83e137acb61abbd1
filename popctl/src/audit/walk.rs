//! Every payment of the table, or one, checked.

use super::outcome::Outcome;
use super::{Check, Options};
use crate::connection::Connection;
use crate::output::Output;
use crate::problem::{BAD_INPUT, Problem, READING};
use crate::rows::pages;
use anyhow::{Context, bail};
use audit::{Code, Finding, Report, Signer, check_signatures, check_trail};
use domain::{Payment, PaymentRequestId};
use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use std::pin::pin;
use store::{DynamoStore, Store, StoreError};

/// How many trails are read at once.
const CONCURRENCY: usize = 8;

/// How often one payment is read again that moves while it is looked at.
const TRIES: u32 = 5;

pub(super) async fn walk(
    check: Check,
    options: &Options,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Outcome> {
    let (store, keys) = (connection.store()?, connection.keys()?);
    let client_id = connection.client_id()?;
    let walk = Walk {
        store: &store,
        check,
        signer: Signer {
            keys: &keys,
            client_id: &client_id,
        },
    };
    let mut outcome = Outcome::default();
    let payment = options.payment.as_deref().map(PaymentRequestId::new);
    match payment
        .transpose()
        .context(Problem::new(BAD_INPUT, "--payment: not a paymentRequestId"))?
    {
        Some(id) => {
            let row = store.load(&id).await.context(READING)?;
            let Some(row) = row else {
                let words = format!("there is no payment {id} in this table");
                return Err(Problem::new("no_such_payment", words).into());
            };
            outcome.take(walk.payment(row).await?);
        }
        None => {
            let bar = output.progress("payments checked", None);
            walk.all(&mut outcome, &bar).await?;
        }
    }
    Ok(outcome)
}

struct Walk<'a> {
    store: &'a DynamoStore,
    check: Check,
    signer: Signer<'a>,
}

impl Walk<'_> {
    async fn all(&self, outcome: &mut Outcome, bar: &ProgressBar) -> anyhow::Result<()> {
        let mut pages = pin!(pages(self.store));
        while let Some(page) = pages.try_next().await? {
            for row in page.unreadable {
                outcome.unreadable(&row.key, &row.error);
            }
            let mut reports = stream::iter(page.rows)
                .map(|row| self.payment(row))
                .buffer_unordered(CONCURRENCY);
            while let Some(report) = reports.next().await {
                outcome.take(report?);
                bar.inc(1);
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Checks one payment. One that is changed between the reads of its row and its trail is read again.
    async fn payment(&self, mut row: Payment) -> anyhow::Result<Report> {
        for _ in 0..TRIES {
            let entries = match self.store.evidence(&row.id).await {
                Ok(entries) => entries,
                Err(error @ StoreError::Corrupt(_)) => return Ok(unreadable(row.id, &error)),
                Err(error) => return Err(error).context(READING),
            };
            let report = match self.check {
                Check::Signatures => check_signatures(self.signer, &row, &entries),
                Check::Everything => check_trail(self.signer, &row, &entries),
            };
            if report.findings.is_empty() {
                return Ok(report);
            }
            let now = self.store.load(&row.id).await;
            match now.context(READING)? {
                Some(now) if now.version != row.version => row = now,
                _ => return Ok(report),
            }
        }
        bail!(
            "{} is changed so often that it cannot be looked at; try again",
            row.id
        )
    }
}

/// A trail with an item that is not what we write.
fn unreadable(id: PaymentRequestId, error: &StoreError) -> Report {
    let mut report = Report::of(id, 0);
    let finding = Finding::new(Code::Unreadable, None, error.to_string());
    report.findings.push(finding);
    report
}
