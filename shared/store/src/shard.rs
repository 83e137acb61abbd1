//! Which shard of the due index a payment belongs to.

use domain::PaymentRequestId;
use sha2::{Digest, Sha256};

/// The payment's shard among `shards` (at least one). The same id always falls on the same shard; when the number of
/// shards is changed, rows move to their new shard as they are written next, so sweep the larger number meanwhile.
#[must_use]
pub fn shard_of(id: &PaymentRequestId, shards: u16) -> u16 {
    let digest = Sha256::digest(id.as_str().as_bytes());
    u16::from_be_bytes([digest[0], digest[1]]) % shards.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_stable_and_even() {
        let mut counts = [0_u32; 4];
        for n in 0..4_000 {
            let id = PaymentRequestId::new(format!("PAY_{n}")).unwrap();
            counts[usize::from(shard_of(&id, 4))] += 1;
            assert_eq!(shard_of(&id, 0), 0);
        }
        assert!(
            counts.iter().all(|n| (900..1_100).contains(n)),
            "{counts:?}"
        );
        assert_eq!(shard_of(&PaymentRequestId::new("PAY_1").unwrap(), 16), 7);
    }
}
