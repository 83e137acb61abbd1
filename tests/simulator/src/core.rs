//! What a simulator is, with or without a network: the state behind one lock, and the agenda that moves it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::sync::Notify;

use crate::chance::Chance;
use crate::clock::{Clock, Millis};
use crate::config::Config;
use crate::desk::Desk;
use crate::faults::Call;
use crate::key_ring::{KeyRing, NewKeys};
use crate::keys::KeyError;
use crate::notification::{Seal, Sending};
use crate::outgoing::{Parcel, Sealer};
use crate::scenario::Order;
use crate::state::{Dispatch, State};
use crate::vault::Fingerprints;

/// What all parts of a simulator share.
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) chance: Chance,
    pub(crate) clock: Clock,
    fingerprints: Fingerprints,
    /// The simulator's own URL.
    pub(crate) url: String,
    keys: RwLock<Arc<KeyRing>>,
    state: Mutex<State>,
    /// Rung when something was put on the agenda, has to go out, or the clock was turned.
    pub(crate) bell: Notify,
}

impl Core {
    pub(crate) fn new(config: Config, url: String, keys: Arc<KeyRing>, clock: Clock) -> Self {
        Self {
            chance: Chance::new(config.seed),
            clock,
            fingerprints: Fingerprints::new(&config.provider_private_key, &config.client_id),
            state: Mutex::new(State::default()),
            bell: Notify::new(),
            config,
            url,
            keys: RwLock::new(keys),
        }
    }

    /// Everybody's keys as they are now.
    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on these keys are used. What is on its way was sealed with those before.
    ///
    /// # Errors
    /// Says which key text has to be changed; then nothing is.
    pub(crate) fn replace_keys(&self, new: &NewKeys) -> Result<(), KeyError> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *keys = Arc::new(keys.with(new)?);
        Ok(())
    }

    /// The state, also after a panic elsewhere: every change to it is small and whole.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on the state at the present time, after everything that was due before.
    pub(crate) fn at_desk<T>(&self, work: impl FnOnce(&mut Desk<'_>) -> T) -> T {
        let mut state = self.state();
        self.catch_up(&mut state);
        let done = work(&mut self.desk(&mut state, self.clock.now()));
        drop(state);
        self.bell.notify_one();
        done
    }

    fn desk<'a>(&'a self, state: &'a mut State, now: Millis) -> Desk<'a> {
        Desk {
            state,
            config: &self.config,
            chance: &self.chance,
            fingerprints: &self.fingerprints,
            url: &self.url,
            now,
        }
    }

    /// Does all that is due, each at its own time and in order. Notifications then wait to be taken.
    fn catch_up(&self, state: &mut State) {
        while let Some((due, job)) = state.next_due(self.clock.now()) {
            self.desk(state, due).perform(job);
        }
    }

    /// Does all that is due, and takes the notifications that have to go out, sealed.
    pub(crate) fn parcels(&self) -> Vec<Parcel> {
        let mut state = self.state();
        self.catch_up(&mut state);
        let outgoing = std::mem::take(&mut state.outgoing);
        outgoing
            .iter()
            .filter_map(|dispatch| self.seal(&state, dispatch))
            .collect()
    }

    /// Seals an extra copy of a notification. `None` when there is no such notification.
    pub(crate) fn copy(&self, index: usize) -> Option<Parcel> {
        let dispatch = Dispatch {
            notification: index,
            sending: None,
        };
        self.seal(&self.state(), &dispatch)
    }

    fn seal(&self, state: &State, dispatch: &Dispatch) -> Option<Parcel> {
        let notification = state.notifications.get(dispatch.notification)?;
        // A resend that was planned before an extra copy was acknowledged is not needed any more.
        let resent = dispatch.sending.is_some_and(|sent| sent > 0);
        if resent && notification.is_acknowledged() {
            return None;
        }
        let keys = self.keys();
        let sealer = Sealer {
            key: match notification.seal {
                Seal::OtherKey => &keys.stranger,
                _ => &keys.provider,
            },
            client_id: &self.config.client_id,
            key_version: &keys.version,
        };
        Some(sealer.seal(notification, *dispatch, self.clock.now()))
    }

    /// Writes down what became of a sending, and plans the next if there has to be one.
    pub(crate) fn record(&self, dispatch: Dispatch, record: Sending) {
        self.at_desk(|desk| {
            if let Some(notification) = desk.state.notifications.get_mut(dispatch.notification) {
                notification.sendings.push(record);
            }
            if let Some(sent) = dispatch.sending {
                desk.resend(dispatch.notification, sent);
            }
        });
    }

    /// Finishes a 3DS challenge as the buyer would. `false` when the payment does not wait for one.
    pub(crate) fn finish_challenge(&self, payment_request_id: &str, passed: bool) -> bool {
        self.at_desk(|desk| desk.finish_challenge(payment_request_id, passed))
    }

    /// Sends a forgery about a payment. `false` without such a payment or a notification URL, or if it were none.
    pub(crate) fn forge(&self, payment_request_id: &str, seal: Seal) -> bool {
        seal != Seal::Genuine
            && self.at_desk(|desk| desk.send_forgery(payment_request_id, seal, desk.now))
    }

    /// Sets an error scenario. `false` when the code or the time is none.
    pub(crate) fn set_scenario(&self, call: Call, code: &str, minutes: u32) -> bool {
        let order = Order {
            call,
            code: code.to_owned(),
            minutes,
        };
        self.at_desk(|desk| desk.set_scenario(order)).is_ok()
    }

    /// Turns the clock forward and does what has become due.
    pub(crate) fn advance(&self, by: Millis) {
        self.clock.advance(by);
        self.at_desk(|_| ());
    }
}
