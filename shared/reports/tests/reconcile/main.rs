//! Reports and rows, from the bytes of files to the statement.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod differences;
mod documents;
mod files;
mod generations;
mod periods;
mod properties;
mod support;
mod totals;
mod units;
