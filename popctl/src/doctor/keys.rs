//! Both key pairs: POP is asked about a payment that cannot be there, by the deployed function. POP's signed answer shows
//! that it took our signature, and that its own is verified by the keys that the functions have.

use super::checks::{Check, not_checked, ok, wrong};
use crate::connection::Connection;
use crate::orders::Operator;
use crate::span::words;
use domain::operator::{Order, Outcome, Reply, Wanted};
use domain::{Note, Seconds, Time};

/// POP's clock and the functions' may differ by so much.
const SKEW: Seconds = Seconds(300);

pub(super) async fn ask(connection: &Connection) -> Result<Reply, String> {
    let order = Order {
        what: Wanted::Check,
        by: Note::new("popctl doctor").map_err(|error| error.to_string())?,
        dry_run: false,
    };
    let given = async { Operator::of(connection).await?.give(&order).await };
    given
        .await
        .map_err(|error: anyhow::Error| format!("{error:#}"))
}

pub(super) fn check(reply: &Result<Reply, String>) -> Vec<Check> {
    let reply = match reply {
        Ok(reply) => reply,
        Err(why) => {
            let advice =
                "name the deployment, and attach the operator's policy (lambda:InvokeFunction)";
            return vec![not_checked("keys at POP", why.clone(), advice)];
        }
    };
    let call = reply.calls.first();
    let mut checks = vec![match reply.outcome {
        Outcome::Done => {
            let said = call.and_then(|call| call.said.as_ref());
            let code = said.map_or("", |said| said.code.as_str());
            let version = call
                .and_then(|call| call.key_version.as_deref())
                .unwrap_or("?");
            let seen = format!(
                "POP took our signature and its own holds, by key {version} (it said {code})"
            );
            match is_refused_key(code) {
                false => ok("keys at POP", seen),
                true => wrong(
                    "keys at POP",
                    format!("POP does not take our signature: {code}"),
                    OUR_KEY,
                ),
            }
        }
        Outcome::Unanswered => {
            let why = call
                .and_then(|call| call.no_answer.clone())
                .unwrap_or_default();
            let advice = match why.as_str() {
                "the answer is not verified" => BOTH_KEYS,
                _ => {
                    "is POP reached from the functions? Check PopBaseUrl, and POP's status; try again"
                }
            };
            wrong(
                "keys at POP",
                format!("no answer to believe: {why}"),
                advice,
            )
        }
        _ => wrong(
            "keys at POP",
            format!("{} ({})", reply.message, reply.code),
            "see the sweep function's log",
        ),
    }];
    checks.extend(clocks(reply));
    checks
}

const OUR_KEY: &str = "the private key in Secrets Manager and the public key in POP's dashboard are not one pair, or PopKeyVersion is another: compare them, and deploy again";
const BOTH_KEYS: &str = "POP refuses our signature without signing that itself, or signs with a key that PopPublicKeys does not have: compare both pairs with POP's dashboard";

fn is_refused_key(code: &str) -> bool {
    matches!(
        code,
        "INVALID_SIGNATURE" | "SIGNATURE_INVALID" | "KEY_NOT_FOUND" | "INVALID_CLIENT"
    )
}

/// The functions' clock against POP's.
fn clocks(reply: &Reply) -> Option<Check> {
    let answered = reply.calls.first()?.answered_at.as_ref()?;
    let (theirs, ours) = (Time::parse(answered)?, Time::parse(&reply.at)?);
    let skew = Seconds(ours.since(theirs).0.abs());
    Some(match skew > SKEW {
        false => ok(
            "clock at POP",
            format!(
                "within {} of the functions' clock",
                words(Seconds(skew.0.max(1)))
            ),
        ),
        true => wrong(
            "clock at POP",
            format!(
                "POP's time ({answered}) is {} off the functions'",
                words(skew)
            ),
            "tell POP's support: signatures carry the time",
        ),
    })
}
