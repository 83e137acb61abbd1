//! The names of POP's columns in all their generations (docs/provider.md, "Reports").

use super::Field;

/// What is read, by name. Names differ in upper and lower case between pages: case is passed over.
pub(super) const NAMES: [(&str, Field); 37] = [
    ("customerId", Field::Customer),
    ("acquirer", Field::Acquirer),
    ("PSP", Field::Psp),
    ("ARN", Field::Arn),
    ("settlementBatchId", Field::Batch),
    ("settlementTime", Field::SettledAt),
    ("settlementInitiatedDate", Field::SettledOn),
    ("transactionType", Field::Type),
    ("transactionId", Field::Id),
    ("originalTransactionId", Field::OriginalId),
    ("transactionRequestId", Field::RequestId),
    ("originalTransactionRequestId", Field::OriginalRequestId),
    ("referenceTransactionId", Field::ReferenceId),
    ("paymentTime", Field::PaidAt),
    ("transactionCompletionTime", Field::PaidAt),
    ("transactionCreationTime", Field::PaidAt),
    ("transactionAmountValue", Field::GrossValue),
    ("transactionCurrency", Field::GrossCurrency),
    ("settlementAmountValue", Field::SettledValue),
    ("settlementCurrency", Field::SettledCurrency),
    ("convertedTransactionAmountValue", Field::ConvertedValue),
    ("convertedCurrency", Field::ConvertedCurrency),
    ("feeAmountValue", Field::FeeValue),
    ("feeCurrency", Field::FeeCurrency),
    ("quoteCurrencyPair", Field::QuotePair),
    ("quotePrice", Field::QuotePrice),
    ("summaryType", Field::SummaryType),
    ("count", Field::Count),
    ("orderDescription", Field::OfTransactions),
    ("status", Field::OfTransactions),
    ("transactionUpdateTime", Field::OfTransactions),
    ("3DAuthentication", Field::OfTransactions),
    ("3DOffered", Field::OfTransactions),
    ("issuer", Field::OfTransactions),
    ("liabilityShift", Field::OfTransactions),
    ("accountHolderName", Field::OfTransactions),
    ("originalCardSummary", Field::OfTransactions),
];

/// A kind of fee: the columns of its value and its currency.
pub(super) struct Fee {
    pub(super) value: &'static str,
    pub(super) currency: &'static str,
}

const fn fee(value: &'static str, currency: &'static str) -> Fee {
    Fee { value, currency }
}

/// Fees by kind. Generations A and B have their sum beside them (`feeAmountValue`), C has these alone.
pub(super) const FEES: [Fee; 21] = [
    fee("paymentMethodFeeAmountValue", "paymentMethodFeeCurrency"),
    fee("interchangeFeeAmountValue", "interchangeFeeCurrency"),
    fee("schemeFeeAmountValue", "schemeFeeCurrency"),
    fee("acquirerMarkupAmountValue", "acquirerMarkupCurrency"),
    fee("processingFeeAmountValue", "processingFeeCurrency"),
    fee("taxFeeAmountValue", "taxFeeCurrency"),
    fee("refundFeeAmountValue", "refundFeeCurrency"),
    fee("financingFeeAmountValue", "financingFeeCurrency"),
    fee("rdrFeeAmountValue", "rdrFeeCurrency"),
    fee("anticipationFeeAmountValue", "anticipationFeeCurrency"),
    fee(
        "riskDecisionServiceFeeAmountValue",
        "riskDecisionServiceFeeCurrency",
    ),
    fee("riskManagementFeeAmountValue", "riskManagementFeeCurrency"),
    fee("cdrnFeeAmountValue", "cdrnFeeCurrency"),
    fee("iofFeeAmountValue", "iofFeeCurrency"),
    fee("rtauServiceFeeAmountValue", "rtauServiceFeeCurrency"),
    fee("ntServiceFeeAmountValue", "ntServiceFeeCurrency"),
    fee(
        "revenueBoosterServiceFeeAmountValue",
        "revenueBoosterServiceFeeCurrency",
    ),
    fee("disputeHandlingFee", "disputeHandlingFeeCurrency"),
    fee("disputeReverseFee", "disputeReverseFeeCurrency"),
    fee("withholdingTaxAmountValue", "withholdingTaxFeeCurrency"),
    fee("fxFeeAmountValue", "fxFeeAmountCurrency"),
];
