//! Rows and reports in few words.

use domain::{
    Capture, CaptureMode, CaptureOn, CaptureState, Money, NewPayment, Payment, Policy, Refund,
    RefundState, Seconds, Status, Time,
};
use reports::{
    Encoding, Examined, Finding, Period, Reading, Settings, Statement, Unit, fault::Refused,
};
use std::io::Cursor;

/// When everything in these tests happened: 2026-04-02 00:00 UTC.
pub(crate) const DAY: Time = Time::from_millis(1_775_088_000_000);

pub(crate) fn days(n: i64) -> Time {
    DAY + Seconds::days(n)
}

/// A payment of `minor` units that was authorised, and its captures.
pub(crate) struct Sold {
    row: Payment,
}

/// `Sold::new("1", 30000, "EUR")` has the ids `R1`, `PID1` and the order `O1`.
impl Sold {
    pub(crate) fn new(name: &str, minor: u64, currency: &str) -> Self {
        let order = serde_json::json!({
            "orderId": format!("O{name}"), "description": "x", "redirectUrl": "https://shop.example/"
        });
        let new = NewPayment {
            id: domain::PaymentRequestId::new(format!("R{name}")).unwrap(),
            order: serde_json::from_value(order).unwrap(),
            amount: Money::from_wire(&minor.to_string(), currency).unwrap(),
            capture_mode: CaptureMode::Manual,
            capture_on: CaptureOn::Authorized,
            expires_in: Seconds(840),
        };
        let mut row = Payment::create(new, DAY, &Policy::default());
        row.payment_id = Some(domain::PaymentId::new(format!("PID{name}")).unwrap());
        row.status = Status::Authorized;
        row.authorized_at = Some(DAY);
        Self { row }
    }

    /// Captured as a whole: `CR<name>`, `CAP<name>`.
    pub(crate) fn captured(name: &str, minor: u64, currency: &str) -> Self {
        let sold = Self::new(name, minor, currency);
        sold.capture(name, minor, CaptureState::Succeeded, DAY)
    }

    pub(crate) fn capture(mut self, name: &str, minor: u64, state: CaptureState, at: Time) -> Self {
        if state == CaptureState::Succeeded {
            self.row.status = Status::Captured;
        }
        self.row.captures.push(Capture {
            request_id: domain::CaptureRequestId::new(format!("CR{name}")).unwrap(),
            amount: Money::new(minor, self.row.amount.currency()).unwrap(),
            state,
            capture_id: Some(domain::CaptureId::new(format!("CAP{name}")).unwrap()),
            requested_at: at,
            last: false,
        });
        self
    }

    /// `RR<name>`, `REF<name>`.
    pub(crate) fn refund(mut self, name: &str, minor: u64, state: RefundState, at: Time) -> Self {
        self.row.refunds.push(Refund {
            request_id: domain::RefundRequestId::new(format!("RR{name}")).unwrap(),
            amount: Money::new(minor, self.row.amount.currency()).unwrap(),
            state,
            refund_id: Some(domain::RefundId::new(format!("REF{name}")).unwrap()),
            reason: None,
            requested_at: at,
            contested: false,
        });
        self
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Payment)) -> Self {
        change(&mut self.row);
        self
    }

    pub(crate) fn row(self) -> Payment {
        self.row
    }
}

/// Short names of columns, in POP's order with some of Antom's.
const COLUMNS: [(&str, &str); 17] = [
    ("batch", "settlementBatchId"),
    ("customer", "customerId"),
    ("acquirer", "acquirer"),
    ("tx", "transactionId"),
    ("orig", "originalTransactionId"),
    ("req", "transactionRequestId"),
    ("origreq", "originalTransactionRequestId"),
    ("ref", "referenceTransactionId"),
    ("type", "transactionType"),
    ("time", "paymentTime"),
    ("gross", "transactionAmountValue"),
    ("gcur", "transactionCurrency"),
    ("net", "settlementAmountValue"),
    ("ncur", "settlementCurrency"),
    ("fee", "feeAmountValue"),
    ("fcur", "feeCurrency"),
    ("settled", "settlementTime"),
];

/// A settlement report: each line is a type and `name=value` words; currencies are EUR unless said otherwise.
pub(crate) fn settlement(lines: &[&str]) -> String {
    report(&COLUMNS, lines)
}

/// A transaction report of the same lines.
pub(crate) fn transactions(lines: &[&str]) -> String {
    let of_settlement = ["batch", "net", "ncur", "fee", "fcur", "settled"];
    let columns: Vec<_> = COLUMNS
        .into_iter()
        .filter(|(short, _)| !of_settlement.contains(short))
        .collect();
    report(&columns, lines)
}

fn report(columns: &[(&str, &str)], lines: &[&str]) -> String {
    let names: Vec<_> = columns.iter().map(|(_, name)| *name).collect();
    let mut text = names.join(",") + "\n";
    for line in lines {
        let mut words = line.split(' ');
        let what = words.next().unwrap();
        let given: Vec<_> = words.map(|word| word.split_once('=').unwrap()).collect();
        let value = |short: &str| {
            let given = given.iter().find(|(name, _)| *name == short);
            let default = match short {
                "type" => what,
                "batch" => "B1",
                "customer" => "M1",
                "acquirer" => "Antom",
                "gcur" if line.contains("gross=") => "EUR",
                "ncur" if line.contains("net=") => "EUR",
                "fcur" if line.contains("fee=") => "EUR",
                _ => "",
            };
            given.map_or(default, |(_, value)| value).to_owned()
        };
        let cells: Vec<_> = columns.iter().map(|(short, _)| value(short)).collect();
        text += &(cells.join(",") + "\n");
    }
    text + "<END>\n"
}

pub(crate) fn settings() -> Settings {
    Settings {
        unit: Some(Unit::Major),
        period: Some(Period {
            from: days(-10),
            to: days(10),
        }),
        absent_after: Seconds::days(3),
        encoding: Encoding::Utf8,
    }
}

pub(crate) struct Reconciled {
    pub(crate) statement: Statement,
    pub(crate) findings: Vec<Finding>,
    pub(crate) examined: Vec<Examined>,
}

pub(crate) fn reconcile(
    files: &[(&str, String)],
    rows: &[Payment],
    settings: Settings,
) -> Result<Reconciled, Refused> {
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (*name, text.as_bytes()))
        .collect();
    reconcile_bytes(&files, rows, settings)
}

pub(crate) fn reconcile_bytes(
    files: &[(&str, &[u8])],
    rows: &[Payment],
    settings: Settings,
) -> Result<Reconciled, Refused> {
    let new_stream = || Ok(Box::new(Cursor::new(Vec::new())) as Box<dyn reports::Stream>);
    let mut reading = Reading::begin(settings, Box::new(new_stream)).unwrap();
    for (name, bytes) in files {
        reading.file(name, &mut Cursor::new(bytes))?;
    }
    for row in rows {
        reading.row(row).unwrap();
    }
    let mut matching = reading.resolve(&mut || {}).unwrap();
    let (mut findings, mut examined) = (Vec::new(), Vec::new());
    while let Some(partition) = matching.next_partition().unwrap() {
        for one in partition {
            matching.count(&one).unwrap();
            findings.extend(one.judged.findings.clone());
            examined.push(one);
        }
    }
    let (statement, more) = matching.finish();
    findings.extend(more);
    for (book, side, currency, balance) in statement.balances.iter() {
        let left = balance.unexplained();
        assert!(
            left.is_zero(),
            "{book:?} {side:?} {currency:?} leaves {left:?}: {findings:#?}"
        );
    }
    Ok(Reconciled {
        statement,
        findings,
        examined,
    })
}

impl Reconciled {
    /// The findings as `code id`, in order of their text.
    pub(crate) fn told(&self) -> Vec<String> {
        let told = |finding: &Finding| {
            let id = finding.transaction.as_deref().unwrap_or("-");
            format!("{} {id}", finding.kind.code())
        };
        let mut told: Vec<_> = self.findings.iter().map(told).collect();
        told.sort();
        told
    }
}
