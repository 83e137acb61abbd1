//! `inquire`, `retry-capture` and `resolve`: asked of the deployed sweep function, which decides by the rules and leaves
//! the evidence.

mod invoke;
mod report;

pub(crate) use invoke::Operator;

use crate::connection::Connection;
use crate::ending::Ending;
use crate::explain::{find_payment, target_words};
use crate::output::Output;

use crate::problem::{BAD_INPUT, Problem};
use anyhow::Context;
use domain::operator::{Order, Wanted};
use domain::{Note, Payment, Resolution, Ruling};
use report::Answered;

/// What every order takes.
#[derive(clap::Args, Debug)]
pub(crate) struct OrderOptions {
    /// The payment: its paymentRequestId, POP's paymentId, or a refund's id.
    #[arg(value_name = "ID")]
    id: String,
    /// Do it. Without this it is only said what would be done.
    #[arg(long)]
    yes: bool,
    /// Who gives the order, for trail and log (POPCTL_BY, or the user's name).
    #[arg(long, value_name = "NAME", env = "POPCTL_BY")]
    by: Option<String>,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ResolveOptions {
    #[command(flatten)]
    order: OrderOptions,
    #[command(flatten)]
    ruling: RulingOptions,
    /// Why, for whoever reads the trail later: one line, no personal data, no card numbers.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(clap::Args, Debug)]
#[group(required = true, multiple = false)]
struct RulingOptions {
    /// Go on by the rules: the review ends, POP is asked, and its word decides. Also takes back --close.
    #[arg(long)]
    go_on: bool,
    /// As --go-on, towards an end without money: POP is asked to cancel, and may refuse.
    #[arg(long)]
    cancel: bool,
    /// It was settled outside: nothing is outstanding any more, and nothing moves.
    #[arg(long)]
    close: bool,
}

impl RulingOptions {
    fn ruling(&self) -> Ruling {
        match (self.go_on, self.cancel) {
            (true, _) => Ruling::GoOn,
            (_, true) => Ruling::Cancel,
            _ => Ruling::Close,
        }
    }
}

impl OrderOptions {
    fn by(&self) -> anyhow::Result<Note<64>> {
        let names = ["USER", "LOGNAME", "USERNAME"].iter();
        let user = names.filter_map(|name| std::env::var(name).ok()).next();
        let by = self.by.clone().or(user).ok_or_else(|| {
            Problem::new(
                "no_name",
                "who gives the order? Give --by NAME (POPCTL_BY): it stands in the trail",
            )
        })?;
        Note::new(&by).context(Problem::new(
            BAD_INPUT,
            "--by: a name of 1 to 64 characters",
        ))
    }
}

pub(crate) async fn inquire(
    options: &OrderOptions,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Ending> {
    give(options, connection, output, |payment| {
        Wanted::Inquire(payment.id.clone())
    })
    .await
}

pub(crate) async fn retry_capture(
    options: &OrderOptions,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Ending> {
    give(options, connection, output, |payment| {
        Wanted::RetryCapture(payment.id.clone())
    })
    .await
}

pub(crate) async fn resolve(
    options: &ResolveOptions,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Ending> {
    let reason = Note::new(&options.reason).context(Problem::new(
        BAD_INPUT,
        "--reason: one line of 1 to 500 characters",
    ))?;
    let resolution = Resolution {
        ruling: options.ruling.ruling(),
        by: options.order.by()?,
        reason,
    };
    let wanted = |payment: &Payment| Wanted::Resolve(payment.id.clone(), resolution);
    give(&options.order, connection, output, wanted).await
}

async fn give(
    options: &OrderOptions,
    connection: &Connection,
    output: &Output,
    wanted: impl FnOnce(&Payment) -> Wanted,
) -> anyhow::Result<Ending> {
    let payment = find_payment(connection, &options.id).await?;
    let order = Order {
        what: wanted(&payment),
        by: options.by()?,
        dry_run: !options.yes,
    };
    let operator = Operator::of(connection).await?;
    let reply = operator.give(&order).await?;
    let about = target_words(&payment, &options.id);
    output.show(&Answered::of(&order, about, reply))
}
