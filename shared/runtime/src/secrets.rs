//! Secrets, read by reference when a function starts.

use crate::aws::Aws;
use store::failure_reason;
use zeroize::Zeroizing;

/// Why a secret was not read; the function cannot start without it. The secret itself is never part of the text.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager refused or was not reached.
    #[error(
        "{setting}: the secret could not be read ({reason}); check that it exists and that the function's role may read it"
    )]
    Unreadable {
        /// The variable that refers to the secret.
        setting: &'static str,
        /// AWS's error code, or what broke on the way.
        reason: String,
    },
    /// The secret holds bytes, or nothing.
    #[error("{setting}: the secret holds no text; store it as a secret string")]
    NoText {
        /// The variable that refers to the secret.
        setting: &'static str,
    },
}

/// The text of the secret that `reference` (name or ARN) names; `setting` is the variable it came from. Wiped when
/// dropped.
pub async fn read(
    aws: &Aws,
    setting: &'static str,
    reference: &str,
) -> Result<Zeroizing<String>, SecretError> {
    let call = crate::aws::secrets(aws)
        .get_secret_value()
        .secret_id(reference);
    let secret = call.send().await.map_err(|error| SecretError::Unreadable {
        setting,
        reason: failure_reason(&error),
    })?;
    let text = secret
        .secret_string
        .map(Zeroizing::new)
        .filter(|text| !text.trim().is_empty());
    text.ok_or(SecretError::NoText { setting })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Reads a secret from a Secrets Manager that answers once, like this. Gives the request's body too.
    async fn read_from(
        status: &'static str,
        answer: &'static str,
    ) -> (Result<Zeroizing<String>, SecretError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 8192];
            let length = socket.read(&mut request).await.unwrap();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n{answer}",
                answer.len()
            );
            socket.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let aws = crate::aws::at_endpoint(&format!("http://{address}"));
        let secret = read(&aws, "POP_PRIVATE_KEY_SECRET", "pop/key").await;
        (secret, server.await.unwrap())
    }

    #[tokio::test]
    async fn a_secret_is_read_by_its_reference() {
        let (secret, request) =
            read_from("200 OK", r#"{"Name":"pop/key","SecretString":"hush"}"#).await;
        assert_eq!(secret.unwrap().as_str(), "hush");
        assert!(request.ends_with(r#"{"SecretId":"pop/key"}"#), "{request}");
    }

    #[tokio::test]
    async fn a_secret_that_is_missing_names_the_setting() {
        let answer = r#"{"__type":"ResourceNotFoundException","Message":"hush"}"#;
        let (secret, _) = read_from("400 Bad Request", answer).await;
        let error = secret.unwrap_err().to_string();
        assert!(error.starts_with("POP_PRIVATE_KEY_SECRET: "), "{error}");
        assert!(error.contains("(ResourceNotFoundException)"), "{error}");
        assert!(!error.contains("hush"), "{error}");
    }

    #[tokio::test]
    async fn a_secret_without_text_is_refused() {
        for answer in [
            r#"{"SecretBinary":"aHVzaA=="}"#,
            r#"{"SecretString":" \n"}"#,
        ] {
            let (secret, _) = read_from("200 OK", answer).await;
            assert!(
                matches!(secret, Err(SecretError::NoText { .. })),
                "{answer}"
            );
        }
    }
}
