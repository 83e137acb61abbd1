//! What carries the client's calls.

use bytes::Bytes;
use domain::message::NoAnswer;
use http::HeaderMap;
use std::time::Duration;

/// An HTTP 200 as it came. Nothing in it is to be believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// All headers.
    pub headers: HeaderMap,
    /// The exact bytes of the body.
    pub body: Vec<u8>,
}

/// Carries one signed request to POP and brings back what came. Size is bounded in here. Nothing is repeated:
/// whether to ask again is decided by whoever stored the id of the call.
pub trait Transport: Send + Sync {
    /// POSTs `body` to `path`, which is the one that was signed. `headers` are Client-Id, Request-Time, Signature and
    /// Content-Type. What has not come whole within `limit` has not come.
    ///
    /// # Errors
    /// Anything but a whole HTTP 200. POP may have acted all the same; the caller asks later, with the same id.
    fn post(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        limit: Duration,
    ) -> impl Future<Output = Result<Received, NoAnswer>> + Send;
}
