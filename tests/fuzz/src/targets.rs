//! The targets.

mod answer_body;
mod capture_batch;
mod checkout_body;
mod checkout_http;
mod http_event;
mod keys;
mod life;
mod notification;
mod notification_body;
mod report_file;
mod samples;
mod signature_header;
mod table_item;

use crate::Target;

/// All of them.
pub static TARGETS: [Target; 12] = [
    signature_header::TARGET,
    notification::TARGET,
    notification_body::TARGET,
    answer_body::TARGET,
    life::TARGET,
    keys::TARGET,
    checkout_http::TARGET,
    checkout_body::TARGET,
    http_event::TARGET,
    capture_batch::TARGET,
    table_item::TARGET,
    report_file::TARGET,
];
