//! The first commit of a payment.

use crate::{AdvanceError, Commit, CommitError, Store};

/// How often it is tried while other transactions stand in the way.
const MAX_TRIES: u32 = 8;

/// Commits a payment's first version. `true`: by this call; `false`: a row with its id stands already, the same or another.
/// After either there is a row.
///
/// A conflict alone does not mean that: of two transactions at one item at the same time both may be cancelled.
///
/// # Errors
/// [`AdvanceError::Contended`] or [`AdvanceError::Store`]: nothing is known to stand; the caller tries again later.
pub async fn create<S: Store>(store: &S, first: &Commit) -> Result<bool, AdvanceError> {
    for _ in 0..MAX_TRIES {
        match store.commit(first).await {
            Ok(()) => return Ok(true),
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(_) if store.load(&first.next.id).await?.is_some() => return Ok(false),
            Err(_) => {}
        }
    }
    Err(AdvanceError::Contended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryStore, samples};
    use domain::Policy;

    #[tokio::test]
    async fn a_conflict_without_a_row_is_tried_again() {
        let store = MemoryStore::default();
        let first = Commit::created(samples::payment("P1"), &Policy::default());
        store.disturb(2);
        assert!(create(&store, &first).await.unwrap());
        assert_eq!(store.rows().len(), 1);
        assert!(!create(&store, &first).await.unwrap(), "it stands already");
        let second = Commit::created(samples::payment("P2"), &Policy::default());
        store.disturb(MAX_TRIES);
        let outcome = create(&store, &second).await;
        assert!(matches!(outcome, Err(AdvanceError::Contended)));
        assert_eq!(store.rows().len(), 1);
    }
}
