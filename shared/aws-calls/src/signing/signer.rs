//! Signs requests as they are sent.

use super::day_key::{DayKeys, Place};
use super::v4::{self, AUTHORIZATION, DATE, TOKEN};
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use std::time::SystemTime;

/// Why a request was not signed, and so not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotSigned {
    #[error("a request is signed with AWS credentials, and there are others")]
    OtherCredentials,
    #[error("only requests to the path / without a query are signed")]
    OtherPath,
    #[error("only a body that is there as a whole is signed")]
    Streamed,
}

/// Signature Version 4 with a key that is kept for its day.
#[derive(Debug)]
pub(crate) struct RequestSigner(DayKeys);

impl RequestSigner {
    pub(crate) fn of(service: &'static str, region: &str) -> Self {
        let region = region.to_owned();
        Self(DayKeys::of(Place { region, service }))
    }

    /// Adds the signature to a request, and what belongs to it.
    pub(crate) fn sign(
        &self,
        request: &mut HttpRequest,
        identity: &Identity,
        now: SystemTime,
    ) -> Result<(), BoxError> {
        let credentials: &Credentials = identity.data().ok_or(NotSigned::OtherCredentials)?;
        let stamp = stamp(now)?;
        let day = stamp.split('T').next().unwrap_or(&stamp);
        let key = self.0.get(credentials, day);
        let token = credentials.session_token();
        let signer = v4::Signer {
            access_key_id: credentials.access_key_id(),
            token,
            key: &key,
            stamp: &stamp,
        };
        let authorization = signer.authorization(v4::Unsigned {
            method: request.method(),
            host: v4::host(request.uri()).ok_or(NotSigned::OtherPath)?,
            headers: request.headers().iter().collect(),
            body: request.body().bytes().ok_or(NotSigned::Streamed)?,
        });
        let headers = request.headers_mut();
        headers.try_insert(DATE, stamp)?;
        headers.try_insert(AUTHORIZATION, authorization)?;
        if let Some(token) = token {
            headers.try_insert(TOKEN, token.to_owned())?;
        }
        Ok(())
    }
}

/// A time as signatures write it, such as `20260214T093000Z`.
fn stamp(now: SystemTime) -> Result<String, BoxError> {
    let whole = DateTime::from_secs(DateTime::from(now).secs());
    let mut stamp = whole.fmt(Format::DateTime)?;
    stamp.retain(|letter| letter != '-' && letter != ':');
    Ok(stamp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::components;
    use crate::{Service, Unfit};
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_runtime::auth::SigV4OperationSigningConfig;
    use aws_runtime::auth::sigv4::SigV4Signer;
    use aws_sdk_dynamodb::operation::get_item::GetItemError;
    use aws_smithy_async::time::StaticTimeSource;
    use aws_smithy_runtime_api::client::auth::{AuthSchemeEndpointConfig, Sign};
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::config_bag::{ConfigBag, Layer};
    use aws_types::SdkConfig;
    use aws_types::SigningName;
    use aws_types::region::{Region, SigningRegion};
    use proptest::prelude::*;
    use std::time::Duration;

    const REGION: &str = "eu-central-1";

    /// The same request, signed by the SDK's own signer.
    fn signed_by_sdk(
        mut request: HttpRequest,
        credentials: &Credentials,
        now: SystemTime,
    ) -> HttpRequest {
        let operation = SigV4OperationSigningConfig {
            name: Some(SigningName::from_static("dynamodb")),
            region: Some(SigningRegion::from(Region::from_static(REGION))),
            ..Default::default()
        };
        let mut layer = Layer::new("test");
        layer.store_put(operation);
        let settings = ConfigBag::of_layers([layer]);
        let components = components::<GetItemError>(&service(credentials, now))
            .build()
            .unwrap();
        let identity = Identity::new(credentials.clone(), None);
        let config = AuthSchemeEndpointConfig::empty();
        let signer = SigV4Signer::new();
        signer
            .sign_http_request(&mut request, &identity, config, &components, &settings)
            .unwrap();
        request
    }

    fn service(credentials: &Credentials, now: SystemTime) -> Service {
        let http = http_client_fn(|_, _| SharedHttpConnector::new(Nobody));
        let sdk = SdkConfig::builder()
            .region(Region::from_static(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
            .http_client(http)
            .time_source(StaticTimeSource::new(now))
            .build();
        Service::new(&sdk, "dynamodb", "https://example.org").unwrap()
    }

    /// Is not called.
    #[derive(Debug)]
    struct Nobody;

    impl HttpConnector for Nobody {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            unreachable!("nothing is sent")
        }
    }

    fn request(url: &str, headers: &[(String, String)], body: &str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").unwrap();
        request.set_uri(url).unwrap();
        for (name, value) in headers {
            request
                .headers_mut()
                .try_append(name.clone(), value.clone())
                .unwrap();
        }
        request
    }

    proptest! {
        #[test]
        fn a_signature_is_the_sdks(
            url in prop_oneof!["https://[a-z]{1,9}\\.example\\.org/", "http://127\\.0\\.0\\.1:[1-9][0-9]{0,3}/"],
            headers in proptest::collection::vec(
                ("(x-amz-target|content-type|content-length|user-agent|x-amzn-trace-id|[a-c]{1,2})", "[!-~]{0,3}[ -~]{0,20}"),
                0..6,
            ),
            body in ".{0,300}",
            token in proptest::option::of("[A-Za-z0-9/+=]{1,200}"),
            secret in "[!-~]{1,60}",
            seconds in 0_u64..4_102_444_800,
        ) {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let credentials = Credentials::new("AKIDEXAMPLE", secret, token, None, "test");
            let unsigned = request(&url, &headers, &body);
            let theirs = signed_by_sdk(unsigned.try_clone().unwrap(), &credentials, now);
            let mut ours = unsigned;
            let identity = Identity::new(credentials, None);
            RequestSigner::of("dynamodb", REGION).sign(&mut ours, &identity, now).unwrap();
            let all = |request: &HttpRequest| {
                let headers = request.headers().iter();
                let mut all: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                all.sort();
                all
            };
            prop_assert_eq!(all(&ours), all(&theirs));
        }
    }

    #[test]
    fn what_is_not_signed_is_not_sent() {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        let identity = Identity::new(credentials, None);
        let signer = RequestSigner::of("dynamodb", REGION);
        let sign = |mut request: HttpRequest| {
            let refused = signer.sign(&mut request, &identity, SystemTime::UNIX_EPOCH);
            let refused = refused.map_err(|error| *error.downcast::<NotSigned>().unwrap());
            assert!(refused.is_ok() || request.headers().get(AUTHORIZATION).is_none());
            refused
        };
        assert_eq!(sign(request("https://example.org/", &[], "")), Ok(()));
        let other = request("https://example.org/?x=1", &[], "");
        assert_eq!(sign(other), Err(NotSigned::OtherPath));
        let mut streamed = request("https://example.org/", &[], "");
        *streamed.body_mut() = SdkBody::taken();
        assert_eq!(sign(streamed), Err(NotSigned::Streamed));
        let mut unsigned = request("https://example.org/", &[], "");
        let stranger = Identity::new("not AWS credentials", None);
        let refused = signer.sign(&mut unsigned, &stranger, SystemTime::UNIX_EPOCH);
        let refused = refused.unwrap_err().downcast::<NotSigned>();
        assert_eq!(*refused.unwrap(), NotSigned::OtherCredentials);
    }

    #[test]
    fn an_address_with_a_path_is_refused_at_the_start() {
        let sdk = SdkConfig::builder().build();
        let service = Service::new(&sdk, "dynamodb", "http://localhost:4566/path");
        assert_eq!(service.err(), Some(Unfit::Endpoint));
    }
}
