//! Completions and manual pages.

use crate::cli::Cli;

use crate::ending::Ending;
use crate::output::print;
use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub(crate) struct CompletionOptions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ManOptions {
    /// Write the pages of all commands into this folder instead.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

pub(crate) fn completions(options: &CompletionOptions) -> anyhow::Result<Ending> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "popctl", &mut script);
    print(&script)
}

pub(crate) fn man(options: &ManOptions) -> anyhow::Result<Ending> {
    let command = Cli::command();
    match &options.folder {
        None => {
            let mut page = Vec::new();
            Man::new(command).render(&mut page)?;
            print(&page)
        }
        Some(folder) => {
            let mut command: Command = command;
            command.build();
            clap_mangen::generate_to(command, folder).with_context(|| {
                format!(
                    "{} cannot be written: name a folder that is there",
                    folder.display()
                )
            })?;
            Ok(Ending::InOrder)
        }
    }
}
