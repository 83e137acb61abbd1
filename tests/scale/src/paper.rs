//! What no machine here can try: a thousand questions a second, and a hundred million payments a day, computed from what
//! was measured and from the public limits of AWS.

use crate::journey::{Kind, walk};
use crate::statistics::grouped;
use anyhow::Result;
use serde::Serialize;
use std::fmt::Write as _;

/// A Lambda function of so many MB has one processor.
const MB_OF_A_PROCESSOR: f64 = 1_769.0;

/// What TLS and a network add to the processor time that was measured without: an assumption.
const WITH_TLS: f64 = 1.5;

/// How long the table's three answers take together, in milliseconds: an assumption.
const TABLE_MS: f64 = 15.0;

/// Of its setting, the pace lets so much through, to be never above it.
const PACE: f64 = 1.0 / 1.1;

/// Of a minute, a run that does not get through works so much; then it leaves time for the last rows.
const OF_A_MINUTE: f64 = 45.0 / 60.0;

/// Write units that one partition takes in a second.
const PARTITION_WRITES: f64 = 1_000.0;

/// How full partitions are planned to be.
const FULL: f64 = 0.5;

/// What was measured of one question to POP about a payment that stays as it is.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Measured {
    /// Processor time, in milliseconds.
    pub cpu_millis: f64,
    /// Capacity units, reads and writes.
    pub units: f64,
}

/// How one sweep is set.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Setting {
    /// The function's memory.
    pub memory_mb: f64,
    /// `SweepConcurrency`.
    pub concurrency: f64,
    /// `SweepMaxInquiriesPerSecond`.
    pub per_second: f64,
    /// How long POP takes.
    pub pop_ms: f64,
}

/// What holds a sweep up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Limit {
    /// `SweepMaxInquiriesPerSecond`.
    Rate,
    /// `SweepConcurrency`.
    Concurrency,
    /// The function's memory.
    Processor,
}

impl Limit {
    fn words(self) -> &'static str {
        match self {
            Self::Rate => "the rate",
            Self::Concurrency => "the concurrency",
            Self::Processor => "the memory (processor)",
        }
    }
}

/// How many questions a second one sweep asks while it runs, and what holds it up.
#[must_use]
pub fn reach(setting: &Setting, measured: &Measured) -> (f64, Limit) {
    // One thread, so that more than one processor is of no use.
    let processor = (setting.memory_mb / MB_OF_A_PROCESSOR).min(1.0);
    let limits = [
        (setting.per_second * PACE, Limit::Rate),
        (
            setting.concurrency * 1e3 / (setting.pop_ms + TABLE_MS),
            Limit::Concurrency,
        ),
        (
            processor * 1e3 / (measured.cpu_millis * WITH_TLS),
            Limit::Processor,
        ),
    ];
    let least = limits.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    least.unwrap_or((0.0, Limit::Rate))
}

/// How many parts, each with a schedule of its own, ask so many questions a second, minute after minute.
#[must_use]
pub fn parts(target: f64, each: f64) -> u64 {
    whole(target / (each * OF_A_MINUTE))
}

/// How many shards take so many writes of the due index in a second, half full.
#[must_use]
pub fn shards(index_writes: f64) -> u64 {
    whole(index_writes / (PARTITION_WRITES * FULL))
}

/// The next whole number; at least one.
fn whole(number: f64) -> u64 {
    // Figures of this size are exact in both.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = number.ceil().max(1.0) as u64;
    whole
}

/// What one whole payment uses.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Payment {
    /// Write units, the index included.
    pub writes: f64,
    /// Read units.
    pub reads: f64,
    /// Writes of its place in the due index, among the above.
    pub index_writes: f64,
    /// Bytes that stay, as they are billed.
    pub bytes: f64,
    /// Messages sent.
    pub messages: f64,
}

impl Payment {
    /// Of a payment that is created, paid, captured by POP, and found so by one inquiry.
    ///
    /// # Errors
    /// The emulator does not work.
    pub async fn measure() -> Result<Self> {
        let left = walk(Kind::Captured).await?;
        let mut payment = Self {
            writes: 0.0,
            reads: 0.0,
            index_writes: f64::from(left.index_writes),
            bytes: crate::emulator::billed_bytes(left.items).await?,
            messages: left.sent as f64,
        };
        for (name, usage) in left.usage {
            match name {
                "GetItem" | "Query" => payment.reads += usage.units,
                _ => payment.writes += usage.units,
            }
        }
        Ok(payment)
    }
}

/// The section on a thousand questions a second.
#[must_use]
pub fn settings_markdown(measured: &Measured) -> String {
    let mut text = format!(
        "`cargo bench-sweep --write-docs`\n\nMeasured above: a question about a payment that stays as it is takes {:.2} ms of a \
         processor and {:.1} capacity units. Assumed: TLS and the network make that {WITH_TLS} times as much, and the table's \
         answers take {TABLE_MS:.0} ms together.\n\n\
         | memory | at once | rate setting | POP answers after | one sweep asks | held up by | parts for 1 000/s |\n\
         |---:|---:|---:|---:|---:|---|---:|\n",
        measured.cpu_millis, measured.units
    );
    let cases = [
        (256.0, 8.0, 20.0, 300.0),
        (256.0, 8.0, 1_000.0, 300.0),
        (256.0, 64.0, 1_000.0, 300.0),
        (1_024.0, 64.0, 1_000.0, 300.0),
        (1_769.0, 64.0, 1_000.0, 300.0),
        (1_769.0, 64.0, 1_000.0, 100.0),
        (1_769.0, 64.0, 1_000.0, 1_000.0),
    ];
    for (memory_mb, concurrency, per_second, pop_ms) in cases {
        let setting = Setting {
            memory_mb,
            concurrency,
            per_second,
            pop_ms,
        };
        let (each, limit) = reach(&setting, measured);
        let _infallible = writeln!(
            text,
            "| {memory_mb:.0} MB | {concurrency:.0} | {per_second:.0} | {pop_ms:.0} ms | {each:.0}/s | {} | {} |",
            limit.words(),
            parts(1_000.0, each)
        );
    }
    let _infallible = writeln!(
        text,
        "\nA thousand questions a second move a thousand entries of the due index, each by a delete and a put: {} shards with \
         partitions half full; and they use {} capacity units a second of the table and its index.",
        shards(2_000.0),
        grouped(whole(measured.units * 1_000.0))
    );
    text
}

/// A day that is planned for.
const PAYMENTS_A_DAY: f64 = 100e6;
/// The busiest second against the mean.
const PEAK: f64 = 3.0;
/// Of all payments, those that are not over before the sweep first looks.
const LEFT_TO_SWEEP: f64 = 0.05;
/// How often each of them is asked about.
const ASKED: f64 = 4.0;
const DAYS_A_MONTH: f64 = 30.0;

/// Dollars in us-east-1: a million write units, read units, requests to SQS; a gigabyte for a month.
const WRITES_PRICE: f64 = 0.625;
const READS_PRICE: f64 = 0.125;
const SQS_PRICE: f64 = 0.40;
const STORAGE_PRICE: f64 = 0.25;

/// The section on a hundred million payments a day.
#[must_use]
pub fn day_markdown(payment: &Payment, measured: &Measured) -> String {
    let mean = PAYMENTS_A_DAY / 86_400.0;
    let peak = mean * PEAK;
    let questions = peak * LEFT_TO_SWEEP * ASKED;
    let sweep = Setting {
        memory_mb: 1_769.0,
        concurrency: 64.0,
        per_second: 1_000.0,
        pop_ms: 300.0,
    };
    let (each, _) = reach(&sweep, measured);
    let index = peak * payment.index_writes + questions * 2.0;
    let month = PAYMENTS_A_DAY * DAYS_A_MONTH / 1e6;
    let gigabytes = PAYMENTS_A_DAY * payment.bytes / 1e9;
    let rows = [
        (
            "payments a second, mean and busiest",
            format!("{mean:.0} and {peak:.0}"),
        ),
        (
            "one payment: write units, of them the due index; read units",
            format!(
                "{:.0}, {:.0}; {:.0}",
                payment.writes, payment.index_writes, payment.reads
            ),
        ),
        (
            "one payment: bytes kept, with its trail",
            grouped(whole(payment.bytes)),
        ),
        (
            "write units in the busiest second",
            grouped(whole(peak * payment.writes + questions * measured.units)),
        ),
        (
            "writes of the due index in the busiest second",
            grouped(whole(index)),
        ),
        (
            "shards of the due index",
            format!("{} (64 with a power of two)", shards(index)),
        ),
        (
            "questions of the sweep in the busiest second",
            format!("{questions:.0}"),
        ),
        (
            "schedules, each for a part of the shards, 1 769 MB, 64 at once",
            parts(questions, each).to_string(),
        ),
        (
            "functions that wait for POP's answer to pay at once, 1 s each",
            grouped(whole(peak)),
        ),
        (
            "requests to the API in the busiest second, six for a payment",
            grouped(whole(peak * 6.0)),
        ),
        (
            "the table grows in a day by",
            format!("{:.1} TB", gigabytes / 1e3),
        ),
        (
            "write units, dollars a month",
            grouped(whole(month * payment.writes * WRITES_PRICE)),
        ),
        (
            "read units, dollars a month",
            grouped(whole(month * payment.reads * READS_PRICE)),
        ),
        (
            "messages, three requests each, dollars a month",
            grouped(whole(month * payment.messages * 3.0 * SQS_PRICE)),
        ),
        (
            "storage of 90 days, dollars a month",
            grouped(whole(gigabytes * 90.0 * STORAGE_PRICE)),
        ),
        (
            "storage of 730 days (the default), dollars a month",
            grouped(whole(gigabytes * 730.0 * STORAGE_PRICE)),
        ),
    ];
    let mut text = format!(
        "`cargo bench-sweep --write-docs`\n\nAssumed: the busiest second has {PEAK:.0} times the mean; {:.0} % of the payments are left \
         to the sweep, which asks about each {ASKED:.0} times; partitions are planned half full. Measured: what one payment \
         uses that is created, sent to 3-D Secure, paid and captured by POP.\n\n| what | how much |\n|---|---:|\n",
        LEFT_TO_SWEEP * 100.0
    );
    for (what, much) in rows {
        let _infallible = writeln!(text, "| {what} | {much} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURED: Measured = Measured {
        cpu_millis: 2.0,
        units: 6.0,
    };

    fn setting() -> Setting {
        Setting {
            memory_mb: 1_769.0,
            concurrency: 64.0,
            per_second: 1_000.0,
            pop_ms: 305.0,
        }
    }

    #[test]
    fn the_narrowest_setting_holds_a_sweep_up() {
        assert_eq!(reach(&setting(), &MEASURED), (200.0, Limit::Concurrency));
        let slow = Setting {
            per_second: 110.0,
            ..setting()
        };
        let (rate, limit) = reach(&slow, &MEASURED);
        assert!((rate - 100.0).abs() < 1e-9 && limit == Limit::Rate);
        let small = Setting {
            memory_mb: 176.9,
            ..setting()
        };
        let (rate, limit) = reach(&small, &MEASURED);
        assert!((rate - 100.0 / 3.0).abs() < 1e-6 && limit == Limit::Processor);
        let large = Setting {
            memory_mb: 10_240.0,
            pop_ms: 0.0,
            ..setting()
        };
        let (rate, limit) = reach(&large, &MEASURED);
        assert!((rate - 1_000.0 / 3.0).abs() < 1e-6 && limit == Limit::Processor);
    }

    #[test]
    fn parts_and_shards_are_whole_and_enough() {
        assert_eq!(parts(1_000.0, 200.0), 7);
        assert_eq!(parts(1.0, 200.0), 1);
        assert_eq!(shards(2_000.0), 4);
        assert_eq!(shards(2_001.0), 5);
        assert_eq!(shards(0.0), 1);
    }

    #[tokio::test]
    async fn a_whole_payment_is_measured() {
        let payment = Payment::measure().await.unwrap();
        assert!(payment.writes > payment.index_writes, "{payment:?}");
        assert!((2_000.0..20_000.0).contains(&payment.bytes), "{payment:?}");
        let text = day_markdown(&payment, &MEASURED);
        assert!(text.contains("| payments a second, mean and busiest | 1157 and 3472 |"));
        assert!(settings_markdown(&MEASURED).contains("| the rate | 74 |"));
    }
}
