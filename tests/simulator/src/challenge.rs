//! The 3DS challenge: how the buyer gets there, and the page where the buyer proves to be the card's holder.
//!
//! `GET /3ds/{token}` shows the page, as does `POST /3ds/{token}` with the parameters of the redirect form.
//! `POST /3ds/{token}/success`, `/fail` and `/abandon` lead back to the shop; the last leaves the payment unfinished.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{Method, StatusCode};

use crate::cards::Redirect;
use crate::core::Core;
use crate::desk::Desk;
use crate::state::{Challenge, Payment, PaymentState};
use crate::web::{Answer, css, escape, form_field, page, problem, see_other};

const PAGE: &str = include_str!("challenge/page.html");
const OPEN: &str = include_str!("challenge/open.html");
const CLOSED: &str = include_str!("challenge/closed.html");
const INCOMPLETE: &str = include_str!("challenge/incomplete.html");
const STYLE: &str = include_str!("challenge/page.css");

/// The field in which a redirect form carries the request for the challenge.
pub(crate) const FORM_FIELD: &str = "creq";

impl Desk<'_> {
    /// Sends the buyer to a challenge.
    pub(crate) fn challenge(&mut self, key: &str) {
        let token = format!("{:016x}", self.chance.number(&["challenge", key]));
        let by_chance = self
            .chance
            .happens(self.config.rates.post_form, &["post form", key]);
        let only_form = self.chance.number(&["only a form", key]).is_multiple_of(2);
        let card = self
            .state
            .payments
            .get(key)
            .map(|payment| payment.behaviour.redirect);
        let redirect = match card {
            Some(Redirect::Link) | None if by_chance && only_form => Redirect::Form,
            Some(Redirect::Link) | None if by_chance => Redirect::Both,
            Some(redirect) => redirect,
            None => Redirect::Link,
        };
        let challenge = Challenge {
            url: format!("{}/3ds/{token}", self.url),
            by_link: redirect != Redirect::Form,
            by_form: (redirect != Redirect::Link).then(|| challenge_request(&token)),
        };
        self.state.by_challenge.insert(token, key.to_owned());
        self.update(key, |payment| payment.challenge = Some(challenge));
    }
}

/// Base64 with all its special characters: a form that does not encode them does not get through.
fn challenge_request(token: &str) -> String {
    BASE64.encode(
        [
            b"3DS challenge: ".as_slice(),
            &[0xfb, 0xff, 0xbf],
            token.as_bytes(),
            b".",
        ]
        .concat(),
    )
}

/// Answers a request under `/3ds/`.
pub(crate) fn answer(core: &Core, method: &Method, rest: &str, body: &[u8]) -> Answer {
    if (method, rest) == (&Method::GET, "page.css") {
        return css(STYLE);
    }
    let (token, action) = rest.split_once('/').unwrap_or((rest, ""));
    let key = core.at_desk(|desk| desk.state.by_challenge.get(token).cloned());
    let Some(key) = key else {
        return problem(StatusCode::NOT_FOUND, "no such challenge");
    };
    match (method.as_str(), action) {
        ("GET", "") => show(core, token, &key, None),
        ("POST", "") => {
            let sent = form_field(body, FORM_FIELD).unwrap_or_default();
            show(core, token, &key, Some(&sent))
        }
        ("POST", "success" | "fail") => {
            core.finish_challenge(&key, action == "success");
            back_to_shop(core, &key)
        }
        ("POST", "abandon") => back_to_shop(core, &key),
        _ => problem(
            StatusCode::METHOD_NOT_ALLOWED,
            "GET the page or POST its form; POST success, fail or abandon",
        ),
    }
}

fn back_to_shop(core: &Core, key: &str) -> Answer {
    let state = core.state();
    match state.payments.get(key) {
        Some(payment) => see_other(&payment.redirect_url),
        None => problem(StatusCode::NOT_FOUND, "no such payment"),
    }
}

/// Shows the page; `sent` is what came by a form.
fn show(core: &Core, token: &str, key: &str, sent: Option<&str>) -> Answer {
    let state = core.state();
    let Some(payment) = state.payments.get(key) else {
        return problem(StatusCode::NOT_FOUND, "no such payment");
    };
    let expected = payment
        .challenge
        .as_ref()
        .and_then(|challenge| challenge.by_form.as_deref());
    let (status, content) = if sent.is_some() && sent != expected {
        (StatusCode::BAD_REQUEST, INCOMPLETE)
    } else if payment.state == PaymentState::Processing {
        (StatusCode::OK, OPEN)
    } else {
        (StatusCode::OK, CLOSED)
    };
    let html = PAGE
        .replace("{content}", content)
        .replace("{token}", token)
        .replace("{order}", &escape(&payment.order_id))
        .replace("{amount}", &payment.amount.decimal())
        .replace("{shop}", &escape(&payment.redirect_url));
    page(status, html, &policy(payment))
}

/// Nothing but our own style sheet, and forms that lead to us and on to the shop: browsers hold redirects of a posted
/// form to this list too.
fn policy(payment: &Payment) -> String {
    let origin = payment
        .redirect_url
        .parse::<http::Uri>()
        .ok()
        .and_then(|url| Some(format!(" {}://{}", url.scheme_str()?, url.authority()?)))
        .unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'{origin}; base-uri 'none'; frame-ancestors 'none'"
    )
}
