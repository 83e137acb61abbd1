//! The engine: simulated time, tasks on one thread, and steps whose fate is decided from outside.
//!
//! A function's code runs as it is. Each of its calls to the table, a queue or the provider is a [`Point`]: it takes
//! time, and may succeed, fail, take effect without an answer, take effect twice, or be the last thing that the process
//! does. Nothing here knows what the calls mean.

mod clock;
mod fate;
mod stage;
mod tasks;

pub use clock::now;
pub(crate) use clock::set as set_clock;
pub use fate::{Fate, Fates, Passage, Point, Port};
pub(crate) use stage::lock;
pub use stage::{Sleep, Stage};
pub use tasks::Tasks;
