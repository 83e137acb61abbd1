//! The OpenAPI document against the function: its routes, its codes, and every answer of whole payments.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod document;
mod problems;
mod routes;
mod views;
