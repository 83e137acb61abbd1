//! `POST /payments/{id}/capture`: the merchant's server asks for the capture of a manual payment. The row gets the
//! capture and its queue the hint; the capture function makes the call. Asking again changes nothing.

use crate::{Checkout, Problem, auth, view};
use domain::{Event, Ignored, PaymentRequestId};
use pop::provider::Provider;
use runtime::http::{Request, Response};
use store::{Input, Queues, Store, advance};

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn capture(
        &self,
        request: &Request,
        id: &PaymentRequestId,
    ) -> Result<Response, Problem> {
        auth::merchant(&self.api_keys, request)?;
        let asked = Input::of(Event::CaptureAsked);
        let advanced = advance(&self.ports, id, &asked, (self.clock)()).await?;
        let refused = advanced.ignored == Some(Ignored::NothingToCapture);
        if refused && advanced.payment.captures.is_empty() {
            let detail = "Only an authorised payment with manual capture, before its limit and not in review, can be captured.";
            return Err(Problem::new(409, "not_capturable", detail));
        }
        Ok(view::with_status(202, &advanced.payment))
    }
}
