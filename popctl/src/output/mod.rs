//! What commands print: tables for people, JSON for machines, colour and progress on a terminal only.

mod table;
mod words;

pub(crate) use table::Table;
pub(crate) use words::{ago, count, iso, iso_if, utc, wrap};

use crate::ending::Ending;
use crate::problem::code_of;
use clap::ValueEnum;
use console::{Style, StyledObject, Term};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::fmt::Display;
use std::io::{BufWriter, IsTerminal, Write, stdout};

/// Lines are no longer than this, however wide the terminal is, and this wide where there is none.
const WIDTH: usize = 110;
/// Narrower than this nothing is readable any more.
const NARROWEST: usize = 60;

/// How it is printed.
#[derive(clap::Args, Debug, Clone, Copy)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Print JSON for machines instead of tables for people.
    #[arg(long, global = true)]
    json: bool,
    /// Colour: on a terminal unless NO_COLOR is set, always, or never.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto"
    )]
    color: Colour,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

/// What a command found.
pub(crate) trait Report: Serialize {
    /// The lines for people.
    fn print(&self, page: &mut Page);

    /// How the command ends.
    fn ending(&self) -> Ending;
}

/// Where reports, errors and progress go.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
    coloured: bool,
    width: usize,
}

impl Output {
    pub(crate) fn new(options: OutputOptions) -> Self {
        let terminal = stdout().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let width = match terminal {
            true => usize::from(Term::stdout().size().1).clamp(NARROWEST, WIDTH),
            false => WIDTH,
        };
        Self {
            json: options.json,
            coloured: match options.color {
                Colour::Auto => terminal && !plain,
                Colour::Always => true,
                Colour::Never => false,
            },
            width,
        }
    }

    /// Prints the report; gives how the command ends.
    pub(crate) fn show(&self, report: &impl Report) -> anyhow::Result<Ending> {
        write_out(|out| {
            if self.json {
                // Piece by piece: a report may be larger than what it is made of.
                serde_json::to_writer_pretty(&mut *out, report)?;
                return out.write_all(b"\n");
            }
            let mut page = Page::new(self.coloured, self.width);
            report.print(&mut page);
            out.write_all(page.text.as_bytes())
        })?;
        Ok(report.ending())
    }

    /// Says why the command could not run.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        if self.json {
            let (code, message) = (code_of(error), format!("{error:#}"));
            println!(
                "{}",
                serde_json::json!({ "error": { "code": code, "message": message } })
            );
        }
        eprintln!("popctl: {error:#}");
    }

    /// A bar for long work; nothing where nobody looks. `total` is not always known.
    pub(crate) fn progress(&self, what: &'static str, total: Option<u64>) -> ProgressBar {
        let template = match total {
            Some(_) => "{elapsed_precise} {bar:30} {pos}/{len} {msg} ({per_sec})",
            None => "{elapsed_precise} {spinner} {pos} {msg} ({per_sec})",
        };
        let style = ProgressStyle::with_template(template);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        // On the standard error output: hidden where that is no terminal.
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        bar.with_style(style).with_message(what)
    }
}

/// Writes to the standard output. That its reader has seen enough is no error.
pub(crate) fn print(text: &[u8]) -> anyhow::Result<Ending> {
    write_out(|out| out.write_all(text))?;
    Ok(Ending::InOrder)
}

fn write_out(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// The lines for people, put together.
#[derive(Debug)]
pub(crate) struct Page {
    text: String,
    coloured: bool,
    width: usize,
}

impl Page {
    fn new(coloured: bool, width: usize) -> Self {
        Self {
            text: String::new(),
            coloured,
            width,
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn line(&mut self, line: impl Display) {
        let line = line.to_string();
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A heading of its own line.
    pub(crate) fn heading(&mut self, text: impl Display) {
        let text = self.paint(Tone::Strong, text).to_string();
        self.line(text);
    }

    /// Words at this indentation, broken where the line is full.
    pub(crate) fn text(&mut self, indent: usize, words: impl Display) {
        let width = self.width.saturating_sub(indent);
        for line in wrap(&words.to_string(), width) {
            self.line(format!("{:indent$}{line}", ""));
        }
    }

    pub(crate) fn table(&mut self, table: &Table) {
        for line in table.lines(self.coloured) {
            self.line(line);
        }
    }

    /// The text in this tone, if there is colour.
    pub(crate) fn paint<D: Display>(&self, tone: Tone, text: D) -> StyledObject<D> {
        tone.style(self.coloured).apply_to(text)
    }
}

/// What colour says; never the only way in which it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tone {
    /// As everything else.
    #[default]
    Plain,
    /// A heading.
    Strong,
    /// In order.
    Good,
    /// Look at it.
    Warn,
    /// Wrong.
    Bad,
    /// Less important.
    Faint,
}

impl Tone {
    fn style(self, coloured: bool) -> Style {
        let style = Style::new().force_styling(coloured);
        match self {
            Self::Plain => style,
            Self::Strong => style.bold(),
            Self::Good => style.green(),
            Self::Warn => style.yellow(),
            Self::Bad => style.red().bold(),
            Self::Faint => style.dim(),
        }
    }
}
