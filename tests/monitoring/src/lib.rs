//! The template's own alarms and dashboard, worked out from metrics as CloudWatch would: for tests that an alarm fires
//! when its fault is there and at no other time, and for rehearsals, whose emulator has no metrics.

mod alarm;
mod dashboard;
mod drawing;
mod evaluation;
mod formula;
mod metric;
mod names;
mod points;

pub use alarm::{Alarm, alarms};
pub use dashboard::{Dashboard, dashboard};
pub use drawing::page;
pub use evaluation::State;
pub use metric::{Metric, Statistic};
pub use names::Names;
pub use points::{Point, Points};
