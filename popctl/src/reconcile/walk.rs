//! The work: files, rows, and each payment with its lines; those that do not match looked at once more.

use super::findings::Findings;
use super::options::{From, Options, Trails};
use super::report::Reconciled;
use super::trail::{Reader, Trail};
use crate::connection::Connection;
use crate::output::Output;
use crate::problem::{Problem, READING};
use crate::rows::{self, Found, Source};
use anyhow::Context;
use domain::Payment;
use futures_util::{StreamExt, stream};
use reports::fault::{Fault, Refused};
use reports::{Examined, Finding, Kind, Matching, Reading, Says, Settings, Stream};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use store::{DynamoStore, Store};

/// How many payments are read at once.
const CONCURRENCY: usize = 8;
/// How many payments that do not match are read once more, with their trails. If more differ, the wrong table or the
/// wrong reports are likelier than so many wrong payments.
pub(super) const MOST_READ_AGAIN: u64 = 10_000;

pub(super) async fn walk(
    options: &Options,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Reconciled> {
    let settings = options.settings(connection.now())?;
    let reader = Reader::new(connection, options.trails)?;
    let mut reading = Reading::begin(settings, Box::new(temporary)).map_err(Problem::from)?;
    for file in &options.reports {
        read(&mut reading, file, output)?;
    }
    // Without the unit all is read all the same: the lines say what it may be.
    if settings.unit.is_some() {
        check_period(options, reading.files())?;
    }
    let mut findings = Findings::begin()?;
    let unreadable = take_rows(&mut reading, connection, output).await?;
    let bar = output.progress("steps of matching done", Some(Matching::STEPS as u64));
    let mut matching = reading.resolve(&mut || bar.inc(1)).map_err(Problem::from)?;
    bar.finish_and_clear();
    for finding in unreadable {
        matching.note(&finding);
        findings.push(&Trail::none(), finding)?;
    }
    let walk = Walk {
        store: connection.store()?,
        reader,
        trails: options.trails,
        read_again: 0,
    };
    walk.judge(matching, findings, settings, options, output)
        .await
}

/// A file without a name, gone with the process.
fn temporary() -> std::io::Result<Box<dyn Stream>> {
    Ok(Box::new(tempfile::tempfile()?))
}

impl std::convert::From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::new(fault.code(), fault.to_string())
    }
}

impl std::convert::From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::new(refused.fault.code(), refused.to_string())
    }
}

fn read(reading: &mut Reading, path: &Path, output: &Output) -> anyhow::Result<()> {
    let open = || -> std::io::Result<(File, u64)> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        Ok((file, bytes))
    };
    let (file, bytes) = open().map_err(|error| {
        let words = format!("{}: {error}", path.display());
        Problem::new("unreadable", words)
    })?;
    let bar = output.progress("bytes read", Some(bytes));
    let mut source = BufReader::new(bar.wrap_read(file));
    let name = path.display().to_string();
    reading.file(&name, &mut source).map_err(Problem::from)?;
    bar.finish_and_clear();
    Ok(())
}

/// From when on ours must be in the reports cannot be guessed either: an early line may be a late one of a period whose
/// reports are not given.
fn check_period(options: &Options, files: &[reports::FileFacts]) -> Result<(), Problem> {
    match options.from() {
        Ok(From::NotGiven) => Err(Problem::new("period_not_given", period_words(files))),
        _ => Ok(()),
    }
}

fn period_words(files: &[reports::FileFacts]) -> String {
    let seen = reports::times(files).map_or_else(String::new, |(first, last)| {
        format!(" Their lines are from {first} to {last}.")
    });
    format!(
        "from when on the reports hold everything is not guessed.{seen} Give --from DAY, so that captures since then \
         which are not in them are found, or --from none"
    )
}

/// Takes every row; gives those that cannot be read.
async fn take_rows(
    reading: &mut Reading,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Vec<Finding>> {
    let mut failed: Result<(), Problem> = Ok(());
    let mut broken = Vec::new();
    let take = |found| match found {
        Found::Row(row) if failed.is_ok() => failed = reading.row(&row).map_err(Problem::from),
        Found::Row(_) => {}
        Found::Unreadable(key) => broken.push(unreadable(key)),
    };
    rows::each(Source::Table, connection, output, take).await?;
    failed?;
    Ok(broken)
}

fn unreadable(key: String) -> Finding {
    Finding {
        transaction: Some(key),
        ours: Some(Says::words("a row that cannot be read")),
        ..Finding::new(Kind::RowUnreadable)
    }
}

struct Walk {
    store: DynamoStore,
    reader: Reader,
    trails: Trails,
    read_again: u64,
}

/// A payment, and what its trail says.
struct Looked {
    examined: Examined,
    trail: Trail,
}

impl Looked {
    fn without(examined: Examined) -> Self {
        Self {
            examined,
            trail: Trail::none(),
        }
    }
}

impl Walk {
    async fn judge(
        mut self,
        mut matching: Matching,
        mut findings: Findings,
        settings: Settings,
        options: &Options,
        output: &Output,
    ) -> anyhow::Result<Reconciled> {
        let bar = output.progress("parts judged", Some(Matching::PARTITIONS as u64));
        while let Some(partition) = matching.next_partition().map_err(Problem::from)? {
            let looked = match matching.is_sure_of_unit(&partition) {
                true => self.look(&matching, partition).await?,
                // Nothing of this will be shown.
                false => partition.into_iter().map(Looked::without).collect(),
            };
            for looked in looked {
                matching.count(&looked.examined).map_err(Problem::from)?;
                for finding in looked.examined.judged.findings {
                    findings.push(&looked.trail, finding)?;
                }
                for finding in looked.trail.findings.clone() {
                    matching.note(&finding);
                    findings.push(&Trail::none(), finding)?;
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        let (statement, more) = matching.finish();
        for finding in more {
            findings.push(&Trail::none(), finding)?;
        }
        findings.close()?;
        if let Err(fault) = statement.check_unit() {
            let name = |file: u32| statement.files[file as usize].name.clone();
            let mut words = fault.words(name);
            if options.from()? == From::NotGiven {
                words += &format!(". And {}", period_words(&statement.files));
            }
            return Err(Problem::new(fault.code(), words).into());
        }
        Ok(Reconciled {
            statement,
            findings,
            period: settings.period,
            absent_after: settings.absent_after,
            trails: self.trails,
            read_again: self.read_again,
        })
    }

    /// Reads those again that need it: rows of payments that do not match may have moved since the table was read, and
    /// their trails say who is right.
    async fn look(
        &mut self,
        matching: &Matching,
        partition: Vec<Examined>,
    ) -> anyhow::Result<Vec<Looked>> {
        let needs = |examined: &Examined| {
            let differs = examined
                .judged
                .findings
                .iter()
                .any(|finding| finding.kind.is_difference());
            examined.ours.is_some() && (differs || self.trails == Trails::All)
        };
        let (again, others): (Vec<_>, Vec<_>) = partition.into_iter().partition(needs);
        let differing = again.len() as u64;
        let is_too_many =
            self.trails != Trails::All && self.read_again + differing > MOST_READ_AGAIN;
        if is_too_many {
            return Ok(again
                .into_iter()
                .chain(others)
                .map(Looked::without)
                .collect());
        }
        self.read_again += differing;
        let read = stream::iter(again)
            .map(|examined| self.look_at(matching, examined))
            .buffered(CONCURRENCY);
        let mut looked: Vec<Looked> = Vec::new();
        let mut read = std::pin::pin!(read);
        while let Some(one) = read.next().await {
            looked.push(one?);
        }
        looked.extend(others.into_iter().map(Looked::without));
        Ok(looked)
    }

    async fn look_at(&self, matching: &Matching, examined: Examined) -> anyhow::Result<Looked> {
        let Some(ours) = &examined.ours else {
            return Ok(Looked::without(examined));
        };
        let row: Option<Payment> = self.store.load(&ours.id).await.context(READING)?;
        let Some(row) = row else {
            // It was forgotten meanwhile, as its time was over.
            return Ok(Looked::without(examined));
        };
        let examined = match row.version == ours.version {
            true => examined,
            false => matching.again(&row, examined.lines),
        };
        let trail = self.reader.read(&self.store, &row).await?;
        Ok(Looked { examined, trail })
    }
}
