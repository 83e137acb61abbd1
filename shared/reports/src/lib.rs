//! POP's transaction and settlement reports, read and reconciled with our rows. Everything here is pure but for the
//! streams that are handed in: no table, no clock, no network.
//!
//! [`Reading`] takes files and rows, [`Matching`] judges each payment with its lines, and [`Statement`] has the sums.
//! Columns are found by name ([`ReportKind`], [`Layout`]), amounts are exact ([`Exact`]) in a unit that is told and
//! held against the lines ([`Unit`], [`UnitFault`]), and what is found has stable words ([`Kind`], [`fault::Fault`]).
//! See `docs/reconciliation.md`.

mod balance;
mod batches;
mod columns;
pub mod fault;
mod file;
mod file_name;
mod finding;
mod judge;
mod kind;
pub mod limits;
mod line;
mod net;
mod number;
mod ours;
mod partitions;
mod reconciliation;
mod resolve;
mod rows;
mod statement;
mod transaction;
pub mod units;

pub use balance::{Balance, Balances, Count};
pub use batches::{Batch, BatchKey, Batches, ClassSum, Summary};
pub use columns::{Layout, ReportKind};
pub use file::FileFacts;
pub use file_name::FileName;
pub use finding::{Effect, Finding, Says, Side, Sum};
pub use judge::{Judged, Period, Terms, judge};
pub use kind::Kind;
pub use line::{Book, Fees, Ids, Line, Place, Quote};
pub use number::{Amount, Exact, Number, NumberError, Unit};
pub use ours::{Moved, MovedState, Ours};
pub use partitions::{NewStream, Stream};
pub use reconciliation::{Examined, Matching, Reading, Settings};
pub use rows::{Encoding, Source};
pub use statement::{Statement, times};
pub use transaction::{Class, TransactionType};
pub use units::{Evidence, Fits, UnitFault};
