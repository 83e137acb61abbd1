//! Why the command could not run, with a stable code for scripts.

use std::fmt;

/// An error whose code scripts may rely on. The text says what to do next.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The stable word.
    pub(crate) code: &'static str,
    message: String,
}

impl Problem {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// The code of an error: that of the problem in it, wherever it stands in the chain.
pub(crate) fn code_of(error: &anyhow::Error) -> &'static str {
    let problem = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<Problem>());
    problem.map_or("failed", |problem| problem.code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn the_code_is_found_under_whatever_was_added() {
        let problem = Problem::new("no_such_payment", "there is no payment X");
        let error = anyhow::Error::new(problem).context("explaining X");
        assert_eq!(code_of(&error), "no_such_payment");
        let other: anyhow::Result<()> = Err(std::io::Error::other("broken")).context("reading");
        assert_eq!(code_of(&other.unwrap_err()), "failed");
    }
}
