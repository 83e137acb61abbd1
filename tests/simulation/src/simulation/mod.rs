//! Runs by seed: people who pay, weather, and everything looked at after every step.

pub mod operators;
pub mod people;
mod plan;
mod run;
mod weather;

pub use plan::{Mode, Order, Plan};
pub use run::{Outcome, overheard, run};
pub use weather::Weather;
