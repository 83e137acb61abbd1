//! The default mode: everything stays up, payments wait to be paid on their card page, and what becomes of them is told.

mod events;
mod samples;

use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::clock::Clock;
use crate::emulator::{ACCESS_KEY, REGION};
use crate::provider::CLIENT_ID;
use crate::records::Account;
use crate::secrets::{API_KEYS, CLIENT_TOKEN_KEY, PRIVATE_KEY};
use crate::stack::Stack;
use crate::steps::Progress;
use crate::watch::{Firing, Watch};
use samples::Samples;

/// How often the order events' queue is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How often the alarms are worked out and the dashboard is drawn.
const LOOK_AT_ALARMS: Duration = Duration::from_secs(30);
/// The same where the clock can be turned.
const LOOK_WHERE_TIME_FLIES: Duration = Duration::from_secs(8);
/// So long a provider that was told the time is waited for; one that is down does not answer.
const TOLD_THE_TIME: Duration = Duration::from_secs(1);

/// Prints where everything is, makes sample payments, and shows the order events and the alarms as they come; makes another
/// payment for each line that a person enters. Ends only by being dropped.
pub(crate) async fn run(stack: &Stack<'_>) -> anyhow::Result<()> {
    show(stack)?;
    let mut samples = Samples::of(stack)?;
    println!("\nPay one of these in a browser:");
    for _ in 0..samples::KINDS {
        samples.make().await?;
    }
    let at_terminal = std::io::stdin().is_terminal();
    if at_terminal {
        println!(
            "\nEnter makes another payment; Ctrl-C ends everything. Order events as they come:"
        );
    } else {
        println!("\nCtrl-C ends everything. Order events as they come:");
    }
    let account = Account::new(&stack.emulator.endpoint(), &stack.outputs);
    let mut lines = lines(at_terminal);
    let mut look = tokio::time::interval(LOOK);
    let (watch, mut firing) = (Watch::start(stack), Firing::default());
    let every = match &stack.clock {
        Some(_) => LOOK_WHERE_TIME_FLIES,
        None => LOOK_AT_ALARMS,
    };
    let mut look_at_alarms = tokio::time::interval(every);
    loop {
        tokio::select! {
            _ = look_at_alarms.tick() => {
                let points = watch.points(stack, &Progress::hidden()).await?;
                watch.draw(stack, &points)?;
                for change in watch.changes(&points, &mut firing)? {
                    println!("  {change}");
                }
            }
            Some(()) = lines.recv() => samples.make().await?,
            _ = look.tick() => {
                tell_the_time(stack).await?;
                for body in account.next_order_events().await? {
                    println!("  {}", events::in_words(&body));
                }
            }
        }
    }
}

/// Where somebody turned the clock, has the provider do what has become due.
async fn tell_the_time(stack: &Stack<'_>) -> anyhow::Result<()> {
    let Some(clock) = &stack.clock else {
        return Ok(());
    };
    if clock.was_turned()? {
        let told = stack.provider.look_at_the_clock();
        tokio::time::timeout(TOLD_THE_TIME, told).await.ok();
    }
    Ok(())
}

/// The lines that a person enters; none if nobody sits there. A thread of its own waits for them: it would hold up the
/// end of the runtime.
fn lines(at_terminal: bool) -> UnboundedReceiver<()> {
    let (sender, lines) = unbounded_channel();
    if at_terminal {
        std::thread::spawn(move || {
            let entered = std::io::stdin().lock().lines();
            for _ in entered.map_while(Result::ok) {
                if sender.send(()).is_err() {
                    return;
                }
            }
        });
    }
    lines
}

/// Prints where everything is and what to call.
fn show(stack: &Stack<'_>) -> anyhow::Result<()> {
    let (public, key) = (stack.front.url(), stack.secrets.api_key());
    let local = write_local_settings(stack)?;
    let run = stack.workspace.run();
    println!(
        r#"
The stack is up.
  public URL        {public}
  provider (POP)    {provider}      dashboard: {provider}/_sim/      books: {provider}/_sim/books
  AWS emulator      {emulator}      table {table}
  merchant API key  {key}
  logs              {run}
  dashboard         {run}/dashboard.html, drawn anew each half minute; alarms are told here{clock}

Test cards (any security code, any expiry to come; other numbers with a right check digit are authorised):"#,
        provider = stack.provider.url(),
        emulator = stack.emulator.endpoint(),
        table = stack.outputs.table_name,
        run = run.display(),
        clock = stack
            .clock
            .as_deref()
            .map_or_else(String::new, line_of_clock),
    );
    for card in simulator::TEST_CARDS {
        println!("  {:<18} {}", card.number, card.meaning());
    }
    println!(
        r#"
A payment of your own (open the checkoutUrl of the answer):
  curl -s {public}/payments -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{{
    "paymentRequestId": "PAY_1", "orderId": "ORDER_1", "amount": {{ "currency": "EUR", "value": "30000" }},
    "captureMode": "MANUAL", "description": "Two books", "redirectUrl": "https://shop.example/return" }}'

What became of it, and what a merchant can do with it:
  curl -s {public}/payments/PAY_1 -H 'Authorization: Bearer {key}'
  curl -s -X POST {public}/payments/PAY_1/cancel -H 'Authorization: Bearer {key}'
  curl -s {public}/payments/PAY_1/refund -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{{
    "refundRequestId": "REF_1", "amount": {{ "currency": "EUR", "value": "10000" }} }}'

One function by itself, with a sample event (the README has more; needs cargo-lambda):
  cargo lambda watch -A 127.0.0.1 --env-file {local}
  cargo lambda invoke -A 127.0.0.1 notify --data-file events/notify-payment-success.json"#,
        local = local.display(),
    );
    Ok(())
}

/// How to come by the stack's own time.
fn line_of_clock(clock: &Clock) -> String {
    format!(
        "\n  clock             before a command, for the stack's time: {}",
        clock.in_words()
    )
}

/// Writes the functions' settings for this stack to a file that cargo-lambda reads; the path is relative to the project.
fn write_local_settings(stack: &Stack<'_>) -> anyhow::Result<PathBuf> {
    let (outputs, emulator) = (&stack.outputs, stack.emulator.endpoint());
    let notify_url = format!("{}/notify", stack.front.url());
    let public_keys = stack.secrets.pop_public_keys();
    let settings: [(&str, &str); 20] = [
        ("AWS_ENDPOINT_URL", &emulator),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", ACCESS_KEY),
        ("TABLE_NAME", &outputs.table_name),
        ("CAPTURE_QUEUE_URL", &outputs.capture_queue_url),
        ("ORDER_EVENTS_QUEUE_URL", &outputs.order_events_queue_url),
        ("POP_CLIENT_ID", CLIENT_ID),
        ("POP_PUBLIC_KEYS", &public_keys),
        ("POP_NOTIFY_PATH", "/notify"),
        ("POP_BASE_URL", stack.provider.url()),
        ("POP_KEY_VERSION", "1"),
        ("POP_PRIVATE_KEY_SECRET", PRIVATE_KEY),
        ("CHECKOUT_API_KEYS_SECRET", API_KEYS),
        ("CLIENT_TOKEN_KEY_SECRET", CLIENT_TOKEN_KEY),
        ("NOTIFY_URL", &notify_url),
        ("CHECKOUT_URL", stack.front.url()),
        ("SEVERAL_CAPTURES", "true"),
        ("CAPTURE_ON", "authorized"),
        ("SWEEP_SHARDS", "4"),
    ];
    let lines = settings.map(|(name, value)| format!("{name}=\"{value}\"\n"));
    let path = PathBuf::from(".cache/rehearsal/local.env");
    std::fs::write(stack.workspace.project().join(&path), lines.concat())
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
