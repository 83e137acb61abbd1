//! A merchant in a few lines: keys, signed calls, and an inbox for notifications.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use graviola::signing::rsa::{SigningKey, VerifyingKey};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use simulator::keys::KeyPair;
use simulator::{Books, Config, PaymentRecord, Running, Simulator, Timing};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const CLIENT_ID: &str = "5Y00000000000001";
pub(crate) const GOOD_CARD: &str = "4117347806156383";
pub(crate) const CVV: &str = "850";
pub(crate) const ACKNOWLEDGEMENT: &str =
    r#"{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}"#;

/// A merchant and the simulator it deals with.
pub(crate) struct Shop {
    pub(crate) provider: Running,
    pub(crate) inbox: Inbox,
    key: SigningKey,
    provider_key: Arc<VerifyingKey>,
    client_id: String,
}

/// An answer as it came over the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// The signature is there and right.
    pub(crate) verified: bool,
}

impl Answer {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }

    /// `resultStatus` and `resultCode`.
    pub(crate) fn result(&self) -> (String, String) {
        let body = self.body();
        let word = |name: &str| body["result"][name].as_str().unwrap_or_default().to_owned();
        (word("resultStatus"), word("resultCode"))
    }

    #[track_caller]
    pub(crate) fn assert(&self, status: &str, code: &str) {
        assert!(self.verified, "not signed by the provider: {self:?}");
        assert_eq!(
            self.result(),
            (status.to_owned(), code.to_owned()),
            "{}",
            self.text
        );
    }
}

impl Shop {
    /// A shop at a faultless provider.
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub(crate) async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let (merchant, provider) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut config = Config::new(CLIENT_ID, &merchant.public_pem(), &provider.private_base64);
        config.timing = Timing::quick();
        change(&mut config);
        let client_id = config.client_id.clone();
        let running = Simulator::start(config).await.unwrap();
        let spki = BASE64.decode(running.provider_public_key()).unwrap();
        // A 2048-bit SPKI has 24 bytes before the PKCS#1 key.
        let provider_key = Arc::new(VerifyingKey::from_pkcs1_der(&spki[24..]).unwrap());
        Self {
            inbox: Inbox::open(Arc::clone(&provider_key), client_id.clone()).await,
            key: SigningKey::from_pkcs8_der(&BASE64.decode(&merchant.private_base64).unwrap())
                .unwrap(),
            provider_key,
            client_id,
            provider: running,
        }
    }

    /// The merchant's public key: SPKI in base64.
    pub(crate) fn public_key(&self) -> String {
        let mut buffer = [0; 2048];
        BASE64.encode(self.key.public_key().to_spki_der(&mut buffer).unwrap())
    }

    /// A pay request in the manner of the provider's samples.
    pub(crate) fn order(&self, id: &str, card: &str) -> Value {
        order(id, card, &self.inbox.url)
    }

    pub(crate) async fn pay(&self, id: &str, card: &str) -> Answer {
        self.call("pay", &self.order(id, card)).await
    }

    /// Pays with one field of the request changed.
    pub(crate) async fn pay_with(
        &self,
        id: &str,
        card: &str,
        pointer: &str,
        value: Value,
    ) -> Answer {
        let mut order = self.order(id, card);
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        order.pointer_mut(parent).unwrap()[field] = value;
        self.call("pay", &order).await
    }

    pub(crate) async fn inquire(&self, id: &str) -> Value {
        let answer = self
            .call("inquiryPayment", &json!({ "paymentRequestId": id }))
            .await;
        answer.assert("S", "SUCCESS");
        answer.body()
    }

    /// Captures and returns the answer.
    pub(crate) async fn capture(&self, payment: &str, id: &str, value: u64) -> Answer {
        let payment_id = self.record(payment).payment_id;
        let amount = json!({ "currency": "EUR", "value": value.to_string() });
        self.call(
            "capture",
            &json!({ "captureRequestId": id, "paymentId": payment_id, "captureAmount": amount }),
        )
        .await
    }

    /// A signed call to the path of this resource.
    pub(crate) async fn call(&self, resource: &str, body: &Value) -> Answer {
        self.try_call(resource, body).await.expect("an answer")
    }

    pub(crate) async fn try_call(&self, resource: &str, body: &Value) -> Result<Answer, String> {
        let sandbox = if self.client_id.starts_with("SANDBOX_") {
            "/sandbox"
        } else {
            ""
        };
        let path = format!("/ams{sandbox}/api/v1/payments/{resource}");
        let body = body.to_string();
        let request = self.signed(&path, "1685599933871", &body);
        self.send(request).await
    }

    /// A request with a right signature.
    pub(crate) fn signed(&self, path: &str, time: &str, body: &str) -> Request<Full<Bytes>> {
        sign(&self.key, &self.client_id, path, time, body)
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let path = request.uri().path().to_owned();
        let response = exchange(self.provider.url(), request).await?;
        let (parts, text) = response.into_parts();
        let header = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let verified = header("client-id") == self.client_id
            && verifies(
                &self.provider_key,
                &parts.headers,
                &path,
                header("response-time"),
                text.as_bytes(),
            );
        Ok(Answer {
            status: parts.status.as_u16(),
            text,
            verified,
            headers: parts.headers,
        })
    }

    /// An unsigned request to the simulator's controls or pages.
    pub(crate) async fn control(&self, method: &str, path: &str, body: &str) -> Answer {
        let body = Full::new(Bytes::from(body.to_owned()));
        self.send(
            Request::builder()
                .method(method)
                .uri(path)
                .body(body)
                .unwrap(),
        )
        .await
        .expect("an answer")
    }

    pub(crate) fn books(&self) -> Books {
        self.provider.books()
    }

    pub(crate) fn record(&self, id: &str) -> PaymentRecord {
        let books = self.books();
        books
            .payments
            .into_iter()
            .find(|payment| payment.payment_request_id == id)
            .expect("a payment of this id")
    }

    /// Waits, for two seconds at most, until the books satisfy a condition.
    #[track_caller]
    pub(crate) fn until(
        &self,
        what: &str,
        condition: impl Fn(&Books) -> bool,
    ) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            for _ in 0..400 {
                if condition(&self.books()) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            panic!("{caller}: never {what}: {:#?}", self.books());
        }
    }
}

/// A pay request in the manner of the provider's samples.
pub(crate) fn order(id: &str, card: &str, notify_url: &str) -> Value {
    json!({
        "productCode": "CASHIER_PAYMENT", "paymentRequestId": id,
        "order": {
            "referenceOrderId": format!("ORDER_{id}"), "orderDescription": "Cappuccino #grande (Mika's coffee shop)",
            "orderAmount": {"currency": "EUR", "value": "30000"},
            "goods": [{"referenceGoodsId": "1", "goodsName": "Coffee", "goodsQuantity": "10"}],
            "buyer": {"referenceBuyerId": "test12345678", "buyerEmail": "buyer@shop.example"}
        },
        "paymentAmount": {"currency": "EUR", "value": "30000"},
        "paymentMethod": {"paymentMethodType": "CARD", "paymentMethodMetaData": {
            "cardNo": card, "cvv": CVV, "expiryMonth": "12", "expiryYear": "49",
            "cardholderName": {"firstName": "Tom", "lastName": "Jay"},
            "billingAddress": {"region": "CN", "state": "Zhejiang", "zipCode": "310000"},
            "is3DSAuthentication": false, "enableAuthenticationUpgrade": true
        }},
        "settlementStrategy": {"settlementCurrency": "EUR"},
        "paymentNotifyUrl": notify_url, "paymentRedirectUrl": "https://shop.example/return?order=1",
        "paymentFactor": {"isAuthorization": true, "captureMode": "MANUAL"},
        "env": {"terminalType": "WEB", "clientIp": "112.80.248.78", "colorDepth": 48, "timeZoneOffset": 1}
    })
}

/// A request with a right signature.
pub(crate) fn sign(
    key: &SigningKey,
    client_id: &str,
    path: &str,
    time: &str,
    body: &str,
) -> Request<Full<Bytes>> {
    let content = format!("POST {path}\n{client_id}.{time}.{body}");
    let mut buffer = [0u8; 256];
    let signature = BASE64.encode(
        key.sign_pkcs1_sha256(&mut buffer, content.as_bytes())
            .unwrap(),
    );
    let signature = signature
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    Request::post(path)
        .header("Client-Id", client_id)
        .header("Request-Time", time)
        .header("Content-Type", "application/json; charset=UTF-8")
        .header(
            "Signature",
            format!("algorithm=RSA256, keyVersion=1, signature={signature}"),
        )
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

/// One request on a connection of its own.
async fn exchange(
    base: &str,
    mut request: Request<Full<Bytes>>,
) -> Result<Response<String>, String> {
    let address = base.trim_start_matches("http://").to_owned();
    request
        .headers_mut()
        .insert("host", address.parse().unwrap());
    let stream = TcpStream::connect(&address)
        .await
        .map_err(|error| error.to_string())?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let driver = tokio::spawn(connection);
    let response = sender
        .send_request(request)
        .await
        .map_err(|error| error.to_string())?;
    let (parts, body) = response.into_parts();
    let body = body
        .collect()
        .await
        .map_err(|error| error.to_string())?
        .to_bytes();
    driver.abort();
    Ok(Response::from_parts(
        parts,
        String::from_utf8(body.to_vec()).map_err(|error| error.to_string())?,
    ))
}

/// Whether the provider signed this.
pub(crate) fn verifies(
    key: &VerifyingKey,
    headers: &HeaderMap,
    path: &str,
    time: &str,
    body: &[u8],
) -> bool {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let Some((_, signature)) = header("signature").split_once("signature=") else {
        return false;
    };
    let signature = signature
        .replace("%2B", "+")
        .replace("%2F", "/")
        .replace("%3D", "=");
    let mut content = format!("POST {path}\n{}.{time}.", header("client-id")).into_bytes();
    content.extend_from_slice(body);
    BASE64
        .decode(signature)
        .is_ok_and(|signature| key.verify_pkcs1_sha256(&signature, &content).is_ok())
}

/// A notification as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) text: String,
    /// Signed by the provider over this path, for this merchant.
    pub(crate) verified: bool,
}

impl Letter {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn kind(&self) -> String {
        self.body()["notifyType"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

/// Receives notifications; acknowledges them, unless told to answer otherwise.
pub(crate) struct Inbox {
    pub(crate) url: String,
    letters: Arc<Mutex<Vec<Letter>>>,
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Inbox {
    async fn open(key: Arc<VerifyingKey>, client_id: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // The query is not covered by the signature.
        let url = format!("http://{}/notify?shop=1", listener.local_addr().unwrap());
        let letters = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let (kept, script) = (Arc::clone(&letters), Arc::clone(&answers));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (key, client_id, kept, script) = (
                    Arc::clone(&key),
                    client_id.clone(),
                    Arc::clone(&kept),
                    Arc::clone(&script),
                );
                let service = service_fn(move |request| {
                    receive(
                        request,
                        Arc::clone(&key),
                        client_id.clone(),
                        Arc::clone(&kept),
                        Arc::clone(&script),
                    )
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self {
            url,
            letters,
            answers,
            server,
        }
    }

    /// Answers the next letters like this, in turn; after that it acknowledges again.
    pub(crate) fn answer_next(&self, answers: &[(u16, &str)]) {
        self.answers.lock().unwrap().extend(
            answers
                .iter()
                .map(|(status, text)| (*status, (*text).to_owned())),
        );
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }

    pub(crate) fn kinds(&self) -> Vec<String> {
        self.letters().iter().map(Letter::kind).collect()
    }

    /// Waits, for two seconds at most, for so many letters.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Letter> {
        for _ in 0..400 {
            if self.letters().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let letters = self.letters();
        assert_eq!(letters.len(), count, "{letters:#?}");
        letters
    }
}

async fn receive(
    request: Request<hyper::body::Incoming>,
    key: Arc<VerifyingKey>,
    client_id: String,
    letters: Arc<Mutex<Vec<Letter>>>,
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let verified = header("client-id") == client_id
        && verifies(
            &key,
            &parts.headers,
            parts.uri.path(),
            header("request-time"),
            &body,
        );
    letters.lock().unwrap().push(Letter {
        text: String::from_utf8(body.to_vec()).unwrap(),
        verified,
    });
    let (status, text) = answers
        .lock()
        .unwrap()
        .pop_front()
        .unwrap_or((200, ACKNOWLEDGEMENT.to_owned()));
    Ok(Response::builder()
        .status(status)
        .body(Full::new(Bytes::from(text)))
        .unwrap())
}
