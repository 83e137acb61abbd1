//! A flood: many more notifications than the stack can take at once, half of them repetitions, a tenth forged, signed
//! ahead of time and sent as fast as answers come back. Then each acknowledged one must be in the table, each payment
//! where the provider said, and no forgery anywhere.

mod memory;
mod messages;
mod sending;
mod verdict;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::json;
use tokio::task::JoinSet;

use crate::args::Args;
use crate::records::Account;
use crate::stack::Stack;
use crate::steps::{Progress, StepTime, Steps, round};
use memory::{Memory, Processes};
use messages::{Flood, Payment};
use sending::Sent;
use verdict::Verdict;

/// Requests on their way at the same time.
const AT_ONCE: usize = 16;
/// The longest that a payment stays open; a flood takes less.
const TIME_TO_PAY_SECONDS: u64 = 3600;

/// What came of it.
#[derive(Serialize)]
pub(crate) struct Report {
    command: String,
    seed: u64,
    notifications: u64,
    payments: u64,
    repetitions: u64,
    forged: u64,
    /// Sent once more because the answer was no acknowledgement, as the provider would.
    resent: u64,
    seconds: f64,
    per_second: f64,
    /// Answers per second in each quarter of the flood.
    per_second_by_quarter: [f64; 4],
    answer_milliseconds: Milliseconds,
    answers: BTreeMap<String, u64>,
    /// What must be zero, by name.
    losses: BTreeMap<&'static str, u64>,
    findings: Vec<String>,
    order_events: u64,
    memory: Memory,
    processors: usize,
    load_average: f64,
    steps: Vec<StepTime>,
}

/// How long answers took.
#[derive(Serialize)]
pub(crate) struct Milliseconds {
    p50: f64,
    p99: f64,
    max: f64,
}

impl Report {
    /// Whether nothing was lost, doubled or believed wrongly, and memory stayed where it was.
    pub(crate) fn is_right(&self) -> bool {
        self.losses.values().all(|count| *count == 0)
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "\n  notifications    {} about {} payments: {} repetitions, {} forged, {} resent\n  speed            {:.0} s, {:.1} a second, by quarter {:.1?}\n  answers          p50 {:.0} ms, p99 {:.0} ms, max {:.0} ms; {:?}\n  memory           {}\n  order events     {}\n\n",
            self.notifications,
            self.payments,
            self.repetitions,
            self.forged,
            self.resent,
            self.seconds,
            self.per_second,
            self.per_second_by_quarter,
            self.answer_milliseconds.p50,
            self.answer_milliseconds.p99,
            self.answer_milliseconds.max,
            self.answers,
            self.memory,
            self.order_events,
        );
        for (name, count) in &self.losses {
            let mark = if *count == 0 { "" } else { "  <-- must be 0" };
            text += &format!("  {:<32} {count}{mark}\n", name.replace('_', " "));
        }
        for finding in self.findings.iter().take(20) {
            text += &format!("    {finding}\n");
        }
        text
    }

    /// For docs/reliability.md.
    pub(crate) fn markdown(&self) -> String {
        let answers = &self.answer_milliseconds;
        let mut lines = vec![
            (
                "notifications",
                format!(
                    "{} about {} payments: {} repetitions, {} forged; {} sent again",
                    self.notifications, self.payments, self.repetitions, self.forged, self.resent
                ),
            ),
            (
                "speed",
                format!(
                    "{:.1} a second for {:.0} s; by quarter {:.1?}",
                    self.per_second, self.seconds, self.per_second_by_quarter
                ),
            ),
            (
                "answers",
                format!(
                    "p50 {:.0} ms, p99 {:.0} ms, longest {:.0} ms",
                    answers.p50, answers.p99, answers.max
                ),
            ),
            ("answers by status", in_words(&self.answers)),
            ("order events", self.order_events.to_string()),
        ];
        lines.extend(self.memory.lines());
        lines.push((
            "the machine",
            format!(
                "{} processors, load average {:.1}",
                self.processors, self.load_average
            ),
        ));
        let losses: u64 = self.losses.values().sum();
        lines.push((
            "lost, doubled, wrong or believed",
            format!(
                "**{losses}** ({})",
                in_words(&self.losses).replace('_', " ")
            ),
        ));
        let rows: Vec<String> = lines
            .into_iter()
            .map(|(name, value)| format!("| {name} | {value} |"))
            .collect();
        format!(
            "`cargo rehearse --headless --flood {} --seed {} --write-docs`\n\n{}\n\n| | |\n|---|---|\n{}\n",
            self.notifications,
            self.seed,
            WHAT_IT_IS.trim(),
            rows.join("\n"),
        )
    }
}

fn in_words<K: std::fmt::Display>(counts: &BTreeMap<K, u64>) -> String {
    let each: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name}: {count}"))
        .collect();
    each.join(", ")
}

/// How many processes wanted the processor on average during the last quarter of an hour.
fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let third = text.split_whitespace().nth(2);
    third.and_then(|load| load.parse().ok()).unwrap_or_default()
}

const WHAT_IT_IS: &str = "
Payments are created at the shop. Their payment and capture notifications are signed ahead of time, as the provider signs, and sent
through the public URL to the deployed stack by 16 senders, the next as soon as an answer is there: repetitions meet their originals,
captures overtake their payments. Forgeries are signed by another key, for another client or path, changed after signing, or not
signed. What is not acknowledged is sent again. In the end each acknowledged notification must be in its payment's evidence exactly
once, each payment captured with its two order events, and no forgery anywhere.

The emulator is one Python process, with the table, the queues and the API in it, and the binaries are unoptimised: they share the
processors of this machine, as the seconds below show, and the speed says nothing about AWS.
";

/// Prepares, floods, and looks at what is there.
pub(crate) async fn run(
    args: &Args,
    count: u32,
    stack: &Stack<'_>,
    mut steps: Steps,
) -> anyhow::Result<Report> {
    let flood = steps
        .run("Sign the notifications", async |progress| {
            messages::prepare(args.seed, count, &stack.secrets, &progress).await
        })
        .await?;
    steps
        .run("Create the payments", async |progress| {
            create(stack, &flood.payments, &progress).await
        })
        .await?;
    let processes = Processes::watch(stack.emulator.id());
    let started = Instant::now();
    let sent = steps
        .run("Flood", async |progress| {
            sending::send(stack.front.url(), &flood.messages, AT_ONCE, &progress).await
        })
        .await?;
    let seconds = started.elapsed();
    let memory = processes.seen();
    let account = Account::new(&stack.emulator.endpoint(), &stack.outputs);
    let (table, events) = steps
        .run("Read the table and the order events", async |_| {
            Ok((account.table().await?, account.drain_order_events().await?))
        })
        .await?;
    let verdict = verdict::judge(&flood, &sent, &table, &events);
    let report = report(args, &flood, &sent, verdict, memory, seconds, &steps);
    println!("{}", report.table());
    Ok(report)
}

/// The merchant's server creates the payments, some at a time.
async fn create(
    stack: &Stack<'_>,
    payments: &[Payment],
    progress: &Progress,
) -> anyhow::Result<()> {
    let http = sending::client()?;
    progress.of(payments.len() as u64);
    let mut waiting = payments.iter();
    let mut under_way = JoinSet::new();
    let mut done = 0;
    loop {
        while under_way.len() < AT_ONCE
            && let Some(payment) = waiting.next()
        {
            let order = json!({
                "paymentRequestId": payment.id, "orderId": format!("ORDER_{}", payment.id),
                "amount": { "currency": "EUR", "value": payment.minor.to_string() },
                "captureMode": "AUTOMATIC", "expiresInSeconds": TIME_TO_PAY_SECONDS,
                "description": "A flood", "redirectUrl": "https://shop.example/return",
                "goods": [{ "referenceGoodsId": "G1", "goodsName": "Book", "goodsCategory": "Books/Paper", "goodsQuantity": "1" }],
                "buyer": { "referenceBuyerId": "FLOOD", "buyerEmail": "buyer@shop.example" },
            });
            let request = http
                .post(format!("{}/payments", stack.front.url()))
                .bearer_auth(stack.secrets.api_key())
                .json(&order);
            under_way.spawn(async move { request.send().await?.error_for_status() });
        }
        let Some(answer) = under_way.join_next().await else {
            return Ok(());
        };
        answer
            .context("a request's task failed")?
            .context("a payment could not be created")?;
        done += 1;
        progress.at(done, "payments");
    }
}

fn report(
    args: &Args,
    flood: &Flood,
    sent: &Sent,
    verdict: Verdict,
    memory: Memory,
    took: Duration,
    steps: &Steps,
) -> Report {
    let mut losses = verdict.losses;
    losses.insert("memory_grown", u64::from(!memory.is_flat()));
    let seconds = took.as_secs_f64();
    let mut milliseconds: Vec<f64> = sent.answers.iter().map(|answer| answer.took_ms).collect();
    milliseconds.sort_by(f64::total_cmp);
    let rank = |percent: usize| {
        let place = (milliseconds.len() * percent)
            .div_ceil(100)
            .saturating_sub(1);
        round(milliseconds.get(place).copied().unwrap_or(0.0))
    };
    Report {
        command: crate::report::command(),
        seed: args.seed,
        notifications: flood.messages.len() as u64,
        payments: flood.payments.len() as u64,
        repetitions: flood.repetitions(),
        forged: flood.forged(),
        resent: sent.resent,
        seconds: round(seconds),
        per_second: round(sent.answers.len() as f64 / seconds.max(0.001)),
        per_second_by_quarter: sent.per_second_by_quarter(),
        answer_milliseconds: Milliseconds {
            p50: rank(50),
            p99: rank(99),
            max: rank(100),
        },
        answers: sent.by_status(),
        losses,
        findings: verdict.findings,
        order_events: verdict.order_events,
        memory,
        processors: std::thread::available_parallelism().map_or(0, usize::from),
        load_average: load_average(),
        steps: steps.times().to_vec(),
    }
}
