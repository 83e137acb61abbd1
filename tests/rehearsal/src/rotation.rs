//! With --rotate: every key of the deployment is replaced while payments run, step by step as docs/rotation.md says.

mod moves;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;
use tokio::task::JoinHandle;

use crate::args::Args;
use crate::records::Account;
use crate::scenario::{self, Doors, Plan, Visit};
use crate::secrets::Secrets;
use crate::settle::settled;
use crate::stack::Stack;
use crate::steps::{Progress, Steps, round};
use moves::{Keys, MOVES};

pub(crate) use moves::pop_keys;

/// `SECRETS_MAX_AGE_SECONDS` of a rehearsal with `--rotate`: as short as it can be set.
pub(crate) const MAX_AGE_SECONDS: u64 = 10;

/// After each move so much time passes at least, with buyers in the shop.
const AT_LEAST: Duration = Duration::from_secs(4);

/// Nobody waits longer for the buyers of one move; the rest of them come in the next.
const AT_MOST: Duration = Duration::from_secs(45);

/// What was replaced, and what must be zero.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    /// The moves in their order, with the orders that were carried out after each.
    pub(crate) moves: Vec<MoveReport>,
    /// Genuine notifications that were not answered with 200.
    pub(crate) notifications_refused: u64,
    /// Calls to POP that no key of ours got through.
    pub(crate) calls_lost: u64,
    /// Calls of people who may call that were answered with 401.
    pub(crate) callers_refused: u64,
    /// API keys that were taken out and still let somebody in.
    pub(crate) revoked_keys_accepted: u64,
    /// Calls that went through with another key, since POP refused the first one.
    pub(crate) calls_signed_anew: u64,
    /// Secrets that processes read anew.
    pub(crate) secrets_replaced: u64,
}

/// One move.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MoveReport {
    #[serde(rename = "move")]
    pub(crate) name: &'static str,
    pub(crate) seconds: f64,
    /// Orders that were carried out meanwhile.
    pub(crate) orders: u64,
}

/// What is left of a run with rotation.
pub(crate) struct Played {
    pub(crate) visits: Vec<Visit>,
    pub(crate) stuck: u64,
    pub(crate) report: Report,
}

/// Sends a share of the buyers in after each move, and waits until all is settled.
pub(crate) async fn play(
    args: &Args,
    stack: &Stack<'_>,
    next: &Secrets,
    plans: &[Plan],
    steps: &mut Steps,
) -> anyhow::Result<Played> {
    let doors = Doors::shut();
    let shoppers = shoppers(stack, plans, &doors);
    let mut keys = Keys::new(stack, next)?;
    let mut report = Report::default();
    let mut admitted = 0;
    for (number, one) in MOVES.iter().enumerate() {
        let until = plans.len() * (number + 1) / MOVES.len();
        let served = doors.served();
        let seconds = steps
            .run(one.name, async |progress| {
                let begun = std::time::Instant::now();
                keys.make(one, &doors, &progress).await?;
                doors.admit(until - admitted);
                serve(&doors, until as u64, &progress).await;
                Ok(begun.elapsed().as_secs_f64())
            })
            .await?;
        admitted = until;
        report.moves.push(MoveReport {
            name: one.name,
            seconds: round(seconds),
            orders: doors.served() - served,
        });
    }
    report.revoked_keys_accepted = keys.revoked_keys_accepted;
    let limit = Duration::from_secs(args.settle_limit);
    let account = Account::new(&stack.emulator.endpoint(), &stack.outputs);
    let (visits, stuck) = steps
        .run("Wait until every payment is settled", async |progress| {
            let visits = shoppers.await.context("the buyers' task failed")??;
            let stuck = settled(&account, plans.len() as u64, limit, &progress).await?;
            Ok((visits, stuck))
        })
        .await?;
    // Whoever called was somebody who may call, but for the one who tried the key that was taken out.
    let refused = stack.front.refused_callers();
    report.callers_refused = refused.saturating_sub(keys.rightly_refused);
    report.notifications_refused = refused_notifications(&stack.provider.books().await?);
    Ok(Played {
        visits,
        stuck,
        report,
    })
}

/// Genuine notifications that had another answer than 200.
fn refused_notifications(books: &simulator::Books) -> u64 {
    let all = books
        .payments
        .iter()
        .flat_map(|payment| &payment.notifications);
    let sendings = all
        .filter(|notification| !notification.forged)
        .flat_map(|notification| &notification.sendings);
    let refused =
        sendings.filter(|sending| sending.http_status.is_some_and(|status| status != 200));
    refused.count() as u64
}

impl Report {
    /// Adds what the functions' logs in this folder tell.
    pub(crate) fn read_logs(&mut self, folder: &Path) -> anyhow::Result<()> {
        let entries = std::fs::read_dir(folder);
        for entry in entries.with_context(|| format!("cannot list {}", folder.display()))? {
            let path = entry.context("cannot list the logs")?.path();
            let text = std::fs::read_to_string(&path);
            let text = text.with_context(|| format!("cannot read {}", path.display()))?;
            let count = |words: &str| text.matches(words).count() as u64;
            self.calls_lost += count("\"error.code\":\"no_key_accepted\"");
            self.calls_lost += count("\"message\":\"an answer is not believed");
            self.calls_signed_anew += count("\"error.code\":\"key_refused\"");
            self.secrets_replaced += count("\"message\":\"a secret was replaced\"");
        }
        Ok(())
    }

    /// What must be zero.
    pub(crate) fn losses(&self) -> [(&'static str, u64); 4] {
        [
            ("notifications_refused", self.notifications_refused),
            ("calls_lost", self.calls_lost),
            ("callers_refused", self.callers_refused),
            ("revoked_keys_accepted", self.revoked_keys_accepted),
        ]
    }

    /// For people.
    pub(crate) fn lines(&self) -> Vec<(String, String)> {
        let mut lines = vec![("keys replaced".to_owned(), String::new())];
        lines.extend(self.moves.iter().map(|one| {
            let what = format!("{} orders in {:.0} s", one.orders, one.seconds);
            (format!("  {}", one.name), what)
        }));
        let anew = format!(
            "{} calls, {} secrets read",
            self.calls_signed_anew, self.secrets_replaced
        );
        lines.push(("signed anew".to_owned(), anew));
        lines
    }
}

type Shoppers = JoinHandle<anyhow::Result<Vec<Visit>>>;

/// The buyers and the merchant, who go about their business whatever happens.
fn shoppers(stack: &Stack<'_>, plans: &[Plan], doors: &Doors) -> Shoppers {
    let (plans, doors) = (plans.to_vec(), doors.clone());
    let url = stack.front.url().to_owned();
    let api_key = stack.secrets.api_key().to_owned();
    let challenges = stack.provider.challenges();
    tokio::spawn(async move {
        let unseen = Progress::hidden();
        scenario::run(&plans, &url, &api_key, &challenges, &doors, &unseen).await
    })
}

/// Until the buyers of this move are gone.
async fn serve(doors: &Doors, until: u64, progress: &Progress) {
    let begun = std::time::Instant::now();
    progress.of(until);
    while begun.elapsed() < AT_LEAST || (doors.served() < until && begun.elapsed() < AT_MOST) {
        progress.at(doors.served(), "orders carried out");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}
