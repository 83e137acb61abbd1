//! The lines of each flow, held by the files of `tests/logs`: what is logged, in which words, with which fields, and
//! nothing beside it. `RENEW_LOGS=1 cargo nextest run -p flows --test logs` writes the files anew.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "logs/captures.rs"]
mod captures;
#[path = "logs/documented.rs"]
mod documented;
#[path = "logs/journal.rs"]
mod journal;
#[path = "logs/notifications.rs"]
mod notifications;
#[path = "logs/payments.rs"]
mod payments;
#[path = "logs/secrets.rs"]
mod secrets;
#[path = "logs/sweeps.rs"]
mod sweeps;

use journal::Journal;
use std::collections::BTreeSet;

/// A flow, and the file that holds its lines.
macro_rules! flows {
    ($($module:ident::$name:ident,)+) => {
        const FILES: &[&str] = &[$(stringify!($name),)+];

        $(#[tokio::test]
        async fn $name() {
            let mut journal = Journal::begin();
            Box::pin($module::$name(&mut journal)).await;
            journal.compare_with(stringify!($name));
        })+
    };
}

flows! {
    payments::pay,
    payments::pay_declined,
    payments::pay_without_an_answer,
    payments::pay_with_three_d_secure,
    payments::retry,
    payments::cancel,
    payments::refund,
    payments::stored_card,
    payments::table_out_of_order,
    payments::panic,
    notifications::notification_fresh,
    notifications::notification_duplicate,
    notifications::notification_forged,
    notifications::notification_of_an_unknown_kind,
    notifications::notification_with_a_wrong_amount,
    notifications::notification_unreadable,
    notifications::notification_with_an_unusual_time,
    notifications::notification_not_committed,
    notifications::notification_of_an_early_capture,
    notifications::notification_of_a_refund,
    captures::capture,
    captures::capture_given_back,
    sweeps::sweep,
    sweeps::sweep_out_of_order,
    secrets::secret_replaced,
    secrets::key_refused,
    secrets::failed_start,
}

#[test]
fn each_file_belongs_to_a_flow() {
    let named: BTreeSet<String> = FILES.iter().map(|name| format!("{name}.log")).collect();
    let found: BTreeSet<String> = std::fs::read_dir(journal::folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".log"))
        .collect();
    assert_eq!(named, found);
}
