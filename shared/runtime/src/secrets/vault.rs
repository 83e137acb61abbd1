//! Where secrets are kept.

use crate::aws::Aws;
use aws_calls::{Call, Service, Unfit};
use aws_sdk_secretsmanager::operation::get_secret_value::{
    GetSecretValue, GetSecretValueError, GetSecretValueInput, GetSecretValueOutput,
};
use futures_util::future::BoxFuture;
use store::failure_reason;
use zeroize::Zeroizing;

/// The name by which requests are signed, and that the service's host begins with.
const SECRETS_MANAGER: &str = "secretsmanager";

/// Which of a secret's versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The one that stands there now (`AWSCURRENT`).
    Current,
    /// The one before it (`AWSPREVIOUS`).
    Previous,
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Previous => "AWSPREVIOUS",
        }
    }
}

/// A secret as it was read. Has no `Debug`.
pub struct Secret {
    /// Its text, wiped when dropped.
    pub text: Zeroizing<String>,
    /// Which version of the secret this is; two of one version are the same text.
    pub version: Option<String>,
}

impl Secret {
    /// Whether this is the version that was read before.
    pub(super) fn is_version(&self, before: Option<&str>) -> bool {
        before.is_some() && self.version.as_deref() == before
    }
}

/// Why a secret was not read. The secret itself is never part of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    /// It has no version before this one: it was never replaced.
    #[error("{setting}: the secret has no previous version")]
    NoPrevious {
        /// The variable that refers to the secret.
        setting: &'static str,
    },
}

/// Keeps secrets: Secrets Manager, or what plays it in a test.
pub trait Vault: Send + Sync {
    /// Reads one version of the secret that `reference` (name or ARN) names; `setting` is the variable it came from.
    ///
    /// # Errors
    /// [`SecretError`] says what the operator must mend.
    fn read<'a>(
        &'a self,
        setting: &'static str,
        reference: &'a str,
        stage: Stage,
    ) -> BoxFuture<'a, Result<Secret, SecretError>>;
}

/// AWS Secrets Manager.
#[derive(Debug)]
pub struct SecretsManager(Call<GetSecretValueInput, GetSecretValueOutput, GetSecretValueError>);

impl SecretsManager {
    /// In this account. Nothing is asked of AWS yet.
    pub fn new(aws: &Aws) -> Result<Self, Unfit> {
        let sdk = aws.sdk();
        let endpoint = aws_calls::endpoint(sdk, "Secrets Manager", SECRETS_MANAGER)?;
        let service = Service::new(sdk, SECRETS_MANAGER, &endpoint)?;
        Ok(Self(service.call(&GetSecretValue::new())?))
    }

    async fn read(
        &self,
        setting: &'static str,
        reference: &str,
        stage: Stage,
    ) -> Result<Secret, SecretError> {
        let unreadable = |reason| SecretError::Unreadable { setting, reason };
        let input = GetSecretValueInput::builder().secret_id(reference);
        let input = match stage {
            Stage::Current => input, // what is read when nothing is asked for
            Stage::Previous => input.version_stage(stage.as_str()),
        };
        let input = input
            .build()
            .map_err(|error| unreadable(error.to_string()))?;
        let secret = self.0.invoke(input).await.map_err(|error| {
            let missing = error.as_service_error();
            let missing = missing.is_some_and(GetSecretValueError::is_resource_not_found_exception);
            match stage {
                Stage::Previous if missing => SecretError::NoPrevious { setting },
                _ => unreadable(failure_reason(&error)),
            }
        })?;
        let text = secret
            .secret_string
            .map(Zeroizing::new)
            .filter(|text| !text.trim().is_empty());
        Ok(Secret {
            text: text.ok_or(SecretError::NoText { setting })?,
            version: secret.version_id,
        })
    }
}

impl Vault for SecretsManager {
    fn read<'a>(
        &'a self,
        setting: &'static str,
        reference: &'a str,
        stage: Stage,
    ) -> BoxFuture<'a, Result<Secret, SecretError>> {
        Box::pin(self.read(setting, reference, stage))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::lines::Lines;
    use aws_sdk_secretsmanager::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
    use aws_types::SdkConfig;
    use aws_types::region::Region;
    use futures_util::FutureExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Reads a secret from a Secrets Manager that answers once, like this. Gives the request's body too.
    async fn read_from(
        status: &'static str,
        answer: &'static str,
        stage: Stage,
    ) -> (Result<Secret, SecretError>, String) {
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
        let manager = SecretsManager::new(&aws).unwrap();
        let secret = manager
            .read("POP_PRIVATE_KEY_SECRET", "pop/key", stage)
            .await;
        (secret, server.await.unwrap())
    }

    #[test]
    fn an_endpoint_is_that_of_the_sdks_rules() {
        for region in ["eu-central-1", "us-east-1", "us-gov-west-1", "cn-north-1"] {
            let sdk = SdkConfig::builder().region(Region::new(region)).build();
            let place = Params::builder().region(region).build().unwrap();
            let resolver = DefaultResolver::new();
            let found = resolver.resolve_endpoint(&place);
            let found = found.now_or_never().unwrap().unwrap(); // it asks nobody
            let ours = aws_calls::endpoint(&sdk, "Secrets Manager", SECRETS_MANAGER);
            assert_eq!(ours.unwrap(), found.url());
        }
    }

    #[tokio::test]
    async fn a_secret_is_read_by_its_reference() {
        let answer = r#"{"Name":"pop/key","SecretString":"hush","VersionId":"v2"}"#;
        for (stage, asked) in [
            (Stage::Current, r#"{"SecretId":"pop/key"}"#),
            (
                Stage::Previous,
                r#"{"SecretId":"pop/key","VersionStage":"AWSPREVIOUS"}"#,
            ),
        ] {
            let (secret, request) = read_from("200 OK", answer, stage).await;
            let secret = secret.ok().unwrap();
            assert_eq!(secret.text.as_str(), "hush");
            assert_eq!(secret.version.as_deref(), Some("v2"));
            assert!(request.ends_with(asked), "{request}");
        }
    }

    /// Our functions hear libraries from `warn` on only; other programs may not.
    #[tokio::test]
    async fn a_secret_is_in_no_log_at_any_level() {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone());
        let logging = tracing::subscriber::set_default(log.finish());
        let answer = r#"{"Name":"pop/key","SecretString":"hush","VersionId":"v2"}"#;
        read_from("200 OK", answer, Stage::Current)
            .await
            .0
            .ok()
            .unwrap();
        drop(logging);
        let text = lines.text();
        assert!(text.contains("TRACE"), "{text}");
        assert!(!text.contains("hush"), "{text}");
    }

    #[tokio::test]
    async fn a_secret_that_is_missing_names_the_setting() {
        let answer = r#"{"__type":"ResourceNotFoundException","Message":"hush"}"#;
        let (secret, _) = read_from("400 Bad Request", answer, Stage::Current).await;
        let error = secret.err().unwrap().to_string();
        assert!(error.starts_with("POP_PRIVATE_KEY_SECRET: "), "{error}");
        assert!(error.contains("(ResourceNotFoundException)"), "{error}");
        assert!(!error.contains("hush"), "{error}");
    }

    #[tokio::test]
    async fn a_secret_that_was_never_replaced_has_no_previous_version() {
        let setting = "POP_PRIVATE_KEY_SECRET";
        let missing = r#"{"__type":"ResourceNotFoundException","Message":"hush"}"#;
        let (secret, _) = read_from("400 Bad Request", missing, Stage::Previous).await;
        assert_eq!(secret.err(), Some(SecretError::NoPrevious { setting }));
        let denied = r#"{"__type":"AccessDeniedException","Message":"hush"}"#;
        let (secret, _) = read_from("400 Bad Request", denied, Stage::Previous).await;
        let reason = "AccessDeniedException".to_owned();
        assert_eq!(
            secret.err(),
            Some(SecretError::Unreadable { setting, reason })
        );
    }

    #[tokio::test]
    async fn a_secret_without_text_is_refused() {
        for answer in [
            r#"{"SecretBinary":"aHVzaA=="}"#,
            r#"{"SecretString":" \n"}"#,
        ] {
            let (secret, _) = read_from("200 OK", answer, Stage::Current).await;
            assert!(
                matches!(secret, Err(SecretError::NoText { .. })),
                "{answer}"
            );
        }
    }
}
