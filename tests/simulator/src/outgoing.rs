//! A notification on its way: sealed, sent, and its acknowledgement judged.

use std::time::Duration;

use bytes::Bytes;
use graviola::signing::rsa::SigningKey;
use http::{HeaderMap, HeaderName, Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::clock::{Millis, Zone, iso};
use crate::notification::{Notification, Seal, Sending};
use crate::signing::Signed;
use crate::state::Dispatch;

/// An acknowledgement is some hundred bytes; more is not read.
const ANSWER_LIMIT: usize = 64 * 1024;

/// So many characters of an answer are shown to who sends by hand.
const SHOWN: usize = 4096;

/// A notification with its seal, ready to go.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) dispatch: Dispatch,
    pub(crate) url: String,
    client_id: String,
    time: String,
    signature: Option<String>,
    pub(crate) body: String,
}

/// Who seals.
pub(crate) struct Sealer<'a> {
    /// The provider's key; for [`Seal::OtherKey`] somebody else's.
    pub(crate) key: &'a SigningKey,
    pub(crate) client_id: &'a str,
    pub(crate) key_version: &'a str,
}

impl Sealer<'_> {
    /// Signs a notification as its seal says.
    pub(crate) fn seal(
        &self,
        notification: &Notification,
        dispatch: Dispatch,
        now: Millis,
    ) -> Parcel {
        let time = if notification.iso_time {
            iso(now, Zone::Pacific)
        } else {
            now.to_string()
        };
        let path = path_of(&notification.url);
        let other_client = format!("{}9", self.client_id);
        let client_id = if notification.seal == Seal::OtherClient {
            &other_client
        } else {
            self.client_id
        };
        let mut signed = Signed {
            path: &path,
            client_id,
            time: &time,
            body: notification.body.as_bytes(),
        };
        let other_body = notification.body.replace("SUCCESS", "PROCESS_FAIL") + " ";
        let other_path = format!("{path}/");
        match notification.seal {
            Seal::Genuine | Seal::OtherKey | Seal::OtherClient | Seal::Unsigned => {}
            Seal::ChangedBody => signed.body = other_body.as_bytes(),
            Seal::OtherPath => signed.path = &other_path,
            Seal::OtherTime => signed.time = "1685599933871",
        }
        let signature = signed.header(self.key, self.key_version, notification.blanks);
        Parcel {
            dispatch,
            url: notification.url.clone(),
            client_id: client_id.to_owned(),
            signature: signature.filter(|_| notification.seal != Seal::Unsigned),
            body: notification.body.clone(),
            time,
        }
    }
}

/// The path that is signed: without the query.
fn path_of(url: &str) -> String {
    url.parse::<Uri>()
        .map_or_else(|_| "/".to_owned(), |uri| uri.path().to_owned())
}

/// What came back.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    pub(crate) http_status: Option<u16>,
    pub(crate) acknowledged: bool,
    /// Why there was no answer.
    pub(crate) error: Option<String>,
    /// The beginning of the answer's body.
    pub(crate) body: String,
}

impl Receipt {
    /// What an answer means: only HTTP 200 with `SUCCESS` and S acknowledges.
    pub(crate) fn judge(status: u16, body: &[u8]) -> Self {
        Self {
            http_status: Some(status),
            acknowledged: status == 200 && is_acknowledgement(body),
            error: None,
            body: String::from_utf8_lossy(body).chars().take(SHOWN).collect(),
        }
    }

    /// Nothing came back, for this reason.
    pub(crate) fn nothing(reason: String) -> Self {
        Self {
            http_status: None,
            acknowledged: false,
            error: Some(reason),
            body: String::new(),
        }
    }

    /// For the books.
    pub(crate) fn sending(&self, sent_at: Millis, ended_at: Millis) -> Sending {
        Sending {
            sent_at,
            ended_at,
            http_status: self.http_status,
            acknowledged: self.acknowledged,
            error: self.error.clone(),
        }
    }
}

impl Parcel {
    /// The path of its URL.
    pub(crate) fn path(&self) -> String {
        path_of(&self.url)
    }

    /// The headers that every notification has; a forged one may lack the signature.
    pub(crate) fn headers(&self) -> HeaderMap {
        let values = [
            ("content-type", Some("application/json; charset=UTF-8")),
            ("client-id", Some(self.client_id.as_str())),
            ("request-time", Some(&self.time)),
            ("signature", self.signature.as_deref()),
        ];
        let named = values.into_iter().filter_map(|(name, value)| {
            Some((HeaderName::from_static(name), value?.parse().ok()?))
        });
        named.collect()
    }

    /// Sends it and judges the answer: HTTP 200 with `SUCCESS` and S, within the time.
    pub(crate) async fn deliver(self, wait: Duration) -> Receipt {
        let answer = tokio::time::timeout(wait, self.post()).await;
        match answer.unwrap_or_else(|_| Err("no answer in time".to_owned())) {
            Ok((status, body)) => Receipt::judge(status, &body),
            Err(error) => Receipt::nothing(error),
        }
    }

    async fn post(self) -> Result<(u16, Bytes), String> {
        let uri: Uri = self
            .url
            .parse()
            .map_err(|_| format!("{} is no URL", self.url))?;
        let host = match (uri.scheme_str(), uri.host()) {
            (Some("http"), Some(host)) => host.trim_matches(['[', ']']).to_owned(),
            _ => return Err("the simulator sends to http URLs only".to_owned()),
        };
        let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80)))
            .await
            .map_err(|error| error.to_string())?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let mut request = Request::post(uri.path_and_query().map_or("/", |path| path.as_str()))
            .header("host", host)
            .body(Full::default())
            .map_err(|error| error.to_string())?;
        request.headers_mut().extend(self.headers());
        *request.body_mut() = Full::new(Bytes::from(self.body));
        let exchange = async {
            let response = sender
                .send_request(request)
                .await
                .map_err(|error| error.to_string())?;
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), ANSWER_LIMIT)
                .collect()
                .await
                .map_err(|error| error.to_string())?;
            Ok((status, body.to_bytes()))
        };
        tokio::pin!(exchange);
        // The connection has to be driven while the exchange waits; when it ends first, the exchange knows why.
        tokio::select! {
            done = &mut exchange => done,
            _ = connection => exchange.await,
        }
    }
}

fn is_acknowledgement(body: &[u8]) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return false;
    };
    let is = |pointer, word| body.pointer(pointer).and_then(Value::as_str) == Some(word);
    is("/result/resultStatus", "S") && is("/result/resultCode", "SUCCESS")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_status_and_code_make_an_acknowledgement() {
        assert!(is_acknowledgement(
            br#"{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"any"}}"#
        ));
        for body in [
            r#"{"result":{"resultCode":"SUCCESS","resultStatus":"F"}}"#,
            r#"{"result":{"resultCode":"FAIL","resultStatus":"S"}}"#,
            r#"{"resultCode":"SUCCESS","resultStatus":"S"}"#,
            "ok",
            "",
        ] {
            assert!(!is_acknowledgement(body.as_bytes()), "{body}");
        }
    }
}
