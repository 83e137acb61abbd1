//! The section `cost` of `docs/performance.md`.

use crate::bill::Tariff;
use crate::figures::Figures;
use crate::tables;

/// What keeps the largest terms as small as they are, and what is left to choose.
const DONE: &str = "What is done about the largest terms:

- *Storage and recovery*: the row keeps what the rules need, the signed messages stand in the trail alone, and what was \
  said about the buyer is dropped when no further attempt can need it. Rows, trails and look-ups expire. How long they are \
  kept (`RecordRetentionDays`) decides most of the price of a payment; above some eight months DynamoDB's class for \
  infrequent access is the cheaper one.
- *Writes*: a message that says nothing new is answered after one read, and writes nothing. Rows and trail entries are \
  separate items, so that no write carries again what was written before. The index is sparse and holds keys only.
- *Lambda time* is mostly waiting for POP; the memory size is what it is multiplied with.";

/// The section, without its heading.
#[must_use]
pub fn section(tariff: &Tariff, figures: &Figures) -> String {
    let (read, all) = figures.prices_read;
    let mix = figures.mix_shares.iter().map(|(name, share)| {
        let title = figures
            .journey(name)
            .map_or(name.as_str(), |line| line.title);
        format!("{:.0} % {title}", share * 100.0)
    });
    let mix = mix.collect::<Vec<_>>().join(", ");
    format!(
        "Written by `cargo cost --write-docs`. Region {region}, {architecture}, dollars before taxes, no free allowances \
         or discounts. Prices of {day} ([tests/cost/prices.toml](../tests/cost/prices.toml), each with its source; {read} \
         of {all} were read on that day, the others are general knowledge of AWS's pages).\n\n\
         Each journey runs through the four functions in one process, between an embedded DynamoDB that reports the units \
         of table and index, a queue that counts, and the simulated provider. Requests, units, messages, log lines and \
         bytes are counted; how long an invocation takes is not, but worked out from \
         [tests/cost/durations.toml](../tests/cost/durations.toml).\n\n\
         {dollars}\n\
         A payment of the mix ({mix}) costs {payment:.2} dollars per million. \"On top\" means: beside what the payment \
         costs anyway.\n\n\
         {largest}\n\
         {DONE}\n\n\
         What would change that:\n\n\
         {alternatives}\n\
         {counts}\n\
         How it is counted:\n\n\
         - The page is opened once: three files and one look at the payment. With 3-D Secure it is loaded again for the result.\n\
         - Transactions use two write units for each KB of each item. Index writes cost one unit each, also within a \
         transaction; moving `due_at` is two (an entry goes, another comes). The emulator follows what DynamoDB reports, \
         which `cargo nextest run -p cost` compares case by case.\n\
         - Queue requests: each message is sent, received and deleted by itself, by Lambda or by the merchant's order system.\n\
         - Log bytes are those of the functions; Lambda's own START, END and REPORT lines (about 270 bytes for an \
         invocation) and CloudWatch's 26 bytes for each line come on top in dollars.\n\
         - Storage is each item with DynamoDB's 100 bytes more, until its expiry, and the same under point-in-time recovery.\n\
         - The API's own line about each request counts too, and so do the functions' lines of metrics.\n\
         - A sweep comes each minute anyway: a payment pays only for what is done about it there.\n\n\
         Assumed:\n\n{assumptions}\n\
         {idle}\n\
         Metrics are paid for in each hour in which they have a value, an idle month has none. A month in whose every hour \
         something is due, and something is wrong, has all {metrics} of them: {metrics_usd:.2} dollars more.\n",
        region = figures.region,
        architecture = figures.architecture,
        day = figures.prices_of,
        dollars = tables::dollars(figures),
        payment = figures.mix.total * 1e6,
        largest = tables::largest(figures),
        alternatives = tables::alternatives(figures),
        counts = tables::counts(figures),
        assumptions = tables::assumptions(tariff, &figures.empty_sweep),
        idle = tables::idle(&figures.idle_units, &figures.idle),
        metrics = tariff.deployment.metrics,
        metrics_usd = figures.metrics.total,
    )
}
