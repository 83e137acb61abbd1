//! A sample of real trails, and everything that can be done to them: each byte of each item changed, entries left out,
//! doubled and swapped, messages changed under a chain made anew, and each value of the rows changed. All of it must
//! be found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test tool: what does not fit must stop it"
)]

mod bytes;
mod chain;
mod lives;
mod rows;
mod tally;

pub use lives::lives;
pub use tally::{Found, Tally, Unnoticed};

use audit::Signer;
use domain::Payment;
use domain::evidence::Evidence;
use pop::keys::VerifyingKeys;

/// A payment and its trail, as they stand in the table.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The row.
    pub row: Payment,
    /// Its trail.
    pub entries: Vec<Evidence>,
}

/// The provider's key and our client id.
pub struct Keys(VerifyingKeys);

impl Keys {
    /// Those of the sample events.
    #[must_use]
    pub fn of_samples() -> Self {
        let key = flows::events::public_key("provider-public.pem");
        Self(VerifyingKeys::parse(&format!("1={key}")).unwrap())
    }

    fn signer(&self) -> Signer<'_> {
        Signer {
            keys: &self.0,
            client_id: flows::events::CLIENT_ID,
        }
    }
}

impl Sample {
    /// Whether the audit finds anything.
    fn is_found(&self, keys: &Keys) -> bool {
        let report = audit::check_trail(keys.signer(), &self.row, &self.entries);
        !report.findings.is_empty()
    }
}

/// Does everything to each sample; `after_each` is called with their number when one is done.
pub fn tamper(samples: &[Sample], keys: &Keys, mut after_each: impl FnMut(usize)) -> Tally {
    let mut tally = Tally::default();
    for (place, sample) in samples.iter().enumerate() {
        tally.take_in(sample, keys);
        bytes::change_each(sample, keys, &mut tally);
        bytes::change_each_signed(sample, keys, &mut tally);
        // Entries of another payment may be put in.
        let other = &samples[(place + 1) % samples.len()];
        chain::rearrange(sample, other, keys, &mut tally);
        chain::make_anew(sample, keys, &mut tally);
        rows::change_each(sample, keys, &mut tally);
        after_each(place + 1);
    }
    tally
}
