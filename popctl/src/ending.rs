//! How the command ends, as scripts see it.

use std::process::ExitCode;

/// The exit code of a command that could not do its work: nothing is known.
pub(crate) const COULD_NOT_RUN: u8 = 2;

/// What a command that could do its work came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing to object to (exit code 0).
    InOrder,
    /// Something is not as it should be, or was refused (exit code 1).
    Found,
    /// It could not be done after all (exit code 2).
    CouldNotRun,
}

impl Ending {
    /// In order exactly if `holds`.
    pub(crate) fn of(holds: bool) -> Self {
        if holds { Self::InOrder } else { Self::Found }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::InOrder => Self::SUCCESS,
            Ending::Found => Self::from(1),
            Ending::CouldNotRun => Self::from(COULD_NOT_RUN),
        }
    }
}
