//! `list`: payments by what they are waiting for.

use crate::connection::Connection;
use crate::ending::Ending;
use crate::output::{Output, Page, Report, Table, Tone, ago, count};
use crate::rows::{self, Found, Source, SourceOptions};
use crate::span::parse_span;
use crate::status::{is_near_deadline, near_deadline};
use clap::ValueEnum;
use domain::{Money, Payment, Refund, Seconds, Status, Time};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    source: SourceOptions,
    /// Only of this status; may be given several times.
    #[arg(long, value_enum, value_name = "STATUS", ignore_case = true)]
    status: Vec<Word>,
    /// Only in review.
    #[arg(long)]
    review: bool,
    /// Only in review for this reason, for example amount_mismatch.
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
    /// Only closed by a person; settled ones, so with --all.
    #[arg(long)]
    closed: bool,
    /// Only those that stand where they stand for longer than this, for example 90s, 20min, 2h, 3d.
    #[arg(long, value_name = "SPAN", value_parser = parse_span)]
    older_than: Option<Seconds>,
    /// Only attempts at this order.
    #[arg(long, value_name = "ORDER")]
    order: Option<String>,
    /// Only those that are due now.
    #[arg(long)]
    due: bool,
    /// Only authorised ones that nobody captured and whose limit is this near, or past (the deployment's margin, or a day).
    #[arg(long, value_name = "SPAN", value_parser = parse_span, num_args = 0..=1, default_missing_value = "0s")]
    near_deadline: Option<Seconds>,
    /// How many are shown, the oldest first.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// A status on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
enum Word {
    Created,
    Pending,
    Authorized,
    Captured,
    Declined,
    Cancelled,
    Expired,
    CaptureFailed,
}

impl Word {
    fn status(self) -> Status {
        match self {
            Self::Created => Status::Created,
            Self::Pending => Status::Pending,
            Self::Authorized => Status::Authorized,
            Self::Captured => Status::Captured,
            Self::Declined => Status::Declined,
            Self::Cancelled => Status::Cancelled,
            Self::Expired => Status::Expired,
            Self::CaptureFailed => Status::CaptureFailed,
        }
    }
}

pub(crate) async fn run(
    options: &Options,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Ending> {
    let filter = Filter {
        options,
        now: connection.now(),
        margin: match options.near_deadline {
            Some(Seconds(0)) | None => near_deadline(connection),
            Some(margin) => margin,
        },
    };
    let mut listed = Listed {
        now: filter.now,
        source: options.source.source(),
        found: 0,
        unreadable: Vec::new(),
        payments: Vec::new(),
    };
    // Only the oldest are kept, so that memory does not follow the table.
    let mut oldest: BTreeMap<(Time, String), Line> = BTreeMap::new();
    rows::each(listed.source, connection, output, |found| match found {
        Found::Row(payment) if filter.takes(&payment) => {
            listed.found += 1;
            let key = (payment.status_since, payment.id.to_string());
            oldest.insert(key, Line::of(&payment));
            if oldest.len() > options.limit {
                oldest.pop_last();
            }
        }
        Found::Row(_) => {}
        Found::Unreadable(key) => listed.unreadable.push(key),
    })
    .await?;
    listed.payments = oldest.into_values().collect();
    output.show(&listed)
}

struct Filter<'a> {
    options: &'a Options,
    now: Time,
    margin: Seconds,
}

impl Filter<'_> {
    fn takes(&self, payment: &Payment) -> bool {
        let options = self.options;
        let reason = payment.review.as_ref().map(|review| review.reason.code());
        let wanted = options.reason.as_deref();
        let statuses = &options.status;
        (statuses.is_empty() || statuses.iter().any(|word| word.status() == payment.status))
            && (!options.review || payment.is_in_review())
            && (wanted.is_none() || (payment.is_in_review() && reason == wanted))
            && (!options.closed || payment.closed_at().is_some())
            && options
                .older_than
                .is_none_or(|age| self.now.since(payment.status_since) > age)
            && options
                .order
                .as_deref()
                .is_none_or(|order| payment.order_id().is_some_and(|id| id.as_str() == order))
            && (!options.due || payment.due_at.is_some_and(|due| due <= self.now))
            && (options.near_deadline.is_none()
                || is_near_deadline(payment, self.now, self.margin).is_some())
    }
}

/// The payments that were found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(serialize_with = "crate::output::iso")]
    now: Time,
    source: Source,
    /// How many there are; perhaps more than are shown.
    found: u64,
    unreadable: Vec<String>,
    payments: Vec<Line>,
}

/// One payment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    payment: String,
    order: Option<String>,
    payment_id: Option<String>,
    status: Status,
    #[serde(serialize_with = "crate::output::iso")]
    since: Time,
    amount: Money,
    captured: Option<Money>,
    refunded: Option<Money>,
    review: Option<&'static str>,
    #[serde(serialize_with = "crate::output::iso_if")]
    closed_at: Option<Time>,
    #[serde(serialize_with = "crate::output::iso_if")]
    capture_by: Option<Time>,
    #[serde(serialize_with = "crate::output::iso_if")]
    due_at: Option<Time>,
    /// What else is outstanding, in words.
    outstanding: Vec<&'static str>,
}

impl Line {
    fn of(payment: &Payment) -> Self {
        let sum = |minor| Money::new(minor, payment.amount.currency()).ok();
        let review = payment.review.as_ref().map(|review| review.reason.code());
        let marks = [
            (payment.doubt.is_some(), "in doubt"),
            (payment.is_cancelling(), "being cancelled"),
            (payment.open_capture().is_some(), "capture open"),
            (payment.refunds.iter().any(Refund::is_open), "refund open"),
            (!payment.outbox.is_empty(), "not sent yet"),
        ];
        let marks = marks
            .into_iter()
            .filter_map(|(is, word)| is.then_some(word));
        Self {
            payment: payment.id.to_string(),
            order: payment.order_id().map(ToString::to_string),
            payment_id: payment.payment_id.as_ref().map(ToString::to_string),
            status: payment.status,
            since: payment.status_since,
            amount: payment.amount,
            captured: sum(payment.captured_minor()),
            refunded: sum(payment.refunded_minor()),
            review: review.filter(|_| payment.is_in_review()),
            closed_at: payment.closed_at(),
            capture_by: payment.capture_by.filter(|_| !payment.status.is_final()),
            due_at: payment.due_at,
            outstanding: marks.collect(),
        }
    }

    /// What there is to say beside the status.
    fn marks(&self) -> String {
        let mut marks: Vec<String> = Vec::new();
        marks.extend(self.review.map(|reason| format!("review: {reason}")));
        marks.extend(self.closed_at.map(|_| "closed".to_owned()));
        marks.extend(self.outstanding.iter().map(|word| (*word).to_owned()));
        marks.join(", ")
    }
}

impl Report for Listed {
    fn print(&self, page: &mut Page) {
        if self.payments.is_empty() {
            let hint = match self.source {
                Source::DueIndex => {
                    "No payment with something outstanding fits; --all looks among the settled ones too."
                }
                Source::Table => "No payment fits.",
            };
            page.line(hint);
            return;
        }
        let mut table = Table::new([
            "payment", "order", "status", "for", "amount #", "due", "what",
        ]);
        for line in &self.payments {
            let tone = if line.review.is_some() {
                Tone::Bad
            } else {
                Tone::Plain
            };
            let due = line
                .due_at
                .map_or_else(String::new, |due| ago(due, self.now));
            let plain = |text: String| (text, Tone::Plain);
            table.toned([
                plain(line.payment.clone()),
                plain(line.order.clone().unwrap_or_default()),
                plain(line.status.as_str().to_owned()),
                plain(crate::span::words(self.now.since(line.since))),
                plain(line.amount.display()),
                plain(due),
                (line.marks(), tone),
            ]);
        }
        page.table(&table);
        let shown = u64::try_from(self.payments.len()).unwrap_or(u64::MAX);
        page.blank();
        page.line(match self.found - shown.min(self.found) {
            0 => count(self.found, "payment"),
            more => format!(
                "{} and {more} more: --limit N shows more",
                count(shown, "payment")
            ),
        });
        if !self.unreadable.is_empty() {
            page.line(format!(
                "{} cannot be read: popctl verify names them",
                count(self.unreadable.len(), "row")
            ));
        }
    }

    fn ending(&self) -> Ending {
        Ending::of(self.unreadable.is_empty())
    }
}
