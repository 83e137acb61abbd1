//! Columns by generation, and what stands in them. The payment orchestration's pages break off within their tables: its
//! columns stand in the order that is known, then those that the fields' list names.

use super::entries::Entry;
use super::{Generation, ReportOptions};
use crate::chance::Chance;
use crate::clock::{Zone, iso};
use crate::fields::{in_major_units, places};

const A_TRANSACTIONS: &str = "customerId,acquirer,referenceMerchantId,transactionId,originalTransactionId,transactionRequestId,\
referenceTransactionId,orderDescription,transactionType,paymentMethodType,paymentTime,transactionAmountValue,transactionCurrency";
const A_SETTLEMENT: &str = "settlementBatchId,customerId,acquirer,referenceMerchantId,transactionId,originalTransactionId,\
transactionRequestId,referenceTransactionId,transactionType,paymentMethodType,paymentTime,transactionAmountValue,transactionCurrency,\
settlementTime,settlementAmountValue,settlementCurrency,feeAmountValue,feeCurrency,quoteCurrencyPair,quotePrice";
const B_TRANSACTIONS: &str = "customerId,acquirer,acquirerReferenceNo,referenceMerchantId,referenceStoreId,transactionId,\
originalTransactionId,transactionRequestId,referenceTransactionId,orderDescription,transactionType,paymentMethodType,pspName,paymentTime,\
productCode,transactionAmountValue,transactionCurrency,installmentsNum,issuingCountry,cardBrand,funding";
const B_SETTLEMENT: &str = "settlementBatchId,customerId,acquirer,acquirerReferenceNo,referenceMerchantId,referenceStoreId,\
transactionId,originalTransactionId,transactionRequestId,referenceTransactionId,transactionType,paymentMethodType,pspName,paymentTime,\
productCode,transactionAmountValue,transactionCurrency,settlementTime,settlementAmountValue,settlementCurrency,feeAmountValue,feeCurrency,\
interchangeFeeAmountValue,interchangeFeeCurrency,schemeFeeAmountValue,schemeFeeCurrency,acquirerMarkupAmountValue,acquirerMarkupCurrency,\
quoteCurrencyPair,quotePrice,issuingCountry,cardBrand,funding";
const C_TRANSACTIONS: &str = "settlementBatchId,customerId,PSP,ARN,transactionId,transactionRequestId,originalTransactionRequestId,\
referenceTransactionId,orderDescription,transactionType,status,paymentMethodType,transactionCreationTime,transactionCompletionTime,\
productCode,transactionAmountValue,transactionCurrency,settlementAmountValue,settlementCurrency,accountHolderName,\
cardNumber(Last 4 digits),issuer";
const C_SETTLEMENT: &str = "settlementBatchId,customerId,PSP,ARN,transactionId,transactionRequestId,originalTransactionRequestId,\
referenceTransactionId,transactionType,paymentMethodType,transactionCreationTime,transactionCompletionTime,productCode,\
transactionAmountValue,transactionCurrency,convertedTransactionAmountValue,convertedCurrency,quoteCurrencyPair,quotePrice,\
settlementAmountValue,settlementCurrency,settlementInitiatedDate,interchangeFeeAmountValue,interchangeFeeCurrency,schemeFeeAmountValue,\
schemeFeeCurrency,acquirerMarkupAmountValue,acquirerMarkupCurrency,cardBrand,cardCountry";

/// The columns of a report about single transactions.
pub(super) fn of(generation: Generation, settled: bool) -> Vec<&'static str> {
    let names = match (generation, settled) {
        (Generation::A, false) => A_TRANSACTIONS,
        (Generation::A, true) => A_SETTLEMENT,
        (Generation::B, false) => B_TRANSACTIONS,
        (Generation::B, true) => B_SETTLEMENT,
        (Generation::C, false) => C_TRANSACTIONS,
        (Generation::C, true) => C_SETTLEMENT,
    };
    names.split(',').collect()
}

/// What a batch is paid out in, and when.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) id: String,
    pub(super) currency: String,
    pub(super) at: i64,
}

/// Writes the cells of lines.
pub(super) struct Writer<'a> {
    pub(super) options: &'a ReportOptions,
    pub(super) chance: &'a Chance,
}

/// What is paid out for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paid {
    /// The gross amount in the settlement's currency.
    pub(super) converted: i64,
    pub(super) fees: i64,
    pub(super) net: i64,
}

impl Writer<'_> {
    /// `None` where the report says nothing.
    pub(super) fn paid(&self, entry: &Entry, batch: &Batch) -> Option<Paid> {
        let Some(gross) = &entry.gross else {
            return (entry.beside != 0).then_some(Paid {
                converted: 0,
                fees: 0,
                net: entry.beside,
            });
        };
        let convert = |minor| match gross.currency == batch.currency {
            true => minor,
            false => self.quote(&gross.currency, &batch.currency).convert(minor),
        };
        let (converted, fees) = (convert(gross.minor), convert(entry.fees));
        Some(Paid {
            converted,
            fees,
            net: converted + fees + entry.beside,
        })
    }

    /// The price of one currency in another: the same for all lines.
    fn quote(&self, from: &str, to: &str) -> Quote {
        let pair = ["quote", from, to];
        Quote {
            price: self.chance.between((5_000, 20_000), &pair),
            divides: self.chance.number(&["divides", from, to]).is_multiple_of(2),
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    /// An amount as the report writes it.
    pub(super) fn amount(&self, minor: i64, currency: &str) -> String {
        if self.options.minor {
            return minor.to_string();
        }
        let sign = if minor < 0 { "-" } else { "" };
        format!("{sign}{}", in_major_units(minor.unsigned_abs(), currency))
    }

    /// The cell of a column.
    pub(super) fn cell(&self, column: &str, entry: &Entry, batch: &Batch) -> String {
        match column {
            "settlementBatchId" if entry.settled => batch.id.clone(),
            "customerId" => self.options.customer_id.clone(),
            "acquirer" | "PSP" => self.options.acquirer.clone(),
            "settlementTime" => iso(batch.at, Zone::Minutes(480)),
            "settlementInitiatedDate" => day(batch.at),
            "transactionType" => entry.what.to_owned(),
            _ if entry.payment_id.is_empty() => self.money(column, entry, batch),
            "ARN" => format!(
                "7{:022}",
                self.chance.number(&["arn", &entry.own_id]) % 1_000_000_000
            ),
            "orderDescription" => format!("Order {}, \"goods\"", entry.order_id),
            "status" => "SUCCESS".to_owned(),
            "paymentMethodType" => "CARD".to_owned(),
            "productCode" => "CASHIER_PAYMENT".to_owned(),
            "paymentTime" | "transactionCreationTime" | "transactionCompletionTime" => {
                iso(entry.at, Zone::Minutes(480))
            }
            "accountHolderName" => "HOLDER OF THE CARD".to_owned(),
            "cardNumber(Last 4 digits)" => "0768".to_owned(),
            "issuer" => "SOME BANK".to_owned(),
            "issuingCountry" | "cardCountry" => "DE".to_owned(),
            "cardBrand" => "VISA".to_owned(),
            "funding" => "CREDIT".to_owned(),
            "transactionId"
            | "originalTransactionId"
            | "transactionRequestId"
            | "originalTransactionRequestId"
            | "referenceTransactionId" => self.id(column, entry),
            _ => self.money(column, entry, batch),
        }
    }

    fn id(&self, column: &str, entry: &Entry) -> String {
        let newest = self.options.generation == Generation::C;
        let opens = matches!(entry.what, "PAYMENT" | "AUTHORIZATION" | "CANCEL");
        let other = if entry.of_another { "X" } else { "" };
        match column {
            "transactionId" if newest || opens => entry.payment_id.clone(),
            "transactionId" => entry.own_id.clone(),
            "originalTransactionId" if opens => String::new(),
            "originalTransactionId" => format!("{}{other}", entry.payment_id),
            "originalTransactionRequestId" if opens => String::new(),
            "originalTransactionRequestId" => format!("{}{other}", entry.payment_request_id),
            // Which of the two ids a capture's line carries is not stated: a matter of chance.
            "transactionRequestId" if entry.what == "CAPTURE" && !newest => {
                let own = self.chance.number(&["capture's id"]).is_multiple_of(2);
                if own {
                    &entry.request_id
                } else {
                    &entry.payment_request_id
                }
                .clone()
            }
            "transactionRequestId" if opens || entry.what == "VOID" => {
                entry.payment_request_id.clone()
            }
            "transactionRequestId" => entry.request_id.clone(),
            _ if !newest && matches!(entry.what, "CANCEL" | "CAPTURE" | "DISPUTE") => String::new(),
            _ => entry.order_id.clone(),
        }
    }

    fn money(&self, column: &str, entry: &Entry, batch: &Batch) -> String {
        let gross = entry.gross.as_ref();
        let paid = self.paid(entry, batch).filter(|_| entry.settled);
        let currency = |is_there: bool, currency: &str| match is_there {
            true => currency.to_owned(),
            false => String::new(),
        };
        let amount = |minor: Option<i64>| {
            minor.map_or(String::new(), |minor| self.amount(minor, &batch.currency))
        };
        let quote = gross.filter(|gross| entry.settled && gross.currency != batch.currency);
        let quote = quote.map(|gross| self.quote(&gross.currency, &batch.currency));
        match column {
            "transactionAmountValue" => {
                gross.map_or(String::new(), |g| self.amount(g.minor, &g.currency))
            }
            "transactionCurrency" => gross.map_or(String::new(), |gross| gross.currency.clone()),
            "settlementAmountValue" => amount(paid.map(|paid| paid.net)),
            "settlementCurrency" => currency(paid.is_some(), &batch.currency),
            "convertedTransactionAmountValue" => {
                amount(paid.filter(|_| quote.is_some()).map(|paid| paid.converted))
            }
            "convertedCurrency" => currency(quote.is_some(), &batch.currency),
            "quoteCurrencyPair" => quote.map_or(String::new(), |quote| quote.pair()),
            "quotePrice" => quote.map_or(String::new(), |quote| quote.shown()),
            "feeAmountValue" => amount(paid.map(|paid| paid.fees)),
            "feeCurrency" => currency(paid.is_some(), &batch.currency),
            name if name.ends_with("AmountValue") => {
                amount(paid.and_then(|paid| part(name, paid.fees)))
            }
            name if name.ends_with("Currency") => currency(paid.is_some(), &batch.currency),
            _ => String::new(),
        }
    }
}

/// A kind of fee as its share of all.
pub(super) fn part(column: &str, fees: i64) -> Option<i64> {
    let (interchange, scheme) = (fees * 6 / 10, fees * 2 / 10);
    match column {
        "interchangeFeeAmountValue" => Some(interchange),
        "schemeFeeAmountValue" => Some(scheme),
        "acquirerMarkupAmountValue" => Some(fees - interchange - scheme),
        _ => None,
    }
}

/// `YYYYMMDD` in the provider's reports' time.
pub(super) fn day(at: i64) -> String {
    let digits = iso(at, Zone::Minutes(480));
    digits
        .chars()
        .take(10)
        .filter(char::is_ascii_digit)
        .collect()
}

/// A price in ten thousandths.
struct Quote {
    price: i64,
    divides: bool,
    from: String,
    to: String,
}

impl Quote {
    fn pair(&self) -> String {
        match self.divides {
            false => format!("{}/{}", self.from, self.to),
            true => format!("{}/{}", self.to, self.from),
        }
    }

    fn shown(&self) -> String {
        format!("{}.{:04}", self.price / 10_000, self.price % 10_000)
    }

    /// Rounded half to even.
    fn convert(&self, minor: i64) -> i64 {
        let scale = |currency: &str| 10_i128.pow(u32::try_from(places(currency)).unwrap_or(2));
        let (price, ten_thousand) = (i128::from(self.price), 10_000);
        let (times, by) = if self.divides {
            (ten_thousand, price)
        } else {
            (price, ten_thousand)
        };
        let numerator = i128::from(minor.unsigned_abs()) * times * scale(&self.to);
        let denominator = by * scale(&self.from);
        let (quotient, rest) = (numerator / denominator, numerator % denominator);
        let up = match (2 * rest).cmp(&denominator) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => quotient % 2 == 1,
            std::cmp::Ordering::Less => false,
        };
        let units = i64::try_from(quotient + i128::from(up)).unwrap_or(i64::MAX);
        if minor < 0 { -units } else { units }
    }
}
