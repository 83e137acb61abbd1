//! Rules of card payments, as pure functions: no input or output, no clock, no randomness.
//!
//! [`decide()`] takes the payment's row, an [`Event`] and the time, and says what the row becomes and what must be told
//! to whom. [`plan`] says what has to be done next about a row. Everything that talks to the world stands elsewhere.

pub mod card;
pub mod checks;
pub mod codes;
pub mod decide;
mod draft;
mod event;
pub mod evidence;
mod id;
pub mod limits;
pub mod message;
mod money;
pub mod operator;
pub mod order;
pub mod outbox;
mod payment;
pub mod plan;
mod policy;
pub mod replay;
mod resolution;
pub mod standing;
pub mod stored_card;
pub mod summary;
mod time;
pub mod url;

pub use decide::{Decision, Ignored, decide};
pub use event::{CaptureRequest, Event, RefundRequest};
pub use id::{
    BuyerId, CaptureId, CaptureRequestId, IdError, MAX_ID_LENGTH, OrderId, PaymentId,
    PaymentRequestId, RefundId, RefundRequestId, StoredCardId, hex,
};
pub use money::{Currency, Money, MoneyError};
pub use payment::{
    Cancel, CancelBy, CancelState, Capture, CaptureMode, CaptureOn, CaptureState, Doubt,
    MAX_ATTEMPTS, NewPayment, ORDER_ALREADY_PAID, PayAttempt, Payment, Refund, RefundState, Review,
    ReviewReason, SaveCard, Status,
};
pub use policy::Policy;
pub use resolution::{Note, NoteError, Resolution, Ruling};
pub use time::{Seconds, Time};
