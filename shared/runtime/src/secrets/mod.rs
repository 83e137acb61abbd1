//! Secrets by reference: read when a function starts, and again while it runs, so that they can be replaced without a
//! deployment (docs/rotation.md).

mod memory;
mod rotating;
mod vault;

pub use memory::{MemoryVault, Outage};
pub use rotating::{Freshness, PAUSE, Rotating, Unusable};
pub use vault::{Secret, SecretError, SecretsManager, Stage, Vault};
