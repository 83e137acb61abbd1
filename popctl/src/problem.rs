//! Why the command could not run, with a stable code for scripts.

use std::borrow::Cow;
use std::fmt;

/// What is given is not what is expected.
pub(crate) const BAD_INPUT: &str = "bad_input";

/// The table is not there, or may not be read.
pub(crate) const READING: Problem = Problem {
    code: "table_not_read",
    message: Cow::Borrowed(
        "the table cannot be read: check --table, region and credentials, and that the operator's policy is attached (the audit policy for a scan)",
    ),
};

/// An error whose code scripts may rely on. The text says what to do next.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The stable word.
    pub(crate) code: &'static str,
    message: Cow<'static, str>,
}

impl Problem {
    pub(crate) fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
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

/// The code of an error: that of the problem in it, be it the cause or what was added to one.
pub(crate) fn code_of(error: &anyhow::Error) -> &'static str {
    let problem = error.downcast_ref::<Problem>();
    problem.map_or("failed", |problem| problem.code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn the_code_is_found_wherever_the_problem_stands() {
        let problem = || Problem::new("no_such_payment", "there is no payment X");
        let cause = anyhow::Error::new(problem()).context("explaining X");
        assert_eq!(code_of(&cause), "no_such_payment");
        let broken = || std::io::Error::other("broken");
        let added: anyhow::Result<()> = Err(broken()).context(problem()).context("explaining");
        assert_eq!(code_of(&added.unwrap_err()), "no_such_payment");
        assert_eq!(code_of(&broken().into()), "failed");
    }
}
