//! Lines of reports, typed.

use crate::columns::{Columns, Field, Layout};
use crate::fault::Fault;
use crate::limits;
use crate::number::{Amount, Number};
use crate::rows::Row;
use crate::transaction::TransactionType;
use domain::{Currency, Time};
use serde::{Deserialize, Serialize};

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file's number, in the order in which files were given.
    pub file: u32,
    /// The line in it, from 1.
    pub line: u64,
}

/// The reports with lines about single payments. What a payment has in one is compared apart from the other: the same
/// capture stands in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Book {
    /// Transaction details.
    Transactions,
    /// Settlement details.
    Settlement,
}

impl Book {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Transactions, Self::Settlement];

    /// The word for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
            Self::Settlement => "settlement",
        }
    }
}

/// The ids of a line; which of ours they are depends on its type and on the report's generation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ids {
    /// `transactionId`: POP's, of this very transaction; in generation C of the payment.
    pub transaction: Option<String>,
    /// `originalTransactionId`: POP's, of the payment.
    pub original: Option<String>,
    /// `transactionRequestId`: ours, of the transaction or of the payment.
    pub request: Option<String>,
    /// `originalTransactionRequestId`: ours, of the payment.
    pub original_request: Option<String>,
    /// `referenceTransactionId`: the order.
    pub reference: Option<String>,
}

/// The fees of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fees {
    /// None.
    None,
    /// Their sum; less than nothing where they are charged.
    Sum(Amount),
    /// Of several currencies: no sum.
    Mixed,
}

/// A line about one transaction. What a report says of card and holder is not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Where it stands.
    pub place: Place,
    /// In which report.
    pub book: Book,
    /// What it is about.
    pub what: TransactionType,
    /// `customerId`: the merchant's account.
    pub customer: String,
    /// Who processed it.
    pub acquirer: String,
    /// Its ids.
    pub ids: Ids,
    /// `settlementBatchId`.
    pub batch: Option<String>,
    /// `transactionAmountValue`: what the buyer pays or gets back, before fees.
    pub gross: Option<Amount>,
    /// `settlementAmountValue`: what is paid out, after fees.
    pub settled: Option<Amount>,
    /// Fees.
    pub fees: Fees,
    /// How the gross amount became that of the settlement's currency.
    pub quote: Quote,
    /// When it happened, if the report says so in a form that we know.
    pub time: Option<Time>,
}

/// How the gross amount became that of the settlement's currency, as far as the report says so.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Quote {
    /// The gross amount in the settlement's currency.
    pub converted: Option<Amount>,
    /// `quoteCurrencyPair`, for example `USD/SGD`.
    pub pair: Option<(Currency, Currency)>,
    /// `quotePrice`.
    pub price: Option<Number>,
}

/// A line of a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SummaryLine {
    /// `customerId`: the merchant's account.
    pub(crate) customer: String,
    /// The batch.
    pub(crate) batch: String,
    /// What it sums up.
    pub(crate) what: TransactionType,
    /// How many transactions.
    pub(crate) count: Option<u64>,
    /// What is paid out.
    pub(crate) settled: Amount,
    /// Fees.
    pub(crate) fees: Fees,
}

impl Line {
    /// Reads a line of a report of transactions.
    pub(crate) fn read(
        row: &Row,
        columns: &Columns,
        book: Book,
        place: Place,
    ) -> Result<Self, Fault> {
        let cell = |field| columns.cell(row, field);
        let word = cell(Field::Type);
        if word.is_empty() {
            return Err(Fault::Empty("transactionType"));
        }
        let id = |field, name| id(cell(field), name);
        let settled = amount(row, columns, &AmountColumns::SETTLED)?;
        let acquirer = match columns.has(Field::Acquirer) {
            true => cell(Field::Acquirer),
            false => cell(Field::Psp),
        };
        let line = Self {
            place,
            book,
            what: TransactionType::of(&self::id(word, "transactionType")?.unwrap_or_default()),
            customer: self::id(cell(Field::Customer), "customerId")?.unwrap_or_default(),
            acquirer: self::id(acquirer, "acquirer")?.unwrap_or_default(),
            ids: Ids {
                transaction: id(Field::Id, "transactionId")?,
                original: id(Field::OriginalId, "originalTransactionId")?,
                request: id(Field::RequestId, "transactionRequestId")?,
                original_request: id(Field::OriginalRequestId, "originalTransactionRequestId")?,
                reference: id(Field::ReferenceId, "referenceTransactionId")?,
            },
            batch: id(Field::Batch, "settlementBatchId")?,
            gross: amount(row, columns, &AmountColumns::GROSS)?,
            settled,
            fees: fees(row, columns, settled)?,
            quote: Quote {
                converted: amount(row, columns, &AmountColumns::CONVERTED)?,
                pair: pair(cell(Field::QuotePair)),
                price: number(cell(Field::QuotePrice), "quotePrice")?,
            },
            time: Time::parse(cell(Field::PaidAt)),
        };
        if book == Book::Settlement && line.batch.is_none() {
            return Err(Fault::Empty("settlementBatchId"));
        }
        Ok(line)
    }

    /// The id that stands for the payment, as far as a line of its type has one: its own where it is the payment's.
    #[must_use]
    pub fn payment_id(&self) -> Option<&str> {
        let own = self.ids.transaction.as_deref();
        match self.what {
            TransactionType::Payment | TransactionType::Authorization | TransactionType::Cancel => {
                own
            }
            _ => self.ids.original.as_deref().or(own),
        }
    }

    /// Whether the same transaction is meant, in the same batch: what a report that comes again says again.
    #[must_use]
    pub fn repeats(&self, other: &Self) -> bool {
        let owner = self.customer == other.customer && self.acquirer == other.acquirer;
        // In generation C a payment's captures share the transaction's id.
        let ids =
            self.ids.transaction == other.ids.transaction && self.ids.request == other.ids.request;
        let amounts = self.gross == other.gross && self.settled == other.settled;
        let kind = self.book == other.book && self.what == other.what && self.batch == other.batch;
        kind && ids && amounts && owner
    }
}

impl SummaryLine {
    pub(crate) fn read(row: &Row, columns: &Columns) -> Result<Self, Fault> {
        let cell = |field| columns.cell(row, field);
        let word = cell(Field::SummaryType);
        if word.is_empty() {
            return Err(Fault::Empty("summaryType"));
        }
        let settled = amount(row, columns, &AmountColumns::SETTLED)?;
        let settled = settled.ok_or(Fault::Empty("settlementAmountValue"))?;
        let count = match cell(Field::Count) {
            "" => None,
            text => Some(text.parse().map_err(|_| Fault::Count)?),
        };
        let batch = id(cell(Field::Batch), "settlementBatchId")?;
        Ok(Self {
            customer: id(cell(Field::Customer), "customerId")?.unwrap_or_default(),
            batch: batch.ok_or(Fault::Empty("settlementBatchId"))?,
            what: TransactionType::of(&id(word, "summaryType")?.unwrap_or_default()),
            count,
            settled,
            fees: fees(row, columns, Some(settled))?,
        })
    }
}

/// The two columns of an amount.
struct AmountColumns {
    value: (Field, &'static str),
    currency: (Field, &'static str),
}

impl AmountColumns {
    const GROSS: Self = Self {
        value: (Field::GrossValue, "transactionAmountValue"),
        currency: (Field::GrossCurrency, "transactionCurrency"),
    };
    const SETTLED: Self = Self {
        value: (Field::SettledValue, "settlementAmountValue"),
        currency: (Field::SettledCurrency, "settlementCurrency"),
    };
    const CONVERTED: Self = Self {
        value: (Field::ConvertedValue, "convertedTransactionAmountValue"),
        currency: (Field::ConvertedCurrency, "convertedCurrency"),
    };
}

fn amount(row: &Row, columns: &Columns, of: &AmountColumns) -> Result<Option<Amount>, Fault> {
    let Some(number) = number(columns.cell(row, of.value.0), of.value.1)? else {
        return Ok(None);
    };
    let currency = Currency::new(columns.cell(row, of.currency.0));
    let currency = currency.map_err(|_| Fault::Currency(of.currency.1.to_owned()))?;
    Ok(Some(Amount { number, currency }))
}

fn number(cell: &str, name: &str) -> Result<Option<Number>, Fault> {
    match cell {
        "" => Ok(None),
        text => match Number::parse(text) {
            Ok(number) => Ok(Some(number)),
            Err(error) => Err(Fault::Number(name.to_owned(), error)),
        },
    }
}

/// The sum that the report gives, else that of its kinds of fees. A fee without a currency is in that of the settlement.
fn fees(row: &Row, columns: &Columns, settled: Option<Amount>) -> Result<Fees, Fault> {
    let currency_of = |cell: &str, name: &str| match cell {
        "" => settled
            .map(|settled| settled.currency)
            .ok_or_else(|| Fault::Currency(name.to_owned())),
        text => Currency::new(text).map_err(|_| Fault::Currency(name.to_owned())),
    };
    let whole = number(columns.cell(row, Field::FeeValue), "feeAmountValue")?;
    if let (Some(number), Layout::Acquirer) = (whole, columns.layout()) {
        let currency = currency_of(columns.cell(row, Field::FeeCurrency), "feeCurrency")?;
        return Ok(Fees::Sum(Amount { number, currency }));
    }
    let mut sum = Fees::None;
    for fee in &columns.fees {
        let Some(number) = number(row.cell(fee.value), fee.name)? else {
            continue;
        };
        let cell = fee.currency.map_or("", |place| row.cell(place));
        let currency = currency_of(cell, fee.name)?;
        sum = match sum {
            Fees::None => Fees::Sum(Amount { number, currency }),
            Fees::Sum(sum) if sum.currency == currency => Fees::Sum(Amount {
                number: sum.number.plus(number),
                currency,
            }),
            _ => Fees::Mixed,
        };
    }
    Ok(sum)
}

/// `USD/SGD`; anything else says nothing.
fn pair(cell: &str) -> Option<(Currency, Currency)> {
    let (left, right) = cell.split_once('/')?;
    Some((Currency::new(left).ok()?, Currency::new(right).ok()?))
}

fn id(cell: &str, name: &'static str) -> Result<Option<String>, Fault> {
    if cell.is_empty() {
        return Ok(None);
    }
    if cell.len() > limits::ID || cell.chars().any(char::is_control) {
        return Err(Fault::Id(name));
    }
    Ok(Some(cell.to_owned()))
}
