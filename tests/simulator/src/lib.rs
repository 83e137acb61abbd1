//! The payment provider on loopback, for tests and rehearsals: the API of `docs/provider.md` with strict checks,
//! signed answers and notifications, 3DS pages, expiry, automatic and manual captures, and everything that goes
//! wrong between two companies, repeatable by seed. It shares no code with the rest of the workspace, so that a
//! misreading of the protocol cannot hide in both.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use simulator::{Config, Simulator, keys::KeyPair};
//!
//! let (merchant, provider) = (KeyPair::generate()?, KeyPair::generate()?);
//! let config = Config::new("SANDBOX_1", &merchant.public_base64, &provider.private_base64);
//! let running = Simulator::start(config).await?;
//! // point the client under test to running.url(), then:
//! assert_eq!(running.books().totals.overcharged, 0);
//! # Ok(())
//! # }
//! ```
//!
//! # Without a network
//! [`Offline`] is the same provider without sockets, tasks and wall clock, for simulations in one thread: the caller
//! carries calls and notifications, and sets the time. The same seed, times and calls give the same bytes.
//!
//! # API
//! `POST /ams/api/v1/payments/{pay,inquiryPayment,capture,cancel,refund,inquiryRefund}`; under `/ams/sandbox/api` if
//! the client id begins with `SANDBOX_`. The gateway's own refusals (wrong path, client id or signature, unreadable
//! body) are not signed; every other answer is. Other paths, those for storing a card without a payment included, are
//! not defined.
//!
//! The real sandbox sends each notification once. This one sends it again on production's schedule, times
//! [`Timing::resend_scale`].
//!
//! # Test cards
//! [`TEST_CARDS`] lists the numbers and what they lead to, [`TestCard::meaning`] in words. Other numbers with a right
//! check digit are approved. The amounts 11 and 1111001111 are refused by risk control; expiry month 13 and two-digit
//! security codes are declined. `is3DSAuthentication` sends every card but the exempt one through a challenge, after
//! which the card decides.
//!
//! # Stored cards
//! `tokenize` gives an authorised card a token (in the notification and in inquiries; in the answer to pay if chance has
//! it), the same for the same card. `paymentMethodId` with `isCardOnFile` pays as that card does. `recurringType` needs
//! the card network's id of an earlier payment with the card, and never meets a challenge. Of a card are kept: what it
//! leads to, brand, last four digits, expiry, and a keyed hash from which its token is made.
//!
//! # Pages
//! | page | for |
//! |---|---|
//! | `GET /_sim/` | people: the books, the clock, scenarios, test cards, and sending any notification by hand |
//! | `GET /3ds/{token}`, `POST` of a redirect form | the buyer: succeed, fail, or abandon the challenge |
//!
//! # Controls
//! | request | effect |
//! |---|---|
//! | `GET /_sim/books[?latest=N]` | the [`Books`] |
//! | `GET /_sim/cards` | the test cards with their meaning |
//! | `POST /_sim/clock?advance_seconds=N` | turns the provider's clock forward; all that becomes due happens |
//! | `POST /_sim/3ds/{paymentRequestId}?outcome=success\|fail` | finishes a challenge as the buyer would |
//! | `POST /_sim/faults` `{"call":"pay","paymentRequestId":"...","fault":"dropAfter"}` | orders a [`Fault`] for the next such call |
//! | `POST /_sim/scenario` `{"call":"pay","code":"RISK_REJECT","minutes":30}` | every such call answers this code and is not carried out |
//! | `GET /_sim/scenario`, `DELETE /_sim/scenario[?call=pay]` | lists the scenarios at work; ends one or all |
//! | `GET /_sim/samples[?payment={paymentRequestId}]` | ready-made notification bodies of every kind, disputes and stored cards included |
//! | `POST /_sim/reports` `{"generation":"b","minor":false,"wrong":["amount_differs"]}` | the [`reports`] of the books, in base64 |
//! | `POST /_sim/notify[?url=...][&seal=...]` with any body | sends it, rightly signed or with a [`Seal`] that is wrong |
//! | `POST /_sim/notify?wait=true...` | the same, and tells what the merchant answered |
//! | `POST /_sim/keys` `{"merchantPublicKeys":{"1":"...","2":"..."},"providerPrivateKey":"...","keyVersion":"2"}` | replaces keys, each field if it is there ([`NewKeys`]) |
//! | `POST /_sim/forge/{paymentRequestId}?seal=otherKey` | sends a forgery about the payment |
//!
//! Pages of other origins are refused: the controls sign whatever they are given.
//!
//! # Reports
//! [`reports::write`] writes transaction and settlement reports from the books, in each of the provider's generations,
//! and on request with discrepancies of every kind, of which it says where they are.
//!
//! # Faults by chance
//! Each draw depends on the seed, the id it is for, the kind of call and the number of the attempt: the same ids and
//! seed give the same faults in any order of events. [`Rates`] lists what there is, [`Books::faults`] counts what was
//! committed.

mod answers;
mod books;
mod cancel;
mod capture;
mod card_result;
mod cards;
mod challenge;
mod chance;
mod clock;
mod config;
mod control;
mod core;
mod dashboard;
mod desk;
mod errands;
mod faults;
mod fields;
mod gateway;
mod key_ring;
pub mod keys;
mod notices;
mod notification;
mod offline;
mod outgoing;
mod pay;
mod refund;
pub mod reports;
mod running;
mod samples;
mod scenario;
mod schema;
mod server;
mod shape;
mod signing;
mod state;
mod vault;
mod web;

pub use books::{Books, NotificationRecord, PaymentRecord, Totals, TransferRecord};
pub use cards::{CaptureOutcome, Outcome, Redirect, RefundOutcome, TEST_CARDS, TestCard};
pub use config::{Config, Timing};
pub use faults::{Call, Fault, FaultLevel, Rates};
pub use fields::Money;
pub use key_ring::NewKeys;
pub use notification::{Seal, Sending};
pub use offline::{Letter, Offline, OfflineReply};
pub use running::{Running, Simulator, StartError};
pub use state::{CardUse, PaymentState, TransferState};
