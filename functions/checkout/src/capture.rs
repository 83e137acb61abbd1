//! `POST /payments/{id}/capture`: the merchant's server asks for a capture of a manual payment. The row gets the
//! capture and its queue the hint; the capture function makes the call. Asking again changes nothing.

use crate::request::{self, CaptureBody};
use crate::{Checkout, Problem, view};
use domain::{CaptureRequest, Event, Ignored, PaymentRequestId};
use pop::provider::Provider;
use runtime::http::{Request, Response};
use store::{Input, Queues, Store, advance};

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn capture(
        &self,
        request: &Request,
        id: &PaymentRequestId,
    ) -> Result<Response, Problem> {
        self.admit_merchant(request).await?;
        let wanted = match &request.body[..] {
            [] => CaptureRequest::full(),
            body => request::read::<CaptureBody>(body)?.check()?,
        };
        let asked = Input::of(Event::CaptureAsked(wanted));
        let advanced = advance(&self.ports, id, &asked, (self.clock)()).await?;
        match advanced.ignored.and_then(refusal) {
            Some(refusal) => Err(refusal),
            None => {
                if advanced.ignored.is_none() {
                    tracing::info!("the merchant wants a capture");
                }
                Ok(view::for_merchant(202, &advanced.payment))
            }
        }
    }
}

fn refusal(ignored: Ignored) -> Option<Problem> {
    let (code, detail) = match ignored {
        Ignored::NothingToCapture => (
            "not_capturable",
            "Only an authorised payment with manual capture, before its limit, not in review and not being cancelled, can be captured; a further time only where several captures are agreed.",
        ),
        Ignored::CaptureDiffers => (
            "capture_number_in_use",
            "The capture of this number was asked for with another amount; use the next number.",
        ),
        Ignored::CaptureNotPossible => (
            "capture_not_possible",
            "Capture at most what is left, in the payment's currency, under the next number; a part only where several captures are agreed.",
        ),
        _ => return None,
    };
    Some(Problem::new(409, code, detail))
}
