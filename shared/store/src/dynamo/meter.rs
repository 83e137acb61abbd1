//! Counts what the table costs: requests, and capacity units as DynamoDB reports them.

use super::DynamoStore;
use aws_sdk_dynamodb::types::ConsumedCapacity;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What one operation of DynamoDB was used.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// Requests, counting those that a condition refused but not the SDK's retries.
    pub requests: u64,
    /// Capacity units of requests that went through: read units for reads, write units for writes.
    pub units: f64,
}

/// A counter. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<BTreeMap<&'static str, Usage>>>);

impl Meter {
    /// What was counted since the last call, by operation.
    #[must_use]
    pub fn take(&self) -> BTreeMap<&'static str, Usage> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, operation: &'static str, units: f64) {
        let mut usage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let usage = usage.entry(operation).or_default();
        usage.requests += 1;
        usage.units += units;
    }
}

impl DynamoStore {
    pub(super) fn count(&self, operation: &'static str, consumed: &[ConsumedCapacity]) {
        if let Some(meter) = &self.meter {
            let units = consumed.iter().filter_map(ConsumedCapacity::capacity_units);
            meter.add(operation, units.sum());
        }
    }
}
