//! The limits that an entry was decided under.

use crate::{Policy, Seconds};
use std::fmt;
use std::str::FromStr;

/// What of the [`Policy`] can change what a payment becomes. The rest only says when it is looked at again. Stands in
/// each entry, since settings change: an old entry is decided again under the limits of its own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// As in [`Policy`].
    pub not_exist_grace: Seconds,
    /// As in [`Policy`].
    pub capture_window: Seconds,
    /// As in [`Policy`].
    pub capture_margin: Seconds,
    /// As in [`Policy`].
    pub confirm_window: Seconds,
    /// As in [`Policy`].
    pub pending_limit: Seconds,
    /// As in [`Policy`].
    pub refund_limit: Seconds,
    /// As in [`Policy`].
    pub several_captures: bool,
}

impl Terms {
    /// Those of a policy.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        Self {
            not_exist_grace: policy.not_exist_grace,
            capture_window: policy.capture_window,
            capture_margin: policy.capture_margin,
            confirm_window: policy.confirm_window,
            pending_limit: policy.pending_limit,
            refund_limit: policy.refund_limit,
            several_captures: policy.several_captures,
        }
    }

    /// A policy with these terms; looks come at the usual times.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            not_exist_grace: self.not_exist_grace,
            capture_window: self.capture_window,
            capture_margin: self.capture_margin,
            confirm_window: self.confirm_window,
            pending_limit: self.pending_limit,
            refund_limit: self.refund_limit,
            several_captures: self.several_captures,
            ..Policy::default()
        }
    }
}

/// Seconds in the order of the fields, and 1 or 0 for several captures.
impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} {} {} {} {}",
            self.not_exist_grace.0,
            self.capture_window.0,
            self.capture_margin.0,
            self.confirm_window.0,
            self.pending_limit.0,
            self.refund_limit.0,
            u8::from(self.several_captures)
        )
    }
}

/// A text that is not the terms of an entry, to the byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the terms of an entry")]
pub struct NotTerms;

impl FromStr for Terms {
    type Err = NotTerms;

    fn from_str(text: &str) -> Result<Self, NotTerms> {
        let numbers: Vec<i64> = text
            .split(' ')
            .map(|word| word.parse().map_err(|_| NotTerms))
            .collect::<Result<_, _>>()?;
        let &[grace, window, margin, confirm, pending, refund, several] = numbers.as_slice() else {
            return Err(NotTerms);
        };
        let terms = Self {
            not_exist_grace: Seconds(grace),
            capture_window: Seconds(window),
            capture_margin: Seconds(margin),
            confirm_window: Seconds(confirm),
            pending_limit: Seconds(pending),
            refund_limit: Seconds(refund),
            several_captures: several == 1,
        };
        // One text for one meaning: `+900` and `0900` are not what was written.
        (terms.to_string() == text).then_some(terms).ok_or(NotTerms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_as_they_were_written_and_from_nothing_else() {
        let policy = Policy {
            several_captures: true,
            capture_margin: Seconds(60),
            ..Policy::default()
        };
        let terms = Terms::of(&policy);
        let text = terms.to_string();
        assert_eq!(text, "900 604800 60 86400 604800 2592000 1");
        assert_eq!(text.parse(), Ok(terms));
        assert_eq!(terms.policy(), policy);
        for wrong in [
            "",
            "900",
            "+900 604800 60 86400 604800 2592000 1",
            "900 604800 60 86400 604800 2592000 2",
            "900 604800 60 86400 604800 2592000 1 1",
            "900  604800 60 86400 604800 2592000 1",
        ] {
            assert_eq!(wrong.parse::<Terms>(), Err(NotTerms), "{wrong}");
        }
    }
    #[test]
    fn each_limit_of_a_policy_is_that_of_its_terms_and_the_other_way_round() {
        // None as usual, and no two alike.
        let policy = Policy {
            not_exist_grace: Seconds(1),
            capture_window: Seconds(2),
            capture_margin: Seconds(3),
            confirm_window: Seconds(4),
            pending_limit: Seconds(5),
            refund_limit: Seconds(6),
            several_captures: true,
            ..Policy::default()
        };
        let terms = Terms::of(&policy);
        assert_eq!(terms.to_string(), "1 2 3 4 5 6 1");
        assert_eq!(terms.policy(), policy);
        let looked_at_more_often = Policy {
            slowest_check: Seconds(60),
            ..policy
        };
        assert_eq!(Terms::of(&looked_at_more_often).policy(), policy);
    }
}
