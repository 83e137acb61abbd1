//! Every commit writes down what it was decided from: the row follows from its trail, whatever stood in the way.

use super::*;
use crate::Claim;
use domain::evidence::{Entry, chain_fault};
use domain::message::InquiryReport;
use domain::replay::{differences, replay};
use domain::{CancelBy, RefundRequest};

impl Bench {
    /// What a message says: what the test said with it, or the capture that waited.
    fn read(&self, message: &SignedMessage) -> Option<Event> {
        let said = self.said.lock().unwrap();
        let known = said.iter().find(|(body, _)| *body == message.body);
        known.map(|(_, event)| event.clone()).or_else(|| {
            let early = samples::early(&self.pop, std::str::from_utf8(&message.body).ok()?);
            Some(Event::CaptureNotified(early.notification))
        })
    }

    /// The trail, which must be whole and make the row what it is.
    pub(super) async fn entries(&self) -> Vec<Evidence> {
        let (row, entries) = (
            self.row().await,
            self.table.evidence(&self.id).await.unwrap(),
        );
        assert_eq!(chain_fault(&row.trail, &entries), None);
        let rebuilt = replay(&entries, &|message, _| self.read(message)).unwrap();
        assert_eq!(differences(&rebuilt, &row), []);
        entries
    }

    /// One word for each entry, `version:word`: a step's, or the body of a message, with `?` if it was only kept.
    async fn words(&self) -> Vec<String> {
        let word = |entry: &Evidence| {
            let version = entry.decided.version;
            match &entry.entry {
                Entry::Signed(said) => {
                    let mark = if said.kept { "?" } else { "" };
                    let body = String::from_utf8(said.message.body.clone()).unwrap();
                    format!("{version}:{body}{mark}")
                }
                Entry::Local(step) => format!("{version}:{}", step.as_str()),
            }
        };
        self.entries().await.iter().map(word).collect()
    }
}

#[tokio::test]
async fn steps_of_our_own_are_written_down_with_the_version_that_they_made() {
    let bench = bench(CaptureMode::Manual).await;
    bench.advance(&bench.authorized()).await.unwrap();
    let asked = Event::CancelAsked(CancelBy::Merchant);
    let refused = bench.advance(&Input::of(asked)).await.unwrap();
    assert_eq!(refused.ignored, Some(Ignored::NotCancellable));
    let words = bench.words().await;
    assert_eq!(words, ["1:created", "2:pay_started", "3:authorized"]);
}

#[tokio::test]
async fn what_only_puts_off_the_next_look_is_not_written_down() {
    let bench = bench(CaptureMode::Manual).await;
    let entries = bench.entries().await.len();
    for event in [
        Event::PayAnswered(Answer::None(NoAnswer::TimedOut)),
        Event::Inquired(Answer::None(NoAnswer::Connection)),
    ] {
        let advanced = bench.advance(&Input::of(event)).await.unwrap();
        assert_eq!(advanced.ignored, None, "it is written");
    }
    let unsettled = Outcome {
        status: ResultStatus::Unknown,
        code: "UNKNOWN_EXCEPTION".into(),
    };
    let report = InquiryReport {
        facts: PaymentFacts::default(),
        status: domain::message::ReportedStatus::Other,
        code: String::new(),
        captures: Vec::new(),
    };
    let answer = Event::Inquired(Answer::Verified(unsettled, report));
    bench.advance(&said(answer, "unsettled")).await.unwrap();
    assert_eq!(bench.entries().await.len(), entries);
    assert_eq!(bench.row().await.version, 5);
}

#[tokio::test]
async fn a_word_without_its_message_moves_nothing() {
    let bench = bench(CaptureMode::Manual).await;
    let mut unsigned = bench.authorized();
    unsigned.message = None;
    let outcome = bench.advance(&unsigned).await;
    assert!(
        matches!(outcome, Err(AdvanceError::Unsigned)),
        "{outcome:?}"
    );
    assert_eq!(bench.row().await.status, Status::Pending);
}

#[tokio::test]
async fn what_waited_stands_behind_what_bound_it_in_the_same_version() {
    let bench = bench(CaptureMode::Automatic).await;
    put_on_shelf(&bench.table, "captured 1");
    put_on_shelf(&bench.table, "captured 2");
    bench.advance(&bench.authorized()).await.unwrap();
    let words = bench.words().await;
    assert_eq!(words[2..], ["3:authorized", "3:captured 1", "3:captured 2"]);
    let waited = &bench.entries().await[3];
    assert_eq!((waited.received_at, waited.decided.at), (NOW, LATER));
}

async fn hold_order(bench: &Bench) {
    let mut other = row_only(samples::payment("PAY_0"));
    other.claim = Some(Claim::Take(samples::order_id("ORDER_1")));
    bench.table.commit(&other).await.unwrap();
}

#[tokio::test]
async fn who_holds_the_order_stands_before_what_was_decided_knowing_it() {
    let bench = bench(CaptureMode::Automatic).await;
    hold_order(&bench).await;
    put_on_shelf(&bench.table, "captured");
    bench.advance(&bench.authorized()).await.unwrap();
    let words = bench.words().await;
    assert_eq!(words[2..], ["3:order_held", "3:authorized", "3:captured"]);
    assert_eq!(bench.row().await.refunds.len(), 1, "all is given back");
}

#[tokio::test]
async fn an_order_that_arrives_late_and_is_held_is_written_down() {
    let bench = empty_bench(|_, _| {});
    bench.advance(&bench.authorized()).await.unwrap();
    hold_order(&bench).await;
    let new = domain::NewPayment {
        id: bench.id.clone(),
        order: samples::payment("PAY_1").order.unwrap(),
        amount: samples::amount(),
        capture_mode: CaptureMode::Manual,
        capture_on: domain::CaptureOn::Authorized,
        expires_in: Seconds(840),
    };
    let arrived = Input::of(Event::OrderArrived(new));
    bench.advance(&arrived).await.unwrap();
    let row = bench.row().await;
    assert!(row.is_cancelling() && row.captures.is_empty());
    // The outbox was cleared in version 2.
    let words = bench.words().await;
    assert_eq!(words, ["1:authorized", "3:order_held", "3:order_arrived"]);
}

#[tokio::test]
async fn a_message_with_an_id_of_another_payment_is_kept_and_not_decided_on() {
    let bench = bench(CaptureMode::Manual).await;
    bind_to_other(&bench).await;
    bench.advance(&bench.authorized()).await.unwrap();
    let words = bench.words().await;
    assert_eq!(words[2..], ["3:authorized?", "3:payment_id_taken"]);
}

#[tokio::test]
async fn a_payment_first_heard_of_under_an_id_of_another_is_written_as_the_message_has_it() {
    let bench = empty_bench(|_, _| {});
    bind_to_other(&bench).await;
    bench.advance(&bench.authorized()).await.unwrap();
    let words = bench.words().await;
    assert_eq!(words, ["1:authorized", "1:payment_id_taken"]);
    assert_eq!(bench.row().await.payment_id, None);
}

#[tokio::test]
async fn an_answer_is_written_down_with_what_it_answers() {
    let bench = bench(CaptureMode::Manual).await;
    bench.advance(&bench.authorized()).await.unwrap();
    let row = bench.row().await;
    let capture = row.captures[0].request_id.clone();
    let done = Outcome {
        status: ResultStatus::Success,
        code: "SUCCESS".into(),
    };
    let report = domain::message::CaptureReport {
        amount: AmountSeen::Is(row.amount),
        ..Default::default()
    };
    let answer = Event::CaptureAnswered(capture.clone(), Answer::Verified(done, report));
    bench.advance(&said(answer, "captured")).await.unwrap();
    let refund = Event::RefundAsked(RefundRequest {
        request_id: samples::refund_id("R1"),
        amount: None,
        reason: None,
    });
    bench.advance(&Input::of(refund)).await.unwrap();
    let entries = bench.entries().await;
    let Entry::Signed(said) = &entries[3].entry else {
        panic!("{:?}", entries[3])
    };
    assert_eq!(said.about.as_deref(), Some(capture.as_str()));
    assert_eq!(bench.words().await[4..], ["7:refund_asked"]);
}
