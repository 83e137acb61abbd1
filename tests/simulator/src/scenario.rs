//! Error scenarios, as the provider's dashboard offers them: for so long, one kind of call always answers one code.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::{Millis, utc};
use crate::desk::{Desk, result};
use crate::faults::Call;

/// The longest time a scenario can be set for: a day.
const MOST_MINUTES: u32 = 24 * 60;

/// Codes that leave the outcome open; all others are final refusals.
const UNDECIDED: [&str; 5] = [
    "UNKNOWN_EXCEPTION",
    "REQUEST_TRAFFIC_EXCEED_LIMIT",
    "PAYMENT_IN_PROCESS",
    "CAPTURE_IN_PROCESS",
    "REFUND_IN_PROCESS",
];

/// Codes that the dashboard page offers; any other is taken as well.
pub(crate) const OFFERED_CODES: [&str; 16] = [
    "UNKNOWN_EXCEPTION",
    "REQUEST_TRAFFIC_EXCEED_LIMIT",
    "PROCESS_FAIL",
    "ACCESS_DENIED",
    "RISK_REJECT",
    "DO_NOT_HONOR",
    "USER_BALANCE_NOT_ENOUGH",
    "CARD_NOT_SUPPORTED",
    "CURRENCY_NOT_SUPPORT",
    "INVALID_CONTRACT",
    "PARAM_ILLEGAL",
    "ORDER_NOT_EXIST",
    "ORDER_STATUS_INVALID",
    "CANCEL_WINDOW_EXCEED",
    "REFUND_WINDOW_EXCEED",
    "SYSTEM_ERROR",
];

/// A scenario as it was ordered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub(crate) call: Call,
    pub(crate) code: String,
    pub(crate) minutes: u32,
}

/// A scenario at work.
#[derive(Clone)]
pub(crate) struct Scenario {
    code: String,
    until: Millis,
}

/// A scenario at work, for the dashboard.
#[derive(Serialize)]
pub(crate) struct Listed {
    call: Call,
    code: String,
    until: String,
}

impl Desk<'_> {
    /// Sets a scenario in place of the call's present one.
    ///
    /// # Errors
    /// Says what is wrong with the order.
    pub(crate) fn set_scenario(&mut self, order: Order) -> Result<(), &'static str> {
        let Order {
            call,
            code,
            minutes,
        } = order;
        let is_word = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        if code.is_empty() || code.len() > 64 || !code.bytes().all(is_word) || code == "SUCCESS" {
            return Err("code must be a result code such as PROCESS_FAIL, and not SUCCESS");
        }
        if minutes == 0 || minutes > MOST_MINUTES {
            return Err("minutes must be 1 to 1440");
        }
        let until = self.now + i64::from(minutes) * 60 * crate::clock::SECOND;
        self.state.scenarios.insert(call, Scenario { code, until });
        Ok(())
    }

    /// Ends the scenario of one call, or all.
    pub(crate) fn clear_scenarios(&mut self, call: Option<Call>) {
        self.state
            .scenarios
            .retain(|set, _| call.is_some_and(|call| call != *set));
    }

    /// The scenarios at work.
    pub(crate) fn scenarios(&self) -> Vec<Listed> {
        let at_work = self.state.scenarios.iter();
        at_work
            .filter(|(_, scenario)| scenario.until > self.now)
            .map(|(call, scenario)| Listed {
                call: *call,
                code: scenario.code.clone(),
                until: utc(scenario.until),
            })
            .collect()
    }

    /// What the call's scenario answers, if there is one.
    pub(crate) fn answer_of_scenario(&mut self, call: Call) -> Option<Value> {
        let scenario = self.state.scenarios.get(&call)?;
        if scenario.until <= self.now {
            return None;
        }
        let status = if UNDECIDED.contains(&scenario.code.as_str()) {
            "U"
        } else {
            "F"
        };
        let answer = result(status, &scenario.code, "simulated error scenario");
        self.state.count_fault("scenario");
        Some(answer)
    }
}
