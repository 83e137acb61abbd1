//! The command line.

use crate::connection::ConnectionOptions;
use crate::output::OutputOptions;
use crate::{audit, explain, list, notification, orders, reconcile, redrive, shell, status};
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
    /// Count the payments by where they stand: ages, deadlines, reviews, what is not sent, depth of the queues.
    Status(status::Options),
    /// List payments by what they wait for, the oldest first.
    List(list::Options),
    /// Tell why a payment stands where it stands, what is outstanding, what happens next, and what you can do.
    Explain(explain::Options),
    /// Ask POP now where a payment and its open refunds stand.
    Inquire(orders::OrderOptions),
    /// Ask for a capture once more: the same one with the same id as long as its outcome is not known.
    RetryCapture(orders::OrderOptions),
    /// Decide about a payment in review; what, who and why is kept as evidence.
    Resolve(orders::ResolveOptions),
    /// Tell what each reason of a review means, and which ruling fits.
    Reasons(explain::reviews::Options),
    /// Look through the dead-letter queues, and move their messages back.
    Redrive(redrive::Options),
    /// Check the evidence trails: unbroken chains, and every signature again.
    Verify(audit::Options),
    /// Check the trails, and rebuild each payment from its own: the row must be what comes out.
    Replay(audit::Options),
    /// Hold POP's transaction and settlement reports against the table, and against what POP signed.
    Reconcile(reconcile::Options),
    /// Check a deployment: settings, keys, addresses, table, queues, schedule, clocks.
    Doctor,
    /// Send a signed notification to a rehearsal; good, forged, stale or of a wrong amount.
    SendTestNotification(notification::Options),
    /// Print the completions of a shell.
    Completions(shell::CompletionOptions),
    /// Print the manual page, or write those of all commands into a folder.
    Man(shell::ManOptions),
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
