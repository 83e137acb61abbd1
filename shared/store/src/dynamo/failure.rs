//! What DynamoDB's errors mean for us.

use crate::StoreError;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::error::Error;

/// An error by its operation and cause. AWS's answer is not quoted beyond its own code and message, since it may hold
/// items.
pub(super) fn unavailable<E: ProvideErrorMetadata, R>(
    operation: &str,
    error: &SdkError<E, R>,
) -> StoreError {
    StoreError::Unavailable(format!("{operation}: {}", reason(error)))
}

fn reason<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(context) => {
            let (code, message) = (context.err().code(), context.err().message());
            let code = code.unwrap_or("an error without a code");
            message.map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"))
        }
        SdkError::TimeoutError(_) => "no answer in time".into(),
        SdkError::DispatchFailure(failure) => {
            let cause = failure.as_connector_error().map(|error| innermost(error));
            cause.unwrap_or_else(|| "not sent".into())
        }
        SdkError::ResponseError(_) => "the answer cannot be read".into(),
        SdkError::ConstructionFailure(_) => "the request cannot be made".into(),
        _ => "an error of an unknown kind".into(),
    }
}

fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
