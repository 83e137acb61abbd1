//! How the calls that an order made are told.

use crate::calls::Asked;
use domain::evidence::LocalStep;
use domain::operator::CallMade;
use domain::summary::Summary;

/// For the reply: no body, no token. `None` if POP was not asked.
pub(super) fn made(asked: &Asked) -> Option<CallMade> {
    let message = asked.message.as_ref();
    let no_answer = match LocalStep::of(&asked.event) {
        Some(LocalStep::NoAnswer { reason, .. }) => Some(reason.to_string()),
        _ => None,
    };
    Some(CallMade {
        call: asked.call?,
        about: asked.event.about(),
        said: Summary::of(&asked.event),
        no_answer,
        answered_at: message.map(|message| message.time.clone()),
        key_version: message.map(|message| message.key_version.clone()),
    })
}
