//! Rules of card payments, as pure functions: no input or output, no clock, no randomness.
//!
//! [`decide()`] takes the payment's row, an [`Event`] and the time, and says what the row becomes and what must be told
//! to whom. [`plan`] says what has to be done next about a row. Everything that talks to the world stands elsewhere.

pub mod card;
pub mod codes;
pub mod decide;
mod draft;
mod event;
pub mod evidence;
mod id;
pub mod message;
mod money;
pub mod order;
pub mod outbox;
mod payment;
pub mod plan;
mod policy;
mod time;

pub use decide::{Decision, Ignored, decide};
pub use event::Event;
pub use id::{
    CaptureId, CaptureRequestId, IdError, MAX_ID_LENGTH, OrderId, PaymentId, PaymentRequestId, hex,
};
pub use money::{Currency, Money, MoneyError};
pub use payment::{
    Capture, CaptureMode, CaptureOn, CaptureState, Doubt, NewPayment, PayAttempt, Payment, Review,
    ReviewReason, Status,
};
pub use policy::Policy;
pub use time::{Seconds, Time};
