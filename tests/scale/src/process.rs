//! The other processes of a measurement, started from the same program: tables, and sweeps.

use crate::emulator::{Contents, Ready};
use crate::sweeper::{Order, Swept};
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The hidden arguments by which the program is another process of itself.
pub const TABLE: &str = "--be-table";
/// See [`TABLE`].
pub const SWEEPER: &str = "--be-sweeper";

fn program() -> Result<PathBuf> {
    std::env::current_exe().context("this program does not know where it is")
}

/// A table in a process of its own, which ends with this value.
#[derive(Debug)]
pub struct Table {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// What is in it and where.
    pub ready: Ready,
}

impl Table {
    /// Starts it and waits until everything is loaded.
    ///
    /// # Errors
    /// The process cannot be started or ends before it is ready.
    pub fn start(contents: &Contents) -> Result<Self> {
        let mut child = Command::new(program()?)
            .args([TABLE, &serde_json::to_string(contents)?])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the table's process cannot be started")?;
        let orders = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().context("its output")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        let ready = serde_json::from_str(&line).context("the table's process ended early")?;
        Ok(Self {
            child,
            orders,
            answers,
            ready,
        })
    }

    /// Puts the due payments back to where they stood.
    ///
    /// # Errors
    /// The process has ended.
    pub fn reset(&mut self) -> Result<()> {
        let orders = self.orders.as_mut().context("its input")?;
        writeln!(orders, "reset")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        anyhow::ensure!(line.trim() == "ready", "the table's process ended early");
        Ok(())
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        drop(self.orders.take()); // the end of its input is the end of the process
        if self.child.wait().is_err() {
            let _it_is_gone = self.child.kill();
        }
    }
}

/// Sweeps in a process of its own and waits for the figures.
///
/// # Errors
/// The process cannot be started, or fails.
pub fn sweep(order: &Order) -> Result<Swept> {
    let output = Command::new(program()?)
        .args([SWEEPER, &serde_json::to_string(order)?])
        .stderr(Stdio::inherit())
        .output()
        .context("the sweep's process cannot be started")?;
    anyhow::ensure!(output.status.success(), "the sweep's process failed");
    serde_json::from_slice(&output.stdout).context("the sweep's process printed something else")
}
