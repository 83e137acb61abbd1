//! `redrive`: the dead-letter queues, looked through message by message, and moved back.

mod letters;
mod report;

use crate::connection::Connection;
use crate::ending::Ending;
use crate::output::Output;
use crate::problem::Problem;
use crate::queues::{Pair, Queues, Which};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use indicatif::ProgressBar;
use letters::{Fate, Letter, Reader};
use report::{Redriven, Taken};
use store::failure_reason;

/// Messages stay hidden from others for at least so long while they are looked at, in seconds; of many a second each.
const HIDDEN_SECONDS: u32 = 300;

/// What SQS gives at once.
const BATCH: i32 = 10;

/// An empty answer may come from a queue that is not empty; so many in a row may not.
const EMPTY_ANSWERS: u32 = 3;

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Only this one's dead-letter queue; both otherwise.
    #[arg(long, value_enum, value_name = "QUEUE")]
    queue: Option<Which>,
    /// Move them back. Without this it is only said what each would do.
    #[arg(long)]
    yes: bool,
    /// With --yes: delete those that are obsolete instead of moving them back.
    #[arg(long, requires = "yes")]
    drop_obsolete: bool,
    /// How many are taken of each queue at most.
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

pub(crate) async fn run(
    options: &Options,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Ending> {
    let queues = Queues::known(connection).ok_or_else(|| {
        let words = "the queues are not known: give --stack NAME, --rehearsal, or --capture-queue-url and --order-events-queue-url";
        Problem::new("setting_missing", words)
    })?;
    let chosen = match &options.queue {
        Some(which) => vec![*which],
        None => Which::BOTH.to_vec(),
    };
    let reader = Reader {
        store: connection.store()?,
        now: connection.now(),
    };
    let mut redriven = Redriven::new(options.yes);
    for which in chosen {
        let pair = queues.pair(which).await.map_err(|error| {
            let words = format!("the {} is not reached: {error}", which.dead_letters());
            Problem::new("queue_not_reached", words)
        })?;
        let bar = output.progress("messages looked at", Some(u64::from(options.limit)));
        let work = Work {
            client: queues.client(),
            pair: &pair,
            which,
            reader: &reader,
            options,
            bar: &bar,
        };
        redriven.queues.push(work.through().await?);
        bar.finish_and_clear();
    }
    output.show(&redriven)
}

/// One dead-letter queue, worked through.
struct Work<'a> {
    client: &'a Client,
    pair: &'a Pair,
    which: Which,
    reader: &'a Reader,
    options: &'a Options,
    bar: &'a ProgressBar,
}

impl Work<'_> {
    async fn through(&self) -> anyhow::Result<Taken> {
        let mut taken = Taken::of(self.which);
        let (mut held, mut empty) = (Vec::new(), 0);
        while empty < EMPTY_ANSWERS && taken.count() < self.options.limit {
            let batch = self.receive(taken.count()).await?;
            empty = if batch.is_empty() { empty + 1 } else { 0 };
            for message in batch {
                self.bar.inc(1);
                let letter = self.reader.read(self.which, &message).await?;
                let done = self.deal_with(&letter, &message, &mut held).await;
                taken.add(letter, done);
            }
        }
        // What stays becomes visible again at once.
        for receipt in held {
            self.show_again(&receipt).await;
        }
        Ok(taken)
    }

    async fn receive(&self, so_far: u32) -> anyhow::Result<Vec<Message>> {
        let left = self.options.limit.saturating_sub(so_far);
        let most = i32::try_from(left).unwrap_or(BATCH).clamp(1, BATCH);
        let hidden = i32::try_from(self.options.limit.max(HIDDEN_SECONDS)).unwrap_or(i32::MAX);
        let call = self
            .client
            .receive_message()
            .queue_url(&self.pair.dead_letter_url)
            .max_number_of_messages(most)
            .visibility_timeout(hidden)
            .wait_time_seconds(1)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        let answer = call.send().await;
        let answer = answer.map_err(|error| {
            let words = format!(
                "the {} cannot be read ({}): check that the operator's policy is attached",
                self.which.dead_letters(),
                failure_reason(&error)
            );
            Problem::new("queue_not_read", words)
        })?;
        Ok(answer.messages.unwrap_or_default())
    }

    /// Moves it back, deletes it, or leaves it. A message is deleted only after its copy was taken by the queue.
    async fn deal_with(
        &self,
        letter: &Letter,
        message: &Message,
        held: &mut Vec<String>,
    ) -> Result<&'static str, String> {
        let receipt = message.receipt_handle.clone().unwrap_or_default();
        let outcome = match (self.options.yes, letter.fate) {
            (true, Fate::Unreadable) => Ok("left"),
            (true, Fate::Obsolete) if self.options.drop_obsolete => {
                self.delete(&receipt).await.map(|()| "dropped")
            }
            (true, Fate::Obsolete) => Ok("left"),
            (true, Fate::Again) => self
                .move_back(message, &receipt)
                .await
                .map(|()| "moved back"),
            (false, _) => Ok(""),
        };
        if !matches!(outcome, Ok("dropped" | "moved back")) {
            held.push(receipt);
        }
        outcome
    }

    async fn move_back(&self, message: &Message, receipt: &str) -> Result<(), String> {
        let body = message.body.clone().unwrap_or_default();
        let call = self.client.send_message().queue_url(&self.pair.url);
        let sent = call.message_body(body).send().await;
        sent.map_err(|error| format!("not moved: {}", failure_reason(&error)))?;
        self.delete(receipt).await
    }

    async fn delete(&self, receipt: &str) -> Result<(), String> {
        let call = self
            .client
            .delete_message()
            .queue_url(&self.pair.dead_letter_url);
        let deleted = call.receipt_handle(receipt).send().await;
        deleted
            .map(drop)
            .map_err(|error| format!("still there: {}", failure_reason(&error)))
    }

    async fn show_again(&self, receipt: &str) {
        let call = self.client.change_message_visibility();
        let call = call
            .queue_url(&self.pair.dead_letter_url)
            .receipt_handle(receipt);
        // If this fails, it shows by itself after some minutes.
        drop(call.visibility_timeout(0).send().await);
    }
}
