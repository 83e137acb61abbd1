//! The merchant's server and the buyer, the same for every entrant: they call again when they get no answer, with the
//! same ids, and give up at last.

use super::plan::part;
use crate::ports::{SimGateway, Stage};
use crate::simulation::Order;
use fastrand::Rng;

/// How often a call without an answer is made again.
const TRIES: u32 = 6;
/// How often the merchant looks whether an order can be captured, ever more seldom, for some days.
const LOOKS: u32 = 17;
const LONGEST_PAUSE_MS: i64 = 86_400_000;

/// What they ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// Make the payment.
    Create,
    /// Pay it with the order's card.
    Pay,
    /// Where does it stand?
    Look,
    /// Capture so many minor units.
    Capture(u64),
}

/// What they see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Not decided.
    Open,
    /// Authorised: it can be captured.
    Authorized,
    /// Over, one way or the other.
    Over,
}

/// An entrant's HTTP API.
pub(super) trait Shop: Clone + Send + Sync + 'static {
    /// The answer; `None` when there is none, or when it is the server's error.
    fn ask(&self, order: &Order, ask: Ask) -> impl Future<Output = Option<Seen>> + Send;
    /// Time.
    fn stage(&self) -> &Stage;
    /// The provider, where the buyer passes a challenge.
    fn gateway(&self) -> &SimGateway;
}

/// Lets the orders take their courses.
pub(super) fn open(shop: &impl Shop, orders: &[Order], seed: u64) {
    for (number, order) in orders.iter().enumerate() {
        let rng = Rng::with_seed(seed.wrapping_mul(31) + number as u64);
        let person = Person {
            shop: shop.clone(),
            order: order.clone(),
            rng,
        };
        shop.stage().spawn(person.course());
    }
}

struct Person<S> {
    shop: S,
    order: Order,
    rng: Rng,
}

impl<S: Shop> Person<S> {
    async fn course(mut self) {
        self.wait(self.order.begin_ms).await;
        if self.insist(Ask::Create).await.is_none() || self.order.card.is_none() {
            return;
        }
        self.insist(Ask::Pay).await;
        if let Some((after, passed)) = self.order.challenge {
            let (shop, id) = (self.shop.clone(), self.order.id.clone());
            self.shop.stage().spawn(async move {
                shop.stage().sleep_ms(after).await;
                shop.gateway()
                    .with(|provider| provider.finish_challenge(&id, passed));
            });
        }
        if let Some(minor) = part(&self.order)
            && self.until_authorized().await
        {
            self.insist(Ask::Capture(minor)).await;
        }
    }

    async fn wait(&self, ms: i64) {
        self.shop.stage().sleep_ms(ms).await;
    }

    async fn insist(&mut self, ask: Ask) -> Option<Seen> {
        for _ in 0..TRIES {
            let seen = self.shop.ask(&self.order, ask).await;
            if seen.is_some() {
                return seen;
            }
            let pause = self.rng.i64(500..30_000);
            self.wait(pause).await;
        }
        None
    }

    async fn until_authorized(&self) -> bool {
        let mut pause = 1_000;
        for _ in 0..LOOKS {
            match self.shop.ask(&self.order, Ask::Look).await {
                Some(Seen::Authorized) => return true,
                Some(Seen::Over) => return false,
                Some(Seen::Open) | None => self.wait(pause).await,
            }
            pause = (pause * 2).min(LONGEST_PAUSE_MS);
        }
        false
    }
}
