//! AWS's errors in a few words, for logs and messages. Nothing of the request or the answer is quoted but AWS's code.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

/// AWS's own code, or what broke on the way. Fits every AWS client: they share these types.
#[must_use]
pub fn failure_reason<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(context) => {
            let code = context.err().code();
            code.unwrap_or("an error without a code").to_owned()
        }
        SdkError::TimeoutError(_) => "no answer in time".into(),
        SdkError::DispatchFailure(_) => "not reached".into(),
        _ => "the answer cannot be read".into(),
    }
}
