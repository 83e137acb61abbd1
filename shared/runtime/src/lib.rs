//! What every function needs around its own work: settings, AWS clients, logs, metrics, HTTP, secrets, the time. No rules of
//! payments stand here.

pub mod aws;
pub mod clock;
pub mod config;
pub mod http;
pub mod logs;
mod memory;
pub mod metrics;
pub mod ports;
#[cfg(feature = "provider")]
pub mod provider;
#[cfg(feature = "secrets")]
pub mod secrets;
mod transport;

pub use lambda_runtime::Error;
