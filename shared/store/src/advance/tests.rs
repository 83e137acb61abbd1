use super::*;
use crate::samples::{self, NOW, payment_id, row_only};
use crate::{
    DueCursor, DuePage, EarlyNotification, KeptMessage, MemoryQueues, MemoryStore, Outage,
    QueueName, Shelved,
};
use domain::evidence::Evidence;
use domain::message::{
    AmountSeen, Answer, NoAnswer, Outcome, PaymentFacts, PaymentNotification, ResultStatus,
};
use domain::stored_card::StoredCard;
use domain::{
    BuyerId, CaptureMode, CaptureRequest, OrderId, PaymentId, RefundRequestId, ReviewReason,
    Seconds, Status, StoredCardId,
};
use std::sync::Mutex;

mod order_rule;
mod trails;

type Meddle = Box<dyn FnMut(&MemoryStore, u32) + Send>;

/// A table on which somebody else works too: `meddle` is called before each commit, with the commit's number from 1.
struct Shared {
    table: MemoryStore,
    meddler: Mutex<(u32, Meddle)>,
}

impl Store for Shared {
    async fn load(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        self.table.load(id).await
    }
    async fn find(&self, id: &PaymentId) -> Result<Option<PaymentRequestId>, StoreError> {
        self.table.find(id).await
    }
    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        {
            let (count, meddle) = &mut *self.meddler.lock().unwrap();
            *count += 1;
            meddle(&self.table, *count);
        }
        self.table.commit(commit).await
    }
    async fn shelve(&self, early: &EarlyNotification) -> Result<Shelved, StoreError> {
        self.table.shelve(early).await
    }
    async fn keep(&self, kept: &KeptMessage) -> Result<(), StoreError> {
        self.table.keep(kept).await
    }
    async fn due(
        &self,
        shard: u16,
        until: Time,
        limit: u16,
        after: Option<&DueCursor>,
    ) -> Result<DuePage, StoreError> {
        self.table.due(shard, until, limit, after).await
    }
    async fn evidence(&self, id: &PaymentRequestId) -> Result<Vec<Evidence>, StoreError> {
        self.table.evidence(id).await
    }
    async fn order_holder(&self, id: &OrderId) -> Result<Option<PaymentRequestId>, StoreError> {
        self.table.order_holder(id).await
    }
    async fn find_refund(
        &self,
        id: &RefundRequestId,
    ) -> Result<Option<PaymentRequestId>, StoreError> {
        self.table.find_refund(id).await
    }
    async fn cards(&self, buyer: &BuyerId) -> Result<Vec<StoredCard>, StoreError> {
        self.table.cards(buyer).await
    }
    async fn card(
        &self,
        buyer: &BuyerId,
        card: &StoredCardId,
    ) -> Result<Option<StoredCard>, StoreError> {
        self.table.card(buyer, card).await
    }
    async fn forget_card(&self, buyer: &BuyerId, card: &StoredCardId) -> Result<(), StoreError> {
        self.table.forget_card(buyer, card).await
    }
}

struct Bench {
    ports: Ports<Shared, MemoryQueues>,
    table: MemoryStore,
    queues: MemoryQueues,
    id: PaymentRequestId,
    pop: PaymentId,
    /// What the bodies of messages say.
    said: Mutex<Vec<(Vec<u8>, Event)>>,
}

const LATER: Time = Time::from_millis(NOW.millis() + 5_000);

/// A table with one payment, pending; nobody else is at work until told.
async fn bench(mode: CaptureMode) -> Bench {
    bench_with(mode, |_, _| {}).await
}

async fn bench_with(
    mode: CaptureMode,
    meddle: impl FnMut(&MemoryStore, u32) + Send + 'static,
) -> Bench {
    let mut payment = samples::payment("PAY_1");
    payment.capture_mode = mode;
    bench_of(payment, meddle).await
}

/// A table with this payment, for which pay is being called.
async fn bench_of(
    payment: Payment,
    meddle: impl FnMut(&MemoryStore, u32) + Send + 'static,
) -> Bench {
    let bench = empty_bench(meddle);
    let policy = &bench.ports.policy;
    let created = Commit::created(payment, policy);
    bench.table.commit(&created).await.unwrap();
    let start = Event::PayStarted { save_card: false };
    let Decision::Commit(started) = decide(&created.next, &start, NOW, policy) else {
        unreachable!("a new payment can be paid");
    };
    let occasion = Occasion {
        input: &Input::of(start),
        now: NOW,
        policy,
    };
    let started = prepare(Some(&created.next), started, &occasion, &[]);
    bench.table.commit(&started).await.unwrap();
    bench
}

fn empty_bench(meddle: impl FnMut(&MemoryStore, u32) + Send + 'static) -> Bench {
    let table = MemoryStore::default();
    let queues = MemoryQueues::default();
    let meddler = Mutex::new((0, Box::new(meddle) as Meddle));
    let store = Shared {
        table: table.clone(),
        meddler,
    };
    let policy = Policy::default();
    let ports = Ports {
        store,
        queues: queues.clone(),
        policy,
    };
    Bench {
        ports,
        table,
        queues,
        id: samples::id("PAY_1"),
        pop: payment_id("POP_1"),
        said: Mutex::default(),
    }
}

impl Bench {
    /// notifyPayment: authorised.
    fn authorized(&self) -> Input {
        let facts = PaymentFacts {
            payment_id: Some(self.pop.clone()),
            amount: AmountSeen::Is(samples::amount()),
            ..PaymentFacts::default()
        };
        let outcome = Outcome {
            status: ResultStatus::Success,
            code: "SUCCESS".into(),
        };
        let notification = PaymentNotification {
            request_id: self.id.clone(),
            is_final: true,
            outcome,
            facts,
        };
        Input {
            event: Event::PaymentNotified(notification),
            message: Some(samples::message("authorized")),
        }
    }

    async fn advance(&self, input: &Input) -> Result<Advanced, AdvanceError> {
        if let Some(message) = &input.message {
            let says = (message.body.clone(), input.event.clone());
            self.said.lock().unwrap().push(says);
        }
        advance(&self.ports, &self.id, input, LATER).await
    }

    async fn row(&self) -> Payment {
        self.table.load(&self.id).await.unwrap().unwrap()
    }

    /// The bodies of the messages in the trail, of which the row must follow.
    async fn trail(&self) -> Vec<String> {
        let trail = self.entries().await;
        let messages = trail.iter().filter_map(Evidence::message);
        let body = |message: &SignedMessage| String::from_utf8(message.body.clone()).unwrap();
        messages.map(body).collect()
    }

    fn events(&self) -> Vec<String> {
        let sent = self.queues.sent(QueueName::OrderEvents);
        let types = sent.iter().map(|message| {
            let event: serde_json::Value = serde_json::from_str(&message.body).unwrap();
            event["type"].as_str().unwrap().to_owned()
        });
        types.collect()
    }
}

/// A word of POP, and the message that says so.
fn said(event: Event, body: &str) -> Input {
    Input {
        event,
        message: Some(samples::message(body)),
    }
}

/// Somebody else's change of the row.
fn touch(table: &MemoryStore) {
    let mut row = table
        .rows()
        .into_iter()
        .find(|row| row.id.as_str() == "PAY_1")
        .unwrap();
    row.version += 1;
    row.asked_at = Some(NOW + Seconds(i64::try_from(row.version).unwrap()));
    let commit = row_only(row);
    let done = futures_util::FutureExt::now_or_never(table.commit(&commit));
    done.unwrap().unwrap();
}

fn put_on_shelf(table: &MemoryStore, body: &str) {
    let early = samples::early(&payment_id("POP_1"), body);
    let done = futures_util::FutureExt::now_or_never(table.shelve(&early));
    assert_eq!(done.unwrap().unwrap(), Shelved::Waiting);
}

#[tokio::test]
async fn an_event_is_committed_told_and_cleared() {
    let bench = bench(CaptureMode::Manual).await;
    let advanced = bench.advance(&bench.authorized()).await.unwrap();
    assert_eq!(advanced.ignored, None);
    assert_eq!(advanced.payment, bench.row().await);
    assert_eq!(advanced.payment.status, Status::Authorized);
    assert!(advanced.payment.outbox.is_empty());
    assert_eq!(
        advanced.payment.version, 4,
        "created, started, authorised, cleared"
    );
    assert_eq!(bench.events(), ["payment.authorized"]);
    let hints = bench.queues.sent(QueueName::Capture);
    assert_eq!(hints[0].body, r#"{"paymentRequestId":"PAY_1"}"#);
    assert_eq!(bench.trail().await, ["authorized"]);
    assert_eq!(
        bench.table.find(&bench.pop).await.unwrap(),
        Some(bench.id.clone())
    );
}

#[tokio::test]
async fn the_same_message_again_writes_nothing() {
    let bench = bench(CaptureMode::Manual).await;
    bench.advance(&bench.authorized()).await.unwrap();
    let commits = bench.table.commits();
    let again = bench.advance(&bench.authorized()).await.unwrap();
    assert_eq!(again.ignored, Some(Ignored::Known));
    assert_eq!(again.payment, bench.row().await);
    assert_eq!((bench.table.commits(), bench.events().len()), (commits, 1));
}

#[tokio::test]
async fn a_changed_row_is_decided_on_anew() {
    let bench = bench_with(CaptureMode::Manual, |table, commit| {
        if commit <= 3 {
            touch(table);
        }
    })
    .await;
    let advanced = bench.advance(&bench.authorized()).await.unwrap();
    assert_eq!(
        advanced.payment.version, 7,
        "created, started, touched three times, authorised, cleared"
    );
    assert_eq!(advanced.payment.status, Status::Authorized);
    assert_eq!(bench.trail().await, ["authorized"]);
    assert_eq!(bench.events(), ["payment.authorized"]);
}

#[tokio::test]
async fn a_row_that_never_stands_still_is_given_up() {
    let bench = bench_with(CaptureMode::Manual, |table, _| touch(table)).await;
    let outcome = bench.advance(&bench.authorized()).await;
    assert!(
        matches!(outcome, Err(AdvanceError::Contended)),
        "{outcome:?}"
    );
    assert_eq!(bench.row().await.status, Status::Pending);
    assert!(bench.events().is_empty() && bench.trail().await.is_empty());
}

#[tokio::test]
async fn what_waits_for_the_id_is_worked_in_with_the_same_commit() {
    let bench = bench(CaptureMode::Automatic).await;
    put_on_shelf(&bench.table, "captured");
    let advanced = bench.advance(&bench.authorized()).await.unwrap();
    assert_eq!(advanced.payment.status, Status::Captured);
    assert_eq!(
        advanced.payment.version, 4,
        "created, started, authorised and captured, cleared"
    );
    assert_eq!(bench.trail().await, ["authorized", "captured"]);
    assert_eq!(bench.events(), ["payment.authorized", "payment.captured"]);
    let sent = bench.queues.sent(QueueName::OrderEvents);
    assert_ne!(sent[0].id, sent[1].id);
    assert!(!advanced.payment.is_unresolved());
}

#[tokio::test]
async fn what_comes_while_the_shelf_is_being_emptied_is_not_lost() {
    let bench = bench_with(CaptureMode::Automatic, |table, commit| {
        // Before the first try there is one, before the second try there is another.
        if commit <= 2 {
            put_on_shelf(table, &format!("captured {commit}"));
        }
    })
    .await;
    let advanced = bench.advance(&bench.authorized()).await.unwrap();
    assert_eq!(advanced.payment.status, Status::Captured);
    assert_eq!(
        bench.trail().await,
        ["authorized", "captured 1", "captured 2"]
    );
    assert_eq!(bench.events(), ["payment.authorized", "payment.captured"]);
}

async fn bind_to_other(bench: &Bench) {
    let mut other = samples::payment("PAY_OTHER");
    other.payment_id = Some(bench.pop.clone());
    let bind = Some(Bind {
        payment_id: bench.pop.clone(),
        adopted: 0,
    });
    bench
        .table
        .commit(&Commit {
            bind,
            ..row_only(other)
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn an_id_of_another_payment_is_not_acted_on() {
    let bench = bench(CaptureMode::Manual).await;
    bind_to_other(&bench).await;
    let advanced = bench.advance(&bench.authorized()).await.unwrap();
    let payment = advanced.payment;
    assert_eq!(
        payment.status,
        Status::Pending,
        "the message is not believed"
    );
    assert_eq!(
        payment.review.map(|review| review.reason),
        Some(ReviewReason::PaymentIdTaken)
    );
    assert_eq!(payment.payment_id, None);
    assert!(payment.captures.is_empty());
    assert_eq!(bench.events(), ["payment.needs_review"]);
    assert!(bench.queues.sent(QueueName::Capture).is_empty());
    assert_eq!(bench.trail().await, ["authorized"]);
    assert_eq!(
        bench.table.find(&bench.pop).await.unwrap(),
        Some(samples::id("PAY_OTHER"))
    );
}

#[tokio::test]
async fn a_payment_first_heard_of_from_pop_gets_a_row() {
    let bench = empty_bench(|_, _| {});
    let advanced = bench.advance(&bench.authorized()).await.unwrap();
    assert_eq!(advanced.payment.capture_mode, CaptureMode::Unknown);
    assert_eq!(bench.trail().await, ["authorized"]);
    assert_eq!(
        bench.table.find(&bench.pop).await.unwrap(),
        Some(bench.id.clone())
    );
    assert!(bench.queues.sent(QueueName::Capture).is_empty());
}

#[tokio::test]
async fn an_unknown_payment_with_an_id_of_another_goes_to_review() {
    let bench = empty_bench(|_, _| {});
    bind_to_other(&bench).await;
    let advanced = bench.advance(&bench.authorized()).await.unwrap();
    assert_eq!(advanced.payment.payment_id, None);
    assert_eq!(advanced.payment.version, 2, "created, cleared");
    assert!(advanced.payment.review.is_some());
    assert_eq!(bench.trail().await, ["authorized"]);
}

#[tokio::test]
async fn other_events_create_no_row() {
    let bench = empty_bench(|_, _| {});
    for event in [
        Event::PayStarted { save_card: false },
        Event::TimePassed,
        Event::CaptureAsked(CaptureRequest::full()),
    ] {
        let outcome = bench.advance(&Input::of(event)).await;
        assert!(
            matches!(outcome, Err(AdvanceError::NotFound)),
            "{outcome:?}"
        );
    }
    assert!(bench.table.rows().is_empty());
}

#[tokio::test]
async fn no_answer_leaves_no_evidence() {
    let bench = bench(CaptureMode::Manual).await;
    let input = Input::of(Event::PayAnswered(Answer::None(NoAnswer::TimedOut)));
    let advanced = bench.advance(&input).await.unwrap();
    assert_eq!(
        (advanced.ignored, advanced.payment.status),
        (None, Status::Pending)
    );
    assert!(bench.trail().await.is_empty());
}

#[tokio::test]
async fn what_is_not_sent_stays_in_the_outbox_and_is_due() {
    let bench = bench(CaptureMode::Manual).await;
    bench.queues.set_refusing(QueueName::OrderEvents, true);
    let advanced = bench.advance(&bench.authorized()).await.unwrap();
    let left: Vec<_> = advanced
        .payment
        .outbox
        .iter()
        .map(|message| message.id.clone())
        .collect();
    assert_eq!(
        left,
        ["PAY_1:3:0"],
        "the hint went out and is cleared, the event is not"
    );
    assert!(advanced.payment.due_at.unwrap() <= LATER + bench.ports.policy.resend_after);
    assert!(bench.events().is_empty());
    bench.queues.set_refusing(QueueName::OrderEvents, false);
    let payment = deliver(&bench.ports, bench.row().await, LATER + Seconds(60)).await;
    assert_eq!(payment, bench.row().await);
    assert!(payment.outbox.is_empty());
    assert_eq!(
        bench.queues.sent(QueueName::OrderEvents)[0].id,
        left[0],
        "the same message has the same id"
    );
    assert_eq!(bench.queues.sent(QueueName::Capture).len(), 1);
}

#[tokio::test]
async fn an_outbox_is_cleared_although_the_row_moves_on() {
    let bench = bench_with(CaptureMode::Manual, |table, commit| {
        if commit == 2 || commit == 3 {
            touch(table); // before the first and the second try to clear
        }
    })
    .await;
    let payment = bench.advance(&bench.authorized()).await.unwrap().payment;
    assert_eq!(payment, bench.row().await);
    assert!(payment.outbox.is_empty());
    assert_eq!(
        payment.asked_at,
        Some(NOW + Seconds(5)),
        "the other's change stands"
    );
}

#[tokio::test]
async fn an_outbox_that_cannot_be_cleared_is_left_to_the_sweep() {
    let bench = bench_with(CaptureMode::Manual, |table, commit| {
        if commit >= 2 {
            touch(table);
        }
    })
    .await;
    let payment = bench.advance(&bench.authorized()).await.unwrap().payment;
    assert_eq!(payment, bench.row().await, "the row as it stands now");
    assert_eq!(payment.outbox.len(), 2);
    assert!(payment.due_at.is_some());
}

#[tokio::test]
async fn an_outage_is_an_error_and_loses_nothing() {
    let bench = bench(CaptureMode::Manual).await;
    bench.table.set_outage(Outage::Refuses);
    let outcome = bench.advance(&bench.authorized()).await;
    assert!(
        matches!(outcome, Err(AdvanceError::Store(_))),
        "{outcome:?}"
    );
    bench.table.set_outage(Outage::None);
    assert_eq!(bench.row().await.status, Status::Pending);
    assert!(
        bench.events().is_empty(),
        "nothing is told that is not committed"
    );
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_not_acknowledged_but_stands() {
    let bench = bench_with(CaptureMode::Manual, |table, commit| {
        if commit == 1 {
            table.set_outage(Outage::LosesAnswers);
        }
    })
    .await;
    let outcome = bench.advance(&bench.authorized()).await;
    assert!(
        matches!(outcome, Err(AdvanceError::Store(_))),
        "{outcome:?}"
    );
    bench.table.set_outage(Outage::None);
    // POP sends it again: all of it is known. The sweep sends what was not sent.
    let again = bench.advance(&bench.authorized()).await.unwrap();
    assert_eq!(again.ignored, Some(Ignored::Known));
    assert_eq!(again.payment.outbox.len(), 2);
    assert!(again.payment.due_at.unwrap() <= LATER + bench.ports.policy.resend_after);
    deliver(&bench.ports, again.payment, LATER).await;
    assert_eq!(bench.events(), ["payment.authorized"]);
    assert_eq!(bench.trail().await, ["authorized"]);
}
