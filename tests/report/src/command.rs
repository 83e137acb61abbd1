//! How a command ends: its exit code, and its figures for machines.

use anyhow::{Context, Result};
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;

/// The exit code of the command `name`: 0 what it checks holds, 1 it does not, 2 it could not run, and then the error
/// stands on the standard error output.
#[must_use]
pub fn exit_code(name: &str, outcome: Result<bool>) -> ExitCode {
    ExitCode::from(number(name, outcome))
}

fn number(name: &str, outcome: Result<bool>) -> u8 {
    match outcome {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(error) => {
            eprintln!("{name} could not run: {error:#}");
            2
        }
    }
}

/// Writes the figures of a command into the file that `--json` names, in place of what was there.
///
/// # Errors
/// The figures cannot be JSON (a map whose keys are no texts), or the file cannot be written.
pub fn write_json(path: &Path, figures: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(figures)
        .with_context(|| format!("the figures for {} are no JSON", path.display()))?;
    std::fs::write(path, text + "\n").with_context(|| {
        format!(
            "{} cannot be written: name a file in a folder that is there",
            path.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_what_does_not_and_what_could_not_run_end_differently() {
        assert_eq!(number("it", Ok(true)), 0);
        assert_eq!(number("it", Ok(false)), 1);
        assert_eq!(number("it", Err(anyhow::anyhow!("no table"))), 2);
    }

    #[test]
    fn figures_replace_what_was_in_the_file() {
        let path = std::env::temp_dir().join(format!("figures-{}.json", std::process::id()));
        std::fs::write(&path, "x".repeat(100)).unwrap();
        write_json(&path, &[("seeds", 5)]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(text.ends_with("]\n"), "{text}");
        let read: Vec<(String, u32)> = serde_json::from_str(&text).unwrap();
        assert_eq!(read, [("seeds".to_owned(), 5)]);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let error = write_json(Path::new("/no-such-folder/x.json"), &1).unwrap_err();
        assert!(error.to_string().contains("/no-such-folder/x.json"));
    }
}
