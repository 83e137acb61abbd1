//! The ways that payments take, each through the real functions, in a deployment of its own.

use crate::counted::{Counted, Function};
use crate::deployment::Deployment;
use crate::world::{Done, World};
use domain::{Seconds, Status};
use flows::events::{self, API_KEY};
use serde::Serialize;
use serde_json::{Value, json};
use simulator::Seal;

const APPROVED: &str = "4054695723100768";
const DECLINED: &str = "4054692760174822";

/// Long enough for the provider to capture and to tell.
const A_WHILE: Seconds = Seconds(30);

/// A journey and what it used.
#[derive(Debug, Clone, Serialize)]
pub struct Journey {
    /// Its name for machines.
    pub name: &'static str,
    /// What happens, for people.
    pub title: &'static str,
    /// Whether this is a whole payment, or something that comes on top of one.
    pub whole: bool,
    /// What it used.
    pub done: Done,
}

/// The journeys, in the order of the tables.
pub const NAMES: [(&str, &str, bool); 13] = [
    ("automatic", "automatic capture", true),
    ("manual", "manual capture, at once", true),
    ("three_ds", "3-D Secure passed, automatic capture", true),
    ("declined", "declined", true),
    ("never_finished", "3-D Secure never finished", true),
    ("never_paid", "page opened, never paid", true),
    (
        "merchant_initiated",
        "charged by the merchant, stored card",
        true,
    ),
    ("refund", "refund in full, on top", false),
    ("cancel", "cancelled before the capture, on top", false),
    ("ask_capture", "capture asked for later, on top", false),
    ("look", "one more look that asks POP, on top", false),
    ("duplicate", "a notification twice, on top", false),
    ("forged", "a forged notification, on top", false),
];

/// The futures of AWS's clients are large where nothing is optimised: more than a test's stack holds.
const STACK_BYTES: usize = 32 << 20;

/// Runs them all, on a thread of its own with a clock of its own. `tell` hears of each when it is done.
pub fn run(deployment: &Deployment, tell: impl FnMut(&str) + Send) -> Vec<Journey> {
    aside(|| all(deployment, tell))
}

/// What one sweep uses when nothing is due.
#[must_use]
pub fn empty_sweep(deployment: &Deployment) -> Counted {
    aside(|| nothing_due(deployment))
}

fn aside<T: Send, F: Future<Output = T>>(work: impl FnOnce() -> F + Send) -> T {
    let work = || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().expect("a runtime");
        runtime.block_on(work())
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let thread = thread.spawn_scoped(scope, work).expect("a thread");
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

async fn nothing_due(deployment: &Deployment) -> Counted {
    World::new(deployment).await.empty_sweep().await
}

async fn all(deployment: &Deployment, mut tell: impl FnMut(&str)) -> Vec<Journey> {
    let mut journeys = Vec::new();
    let empty = nothing_due(deployment).await;
    for (name, title, whole) in NAMES {
        let world = World::new(deployment).await;
        travel(&world, name).await;
        let mut done = world.finish().await;
        share_sweeps(&mut done, &empty);
        journeys.push(Journey {
            name,
            title,
            whole,
            done,
        });
        tell(name);
    }
    journeys
}

/// The sweep comes each minute whether anything is due or not: a payment pays only for what is done about it.
fn share_sweeps(done: &mut Done, empty: &Counted) {
    for sweep in &mut done.invocations {
        if sweep.function == Function::Sweep {
            sweep.counted = std::mem::take(&mut sweep.counted).minus(empty);
        }
    }
}

async fn travel(world: &World, name: &str) {
    match name {
        "automatic" => buy(world, "AUTOMATIC", APPROVED, Status::Captured).await,
        "manual" => buy(world, "MANUAL", APPROVED, Status::Captured).await,
        "declined" => buy(world, "AUTOMATIC", DECLINED, Status::Declined).await,
        "three_ds" => {
            let token = challenge(world).await;
            assert!(
                world
                    .provider
                    .with(|offline| offline.finish_challenge(ID, true))
            );
            world.wait(A_WHILE).await;
            world.open_page(ID, &token, "/result").await;
            ends(world, Status::Captured).await;
        }
        "never_finished" => {
            challenge(world).await;
            world.sweep_until_settled(ID).await;
            ends(world, Status::Expired).await;
        }
        "never_paid" => {
            let token = world.create(ID, "AUTOMATIC", |_| {}).await;
            world.open_page(ID, &token, "").await;
            world.sweep_until_settled(ID).await;
            ends(world, Status::Expired).await;
        }
        "merchant_initiated" => charge(world).await,
        "refund" => refund(world).await,
        "cancel" => {
            authorize(world).await;
            world.count_from_here().await;
            world.demand("cancel", ID).await;
            world.wait(A_WHILE).await;
            ends(world, Status::Cancelled).await;
        }
        "ask_capture" => {
            authorize(world).await;
            world.count_from_here().await;
            world.demand("capture", ID).await;
            world.work_off_captures().await;
            world.wait(A_WHILE).await;
            ends(world, Status::Captured).await;
        }
        "look" => {
            let token = challenge(world).await;
            world.wait(Seconds(10)).await;
            world.count_from_here().await;
            world.look(ID, &token).await;
        }
        "duplicate" => repeat(world).await,
        "forged" => forge(world).await,
        other => unreachable!("no journey {other}"),
    }
}

/// As long as ids of shops are.
const ID: &str = "PAY_20260102_0000000001";

async fn buy(world: &World, mode: &str, card_no: &str, end: Status) {
    let token = world.create(ID, mode, |_| {}).await;
    world.open_page(ID, &token, "").await;
    world.pay(ID, &token, &events::pay_body(card_no)).await;
    world.work_off_captures().await;
    world.wait(A_WHILE).await;
    world.work_off_captures().await;
    // After a decline the buyer's data are kept while another attempt may want them, and then go.
    world.sweep_until_settled(ID).await;
    ends(world, end).await;
}

/// As far as the redirect to the bank; gives the page's token.
async fn challenge(world: &World) -> String {
    let token = world
        .create(ID, "AUTOMATIC", |body| {
            body["is3DSAuthentication"] = true.into()
        })
        .await;
    world.open_page(ID, &token, "").await;
    let view = world.pay(ID, &token, &events::pay_body(APPROVED)).await;
    assert_eq!(view["status"], "PENDING", "{view}");
    token
}

/// Authorised, and captured when the merchant asks.
async fn authorize(world: &World) {
    let on_request = |body: &mut Value| body["captureOn"] = "request".into();
    let token = world.create(ID, "MANUAL", on_request).await;
    world.pay(ID, &token, &events::pay_body(APPROVED)).await;
    world.wait(A_WHILE).await;
}

async fn charge(world: &World) {
    let first = "PAY_20251202_0000000001";
    let token = world.create(first, "AUTOMATIC", |_| {}).await;
    let mut body = events::pay_body(APPROVED);
    body["storeCard"] = true.into();
    world.pay(first, &token, &body).await;
    world.wait(A_WHILE).await;
    let cards = world
        .call("cards", "GET", "/buyers/test12345678/cards", API_KEY, "")
        .await;
    let card = cards["cards"][0]["storedCard"]
        .as_str()
        .expect("a stored card");
    world.count_from_here().await;
    world.create(ID, "AUTOMATIC", |_| {}).await;
    let body = json!({ "storedCard": card, "recurringType": "SCHEDULED" }).to_string();
    world
        .call(
            "charge",
            "POST",
            &format!("/payments/{ID}/charge"),
            API_KEY,
            &body,
        )
        .await;
    world.wait(A_WHILE).await;
    ends(world, Status::Captured).await;
}

async fn refund(world: &World) {
    buy(world, "AUTOMATIC", APPROVED, Status::Captured).await;
    world.count_from_here().await;
    let amount: Value = events::create_body(ID, "AUTOMATIC")["amount"].clone();
    let body =
        json!({ "refundRequestId": "REFUND_20260102_00000001", "amount": amount }).to_string();
    world
        .call(
            "refund",
            "POST",
            &format!("/payments/{ID}/refund"),
            API_KEY,
            &body,
        )
        .await;
    let letters = world.wait(A_WHILE).await;
    assert!(!letters.is_empty(), "the provider tells of the refund");
}

async fn repeat(world: &World) {
    let token = world.create(ID, "AUTOMATIC", |_| {}).await;
    world.pay(ID, &token, &events::pay_body(APPROVED)).await;
    let letters = world.wait(A_WHILE).await;
    let first = letters.first().expect("a notification");
    world.count_from_here().await;
    let answer = world.receive("duplicate", first).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn forge(world: &World) {
    buy(world, "AUTOMATIC", APPROVED, Status::Captured).await;
    world.count_from_here().await;
    assert!(
        world
            .provider
            .with(|offline| offline.forge(ID, Seal::OtherKey))
    );
    for letter in world.provider.collect() {
        let answer = world.receive("forged", &letter).await;
        assert_eq!(answer.status, 401, "{}", answer.body);
    }
}

/// The journey went where it should, and nothing is left to do.
async fn ends(world: &World, status: Status) {
    let row = world.row(ID).await;
    assert_eq!(row.status, status, "{row:#?}");
    assert_eq!(row.due_at, None, "nothing is outstanding");
}
