//! Table, queues and provider as the functions see them: real behaviour behind steps whose fate is decided outside.

mod asked;
mod index;
mod provider;
mod queues;
mod table;

pub use asked::{Asked, Listener};
pub use provider::{SimGateway, SimTransport};
pub use queues::{Delivery, SimQueues};
pub use table::SimTable;

use crate::happened::Happened;

/// The stage of these ports.
pub type Stage = crate::engine::Stage<Happened>;
