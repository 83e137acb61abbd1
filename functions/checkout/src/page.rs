//! The card page: static files, the same for every payment. What it shows it fetches with the payment's token, which
//! stands in the fragment of its address and so never reaches a server's log.

use runtime::http::Response;

/// The files that the page loads, by name. The script is written in parts and served as one file: each request more would
/// wake another instance of this function.
const ASSETS: &[(&str, &str, &str)] = &[
    (
        "page.css",
        "text/css; charset=utf-8",
        include_str!("../page/page.css"),
    ),
    ("page.js", "text/javascript; charset=utf-8", SCRIPT),
];

/// The parts share one module's scope; the last one starts the page.
const SCRIPT: &str = concat!(
    include_str!("../page/checks.js"),
    include_str!("../page/formats.js"),
    include_str!("../page/environment.js"),
    include_str!("../page/server.js"),
    include_str!("../page/form.js"),
    include_str!("../page/states.js"),
    include_str!("../page/page.js"),
);

/// Where the card page is, and whom it may post to.
#[derive(Debug, Clone)]
pub struct Page {
    base_url: String,
    policy: String,
}

impl Page {
    /// `base_url` is the public address of this API without a slash at its end, `provider_url` POP's. A redirect of
    /// POP may ask for a form to be posted: to https addresses only, or to POP itself where it is on loopback.
    #[must_use]
    pub fn new(base_url: &str, provider_url: &str) -> Self {
        let loopback = provider_url
            .strip_prefix("http://")
            .map(|rest| format!(" http://{}", rest.split('/').next().unwrap_or_default()));
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
             form-action https:{}; base-uri 'none'; frame-ancestors 'none'",
            loopback.unwrap_or_default()
        );
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            policy,
        }
    }

    /// The address that the merchant sends the buyer to.
    #[must_use]
    pub fn url(&self, id: &domain::PaymentRequestId, token: &str) -> String {
        format!("{}/checkout/{id}#{token}", self.base_url)
    }

    /// Where the buyer comes back to after a redirect.
    #[must_use]
    pub fn result_url(&self, id: &domain::PaymentRequestId) -> String {
        format!("{}/checkout/{id}/result", self.base_url)
    }

    pub(crate) fn shell(&self) -> Response {
        let html = include_str!("../page/page.html").to_owned();
        Response::new(200, "text/html; charset=utf-8", html)
            .with_header("content-security-policy", self.policy.clone())
            .with_header("referrer-policy", "no-referrer")
            .with_header("cross-origin-opener-policy", "same-origin")
            .with_header("x-frame-options", "DENY")
            .with_header(
                "permissions-policy",
                "camera=(), geolocation=(), microphone=(), payment=()",
            )
    }
}

pub(crate) fn asset(file: &str) -> Option<Response> {
    let (_, media_type, text) = ASSETS.iter().find(|(name, ..)| *name == file)?;
    let response = Response::new(200, media_type, (*text).to_owned());
    Some(response.with_header("cross-origin-resource-policy", "same-origin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_lets_nothing_in_from_elsewhere() {
        let page = Page::new(
            "https://pay.shop.example/",
            "https://open-sea-global.alipay.com",
        );
        let shell = page.shell();
        let policy = shell.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(
            !policy.contains("unsafe") && !policy.contains("http:"),
            "{policy}"
        );
        assert_eq!(shell.header("cache-control"), Some("no-store"));
        let rehearsal = Page::new("http://127.0.0.1:1", "http://127.0.0.1:2/x").shell();
        let policy = rehearsal.header("content-security-policy").unwrap();
        assert!(
            policy.contains("form-action https: http://127.0.0.1:2;"),
            "{policy}"
        );
    }

    #[test]
    fn the_page_has_no_inline_script_and_every_file_it_names() {
        let html = include_str!("../page/page.html");
        let inline = html.split("<script").skip(1).any(|tag| {
            let (attributes, rest) = tag.split_once('>').unwrap();
            !attributes.contains("src=") || !rest.trim_start().starts_with("</script>")
        });
        assert!(!inline && !html.contains("<style") && !html.contains(" style="));
        assert!(!html.contains(" onclick=") && !html.contains(" onsubmit="));
        for name in html.split("/checkout/assets/").skip(1) {
            assert!(asset(name.split('"').next().unwrap()).is_some());
        }
    }

    #[test]
    fn addresses_carry_the_token_in_the_fragment_alone() {
        let page = Page::new("https://pay.shop.example", "https://p.example");
        let id = domain::PaymentRequestId::new("PAY_1").unwrap();
        assert_eq!(
            page.url(&id, "123.abc"),
            "https://pay.shop.example/checkout/PAY_1#123.abc"
        );
        assert_eq!(
            page.result_url(&id),
            "https://pay.shop.example/checkout/PAY_1/result"
        );
    }
}
