//! The doors of the shop: how many buyers may come in, and that none is in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, Semaphore};

/// Lets buyers in, and keeps them out for a while.
#[derive(Clone)]
pub(crate) struct Doors {
    admissions: Arc<Semaphore>,
    floor: Arc<RwLock<()>>,
    served: Arc<AtomicU64>,
}

/// A buyer in the shop; gone when dropped.
pub(super) struct Inside {
    served: Arc<AtomicU64>,
    _place: OwnedRwLockReadGuard<()>,
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.served.fetch_add(1, Ordering::Relaxed);
    }
}

impl Doors {
    /// Nobody may come in yet.
    pub(crate) fn shut() -> Self {
        Self {
            admissions: Arc::new(Semaphore::new(0)),
            floor: Arc::new(RwLock::new(())),
            served: Arc::default(),
        }
    }

    /// Lets so many more in, one after the other as they find places.
    pub(crate) fn admit(&self, buyers: usize) {
        self.admissions.add_permits(buyers);
    }

    /// How many have been in and are gone.
    pub(crate) fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }

    /// Waits until the last buyer is gone; nobody comes in until what this answers is dropped.
    pub(crate) async fn closed(&self) -> OwnedRwLockWriteGuard<()> {
        self.floor.clone().write_owned().await
    }

    /// Waits to be let in.
    pub(super) async fn enter(&self) -> Inside {
        if let Ok(admission) = self.admissions.acquire().await {
            admission.forget();
        }
        Inside {
            served: self.served.clone(),
            _place: self.floor.clone().read_owned().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn buyers_come_in_when_admitted_and_not_while_it_is_closed() {
        let doors = Doors::shut();
        let soon = Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, doors.enter()).await.is_err());
        doors.admit(2);
        let first = doors.enter().await;
        assert!(tokio::time::timeout(soon, doors.closed()).await.is_err());
        drop(first);
        assert_eq!(doors.served(), 1);
        let closed = doors.closed().await;
        assert!(tokio::time::timeout(soon, doors.enter()).await.is_err());
        drop(closed);
        doors.admit(1);
        doors.enter().await;
        assert_eq!(doors.served(), 2);
    }
}
