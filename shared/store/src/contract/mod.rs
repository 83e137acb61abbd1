//! What every table keeps, as cases that run on any implementation: in memory, embedded, emulated or deployed.
//!
//! Each case works on ids of its own, which begin with the fixture's prefix, so that the suite can run on a table in
//! use and as often as wanted. Rows are due in the distant future: no sweep takes them up. Nothing of others is
//! deleted; the cards that a case stored it forgets, since they do not expire.

mod binding;
mod card;
mod claim;
mod due;
mod refund;
mod rows;
mod trail;
mod whole;

use crate::{CommitError, Store, StoreError};
use domain::{BuyerId, OrderId, PaymentId, PaymentRequestId, RefundRequestId};
use futures_util::future::BoxFuture;

/// How many write at once in a race.
const RACERS: usize = 20;

/// A table to try, and what it is known to be.
#[derive(Debug, Clone)]
pub struct Fixture<S> {
    /// The table.
    pub store: S,
    /// How many shards its due index has.
    pub shards: u16,
    /// With what every id of this run begins; at most 20 letters, digits, `_` or `-`, new for each run.
    pub prefix: String,
}

/// How an implementation breaks the contract.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// It answered otherwise than it must.
    #[error("{0}")]
    Wrong(String),
    /// It failed.
    #[error("the table failed: {0}")]
    Store(#[from] StoreError),
    /// It refused a commit that it must take.
    #[error("a commit was refused: {0}")]
    Commit(#[from] CommitError),
}

type Verdict = Result<(), Broken>;

type Run<S> = for<'a> fn(&'a Fixture<S>) -> BoxFuture<'a, Verdict>;

/// One rule of the contract.
#[derive(Clone, Copy)]
pub struct Case<S> {
    /// The rule.
    pub name: &'static str,
    run: Run<S>,
}

impl<S> std::fmt::Debug for Case<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Case({})", self.name)
    }
}

impl<S> Case<S> {
    /// Tries the rule. The error says how it is broken.
    pub async fn run(&self, fixture: &Fixture<S>) -> Result<(), String> {
        (self.run)(fixture)
            .await
            .map_err(|broken| broken.to_string())
    }
}

macro_rules! cases {
    ($($module:ident :: $case:ident),* $(,)?) => {
        /// All rules.
        #[must_use]
        pub fn cases<S: Store>() -> Vec<Case<S>> {
            vec![$(Case {
                name: concat!(stringify!($module), "::", stringify!($case)),
                run: |fixture| Box::pin($module::$case(fixture)),
            }),*]
        }
    };
}

cases! {
    rows::what_is_not_there_is_none,
    rows::a_row_is_read_as_it_was_written,
    rows::a_payment_is_created_once,
    rows::a_commit_out_of_date_is_refused,
    rows::the_same_commit_again_is_refused,
    rows::one_of_many_racing_writes_wins,
    rows::one_of_many_racing_transactions_wins,
    rows::the_outbox_is_kept_until_it_is_cleared,
    rows::any_printable_id_is_a_key_of_its_own,
    rows::keeping_a_message_again_changes_nothing,
    trail::entries_come_back_in_order_and_to_the_byte,
    trail::a_large_body_fits,
    trail::a_refused_commit_leaves_no_evidence,
    trail::an_entry_is_never_written_over,
    binding::a_bound_id_is_found,
    binding::an_id_belongs_to_one_payment,
    binding::one_of_many_payments_gets_a_contested_id,
    binding::what_waits_is_taken_in_by_the_commit_that_binds,
    binding::nothing_is_taken_in_that_does_not_wait,
    binding::a_repeated_notification_waits_once,
    binding::a_shelf_has_an_end,
    binding::no_notification_is_lost_between_waiting_and_binding,
    claim::an_order_is_held_by_who_claims_it_first,
    claim::a_payment_may_claim_its_order_again,
    claim::a_released_order_is_free_for_another,
    claim::releasing_what_nobody_holds_changes_nothing,
    claim::orders_are_apart,
    claim::one_of_many_payments_gets_a_contested_order,
    claim::an_order_never_ends_with_who_released_it,
    refund::a_refund_is_found_by_its_id,
    refund::a_refund_id_belongs_to_one_payment,
    refund::one_of_many_payments_gets_a_contested_refund_id,
    card::a_card_is_read_as_it_was_stored,
    card::a_card_stored_again_is_written_over,
    card::the_newest_cards_come_first_and_the_list_has_an_end,
    card::buyers_are_apart,
    card::a_forgotten_card_is_gone,
    whole::all_of_a_commit_stands_together,
    whole::a_refused_commit_leaves_nothing_and_names_the_first_reason,
    whole::what_waits_is_told_before_who_holds,
    due::rows_come_by_shard_and_time_page_by_page,
    due::rows_of_one_moment_are_all_found,
    due::a_settled_row_is_not_due,
    due::a_row_is_due_at_its_latest_time_only,
}

impl<S> Fixture<S> {
    fn id(&self, name: &str) -> PaymentRequestId {
        crate::samples::id(&format!("{}-{name}", self.prefix))
    }

    fn payment(&self, name: &str) -> domain::Payment {
        crate::samples::payment(self.id(name).as_str())
    }

    fn payment_id(&self, name: &str) -> PaymentId {
        crate::samples::payment_id(&format!("{}-{name}", self.prefix))
    }

    fn order(&self, name: &str) -> OrderId {
        crate::samples::order_id(&format!("{}-{name}", self.prefix))
    }

    fn refund(&self, name: &str) -> RefundRequestId {
        crate::samples::refund_id(&format!("{}-{name}", self.prefix))
    }

    fn buyer(&self, name: &str) -> BuyerId {
        crate::samples::buyer_id(&format!("{}-{name}", self.prefix))
    }
}

/// Breaks off the case unless the condition holds.
fn ensure(holds: bool, what: impl Into<String>) -> Verdict {
    holds
        .then_some(())
        .ok_or_else(|| Broken::Wrong(what.into()))
}

fn ensure_conflict(outcome: &Result<(), CommitError>, what: &str) -> Verdict {
    let conflict = matches!(outcome, Err(CommitError::Conflict));
    ensure(conflict, format!("{what}: {outcome:?}"))
}

/// The next version of a row, told apart from others by its code.
fn next(payment: &domain::Payment, code: &str) -> domain::Payment {
    let mut next = payment.clone();
    next.version += 1;
    next.end_code = Some(code.to_owned());
    next
}
