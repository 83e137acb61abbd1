//! The settings that rules depend on, and the back-off of everything that is asked again.

use crate::{PaymentRequestId, Seconds, Time};
use sha2::{Digest, Sha256};

/// Time limits of the rules. [`Policy::default`] is what production uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The shortest wait before the provider is asked again.
    pub first_check: Seconds,
    /// The longest.
    pub slowest_check: Seconds,
    /// How long `ORDER_NOT_EXIST` is not believed after the last pay attempt: the payment may still be under way.
    pub not_exist_grace: Seconds,
    /// How long an authorisation can be captured when the provider does not say until when.
    pub capture_window: Seconds,
    /// How long before that limit a capture is forced or its absence reported.
    pub capture_margin: Seconds,
    /// How long after that limit the provider is still asked for the end before a person must look.
    pub confirm_window: Seconds,
    /// How long a payment may stay pending before a person must look.
    pub pending_limit: Seconds,
    /// Whether a payment may be captured in part and more than once: a matter of the contract with the acquirer.
    pub several_captures: bool,
    /// How long POP may be at a refund before a person must look.
    pub refund_limit: Seconds,
    /// When messages that may not have been sent are sent again.
    pub resend_after: Seconds,
    /// How often a payment in review is counted again.
    pub review_reminder: Seconds,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            first_check: Seconds(20),
            slowest_check: Seconds::hours(1),
            not_exist_grace: Seconds(900),
            capture_window: Seconds::days(7),
            capture_margin: Seconds::days(1),
            confirm_window: Seconds::days(1),
            pending_limit: Seconds::days(7),
            several_captures: false,
            refund_limit: Seconds::days(30),
            resend_after: Seconds(30),
            review_reminder: Seconds::hours(6),
        }
    }
}

impl Policy {
    /// When to ask again about something that began at `since`: the wait grows with its age (a quarter of it, within
    /// the limits), and is spread by up to 15 % either way so that payments of one moment are not asked in one moment.
    /// The spread comes from the payment's id and version: the same inputs give the same time.
    #[must_use]
    pub fn next_check(&self, id: &PaymentRequestId, version: u64, since: Time, now: Time) -> Time {
        let age = now.since(since).0.max(0);
        let wait = (age / 4).clamp(self.first_check.0, self.slowest_check.0);
        let permille = 850 + spread(id, version) % 301;
        Time::from_millis(now.millis().saturating_add(wait * permille))
    }
}

fn spread(id: &PaymentRequestId, version: u64) -> i64 {
    let digest = Sha256::new()
        .chain_update(id.as_str())
        .chain_update(version.to_be_bytes())
        .finalize();
    i64::from(u16::from_be_bytes([digest[0], digest[1]]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn checks_are_never_in_the_past_and_never_too_far(age in 0i64..10_000_000, version: u64, id in "[a-z]{1,20}") {
            let policy = Policy::default();
            let since = Time::from_millis(1_000);
            let now = since + Seconds(age);
            let at = policy.next_check(&PaymentRequestId::new(id).unwrap(), version, since, now);
            prop_assert!(at > now);
            prop_assert!(at.since(now) <= Seconds(policy.slowest_check.0 * 115 / 100));
        }
    }

    #[test]
    fn payments_of_one_moment_are_asked_about_in_different_moments() {
        let policy = Policy::default();
        let start = Time::from_millis(0);
        let now = start + Seconds(4_000);
        let wait = |number: u32| {
            let id = PaymentRequestId::new(format!("p{number}")).unwrap();
            policy.next_check(&id, 1, start, now).since(now).0
        };
        let waits: Vec<i64> = (0..400).map(wait).collect();
        assert!(waits.iter().all(|wait| (850..=1_150).contains(wait)));
        for part in [850..925, 925..1_000, 1_000..1_075, 1_075..1_151] {
            let count = waits.iter().filter(|wait| part.contains(*wait)).count();
            assert!((50..=150).contains(&count), "{part:?}: {count} of 400");
        }
    }

    #[test]
    fn the_wait_grows_with_age() {
        let policy = Policy::default();
        let id = PaymentRequestId::new("p").unwrap();
        let start = Time::from_millis(0);
        let wait = |age| {
            policy
                .next_check(&id, 1, start, start + Seconds(age))
                .since(start + Seconds(age))
                .0
        };
        assert!((17..=23).contains(&wait(0)));
        assert!((127..=173).contains(&wait(600)));
        assert!((3060..=4140).contains(&wait(1_000_000)));
    }
}
