//! Looks for secrets in bytes of any kind (logs, rows, queue bodies, answers, what `Debug` prints), whatever they are
//! dressed in: grouped, escaped, in hexadecimal, in base64, or as a list of numbers.
#![allow(
    clippy::expect_used,
    reason = "a test tool: what does not fit must stop it"
)]

mod dress;
mod near;
mod needles;

pub use needles::{Hit, Needles, Wanted};
