//! Writes the files of `events/` anew: `cargo run -p flows --bin write-events`.
#![allow(clippy::print_stdout, reason = "a command for people")]

use flows::events;

fn main() -> anyhow::Result<()> {
    for sample in events::all() {
        let text = serde_json::to_string_pretty(&sample.event)? + "\n";
        std::fs::write(events::folder().join(sample.file), text)?;
        println!("events/{}", sample.file);
    }
    Ok(())
}
