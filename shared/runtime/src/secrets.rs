//! Secrets, read by reference when a function starts.

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_types::SdkConfig;
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
    aws: &SdkConfig,
    setting: &'static str,
    reference: &str,
) -> Result<Zeroizing<String>, SecretError> {
    let call = crate::aws::secrets(aws)
        .get_secret_value()
        .secret_id(reference);
    let secret = call.send().await.map_err(|error| SecretError::Unreadable {
        setting,
        reason: reason(&error),
    })?;
    let text = secret
        .secret_string
        .map(Zeroizing::new)
        .filter(|text| !text.trim().is_empty());
    text.ok_or(SecretError::NoText { setting })
}

fn reason<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(context) => {
            let code = context.err().code();
            code.unwrap_or("an error without a code").to_owned()
        }
        SdkError::TimeoutError(_) => "no answer in time".into(),
        SdkError::DispatchFailure(_) => "not reached".into(),
        _ => "an answer that cannot be read".into(),
    }
}
