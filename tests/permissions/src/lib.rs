//! What each function does to AWS, and what the template allows it: the one taken from the requests that the real
//! clients make, the other from the roles.
//!
//! The functions run in the simulation, whose ports hear every call. Each kind of call is then made once through the
//! real clients of DynamoDB and SQS, against a server that writes down what arrives and refuses it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test tool: what does not fit must stop it"
)]

mod access;
mod granted;
mod made;
mod recorder;

pub use access::{Access, Resource};
pub use granted::granted;
pub use made::made;
