//! Web addresses that may be called, or to which a buyer may be sent.

/// The longest address that is taken, in bytes; the contract says 2048, but a form field more must not strand a buyer.
const MAX_URL: usize = 8192;

/// Whether a text is an absolute https address, or an http address of this very machine (for tests and rehearsals),
/// without user name and without characters that browsers and servers read differently.
#[must_use]
pub fn is_safe(url: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>');
    if url.len() > MAX_URL || !url.bytes().all(plain) {
        return false;
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host(authority);
    let named = !host.is_empty() && !authority.contains('@');
    match scheme.to_ascii_lowercase().as_str() {
        "https" => named,
        "http" => named && is_loopback(host),
        _ => false,
    }
}

/// The authority without its port.
fn host(authority: &str) -> &str {
    let ipv6 = authority
        .find(']')
        .filter(|_| authority.starts_with('['))
        .map(|end| &authority[..=end]);
    ipv6.unwrap_or_else(|| authority.split(':').next().unwrap_or_default())
}

fn is_loopback(host: &str) -> bool {
    let ipv4 = host.parse::<std::net::Ipv4Addr>();
    host.eq_ignore_ascii_case("localhost")
        || host == "[::1]"
        || ipv4.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_anywhere_and_http_on_this_machine_only() {
        for good in [
            "https://acs.example/challenge?x=1#y",
            "HTTPS://acs.example",
            "https://render.alipay.hk/p/www/index.html/#/otp?scene=uefa&redirectUrl=https%3A%2F%2Fx",
            "https://[2001:db8::1]:8443/a",
            "http://127.0.0.1:8080/3ds",
            "http://localhost/3ds",
            "http://[::1]:9/",
        ] {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "",
            "http://acs.example/",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "http://localhost@evil.example/",
            "http://localhost\\.evil.example/",
            "https://user:secret@acs.example/",
            "https:///path",
            "https://",
            "https://:443/",
            "//acs.example/",
            "/relative",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://acs.example/a b",
            "https://acs.example/\n",
            "https://acs.example/\"><script>",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
        let long = |length: usize| format!("https://a/{}", "x".repeat(length - "https://a/".len()));
        assert!(is_safe(&long(MAX_URL)));
        assert!(!is_safe(&long(MAX_URL + 1)));
    }
}
