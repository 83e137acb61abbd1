//! Whole payments with recognisable card data and keys, through all four functions and under every fault; then a search
//! for them through everything that was logged, stored, queued, answered or could be printed. Beside it a proof by the
//! compiler that card types cannot be copied, written or printed at all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test tool: what does not fit must stop it"
)]

mod act;
pub mod boundary;
mod day;
mod fault;
mod journey;
mod logs;
mod misplaced;
mod report;
mod scan;
mod shown;
pub mod values;

pub use day::{Day, DayReport};
pub use fault::Fault;
pub use journey::journeys;
pub use misplaced::misplaced_day;
pub use report::Figures;
pub use scan::{Leak, Piece, Place, Rules, Scan, planted};
pub use shown::everything_shown;
