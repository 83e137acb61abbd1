//! The running provider: state behind one lock, the agenda that moves it, and the errands it sends out.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use graviola::signing::rsa::{KeySize, SigningKey};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::chance::Chance;
use crate::clock::{Clock, Millis, wall_clock};
use crate::config::Config;
use crate::desk::Desk;
use crate::notification::{Seal, Sending};
use crate::outgoing::{Parcel, Receipt, Sealer};
use crate::signing::VerifyingKey;
use crate::state::State;
use crate::vault::Fingerprints;

/// What all parts of a running simulator share.
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) chance: Chance,
    pub(crate) clock: Clock,
    fingerprints: Fingerprints,
    /// The simulator's own URL.
    pub(crate) url: String,
    pub(crate) merchant_key: VerifyingKey,
    pub(crate) provider_key: SigningKey,
    other_key: OnceLock<Option<SigningKey>>,
    state: Mutex<State>,
    /// Rung when something was put on the agenda or the clock was turned.
    bell: Notify,
    errands: Mutex<JoinSet<()>>,
}

impl Core {
    pub(crate) fn new(
        config: Config,
        url: String,
        merchant_key: VerifyingKey,
        provider_key: SigningKey,
    ) -> Self {
        Self {
            chance: Chance::new(config.seed),
            clock: Clock::default(),
            fingerprints: Fingerprints::new(&config.provider_private_key, &config.client_id),
            other_key: OnceLock::new(),
            state: Mutex::new(State::default()),
            bell: Notify::new(),
            errands: Mutex::new(JoinSet::new()),
            config,
            url,
            merchant_key,
            provider_key,
        }
    }

    /// The state, also after a panic elsewhere: every change to it is small and whole.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key that is not the provider's, for forgeries; made when it is first needed.
    pub(crate) fn other_key(&self) -> Option<&SigningKey> {
        self.other_key
            .get_or_init(|| SigningKey::generate(KeySize::Rsa2048).ok())
            .as_ref()
    }

    /// Works on the state at the present time, after everything that was due before.
    pub(crate) fn at_desk<T>(self: &Arc<Self>, work: impl FnOnce(&mut Desk<'_>) -> T) -> T {
        self.run_due();
        let mut state = self.state();
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

    /// Does all that is due, each at its own time and in order.
    pub(crate) fn run_due(self: &Arc<Self>) {
        let mut parcels = Vec::new();
        let mut state = self.state();
        while let Some((due, job)) = state.next_due(self.clock.now()) {
            if let Some((index, sending)) = self.desk(&mut state, due).perform(job) {
                parcels.extend(self.parcel(&state, index, sending));
            }
        }
        drop(state);
        for parcel in parcels {
            self.send(parcel);
        }
    }

    fn parcel(&self, state: &State, index: usize, sending: Option<usize>) -> Option<Parcel> {
        let notification = state.notifications.get(index)?;
        // A resend that was planned before an extra copy was acknowledged is not needed any more.
        if sending.is_some_and(|sent| sent > 0) && notification.is_acknowledged() {
            return None;
        }
        let sealer = Sealer {
            key: if notification.seal == Seal::OtherKey {
                self.other_key()?
            } else {
                &self.provider_key
            },
            client_id: &self.config.client_id,
            key_version: &self.config.key_version,
        };
        Some(sealer.seal(notification, index, sending, self.clock.now()))
    }

    fn send(self: &Arc<Self>, parcel: Parcel) {
        let core = Arc::clone(self);
        let errand = async move {
            core.deliver(parcel).await;
        };
        let mut errands = self.errands.lock().unwrap_or_else(PoisonError::into_inner);
        while errands.try_join_next().is_some() {}
        errands.spawn(errand);
    }

    /// Sends an extra copy of a notification now and waits for the answer. `None` when there is nothing to send.
    pub(crate) async fn send_and_wait(self: &Arc<Self>, index: usize) -> Option<Receipt> {
        let parcel = self.parcel(&self.state(), index, None)?;
        Some(self.deliver(parcel).await)
    }

    /// Brings a notification to the merchant and records what came back.
    async fn deliver(self: &Arc<Self>, parcel: Parcel) -> Receipt {
        let (index, sending) = (parcel.index, parcel.sending);
        let sent_at = wall_clock();
        let receipt = parcel.deliver(self.config.timing.ack_timeout).await;
        let record = Sending {
            sent_at,
            ended_at: wall_clock(),
            http_status: receipt.http_status,
            acknowledged: receipt.acknowledged,
            error: receipt.error.clone(),
        };
        self.at_desk(|desk| {
            if let Some(notification) = desk.state.notifications.get_mut(index) {
                notification.sendings.push(record);
            }
            if let Some(sent) = sending {
                desk.resend(index, sent);
            }
        });
        receipt
    }

    /// Moves the agenda along for as long as the simulator runs.
    pub(crate) async fn follow_agenda(self: Arc<Self>) {
        loop {
            self.run_due();
            let next = self.state().next_due_at();
            let rung = self.bell.notified();
            match next {
                None => rung.await,
                Some(due) => {
                    let wait = u64::try_from(due - self.clock.now()).unwrap_or(0);
                    let _ = tokio::time::timeout(Duration::from_millis(wait), rung).await;
                }
            }
        }
    }

    /// Turns the clock forward and does what has become due.
    pub(crate) fn advance(self: &Arc<Self>, by: Millis) {
        self.clock.advance(by);
        self.run_due();
        self.bell.notify_one();
    }

    /// Gives up all errands under way.
    pub(crate) fn stop(&self) {
        self.errands
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .abort_all();
    }
}
