//! From the names in a header to the places of cells. Columns are found by name and never by position: POP adds some,
//! and merchants can have them arranged.

mod names;

use crate::fault::Fault;
use crate::rows::Row;
use names::{FEES, Fee, NAMES};

/// What is read of a line. Everything else that a report holds is dropped where it stands, above all what it says of
/// card holders and cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Customer,
    Acquirer,
    Batch,
    SettledAt,
    SettledOn,
    Type,
    Id,
    OriginalId,
    RequestId,
    OriginalRequestId,
    ReferenceId,
    PaidAt,
    GrossValue,
    GrossCurrency,
    SettledValue,
    SettledCurrency,
    ConvertedValue,
    ConvertedCurrency,
    FeeValue,
    FeeCurrency,
    QuotePair,
    QuotePrice,
    SummaryType,
    Count,
    Psp,
    Arn,
    /// Columns that only tell which report it is.
    OfTransactions,
}

/// How many there are.
const FIELDS: usize = Field::OfTransactions as usize + 1;

/// Which report a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReportKind {
    /// What succeeded on a day.
    Transactions,
    /// What is paid out, line by line.
    Settlement,
    /// What is paid out, in sums.
    Summary,
}

impl ReportKind {
    /// The word for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
            Self::Settlement => "settlement",
            Self::Summary => "summary",
        }
    }
}

/// Which of the provider's ways to name columns a file follows (docs/provider.md, "Reports").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Generations A and B, POP's own: `acquirer`; a capture has its own id.
    Acquirer,
    /// Generation C, Antom's newest: `PSP`; the id of every line is the payment's.
    Psp,
}

impl Layout {
    /// The word for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acquirer => "acquirer",
            Self::Psp => "psp",
        }
    }
}

/// The places of a report's columns.
#[derive(Debug)]
pub(crate) struct Columns {
    places: [Option<usize>; FIELDS],
    /// Fees by kind: where their values and currencies are.
    pub(crate) fees: Vec<FeeColumns>,
    pub(crate) width: usize,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct FeeColumns {
    pub(crate) name: &'static str,
    pub(crate) value: usize,
    pub(crate) currency: Option<usize>,
}

impl Columns {
    /// Reads a header. Columns that are not known are passed over; where several names mean the same, the first of the
    /// list wins.
    pub(crate) fn of(header: &Row) -> Result<Self, Fault> {
        let mut columns = Self {
            places: [None; FIELDS],
            fees: Vec::new(),
            width: header.len(),
        };
        for (name, field) in NAMES {
            let place = &mut columns.places[field as usize];
            *place = place.or(find(header, name)?);
        }
        for Fee { value, currency } in &FEES {
            if let Some(place) = find(header, value)? {
                columns.fees.push(FeeColumns {
                    name: value,
                    value: place,
                    currency: find(header, currency)?,
                });
            }
        }
        Ok(columns)
    }

    /// Whether the report has the column.
    pub(crate) fn has(&self, field: Field) -> bool {
        self.places[field as usize].is_some()
    }

    /// The cell of a line; empty without the column.
    pub(crate) fn cell<'r>(&self, row: &'r Row, field: Field) -> &'r str {
        self.places[field as usize].map_or("", |place| row.cell(place))
    }

    /// Which columns these are.
    pub(crate) fn layout(&self) -> Layout {
        let newest = self.has(Field::Psp) || self.has(Field::Arn);
        match newest && !self.has(Field::OriginalId) {
            true => Layout::Psp,
            false => Layout::Acquirer,
        }
    }

    /// Which report it is; `named` is what its name says.
    pub(crate) fn kind(&self, named: Option<ReportKind>) -> Result<ReportKind, Fault> {
        let is = match self.told() {
            Told::Is(kind) => kind,
            Told::Either => named
                .filter(|kind| *kind != ReportKind::Summary)
                .ok_or(Fault::Ambiguous)?,
            Told::None => return Err(Fault::UnknownReport),
        };
        match named {
            Some(named) if named != is => Err(Fault::Misnamed {
                named: named.as_str(),
                is: is.as_str(),
            }),
            _ => self.check(is).map(|()| is),
        }
    }

    fn told(&self) -> Told {
        if self.has(Field::SummaryType) {
            return Told::Is(ReportKind::Summary);
        }
        if !self.has(Field::Type) || !self.has(Field::Id) {
            return Told::None;
        }
        let settlement = self.has(Field::SettledAt) || self.has(Field::SettledOn);
        match (
            settlement,
            self.has(Field::OfTransactions),
            self.has(Field::Batch),
        ) {
            (true, _, _) => Told::Is(ReportKind::Settlement),
            (false, true, _) | (false, false, false) => Told::Is(ReportKind::Transactions),
            // In the newest generation both reports name the batch.
            (false, false, true) if self.layout() == Layout::Psp => Told::Either,
            (false, false, true) => Told::Is(ReportKind::Settlement),
        }
    }

    /// What a report of its kind cannot be without.
    fn check(&self, kind: ReportKind) -> Result<(), Fault> {
        let needed: &[(Field, &'static str)] = match kind {
            ReportKind::Transactions => &[
                (Field::GrossValue, "transactionAmountValue"),
                (Field::GrossCurrency, "transactionCurrency"),
            ],
            ReportKind::Settlement | ReportKind::Summary => &[
                (Field::Batch, "settlementBatchId"),
                (Field::SettledValue, "settlementAmountValue"),
                (Field::SettledCurrency, "settlementCurrency"),
            ],
        };
        let missing = needed.iter().find(|(field, _)| !self.has(*field));
        missing.map_or(Ok(()), |(_, name)| Err(Fault::ColumnMissing(name)))
    }
}

/// Where the column stands. One that stands twice is an error: which of them counts cannot be known.
fn find(header: &Row, name: &'static str) -> Result<Option<usize>, Fault> {
    let is = |place: &usize| name.eq_ignore_ascii_case(header.cell(*place));
    let mut places = (0..header.len()).filter(is);
    match (places.next(), places.next()) {
        (_, Some(_)) => Err(Fault::ColumnTwice(name)),
        (place, None) => Ok(place),
    }
}

/// What the columns tell.
enum Told {
    Is(ReportKind),
    /// The transaction or the settlement report.
    Either,
    None,
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReportKind::{Settlement, Summary, Transactions};

    fn header(text: &str) -> Row {
        Row::of(1, &text.split(',').collect::<Vec<_>>())
    }

    fn kind(text: &str, named: Option<ReportKind>) -> Want {
        let columns = Columns::of(&header(text)).map_err(|fault| fault.code())?;
        let kind = columns.kind(named).map_err(|fault| fault.code())?;
        Ok((kind, columns.layout()))
    }

    type Want = Result<(ReportKind, Layout), &'static str>;

    const fn acquirer(kind: ReportKind) -> Want {
        Ok((kind, Layout::Acquirer))
    }

    const fn psp(kind: ReportKind) -> Want {
        Ok((kind, Layout::Psp))
    }

    /// `I` stands for the columns of ids, `G` for gross, `N` for net.
    #[rustfmt::skip]
    const HEADERS: [(&str, Option<ReportKind>, Want); 20] = [
        ("acquirer,I,G", None, acquirer(Transactions)),
        ("acquirer,I,G,orderDescription", None, acquirer(Transactions)),
        ("G,I", None, acquirer(Transactions)),
        ("settlementBatchId,I,G,N,settlementTime", None, acquirer(Settlement)),
        ("SETTLEMENTBATCHID,I,N", None, acquirer(Settlement)),
        ("settlementBatchId,acquirer,summaryType,N", None, acquirer(Summary)),
        ("PSP,settlementBatchId,I,N,settlementInitiatedDate", None, psp(Settlement)),
        ("PSP,ARN,settlementBatchId,I,G,N,status", None, psp(Transactions)),
        ("PSP,settlementBatchId,summaryType,N", None, psp(Summary)),
        ("PSP,settlementBatchId,I,G,N", Some(Transactions), psp(Transactions)),
        ("PSP,settlementBatchId,I,G,N", Some(Settlement), psp(Settlement)),
        ("PSP,settlementBatchId,I,G,N", None, Err("ambiguous")),
        ("PSP,originalTransactionId,settlementBatchId,I,N", None, acquirer(Settlement)),
        ("acquirer,I,G", Some(Settlement), Err("misnamed")),
        ("settlementBatchId,I,settlementCurrency", None, Err("column_missing")),
        ("I", None, Err("column_missing")),
        ("I,G,transactionid", None, Err("column_twice")),
        ("settlementBatchId,I,N,taxFeeAmountValue,taxFeeAmountValue", None, Err("column_twice")),
        ("a;b;c", None, Err("unknown_report")),
        ("transactionType", None, Err("unknown_report")),
    ];

    #[test]
    fn headers_of_every_generation_are_told() {
        let written = |name: &str| match name {
            "I" => "transactionType,transactionId".to_owned(),
            "G" => "transactionAmountValue,transactionCurrency".to_owned(),
            "N" => "settlementAmountValue,settlementCurrency".to_owned(),
            name => name.to_owned(),
        };
        for (names, named, want) in HEADERS {
            let text: Vec<_> = names.split(',').map(written).collect();
            assert_eq!(kind(&text.join(","), named), want, "{names}");
        }
    }

    #[test]
    fn every_column_of_fees_is_found_with_its_currency() {
        let text = "transactionType,transactionId,taxFeeAmountValue,x,taxFeeCurrency,disputeHandlingFee,\
            disputeHandlingFeeCurrency,withholdingTaxAmountValue,withholdingTaxFeeCurrency,fxFeeAmountValue,\
            fxFeeAmountCurrency,rdrFeeAmountValue";
        let columns = Columns::of(&header(text)).unwrap();
        let mut found: Vec<_> = columns
            .fees
            .iter()
            .map(|fee| (fee.name, fee.value, fee.currency))
            .collect();
        found.sort_by_key(|(_, value, _)| *value);
        assert_eq!(
            found,
            [
                ("taxFeeAmountValue", 2, Some(4)),
                ("disputeHandlingFee", 5, Some(6)),
                ("withholdingTaxAmountValue", 7, Some(8)),
                ("fxFeeAmountValue", 9, Some(10)),
                ("rdrFeeAmountValue", 11, None),
            ]
        );
    }
}
