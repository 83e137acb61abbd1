//! Every row against its trail: is the chain whole, does each signature still hold, and does replaying it give the row?

use ::audit::{Signer, check_trail};
use pop::keys::VerifyingKeys;

use super::{Finding, Kind};
use crate::provider::CLIENT_ID;
use crate::records::Table;

/// What was checked and what is wrong.
#[derive(Default)]
pub(crate) struct Trails {
    pub(crate) findings: Vec<Finding>,
    /// Entries of all trails.
    pub(crate) entries: u64,
    /// Signatures that were checked again and hold.
    pub(crate) signatures: u64,
}

/// Checks all of them with the provider's keys.
pub(super) fn check(table: &Table, keys: &VerifyingKeys) -> Trails {
    let mut trails = Trails::default();
    let client_id = CLIENT_ID;
    for (id, record) in &table.payments {
        let Some(row) = &record.payment else {
            continue;
        };
        let report = check_trail(Signer { keys, client_id }, row, &record.evidence);
        trails.entries += report.entries as u64;
        trails.signatures += report.verified as u64;
        let findings = report.findings.iter();
        let findings = findings.map(|found| Finding::new(id, Kind::TrailBroken, found.to_string()));
        trails.findings.extend(findings);
    }
    trails
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Record;
    use store::samples;

    #[test]
    fn a_row_that_its_trail_does_not_make_is_a_finding() {
        let keys = crate::secrets::Secrets::generate()
            .unwrap()
            .pop_public_keys();
        let keys = VerifyingKeys::parse(&keys).unwrap();
        let policy = domain::Policy::default();
        let created = store::Commit::created(samples::payment("P1"), &policy);
        let mut table = Table::default();
        let record = Record {
            payment: Some(created.next.clone()),
            due_at: None,
            evidence: created.evidence,
        };
        table.payments.insert("P1".to_owned(), record);
        let trails = check(&table, &keys);
        assert_eq!((trails.findings.len(), trails.entries), (0, 1));
        let change = |table: &mut Table, row: domain::Payment| {
            let record = table.payments.get_mut("P1").unwrap();
            record.payment = Some(row);
        };
        let mut captured = created.next.clone();
        captured.status = domain::Status::Captured;
        change(&mut table, captured);
        assert!(!check(&table, &keys).findings.is_empty());
        let mut longer = created.next;
        longer.trail.entries = 2;
        change(&mut table, longer);
        assert_eq!(check(&table, &keys).findings.len(), 1);
    }
}
