//! AWS clients without `aws-config`: on Lambda region and credentials stand in the environment, and asking for
//! nothing else saves most of a cold start.

use crate::config::{self, ConfigError};
use crate::transport::{self, Transport};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use std::time::Duration;

/// One try of one call. DynamoDB answers in milliseconds: what takes longer is lost.
const ATTEMPT: Duration = Duration::from_secs(3);

/// One call with all its tries, within the time-out of the quickest function.
const OPERATION: Duration = Duration::from_secs(6);

/// Tries of one call.
const ATTEMPTS: u32 = 3;

/// How AWS is reached: what its clients are made of, and the connections that they share.
#[derive(Debug, Clone)]
pub struct Aws {
    sdk: SdkConfig,
    transport: Transport,
}

impl Aws {
    /// What clients are made of.
    #[must_use]
    pub fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// The same, but at this address, such as an emulator's; at AWS's own if there is none.
    #[must_use]
    pub fn at_endpoint(self, url: Option<String>) -> Self {
        let mut sdk = self.sdk.into_builder();
        sdk.set_endpoint_url(url);
        Self {
            sdk: sdk.build(),
            ..self
        }
    }

    /// Opens a connection to the service of this address (that of a queue, for example), which its client will find open.
    /// What goes wrong is of no consequence: the client then opens its own.
    pub(crate) async fn connect(&self, url: &str) {
        let endpoint = self.sdk.endpoint_url().unwrap_or(url);
        if let Err(error) = self.transport.connect(endpoint).await {
            tracing::warn!(
                error.code = "not_connected",
                "AWS was not reached ahead: {error}"
            );
        }
    }
}

/// Reads `AWS_REGION`, the credentials and, for an emulator, `AWS_ENDPOINT_URL` from the environment. The error names
/// the variable that is missing.
pub fn config() -> Result<Aws, ConfigError> {
    config_from(&config::environment)
}

fn config_from(read: config::Read<'_>) -> Result<Aws, ConfigError> {
    let region = Region::new(config::required_in(read, "AWS_REGION")?);
    let credentials = Credentials::new(
        config::required_in(read, "AWS_ACCESS_KEY_ID")?,
        config::required_in(read, "AWS_SECRET_ACCESS_KEY")?,
        config::optional_in(read, "AWS_SESSION_TOKEN"),
        None,
        "environment",
    );
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(transport::CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION);
    let transport = transport::client(read)?;
    let mut sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(region)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(SharedHttpClient::new(transport.clone()))
        .timeout_config(timeouts.build())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        // The credentials of a Lambda stand in its environment for as long as it lives: nothing to look after.
        .identity_cache(IdentityCache::no_cache())
        // An answer that stalls runs into the time-out of its try.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SystemTimeSource::new());
    sdk.set_endpoint_url(config::optional_in(read, "AWS_ENDPOINT_URL"));
    Ok(Aws {
        sdk: sdk.build(),
        transport,
    })
}

/// The HTTP client of all our AWS clients, for clients that are made from AWS's own configuration files.
///
/// # Errors
/// As for [`config()`].
pub fn http_client() -> Result<SharedHttpClient, ConfigError> {
    transport::client(&config::environment).map(SharedHttpClient::new)
}

/// A configuration for tests: made-up credentials, and everything goes to one address.
#[cfg(test)]
pub(crate) fn at_endpoint(url: &str) -> Aws {
    let read = |name: &str| match name {
        "AWS_ENDPOINT_URL" => Some(url.to_owned()),
        "AWS_CA_BUNDLE" => None,
        _ => Some("made-up".into()),
    };
    config_from(&read).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{PaymentRequestId, Seconds};
    use std::net::SocketAddr;
    use store::{DynamoSettings, DynamoStore, Store};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn environment(pairs: &[(&str, &str)], name: &str) -> Option<String> {
        let pair = pairs.iter().find(|(n, _)| *n == name);
        pair.map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn what_is_missing_is_named() {
        let full = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "key"),
        ];
        for n in 0..full.len() {
            let error = config_from(&|name| environment(&full[..n], name)).unwrap_err();
            assert!(error.to_string().starts_with(full[n].0), "{error}");
        }
        let config = config_from(&|name| environment(&full, name)).unwrap();
        assert_eq!(config.sdk.region().unwrap().as_ref(), "eu-west-1");
        assert_eq!(config.sdk.endpoint_url(), None);
    }

    fn table(address: SocketAddr) -> DynamoStore {
        let aws = at_endpoint(&format!("http://{address}"));
        let settings = DynamoSettings {
            table: "payments".into(),
            shards: 1,
            retention: Seconds(0),
        };
        DynamoStore::new(aws.sdk(), settings).unwrap()
    }

    #[tokio::test]
    async fn a_call_goes_to_the_endpoint_signed_and_is_tried_again_after_a_reset() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            drop(listener.accept().await.unwrap()); // the first try is cut off
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 8192];
            let length = socket.read(&mut request).await.unwrap();
            let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}";
            socket.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let nobody = PaymentRequestId::new("PAY_1").unwrap();
        let found = table(address).load(&nobody).await.unwrap();
        assert!(found.is_none());
        let request = server.await.unwrap();
        assert!(request.contains("DynamoDB_20120810.GetItem"), "{request}");
        assert!(
            request.contains("made-up/dynamodb/aws4_request"),
            "{request}"
        );
    }

    #[tokio::test]
    async fn nobody_there_is_said_so() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let id = PaymentRequestId::new("PAY_1").unwrap();
        let error = table(address).load(&id).await.unwrap_err().to_string();
        assert!(error.contains("GetItem: Connection refused"), "{error}");
    }
}
