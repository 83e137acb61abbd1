//! The commands as an operator runs them: the real program, on tables that the functions wrote in simulated time, beside
//! the deployed functions' own code. What they print is held by the texts in `golden`; `UPDATE_GOLDEN=1` writes them anew.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "an integration test"
)]
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply

mod audit;
mod cloud;
mod doctoring;
mod documents;
mod explaining;
mod fields;
mod golden;
mod orders;
mod overview;
mod program;
mod queue;
mod reconciling;
mod redriving;
mod stories;
mod table;
