//! AWS's Signature Version 4 of a request to the path `/`, with no query, which all requests of AWS's JSON services are
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
//!
//! Pure: the time is an argument. Tests hold it to what the SDK's own signer makes of the same request.

use super::day_key::DayKey;
use ring::{digest, hmac};

/// The header that says when a request was signed.
pub(super) const DATE: &str = "x-amz-date";
/// The header of credentials that are valid for a while only.
pub(super) const TOKEN: &str = "x-amz-security-token";
/// The header that the signature stands in.
pub(super) const AUTHORIZATION: &str = "authorization";

/// Headers that are not signed: what is on the way between may change them, or the signature replaces them.
const NOT_SIGNED: [&str; 6] = [
    AUTHORIZATION,
    DATE,
    TOKEN,
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];

/// What is signed.
pub(super) struct Unsigned<'a> {
    pub(super) method: &'a str,
    /// As it stands in the header of that name: with a port if it is not the usual one.
    pub(super) host: &'a str,
    /// Name in lower case, and value.
    pub(super) headers: Vec<(&'a str, &'a str)>,
    pub(super) body: &'a [u8],
}

/// Who signs, with the key of the day of `stamp`.
pub(super) struct Signer<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) key: &'a DayKey,
    /// Now, such as `20260214T093000Z`.
    pub(super) stamp: &'a str,
}

impl Signer<'_> {
    /// The value of the header `authorization`.
    pub(super) fn authorization(&self, request: Unsigned<'_>) -> String {
        let body = sha256(request.body);
        let (method, headers) = (request.method, self.signed(request));
        let names = names(&headers);
        let request = sha256(canonical(method, &headers, &names, &body).as_bytes());
        let (stamp, scope) = (self.stamp, self.key.scope());
        let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{request}");
        let signature = hex::encode(hmac::sign(self.key.key(), text.as_bytes()));
        let id = self.access_key_id;
        format!(
            "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
    }

    /// The headers that are signed, in the order of their names.
    fn signed<'a>(&'a self, request: Unsigned<'a>) -> Vec<(&'a str, &'a str)> {
        let mut headers = request.headers;
        headers.retain(|(name, _)| !NOT_SIGNED.contains(name));
        if !headers.iter().any(|(name, _)| *name == "host") {
            headers.push(("host", request.host));
        }
        headers.push((DATE, self.stamp));
        headers.extend(self.token.map(|token| (TOKEN, token)));
        headers.sort_by_key(|(name, _)| *name);
        headers
    }
}

/// The names of headers that are in order, each once.
fn names(headers: &[(&str, &str)]) -> String {
    let mut names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    names.dedup();
    names.join(";")
}

/// The canonical form of a request.
fn canonical(method: &str, headers: &[(&str, &str)], names: &str, body: &str) -> String {
    let length: usize = headers.iter().map(|(_, value)| value.len()).sum();
    let mut text = String::with_capacity(length + 3 * names.len() + 128);
    text.push_str(method);
    text.push_str("\n/\n");
    let mut last = "";
    for (name, value) in headers {
        if *name == last {
            text.push(',');
        } else {
            text.push('\n');
            text.push_str(name);
            text.push(':');
            last = name;
        }
        push_trimmed(&mut text, value);
    }
    text.push_str("\n\n");
    text.push_str(names);
    text.push('\n');
    text.push_str(body);
    text
}

/// A value without spaces around it and without more than one between.
fn push_trimmed(text: &mut String, value: &str) {
    let mut words = value.split(' ').filter(|word| !word.is_empty());
    if let Some(first) = words.next() {
        text.push_str(first);
    }
    for word in words {
        text.push(' ');
        text.push_str(word);
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

/// The host that a request to this address names, if its path is `/` and it has no query.
pub(crate) fn host(url: &str) -> Option<&str> {
    let (usual, rest) = match url.split_once("://")? {
        ("https", rest) => (":443", rest),
        ("http", rest) => (":80", rest),
        _ => return None,
    };
    let host = rest.strip_suffix('/').unwrap_or(rest);
    if host.is_empty() || host.contains(['/', '?', '#', '@']) {
        return None;
    }
    Some(host.strip_suffix(usual).unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use super::super::day_key::Place;
    use super::*;

    /// AWS's published test suite for the signature, as the SDK keeps it
    /// (`awslabs/smithy-rs`, `aws/rust-runtime/aws-sigv4/aws-signing-test-suite`): key, day and place are always these.
    fn signature(method: &str, headers: &[(&str, &str)], body: &str) -> String {
        let place = Place {
            region: "us-east-1".into(),
            service: "service",
        };
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let signer = Signer {
            access_key_id: "AKIDEXAMPLE",
            token: None,
            key: &DayKey::new(secret, "20150830", &place),
            stamp: "20150830T123600Z",
        };
        let authorization = signer.authorization(Unsigned {
            method,
            host: "example.amazonaws.com",
            headers: headers.to_vec(),
            body: body.as_bytes(),
        });
        let (_, signature) = authorization.split_once("SignedHeaders=").unwrap();
        signature.to_owned()
    }

    #[test]
    fn published_signatures() {
        let form = ("content-type", "application/x-www-form-urlencoded");
        let spaces = [("my-header1", " value1"), ("my-header2", " \"a   b   c\"")];
        assert_eq!(
            signature("GET", &[], ""),
            "host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
        assert_eq!(
            signature("POST", &[], ""),
            "host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
        assert_eq!(
            signature("GET", &spaces, ""),
            "host;my-header1;my-header2;x-amz-date, \
             Signature=acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
        );
        assert_eq!(
            signature("POST", &[form], "Param1=value1"),
            "content-type;host;x-amz-date, \
             Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        );
    }

    #[test]
    fn hosts_and_what_is_none() {
        let cases = [
            (
                "https://sqs.eu-central-1.amazonaws.com",
                Some("sqs.eu-central-1.amazonaws.com"),
            ),
            (
                "https://sqs.eu-central-1.amazonaws.com/",
                Some("sqs.eu-central-1.amazonaws.com"),
            ),
            ("https://127.0.0.1:443/", Some("127.0.0.1")),
            ("https://127.0.0.1:80/", Some("127.0.0.1:80")),
            ("http://127.0.0.1:80/", Some("127.0.0.1")),
            ("http://[::1]:8000/", Some("[::1]:8000")),
            ("http://localhost:4566/path", None),
            ("http://localhost:4566/?query", None),
            ("http://user@localhost/", None),
            ("ftp://localhost/", None),
            ("http://", None),
            ("localhost:4566", None),
            ("", None),
        ];
        for (url, expected) in cases {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}
