//! The functions around a table in memory, and a provider that never answers.

use crate::rows;
use checkout::{ApiKeys, Checkout, Page, TokenKeys};
use domain::message::{
    CancelReport, CaptureReport, InquiryReport, NoAnswer, PayReport, RefundReport,
};
use domain::plan::{CaptureOrder, RefundOrder};
use domain::{CaptureOn, Payment, PaymentRequestId, Policy, RefundRequestId, Time};
use flows::events::TOKEN_KEY;
use pop::keys::VerifyingKeys;
use pop::pay_request::PayRequest;
use pop::provider::{Exchange, Provider};
use serde_json::Value;
use std::sync::LazyLock;
use store::{Bind, Commit, MemoryQueues, MemoryStore, Ports, Store};
use tokio::runtime::Runtime;

/// POP's keys, as the samples are signed.
pub(crate) static KEYS: LazyLock<VerifyingKeys> = LazyLock::new(|| {
    let key = flows::events::public_key("provider-public.pem");
    VerifyingKeys::parse(&format!("1={key}")).unwrap()
});

/// Runs what a function does to its end.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: Runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    }
    RUNTIME.with(|runtime| runtime.block_on(work))
}

pub(crate) fn clock() -> Time {
    rows::NOW
}

/// A provider that never answers. What it is asked must be as the row says, whatever the caller sent.
#[derive(Debug)]
pub(crate) struct Silent;

impl Provider for Silent {
    async fn pay(&self, request: &PayRequest<'_>) -> Exchange<PayReport> {
        let body = request.body().expect("a request to pay can be written");
        let wire: Value = serde_json::from_slice(&body).expect("a request to pay is JSON");
        let amount = &wire["paymentAmount"];
        assert_eq!(amount["value"], request.amount.minor().to_string());
        assert_eq!(amount["currency"], request.amount.currency().code());
        assert_eq!(
            wire["paymentRequestId"],
            request.payment_request_id.as_str()
        );
        assert_eq!(wire["paymentNotifyUrl"], request.notify_url);
        Exchange::none(NoAnswer::TimedOut)
    }

    async fn inquire(&self, _: &PaymentRequestId) -> Exchange<InquiryReport> {
        Exchange::none(NoAnswer::TimedOut)
    }

    async fn capture(&self, order: &CaptureOrder) -> Exchange<CaptureReport> {
        assert!(
            order.amount.minor() <= rows::AMOUNT,
            "more than the payment: {order:?}"
        );
        Exchange::none(NoAnswer::TimedOut)
    }

    async fn cancel(&self, _: &PaymentRequestId) -> Exchange<CancelReport> {
        Exchange::none(NoAnswer::TimedOut)
    }

    async fn refund(&self, order: &RefundOrder) -> Exchange<RefundReport> {
        assert!(
            order.amount.minor() <= rows::AMOUNT,
            "more than the payment: {order:?}"
        );
        Exchange::none(NoAnswer::TimedOut)
    }

    async fn inquire_refund(&self, _: &RefundRequestId) -> Exchange<RefundReport> {
        Exchange::none(NoAnswer::TimedOut)
    }
}

/// A table with these rows in it.
pub(crate) fn table(rows: impl IntoIterator<Item = Payment>) -> MemoryStore {
    let store = MemoryStore::default();
    for row in rows {
        let mut commit = Commit::of(Payment { version: 1, ..row });
        let payment_id = commit.next.payment_id.clone();
        commit.bind = payment_id.map(|payment_id| Bind {
            payment_id,
            adopted: 0,
        });
        commit.refund_ids = commit
            .next
            .refunds
            .iter()
            .map(|refund| refund.request_id.clone())
            .collect();
        wait(store.commit(&commit)).expect("a fresh table takes the row");
    }
    store
}

pub(crate) fn ports(store: &MemoryStore) -> Ports<MemoryStore, MemoryQueues> {
    Ports {
        store: store.clone(),
        queues: MemoryQueues::default(),
        policy: Policy::default(),
    }
}

/// The checkout function on this table.
pub(crate) fn checkout(store: &MemoryStore) -> Checkout<MemoryStore, MemoryQueues, Silent> {
    static HASH: LazyLock<String> = LazyLock::new(rows::hash_of_api_key);
    Checkout {
        ports: ports(store),
        provider: Silent,
        clock,
        api_keys: ApiKeys::parse(&HASH).unwrap().into(),
        token_keys: TokenKeys::parse(TOKEN_KEY).unwrap().into(),
        notify_url: "https://pay.shop.example/notify".to_owned(),
        capture_on: CaptureOn::Authorized,
        page: Page::new(
            "https://pay.shop.example",
            "https://open-sea-global.alipay.com",
        ),
    }
}
