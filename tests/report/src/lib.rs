//! What the commands of the project's checks share: [`exit_code`] and [`write_json`] at their end, [`write_section`] for
//! the figures that they leave in `docs/`, and [`Tried`], which counts what a test of hostile messages tried.

mod command;
mod document;
mod page;
mod tried;

pub use command::{exit_code, write_json};
pub use document::{document_path, read_section, write_section};
pub use tried::{CpuTime, Tried, peak_memory_mib};
