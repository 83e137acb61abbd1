//! The whole of it, in the order in which it is done: files and rows are read, lines find their payments, and each
//! payment is judged with its lines. Of both sides one of 256 partitions is held at a time.

use crate::balance::Balances;
use crate::batches::Batches;
use crate::columns::ReportKind;
use crate::fault::{Fault, Refused};
use crate::file::{self, FileFacts, Item};
use crate::finding::Finding;
use crate::judge::{Judged, Period, Terms, judge};
use crate::kind::Kind;
use crate::line::Line;
use crate::number::Unit;
use crate::ours::{Name, Ours};
use crate::partitions::{NewStream, PARTITIONS};
use crate::resolve::Resolver;
use crate::rows::{Encoding, Source};
use crate::statement::{Statement, parts_missing};
use crate::transaction::Class;
use crate::units::Evidence;
use domain::{Payment, Seconds};
use std::collections::BTreeMap;

/// How reports are reconciled.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// What amounts are in; without it nothing is compared, and the lines say what it may be.
    pub unit: Option<Unit>,
    /// The period in which ours must be in the reports.
    pub period: Option<Period>,
    /// How long after its time a capture or refund may be missing.
    pub absent_after: Seconds,
    /// What CSV files are written in.
    pub encoding: Encoding,
}

/// Files and rows are being read.
pub struct Reading {
    settings: Settings,
    files: Vec<FileFacts>,
    resolver: Resolver,
    batches: Batches,
    evidence: Evidence,
}

impl Reading {
    /// Begins. `new_stream` makes what lines and rows are put aside in: temporary files, or memory.
    ///
    /// # Errors
    /// The temporary files cannot be made.
    pub fn begin(settings: Settings, mut new_stream: NewStream) -> Result<Self, Fault> {
        Ok(Self {
            settings,
            files: Vec::new(),
            resolver: Resolver::new(&mut new_stream).map_err(Fault::Temporary)?,
            batches: Batches::default(),
            evidence: Evidence::default(),
        })
    }

    /// Reads a file. One with the contents of another is noticed and not counted.
    ///
    /// # Errors
    /// The file cannot be read, or is another version of one that was given: the reconciliation cannot go on.
    pub fn file(&mut self, name: &str, source: &mut dyn Source) -> Result<&FileFacts, Refused> {
        let number = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        let unit = self.unit();
        let mut batches = Batches::default();
        let (resolver, evidence) = (&mut self.resolver, &mut self.evidence);
        let mut give = |item| match item {
            Item::Line(line) => {
                if let Some(gross) = line.gross {
                    evidence.look_at(number, gross);
                }
                if line.batch.is_some() && line.book == crate::line::Book::Settlement {
                    batches.add(&line, unit)?;
                }
                resolver.line(&line)
            }
            Item::Summary(line) => batches.add_summary(&line, unit),
        };
        let mut facts = file::read(name, number, source, self.settings.encoding, &mut give)?;
        let refused = |fault| Refused {
            file: name.to_owned(),
            line: None,
            fault,
        };
        facts.repeats = self.repeated_by(&facts).map_err(refused)?;
        match facts.repeats {
            Some(_) => self.evidence.forget(number),
            None => self.batches.merge(batches).map_err(refused)?,
        }
        self.files.push(facts);
        Ok(&self.files[self.files.len() - 1])
    }

    /// The file that has the same contents.
    fn repeated_by(&self, new: &FileFacts) -> Result<Option<u32>, Fault> {
        let with_lines = self.files.iter().zip(0_u32..).filter(|_| new.lines > 0);
        for (file, number) in with_lines {
            if file.digest == new.digest && file.kind == new.kind {
                return Ok(Some(number));
            }
            if file.lines > 0 && file.is_other_version_of(new) {
                return Err(Fault::TwoVersions(file.name.clone()));
            }
        }
        Ok(None)
    }

    /// A row of ours.
    ///
    /// # Errors
    /// The temporary files cannot be written.
    pub fn row(&mut self, row: &Payment) -> Result<(), Fault> {
        self.resolver.row(&Ours::from(row))
    }

    /// The files that were read so far.
    #[must_use]
    pub fn files(&self) -> &[FileFacts] {
        &self.files
    }

    fn unit(&self) -> Unit {
        // Without a unit nothing of this is shown.
        self.settings.unit.unwrap_or(Unit::Major)
    }

    /// Finds the payment of each line. `done` is told [`Matching::STEPS`] times.
    ///
    /// # Errors
    /// The temporary files cannot be written or read.
    pub fn resolve(mut self, done: &mut dyn FnMut()) -> Result<Matching, Fault> {
        self.resolver.resolve(done)?;
        let is_given = |kind| self.files.iter().any(|file| file.kind == kind);
        let terms = Terms {
            unit: self.unit(),
            period: self.settings.period,
            absent_after: self.settings.absent_after,
            given: [
                is_given(ReportKind::Transactions),
                is_given(ReportKind::Settlement),
            ],
            names: self.files.iter().map(|file| file.named.clone()).collect(),
        };
        let mut statement = Statement {
            rows: self.resolver.rows(),
            files: self.files,
            balances: Balances::default(),
            batches: self.batches,
            evidence: self.evidence,
            counts: BTreeMap::new(),
            unit: self.settings.unit,
        };
        for file in statement.files.iter().filter(|file| file.repeats.is_some()) {
            *statement.counts.entry(Kind::LineRepeated).or_default() += file.lines;
        }
        Ok(Matching {
            terms,
            resolver: self.resolver,
            statement,
            next: 0,
        })
    }
}

/// A payment with its lines, and what came of it.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Ours; none if the table does not have it.
    pub ours: Option<Ours>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What was found.
    pub judged: Judged,
}

/// Payments are being judged.
pub struct Matching {
    terms: Terms,
    resolver: Resolver,
    statement: Statement,
    next: usize,
}

impl Matching {
    /// How often [`Reading::resolve`] tells that something is done.
    pub const STEPS: usize = Resolver::STEPS;
    /// How many partitions there are.
    pub const PARTITIONS: usize = PARTITIONS;

    /// The payments of the next partition, each with or without lines; `None` after the last. Each is to be given to
    /// [`Matching::count`], judged again if its row has changed meanwhile.
    ///
    /// # Errors
    /// The temporary files cannot be read, or no reports of payments were given.
    pub fn next_partition(&mut self) -> Result<Option<Vec<Examined>>, Fault> {
        if self.next == PARTITIONS {
            return Ok(None);
        }
        let partition = self.next;
        self.next += 1;
        let mut rows: BTreeMap<Name, Ours> = BTreeMap::new();
        self.resolver.each_row(partition, |key, ours| {
            rows.insert(key, ours);
        })?;
        let mut lines: BTreeMap<Name, Vec<Line>> = BTreeMap::new();
        let files = &self.statement.files;
        self.resolver.each_line(partition, |key, line| {
            let file = files.get(line.place.file as usize);
            if file.is_some_and(|file| file.repeats.is_some()) {
                return Ok(());
            }
            let of_payment = lines.entry(key).or_default();
            if of_payment.len() == crate::limits::LINES_OF_A_PAYMENT {
                return Err(Fault::TooManyLinesOfAPayment);
            }
            of_payment.push(line);
            Ok(())
        })?;
        let mut examined = Vec::with_capacity(rows.len());
        for (key, mut lines) in lines {
            lines.sort_by_key(|line| line.place);
            examined.push(self.examine(rows.remove(&key), lines));
        }
        let without = rows
            .into_values()
            .map(|ours| self.examine(Some(ours), Vec::new()));
        examined.extend(without);
        Ok(Some(examined))
    }

    fn examine(&self, ours: Option<Ours>, lines: Vec<Line>) -> Examined {
        let judged = match lines.as_slice() {
            [line] if !line.what.is_of_a_payment() => apart(line, self.terms.unit),
            lines => judge(ours.as_ref(), lines, &self.terms),
        };
        Examined {
            ours,
            lines,
            judged,
        }
    }

    /// Whether nothing that was judged so far, these payments included, speaks against the unit.
    #[must_use]
    pub fn is_sure_of_unit(&self, examined: &[Examined]) -> bool {
        let mut evidence = self.statement.evidence.clone();
        examined
            .iter()
            .for_each(|one| evidence.merge(&one.judged.evidence));
        evidence.check(self.statement.unit).is_ok()
    }

    /// Judges a payment again, with its row as it is now.
    #[must_use]
    pub fn again(&self, row: &Payment, lines: Vec<Line>) -> Examined {
        self.examine(Some(Ours::from(row)), lines)
    }

    /// Takes what came of a payment into the statement.
    ///
    /// # Errors
    /// More batches than are kept.
    pub fn count(&mut self, examined: &Examined) -> Result<(), Fault> {
        let judged = &examined.judged;
        let statement = &mut self.statement;
        statement.balances.merge(&judged.balances);
        statement.evidence.merge(&judged.evidence);
        for line in &judged.repeated {
            *statement.counts.entry(Kind::LineRepeated).or_default() += 1;
            statement.batches.take_back(line, self.terms.unit)?;
        }
        judged
            .findings
            .iter()
            .for_each(|finding| statement.count(finding));
        Ok(())
    }

    /// Counts a finding that was made elsewhere: of a trail, or of a row that cannot be read.
    pub fn note(&mut self, finding: &Finding) {
        self.statement.count(finding);
    }

    /// The statement, and what was found about batches and files.
    #[must_use]
    pub fn finish(mut self) -> (Statement, Vec<Finding>) {
        let details_given = self.terms.given[crate::line::Book::Settlement as usize];
        let mut findings = self.statement.batches.findings(details_given);
        findings.extend(parts_missing(&self.statement.files));
        findings
            .iter()
            .for_each(|finding| self.statement.count(finding));
        (self.statement, findings)
    }
}

/// A line of a whole batch.
fn apart(line: &Line, unit: Unit) -> Judged {
    let kind = match line.what.class() {
        Class::Fees => Kind::Fee,
        Class::Reserves => Kind::Reserve,
        _ => Kind::Correction,
    };
    Judged {
        findings: vec![crate::judge::told(kind, line, unit)],
        ..Judged::default()
    }
}
