//! The shop's API as the merchant's server and the buyer's page call it.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::visit::{Ask, Reply, Visit, What};
use crate::clock::now_ms;
use crate::provider::Challenges;

/// Calls that are repeated when the shop's answer is a 5xx or none, before the caller gives up.
const TRIES: u32 = 8;
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(700);

/// What buyers and merchants need.
pub(super) struct Shop {
    pub(super) http: reqwest::Client,
    pub(super) url: String,
    pub(super) api_key: String,
    pub(super) challenges: Challenges,
}

/// One payment and the token of its page.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) id: String,
    pub(super) token: String,
}

/// One answer of the shop.
pub(super) enum Answer {
    /// 2xx with this body; `Null` if there is none.
    Done(u16, Value),
    /// 409 with this code.
    Refused(String),
    /// 5xx or none; nothing is known.
    Nothing,
    /// What must not come.
    Surprise(String),
}

/// A call to be made: again and again until the shop answers, and twice at once the first time in a hurry. Every
/// route of the API takes a repetition for what it is.
pub(super) struct Call<'a> {
    pub(super) payment: &'a str,
    pub(super) name: &'static str,
    pub(super) what: What,
    pub(super) twice: bool,
    /// Codes of a 409 that may come.
    pub(super) may_refuse: &'a [&'a str],
    /// Whether it moves the payment, so that the time until it settles counts from here.
    pub(super) moves: bool,
}

impl Shop {
    /// A request of the merchant's server.
    pub(super) fn merchant(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.api_key)
    }

    /// A request of the payment's page.
    pub(super) fn page(&self, attempt: &Attempt, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(
                method,
                format!("{}/payments/{}{path}", self.url, attempt.id),
            )
            .bearer_auth(&attempt.token)
    }

    /// Makes a call until it is answered and writes down what came of it; the body if it was carried out.
    pub(super) async fn call(
        &self,
        call: Call<'_>,
        visit: &mut Visit,
        request: impl Fn() -> RequestBuilder,
    ) -> Option<Value> {
        let mut answer = Answer::Nothing;
        for attempt in 0..TRIES {
            if call.moves {
                visit.moved_at.insert(call.payment.to_owned(), now_ms());
            }
            answer = if call.twice && attempt == 0 {
                visit.doubled += 1;
                self.send_twice(&request, visit).await
            } else {
                self.send(request(), visit).await
            };
            if !matches!(answer, Answer::Nothing) {
                break;
            }
            tokio::time::sleep(PAUSE_AFTER_ERROR).await;
        }
        let (reply, body) = match answer {
            Answer::Done(status, body) => (Reply::Done(status), Some(body)),
            Answer::Refused(code) if call.may_refuse.contains(&code.as_str()) => {
                (Reply::Refused(code), None)
            }
            Answer::Refused(code) => {
                visit.surprise = Some(format!("{}: refused with {code}", call.name));
                (Reply::Refused(code), None)
            }
            Answer::Surprise(words) => {
                visit.surprise = Some(format!("{}: {words}", call.name));
                (Reply::Nothing, None)
            }
            Answer::Nothing => (Reply::Nothing, None),
        };
        visit.asks.push(Ask {
            payment: call.payment.to_owned(),
            name: call.name,
            what: call.what,
            reply,
        });
        body
    }

    /// Looks at something once; the body if there is one.
    pub(super) async fn look(&self, request: RequestBuilder, visit: &mut Visit) -> Option<Value> {
        match self.send(request, visit).await {
            Answer::Done(_, body) => Some(body),
            Answer::Surprise(words) => {
                visit.surprise = Some(format!("look: {words}"));
                None
            }
            Answer::Refused(code) => {
                visit.surprise = Some(format!("look: refused with {code}"));
                None
            }
            Answer::Nothing => None,
        }
    }

    /// Two at once, of which the better answer counts.
    async fn send_twice(&self, request: &impl Fn() -> RequestBuilder, visit: &mut Visit) -> Answer {
        let mut second_visit = Visit::default();
        let (first, second) = tokio::join!(
            self.send(request(), visit),
            self.send(request(), &mut second_visit)
        );
        visit.absorb(second_visit);
        better(first, second)
    }

    async fn send(&self, request: RequestBuilder, visit: &mut Visit) -> Answer {
        let answer = async {
            let response = request.send().await.ok()?;
            let status = response.status();
            Some((status, response.text().await.ok()?))
        };
        let Some((status, text)) = answer.await.filter(|(status, _)| !status.is_server_error())
        else {
            visit.shop_errors += 1;
            return Answer::Nothing;
        };
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let code = body["code"].as_str().filter(|_| status.as_u16() == 409);
        if status.is_success() && (text.is_empty() || body.is_object()) {
            Answer::Done(status.as_u16(), body)
        } else if let Some(code) = code {
            Answer::Refused(code.to_owned())
        } else {
            let shown: String = text.chars().take(200).collect();
            Answer::Surprise(format!("HTTP {} {shown}", status.as_u16()))
        }
    }
}

/// The one that tells more: what must not come, then what was done (with a redirect rather than without), then a
/// refusal.
fn better(first: Answer, second: Answer) -> Answer {
    match (first, second) {
        (Answer::Surprise(words), _) | (_, Answer::Surprise(words)) => Answer::Surprise(words),
        (Answer::Done(_, first), Answer::Done(status, second)) if first["redirect"].is_null() => {
            Answer::Done(status, second)
        }
        (Answer::Done(status, body), _) | (_, Answer::Done(status, body)) => {
            Answer::Done(status, body)
        }
        (Answer::Refused(code), _) | (_, Answer::Refused(code)) => Answer::Refused(code),
        (Answer::Nothing, Answer::Nothing) => Answer::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_two_answers_the_one_that_tells_more_counts() {
        let done = |redirect| Answer::Done(200, json!({ "redirect": redirect }));
        let refused = || Answer::Refused("not_retryable".to_owned());
        assert!(matches!(
            better(done(json!(null)), done(json!({ "url": "u" }))),
            Answer::Done(_, body) if body["redirect"]["url"] == "u"
        ));
        assert!(matches!(
            better(done(json!({ "url": "u" })), done(json!(null))),
            Answer::Done(_, body) if body["redirect"]["url"] == "u"
        ));
        assert!(matches!(
            better(refused(), done(json!(null))),
            Answer::Done(..)
        ));
        assert!(matches!(
            better(Answer::Nothing, refused()),
            Answer::Refused(_)
        ));
        let surprise = Answer::Surprise("HTTP 404".to_owned());
        assert!(matches!(
            better(done(json!(null)), surprise),
            Answer::Surprise(_)
        ));
    }
}
