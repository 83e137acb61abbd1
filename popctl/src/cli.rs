//! The command line.

use crate::audit;
use crate::connection::ConnectionOptions;
use crate::output::OutputOptions;
use clap::{Parser, Subcommand};

/// Shows where card payments stand, why, and what comes next; and mends them by the rules.
///
/// Works against AWS, with the credentials of AWS's own tools (profiles, single sign-on, environment, roles), or against
/// a rehearsal (--rehearsal). Only reads, unless --yes is given.
#[derive(Parser)]
#[command(version, max_term_width = 120)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) connection: ConnectionOptions,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Check the evidence trails: unbroken chains, and every signature again.
    Verify(audit::Options),
    /// Check the trails, and rebuild each payment from its own: the row must be what comes out.
    Replay(audit::Options),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }
}
