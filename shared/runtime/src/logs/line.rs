//! What a line looks like: one flat JSON object, the fields of the spans around it included.
//!
//! Written by hand, since the usual formatter nests the spans' fields under their names, which makes them hard to ask
//! for, and reads each span's JSON anew for every line.

use std::fmt::{self, Write};
use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// A line: time, level, message, fields, the spans' fields from the outermost inwards, and the module.
pub(super) struct Line;

/// Fields as they stand in a line: `,"name":value` for each.
pub(super) struct Fields;

impl<S> FormatEvent<S, Fields> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Fields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        let level = event.metadata().level().as_str();
        write!(writer, "\",\"level\":\"{level}\"")?;
        Fields.format_fields(writer.by_ref(), event)?;
        for span in context
            .event_scope()
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            if let Some(fields) = span.extensions().get::<FormattedFields<Fields>>() {
                writer.write_str(fields)?;
            }
        }
        let target = event.metadata().target();
        writeln!(writer, ",\"target\":\"{target}\"}}")
    }
}

impl<'w> FormatFields<'w> for Fields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut values = Values {
            writer,
            written: Ok(()),
        };
        fields.record(&mut values);
        values.written
    }

    fn add_fields(
        &self,
        current: &'w mut FormattedFields<Self>,
        fields: &Record<'_>,
    ) -> fmt::Result {
        let before = current.fields.len();
        self.format_fields(current.as_writer(), fields)?;
        // Said a second time, it would stand in each line twice.
        if current.fields[..before].contains(&current.fields[before..]) {
            current.fields.truncate(before);
        }
        Ok(())
    }
}

struct Values<'w> {
    writer: Writer<'w>,
    written: fmt::Result,
}

impl Values<'_> {
    fn write(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let name = name(field.name());
        self.written = self
            .written
            .and_then(|()| write!(self.writer, ",\"{name}\":"))
            .and_then(|()| value(&mut self.writer));
    }

    fn write_text(&mut self, field: &Field, text: fmt::Arguments<'_>) {
        self.write(field, |writer| {
            writer.write_char('"')?;
            Escaped(writer).write_fmt(text)?;
            writer.write_char('"')
        });
    }
}

impl Visit for Values<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let value = match field.name() {
            TRACE_HEADER => root_of(value),
            _ => value,
        };
        self.write_text(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.write_text(field, format_args!("{value:?}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.write(field, |writer| write!(writer, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.write(field, |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.write(field, |writer| write!(writer, "{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.write(field, |writer| match value.is_finite() {
            true => write!(writer, "{value}"),
            false => writer.write_str("null"),
        });
    }
}

/// The field of Lambda's runtime with the whole trace header (`_X_AMZN_TRACE_ID`).
const TRACE_HEADER: &str = "xrayTraceId";

/// The name of a field in a line. Those of Lambda's runtime get names like ours.
fn name(field: &'static str) -> &'static str {
    match field {
        "requestId" => "request_id",
        TRACE_HEADER => "trace_id",
        name => name,
    }
}

/// The root of a trace header, by which the lines of all functions that worked on one request are found.
fn root_of(header: &str) -> &str {
    let mut parts = header.split(';').map(str::trim);
    parts
        .find_map(|part| part.strip_prefix("Root="))
        .unwrap_or(header)
}

/// The inside of a JSON string.
struct Escaped<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut plain = 0; // where what needs no escape begins
        for (at, byte) in text.bytes().enumerate() {
            if byte >= b' ' && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.0.write_str(&text[plain..at])?;
            match byte {
                b'"' => self.0.write_str("\\\"")?,
                b'\\' => self.0.write_str("\\\\")?,
                b'\n' => self.0.write_str("\\n")?,
                _ => write!(self.0, "\\u{byte:04x}")?,
            }
            plain = at + 1;
        }
        self.0.write_str(&text[plain..])
    }
}
