//! The entrants: the real functions, the model with nothing changed, and the model with one policy changed at a time.
//!
//! Every policy is one that public documentation or a public issue describes; the source is named. The model shows what
//! the policy alone does to it. It says nothing of the product behind a source, which may have other safeguards.

use domain::Seconds;

/// The decisions in which the models differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub(super) capture_id: CaptureId,
    pub(super) polling: Polling,
    pub(super) acknowledge: Acknowledge,
    pub(super) messages: Messages,
    pub(super) silence: Silence,
}

/// What a capture's idempotency key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CaptureId {
    /// The payment: every try has the same.
    Payment,
    /// The try.
    Attempt,
    /// The record of the work, which is made before the call and removed when the handler fails.
    Record,
    /// The lease on the work, which expires with the handler's time; whoever takes it then begins anew.
    Lease,
}

/// When the provider is asked about what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Polling {
    /// Ever more slowly, without end.
    Forever,
    /// So long after one another, and never again. A payment that the provider called pending has its own, shorter list
    /// if there is one.
    Listed {
        waits: &'static [Seconds],
        pending: Option<&'static [Seconds]>,
        gives_up: GivesUp,
    },
    /// Never.
    None,
}

/// Which payments have failed when the list of polls is at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GivesUp {
    /// None: they are left as they are.
    Nothing,
    /// Those of which the provider never said anything.
    Unheard,
    /// All that are not decided.
    Undecided,
}

/// When a notification is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acknowledge {
    /// Once its content is in the table.
    AfterCommit,
    /// At once; the work is put into the queue afterwards.
    First,
}

/// How messages that follow from a change are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Messages {
    /// Stored with the row, sent, and then removed from it.
    Outbox,
    /// Sent after the row is stored.
    AfterTheRow,
}

/// What it means that no answer to pay came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// Nothing: the payment stays open.
    Unknown,
    /// The payment has failed.
    Failure,
}

/// The model with nothing changed.
const SOUND: Policy = Policy {
    capture_id: CaptureId::Payment,
    polling: Polling::Forever,
    acknowledge: Acknowledge::AfterCommit,
    messages: Messages::Outbox,
    silence: Silence::Unknown,
};

const DAY: Seconds = Seconds::days(1);
const HOUR: Seconds = Seconds::hours(1);
const FIVE_MINUTES: Seconds = Seconds(300);
const SIX_POLLS: [Seconds; 6] = [
    Seconds(60),
    FIVE_MINUTES,
    FIVE_MINUTES,
    FIVE_MINUTES,
    FIVE_MINUTES,
    FIVE_MINUTES,
];
const SEVEN_POLLS: [Seconds; 7] = [FIVE_MINUTES, HOUR, DAY, DAY, DAY, DAY, DAY];
const TWO_POLLS: [Seconds; 2] = [HOUR, DAY];

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entrant {
    /// A word for commands.
    pub name: &'static str,
    /// What is done, for people.
    pub policy_words: &'static str,
    /// Public places where it is described; none for what is ours.
    pub sources: &'static [&'static str],
    /// The model's decisions; `None` for the real functions.
    pub policy: Option<Policy>,
}

/// All, in the order of the table.
pub const ENTRANTS: [Entrant; 12] = [
    Entrant {
        name: "ours",
        policy_words: "the four functions of this project",
        sources: &[],
        policy: None,
    },
    Entrant {
        name: "sound",
        policy_words: "the model with nothing changed",
        sources: &[],
        policy: Some(SOUND),
    },
    Entrant {
        name: "attempt-id",
        policy_words: "a new capture id for each try",
        sources: &[
            "https://github.com/medusajs/medusa/pull/16433",
            "https://github.com/Adyen/adyen-commercetools/issues/1305",
        ],
        policy: Some(Policy {
            capture_id: CaptureId::Attempt,
            ..SOUND
        }),
    },
    Entrant {
        name: "record-removed",
        policy_words: "the idempotency record is removed when the handler fails",
        sources: &["https://docs.powertools.aws.dev/lambda/python/2.13.0/utilities/idempotency"],
        policy: Some(Policy {
            capture_id: CaptureId::Record,
            ..SOUND
        }),
    },
    Entrant {
        name: "lease",
        policy_words: "a lease that ends with the handler's time, and then another run",
        sources: &[
            "https://github.com/aws-powertools/powertools-lambda-python/releases/tag/v1.26.7",
        ],
        policy: Some(Policy {
            capture_id: CaptureId::Lease,
            ..SOUND
        }),
    },
    Entrant {
        name: "failed-after-6",
        policy_words: "failed after 6 polls (26 minutes) without a final answer",
        sources: &["https://github.com/SetuHQ/docs/pull/442"],
        policy: Some(Policy {
            polling: Polling::Listed {
                waits: &SIX_POLLS,
                pending: None,
                gives_up: GivesUp::Undecided,
            },
            ..SOUND
        }),
    },
    Entrant {
        name: "unheard-after-6",
        policy_words: "the same, only if the provider's id of the payment was never seen",
        sources: &["https://github.com/juspay/hyperswitch/pull/2380"],
        policy: Some(Policy {
            polling: Polling::Listed {
                waits: &SIX_POLLS,
                pending: None,
                gives_up: GivesUp::Unheard,
            },
            ..SOUND
        }),
    },
    Entrant {
        name: "stopped-after-7",
        policy_words: "polling stops after 7 polls, or 2 once the provider said pending",
        sources: &["https://github.com/killbill/killbill-docs/pull/69"],
        policy: Some(Policy {
            polling: Polling::Listed {
                waits: &SEVEN_POLLS,
                pending: Some(&TWO_POLLS),
                gives_up: GivesUp::Nothing,
            },
            ..SOUND
        }),
    },
    Entrant {
        name: "acknowledge-first",
        policy_words: "the notification is acknowledged, then its work is enqueued",
        sources: &[
            "https://github.com/PaystackOSS/woo-paystack/pull/148",
            "https://github.com/openclaw/openclaw/pull/110526",
        ],
        policy: Some(Policy {
            acknowledge: Acknowledge::First,
            ..SOUND
        }),
    },
    Entrant {
        name: "no-outbox",
        policy_words: "the row is written, then the messages are sent",
        sources: &[
            "https://docs.nestjs.com/reliability/outbox",
            "https://github.com/evalops/service-runtime/issues/114",
        ],
        policy: Some(Policy {
            messages: Messages::AfterTheRow,
            ..SOUND
        }),
    },
    Entrant {
        name: "no-polling",
        policy_words: "notifications are the only source, nothing is polled",
        sources: &[
            "https://github.com/antiwork/gumroad/issues/3814",
            "https://github.com/aasmanj/altarwed/issues/209",
        ],
        policy: Some(Policy {
            polling: Polling::None,
            ..SOUND
        }),
    },
    Entrant {
        name: "silence-is-failure",
        policy_words: "no answer to pay is taken as a failure",
        sources: &["https://github.com/stripe/stripe-terminal-android/issues/470"],
        policy: Some(Policy {
            silence: Silence::Failure,
            ..SOUND
        }),
    },
];

impl Polling {
    /// How long to wait for the next poll of something that is open for `age`, after `polls` polls; `None` for good.
    pub(super) fn wait(self, polls: usize, age: Seconds, is_pending: bool) -> Option<Seconds> {
        match self {
            Self::Forever => Some(Seconds((age.0 / 4).clamp(20, 3600))),
            Self::Listed { waits, pending, .. } => {
                let list = pending.filter(|_| is_pending).unwrap_or(waits);
                list.get(polls).copied()
            }
            Self::None => None,
        }
    }

    /// Whether so many polls of a payment that is not decided are taken as its failure.
    pub(super) fn gives_up(self, polls: usize, is_unheard: bool) -> bool {
        let Self::Listed {
            waits, gives_up, ..
        } = self
        else {
            return false;
        };
        polls >= waits.len()
            && match gives_up {
                GivesUp::Nothing => false,
                GivesUp::Unheard => is_unheard,
                GivesUp::Undecided => true,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_model_differs_in_one_decision_and_names_its_source() {
        let names: BTreeSet<&str> = ENTRANTS.iter().map(|entrant| entrant.name).collect();
        assert_eq!(names.len(), ENTRANTS.len());
        for entrant in &ENTRANTS[2..] {
            let policy = entrant.policy.unwrap();
            let differences = [
                policy.capture_id != SOUND.capture_id,
                policy.polling != SOUND.polling,
                policy.acknowledge != SOUND.acknowledge,
                policy.messages != SOUND.messages,
                policy.silence != SOUND.silence,
            ];
            let count = differences.iter().filter(|differs| **differs).count();
            assert_eq!(count, 1, "{}", entrant.name);
            assert!(!entrant.sources.is_empty(), "{}", entrant.name);
        }
    }

    #[test]
    fn a_list_of_polls_ends_and_the_sound_polling_does_not() {
        let listed = ENTRANTS[5].policy.unwrap().polling;
        let waits: Vec<i64> = (0..7)
            .filter_map(|polls| listed.wait(polls, Seconds(0), false))
            .map(|wait| wait.0)
            .collect();
        assert_eq!(waits, [60, 300, 300, 300, 300, 300]);
        assert!(!listed.gives_up(5, true) && listed.gives_up(6, false));
        let wait = |age| Polling::Forever.wait(1000, Seconds(age), false);
        assert_eq!(
            [wait(0), wait(400), wait(900_000)],
            [20, 100, 3600].map(|s| Some(Seconds(s)))
        );
    }
}
