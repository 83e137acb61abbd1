//! The dashboard: one page with the books, the clock, scenarios and sending by hand. It uses the controls alone.

use http::StatusCode;

use crate::web::{Answer, css, page, script};

const PAGE: &str = include_str!("dashboard/page.html");
const STYLE: &str = include_str!("dashboard/page.css");
const SCRIPT: &str = include_str!("dashboard/dashboard.js");
const TABLES: &str = include_str!("dashboard/tables.js");
const SENDING: &str = include_str!("dashboard/sending.js");

/// Nothing from anywhere else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The page and what belongs to it; `None` for anything else.
pub(crate) fn answer(name: &str) -> Option<Answer> {
    Some(match name {
        "" => page(StatusCode::OK, PAGE.to_owned(), POLICY),
        "page.css" => css(STYLE),
        "dashboard.js" => script(SCRIPT),
        "tables.js" => script(TABLES),
        "sending.js" => script(SENDING),
        _ => return None,
    })
}
