//! `explain`: why a payment stands where it stands, told from its trail. Every entry is decided again by the rules, so
//! that what is said of a decision is what the rules made of it then.

mod because;
mod changes;
mod choices;
mod facts;
mod outlook;
mod report;
pub(crate) mod reviews;
mod story;
mod target;
mod titles;

use crate::connection::Connection;
use crate::ending::Ending;
use crate::output::Output;
use crate::problem::READING;
use anyhow::Context;
use audit::{Signer, check_trail};
use domain::Payment;
use domain::evidence::Evidence;
use report::Explanation;
use store::{DynamoStore, Store};
use target::Target;

pub(crate) use target::{find_payment, target_words};
pub(crate) use titles::{call_word, said_words};

/// How often a payment is read again that moves between the reads of its row and its trail.
const TRIES: u32 = 5;

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The payment: its paymentRequestId, POP's paymentId, a refund's id, or the order's id.
    #[arg(value_name = "ID")]
    id: String,
    /// Where an order's id is given: look through the whole table for its attempts.
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(
    options: &Options,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Ending> {
    let (keys, client_id) = (connection.keys()?, connection.client_id()?);
    let signer = Signer {
        keys: &keys,
        client_id: &client_id,
    };
    let target = Target::find(&options.id, options.all, connection, output).await?;
    let (row, entries) = read(&connection.store()?, target.row).await?;
    let audited = check_trail(signer, &row, &entries);
    let story = story::tell(signer, &entries, &row);
    let outlook = outlook::Outlook::of(&row, &entries, connection.now());
    let explanation = Explanation {
        meant: target.meant,
        now: connection.now(),
        facts: facts::Facts::of(&row),
        trail: report::TrailCheck::of(&audited),
        story,
        outlook,
        others: target.others,
    };
    output.show(&explanation)
}

/// The row and its trail, of one moment.
async fn read(store: &DynamoStore, mut row: Payment) -> anyhow::Result<(Payment, Vec<Evidence>)> {
    for _ in 0..TRIES {
        let entries = store.evidence(&row.id).await.context(READING)?;
        if entries.len() == usize::try_from(row.trail.entries).unwrap_or(usize::MAX) {
            return Ok((row, entries));
        }
        match store.load(&row.id).await.context(READING)? {
            Some(now) if now.version != row.version => row = now,
            _ => return Ok((row, entries)), // the trail is not whole: that is told
        }
    }
    anyhow::bail!(
        "{} is changed so often that it cannot be looked at; try again",
        row.id
    )
}
