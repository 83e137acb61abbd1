//! What a life of the provider is drawn from: the truth about the payment, its habits, and what goes wrong with calls.

use super::said::outcome;
use domain::message::{Answer, NoAnswer, Outcome};

/// What really becomes of a payment; times in seconds after the call to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    /// Authorised; POP's own capture ends later, well or not.
    Automatic {
        authorized: i64,
        captured: i64,
        fails: bool,
    },
    /// Authorised; our capture takes so long once it is asked for, and ends well or not.
    Manual {
        authorized: i64,
        takes: i64,
        fails: bool,
    },
    /// Authorised, and cancelled before anybody captures.
    AuthorizationGone { authorized: i64, gone: i64 },
    /// Refused.
    Declined { after: i64 },
    /// The call to pay never reached POP.
    NeverArrived,
    /// The buyer never finished; POP closes the payment.
    Closed { after: i64 },
}

/// How it handles what is asked of it beside.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Habits {
    /// How long a refund takes, in seconds.
    pub(crate) refund_takes: i64,
    pub(crate) refund_fails: bool,
    /// The card is stored, and its token shown.
    pub(crate) stores_card: bool,
}

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    Fine,
    /// The call never arrived.
    LostOnTheWay(NoAnswer),
    /// It was carried out, and the answer was lost.
    LostOnTheWayBack(NoAnswer),
    /// `U`, not carried out.
    Unsettled,
    /// It was carried out, and our function was killed before it could commit.
    Killed,
}

/// An answer as luck has it; `None` when our function did not live to hear it.
pub(crate) fn under<T>(
    fault: Fault,
    blank: T,
    ask: impl FnOnce() -> (Outcome, T),
) -> Option<Answer<T>> {
    match fault {
        Fault::LostOnTheWay(why) => Some(Answer::None(why)),
        Fault::Unsettled => Some(Answer::Verified(outcome("U UNKNOWN_EXCEPTION"), blank)),
        Fault::Fine => {
            let (outcome, report) = ask();
            Some(Answer::Verified(outcome, report))
        }
        Fault::LostOnTheWayBack(why) => {
            let _carried_out = ask();
            Some(Answer::None(why))
        }
        Fault::Killed => {
            let _carried_out = ask();
            None
        }
    }
}
