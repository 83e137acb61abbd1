//! The flows of the matrix: one life of a payment each, from its creation to its end.

use crate::simulation::{Mode, Order, operators};
use crate::world::{Post, World};
use domain::{PaymentRequestId, Ruling, Time};
use simulator::{Call, Fault, Letter, Rates};

const APPROVED: &str = "4054695723100768";

/// One life.
pub struct Flow {
    /// Its name in tables.
    pub name: &'static str,
    /// What is wanted.
    pub order: Order,
    /// What goes wrong at the provider, beside what is ordered.
    pub rates: Rates,
    /// Whether the contract allows several captures.
    pub several_captures: bool,
    /// Further preparations.
    pub prepare: fn(&World),
    /// How notifications travel.
    pub post: fn() -> Box<dyn Post>,
    /// Whether the capture queue works; if not, only the sweep captures.
    pub hints: bool,
}

/// No notification arrives.
struct NoPost;

impl Post for NoPost {
    fn carry(&mut self, _: &Letter, _: Time) -> Vec<i64> {
        Vec::new()
    }
}

/// Each arrives three times.
struct ThreePosts;

impl Post for ThreePosts {
    fn carry(&mut self, _: &Letter, _: Time) -> Vec<i64> {
        vec![40, 41, 900]
    }
}

fn flow(name: &'static str, mode: Mode) -> Flow {
    Flow {
        name,
        order: Order::plain(mode),
        rates: Rates::none(),
        several_captures: false,
        prepare: |_| {},
        post: || Box::new(crate::world::GoodPost),
        hints: true,
    }
}

fn card(name: &'static str, mode: Mode, card: &'static str) -> Flow {
    let mut flow = flow(name, mode);
    flow.order.card = Some(card);
    flow
}

/// The next calls of this kind about the payment end like this.
fn faults(world: &World, call: Call, fault: Fault, times: usize) {
    for _ in 0..times {
        world
            .gateway
            .with(|offline| offline.order_fault(call, "P0", fault));
    }
}

fn whole() -> Mode {
    Mode::OnRequest(vec![(30_000, false)])
}

/// All flows.
#[must_use]
pub fn flows() -> Vec<Flow> {
    let mut flows = paying();
    flows.extend(notified());
    flows.extend(captured());
    flows.extend(cancelled());
    flows.extend(refunded());
    flows.extend(orders());
    flows.extend(reviewed());
    flows
}

fn paying() -> Vec<Flow> {
    let challenge = |name, passed: Option<bool>| {
        let mut flow = flow(name, Mode::AtOnce);
        flow.order.three_ds = true;
        flow.order.challenge = passed.map(|passed| (5_000, passed));
        flow.order.looks = 1;
        flow
    };
    let mut no_answer = flow("pay: no answer", Mode::Automatic);
    no_answer.prepare = |world| faults(world, Call::Pay, Fault::DropAfter, 2);
    let mut not_done = flow("pay: fails and is not done", Mode::Automatic);
    not_done.prepare = |world| faults(world, Call::Pay, Fault::HttpErrorBefore, 2);
    let mut forged = flow("pay: answer wrongly signed", Mode::AtOnce);
    forged.prepare = |world| faults(world, Call::Pay, Fault::WrongSignature, 2);
    let mut hidden = flow("pay: result hidden by UNKNOWN_EXCEPTION", Mode::AtOnce);
    hidden.prepare = |world| faults(world, Call::Pay, Fault::UnknownAfter, 2);
    let mut never = flow("pay: buyer leaves", Mode::AtOnce);
    never.order.card = None;
    let mut twice = flow("pay: everything asked for twice", Mode::AtOnce);
    twice.order.twice = true;
    vec![
        flow("pay: S, captured by POP", Mode::Automatic),
        card("pay: F", Mode::Automatic, "4054692760174822"),
        challenge("pay: 3-D Secure passed", Some(true)),
        challenge("pay: 3-D Secure failed", Some(false)),
        challenge("pay: 3-D Secure abandoned", None),
        card("pay: decided later, S", Mode::AtOnce, "4099990000000113"),
        card("pay: decided later, F", Mode::AtOnce, "4099990000000121"),
        card("pay: PENDING first", Mode::Automatic, "4099990000000139"),
        no_answer,
        not_done,
        forged,
        hidden,
        never,
        twice,
    ]
}

fn notified() -> Vec<Flow> {
    let mut duplicate = flow("notify: each three times", Mode::Automatic);
    duplicate.post = || Box::new(ThreePosts);
    let mut early = flow("notify: capture before its payment", Mode::Automatic);
    early.rates.capture_first = 1.0;
    early.prepare = |world| faults(world, Call::Pay, Fault::DropAfter, 2);
    let mut contradicting = flow("notify: F after S", Mode::AtOnce);
    contradicting.prepare = |world| contradict(world, "PROCESS_FAIL", "F", 20_000);
    let mut late_success = card("notify: S after F", Mode::AtOnce, "4054692760174822");
    late_success.prepare = |world| contradict(world, "SUCCESS", "S", 20_000);
    let mut silent = flow("notify: none ever comes, AUTOMATIC", Mode::Automatic);
    silent.post = || Box::new(NoPost);
    let mut unknown = flow("notify: payment that we do not know", Mode::Automatic);
    unknown.prepare = |world| stranger(world);
    vec![
        duplicate,
        early,
        contradicting,
        late_success,
        silent,
        unknown,
    ]
}

/// A rightly signed notification that says otherwise arrives once the payment is settled.
fn contradict(world: &World, code: &'static str, status: &'static str, after_ms: i64) {
    let person = world.clone();
    world.person(async move {
        person.stage.sleep_ms(after_ms).await;
        let Some(book) = person.gateway.payment("P0") else {
            return;
        };
        let body = serde_json::json!({
            "notifyType": "PAYMENT_RESULT",
            "result": { "resultCode": code, "resultStatus": status, "resultMessage": "." },
            "paymentRequestId": "P0",
            "paymentId": book.payment_id,
            "paymentAmount": { "value": book.amount.value.to_string(), "currency": book.amount.currency },
        });
        person
            .gateway
            .with(|offline| offline.send_test(&body.to_string(), None));
    });
}

/// A payment that was made elsewhere with our account: kept, never captured by us.
fn stranger(world: &World) {
    let person = world.clone();
    world.person(async move {
        person.stage.sleep_ms(3_000).await;
        let body = serde_json::json!({
            "notifyType": "PAYMENT_PENDING",
            "result": { "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "." },
            "paymentRequestId": "STRANGER", "paymentId": "STRANGER-1",
        });
        person
            .gateway
            .with(|offline| offline.send_test(&body.to_string(), None));
    });
}

fn captured() -> Vec<Flow> {
    let mut no_answer = flow("capture: no answer", Mode::AtOnce);
    no_answer.prepare = |world| faults(world, Call::Capture, Fault::DropAfter, 3);
    let mut not_done = flow("capture: fails and is not done", Mode::AtOnce);
    not_done.prepare = |world| faults(world, Call::Capture, Fault::HttpErrorBefore, 3);
    let mut unknown = flow("capture: U", Mode::AtOnce);
    unknown.prepare = |world| faults(world, Call::Capture, Fault::UnknownAfter, 2);
    let mut by_sweep = flow("capture: the sweep alone", Mode::AtOnce);
    by_sweep.hints = false;
    by_sweep.post = || Box::new(NoPost);
    let mut parts = flow(
        "capture: in parts",
        Mode::OnRequest(vec![(10_000, false), (20_000, true)]),
    );
    parts.several_captures = true;
    vec![
        flow("capture: S, at once", Mode::AtOnce),
        flow("capture: S, after a day", Mode::After(86_400)),
        flow("capture: S, on request", whole()),
        flow("capture: never asked for", Mode::OnRequest(Vec::new())),
        card(
            "capture: in process, then S",
            Mode::AtOnce,
            "4099990000000154",
        ),
        card("capture: F", Mode::AtOnce, "4099990000000147"),
        card(
            "capture: in process, then F",
            Mode::AtOnce,
            "4099990000000162",
        ),
        unknown,
        no_answer,
        not_done,
        by_sweep,
        parts,
    ]
}

fn cancelled() -> Vec<Flow> {
    let cancel = |name, mode, at_ms| {
        let mut flow = flow(name, mode);
        flow.order.cancel_ms = Some(at_ms);
        flow
    };
    let mut created = cancel("cancel: before pay", Mode::AtOnce, 2_000);
    created.order.card = None;
    let mut pending = cancel("cancel: at the challenge", Mode::AtOnce, 8_000);
    pending.order.three_ds = true;
    let mut no_answer = cancel("cancel: no answer", Mode::OnRequest(Vec::new()), 60_000);
    no_answer.prepare = |world| faults(world, Call::Cancel, Fault::DropAfter, 3);
    vec![
        created,
        pending,
        cancel("cancel: while it is paid", Mode::AtOnce, 900),
        cancel("cancel: authorised", Mode::OnRequest(Vec::new()), 60_000),
        no_answer,
        cancel("cancel: too late", Mode::AtOnce, 120_000),
    ]
}

fn refunded() -> Vec<Flow> {
    let refund = |name, card_no: &'static str, refunds: Vec<Option<u64>>| {
        let mut flow = card(name, Mode::AtOnce, card_no);
        flow.order.refunds = refunds;
        flow
    };
    let mut no_answer = refund("refund: no answer", APPROVED, vec![None]);
    no_answer.prepare = |world| faults(world, Call::Refund, Fault::DropAfter, 3);
    let mut untold = refund(
        "refund: in process, never told",
        "4099990000000170",
        vec![None],
    );
    untold.post = || Box::new(NoPost);
    let parts = vec![Some(10_000), Some(30_000), None];
    vec![
        refund("refund: S", APPROVED, vec![None]),
        refund("refund: in parts, one too large", APPROVED, parts),
        refund("refund: in process, then S", "4099990000000170", vec![None]),
        refund("refund: in process, then F", "4099990000000188", vec![None]),
        refund("refund: F", "4099990000000196", vec![None]),
        no_answer,
        untold,
    ]
}

fn orders() -> Vec<Flow> {
    let mut twin = flow("order: two payments at once", Mode::AtOnce);
    twin.order.twin = Some(APPROVED);
    let mut twin_automatic = flow("order: two payments at once, AUTOMATIC", Mode::Automatic);
    twin_automatic.order.twin = Some(APPROVED);
    let mut retry = card(
        "order: declined, then another card",
        Mode::AtOnce,
        "4054692760174822",
    );
    retry.order.retries = vec![APPROVED];
    let mut given_up = flow("order: challenge given up for another card", Mode::AtOnce);
    given_up.order.three_ds = true;
    given_up.order.retries = vec!["4035501000000008"];
    let mut stored = flow("card: stored, charged a day later, forgotten", Mode::AtOnce);
    (stored.order.store, stored.order.forget) = (true, true);
    vec![twin, twin_automatic, retry, given_up, stored]
}

/// Messages of a wrong amount and refusals that only a person can judge; and the person.
fn reviewed() -> Vec<Flow> {
    let misfit = |name, mode, prepare| {
        let mut flow = flow(name, mode);
        flow.order.misfit_ms = Some(20_000);
        flow.prepare = prepare;
        flow
    };
    let mut refused = flow("review: capture refused, let go on", Mode::AtOnce);
    refused.prepare = |world| {
        let minutes = 10;
        let code = "ORDER_STATUS_INVALID";
        world
            .gateway
            .with(|offline| offline.set_scenario(Call::Capture, code, minutes));
        operator(world, "P0", &[Ruling::GoOn]);
    };
    let mut twice = card(
        "review: paid twice and not given back, let go on, closed",
        Mode::Automatic,
        "4099990000000196",
    );
    twice.order.twin = Some("4099990000000196");
    twice.prepare = |world| {
        operator(world, "P0", &[Ruling::GoOn, Ruling::Close]);
        operator(world, "P0-B", &[Ruling::GoOn, Ruling::Close]);
    };
    vec![
        misfit(
            "review: wrong amount, let go on",
            Mode::After(86_400),
            |world| {
                operator(world, "P0", &[Ruling::GoOn]);
            },
        ),
        misfit(
            "review: wrong amount, cancelled by a person",
            Mode::OnRequest(Vec::new()),
            |world| operator(world, "P0", &[Ruling::Cancel]),
        ),
        misfit(
            "review: wrong amount, closed by a person",
            Mode::OnRequest(Vec::new()),
            |world| operator(world, "P0", &[Ruling::Close]),
        ),
        refused,
        twice,
    ]
}

/// Each half hour somebody decides about this payment, if it is in review then.
fn operator(world: &World, id: &'static str, rulings: &'static [Ruling]) {
    let person = world.clone();
    world.person(async move {
        let id = PaymentRequestId::new(id).expect("an id");
        for ruling in rulings {
            person.stage.sleep_ms(1_800_000).await;
            let row = person.table.row(&id);
            if row.is_some_and(|row| row.is_in_review()) {
                operators::decide(&person, &id, *ruling).await;
            }
        }
    });
}
