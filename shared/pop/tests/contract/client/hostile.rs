//! Answers of a gateway gone mad, or of somebody in its place: bytes that are hardly HTTP, bodies without end, answers that
//! were signed for something else. None is believed, none takes longer than the client waits, and none takes more memory
//! than the client allows.

use super::{CLIENT, INQUIRED, id, options, settings, signed, signed_by};
use crate::support::PROVIDER_PKCS8;
use domain::message::Answer;
use domain::plan::{CaptureOrder, RefundOrder};
use domain::{CaptureRequestId, Money, PaymentId, RefundRequestId};
use pop::client::{Client, Options};
use pop::provider::{Exchange, Provider};
use pop::request::{
    CANCEL_PATH, CAPTURE_PATH, INQUIRY_PATH, PAY_PATH, REFUND_INQUIRY_PATH, REFUND_PATH,
};
use report::{CpuTime, Tried};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long one answer may be worked at, by the server of the test as well, in an unoptimised build.
const SLOWEST: Duration = Duration::from_secs(3);
/// The client waits 400 ms; one that has not given up by now, even on a busy machine, never will.
const FOREVER: Duration = Duration::from_secs(30);
const PEAK_MIB: u64 = 128;

/// How a raw answer goes on after its first bytes.
#[derive(Clone)]
enum Then {
    /// The connection ends.
    End,
    /// The same bytes again, for as long as somebody reads.
    Again(Vec<u8>),
    /// One byte after the other, slowly, for as long as somebody reads.
    Drip(Vec<u8>),
    /// Nothing more, but the connection stays.
    Stay,
}

/// Takes one request and answers it with these bytes.
async fn start(first: Vec<u8>, then: Then) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 16 * 1024];
        let read = stream.read(&mut request).await.unwrap();
        assert!(read > 0);
        // The client may hang up at any time: that is its right.
        let _ = answer(&mut stream, &first, then).await;
    });
    url
}

async fn answer(stream: &mut TcpStream, first: &[u8], then: Then) -> std::io::Result<()> {
    stream.write_all(first).await?;
    match then {
        Then::End => {}
        Then::Again(bytes) => loop {
            stream.write_all(&bytes).await?;
        },
        Then::Drip(bytes) => {
            for byte in bytes.iter().cycle() {
                stream.write_all(&[*byte]).await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Then::Stay => tokio::time::sleep(Duration::from_secs(30)).await,
    }
    Ok(())
}

/// A client that waits 400 ms and reads as much as in production.
fn client(url: &str) -> Client {
    let options = Options {
        answer_bytes: Options::default().answer_bytes,
        ..options()
    };
    Client::with_options(settings(url, CLIENT), options).unwrap()
}

fn head(headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes()
}

fn then(first: Vec<u8>, then: Then) -> (Vec<u8>, Then) {
    (first, then)
}

/// Bytes that are hardly an answer.
fn raw() -> Vec<(&'static str, (Vec<u8>, Then))> {
    let drip = || Then::Drip(vec![b' ']);
    let chunk = [b"10000\r\n".as_slice(), &vec![b'{'; 65_536], b"\r\n"].concat();
    let many = |count: usize| {
        (0..count)
            .map(|n| format!("X-{n}: {n}\r\n"))
            .collect::<String>()
    };
    let chunked = "Transfer-Encoding: chunked\r\n";
    vec![
        (
            "a head that drips",
            then(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), Then::Drip(vec![b'a'])),
        ),
        (
            "a body that drips",
            then(head("Content-Length: 100000\r\n"), drip()),
        ),
        (
            "chunks that drip",
            then(head(chunked), Then::Drip(b"1\r\n{\r\n".to_vec())),
        ),
        (
            "a body without end",
            then(head(""), Then::Again(vec![b'{'; 65_536])),
        ),
        (
            "chunks without end",
            then(head(chunked), Then::Again(chunk)),
        ),
        (
            "a chunk's extension without end",
            then(
                [head(chunked), b"1;x=".to_vec()].concat(),
                Then::Again(vec![b'x'; 65_536]),
            ),
        ),
        (
            "trailers without end",
            then(
                [head(chunked), b"0\r\n".to_vec()].concat(),
                Then::Again(b"X: y\r\n".repeat(1000)),
            ),
        ),
        (
            "a chunk of 2^64 bytes",
            then(
                [head(chunked), b"ffffffffffffffff\r\n{".to_vec()].concat(),
                Then::Stay,
            ),
        ),
        (
            "a chunk of 2^68 bytes",
            then(
                [head(chunked), b"fffffffffffffffff\r\n{".to_vec()].concat(),
                Then::Stay,
            ),
        ),
        (
            "a chunk of -1 bytes",
            then([head(chunked), b"-1\r\n{".to_vec()].concat(), Then::Stay),
        ),
        (
            "1 GiB announced",
            then(
                head("Content-Length: 1073741824\r\n"),
                Then::Again(vec![b'{'; 65_536]),
            ),
        ),
        (
            "2^64 bytes announced",
            then(head("Content-Length: 18446744073709551615\r\n"), Then::Stay),
        ),
        (
            "2^70 bytes announced",
            then(
                head("Content-Length: 1180591620717411303424\r\n"),
                Then::Stay,
            ),
        ),
        (
            "-1 bytes announced",
            then(head("Content-Length: -1\r\n"), Then::Stay),
        ),
        (
            "two lengths",
            then(
                [
                    head("Content-Length: 2\r\nContent-Length: 3\r\n"),
                    b"{}".to_vec(),
                ]
                .concat(),
                Then::Stay,
            ),
        ),
        (
            "a length and chunks",
            then(
                [
                    head(&format!("Content-Length: 2\r\n{chunked}")),
                    b"{}".to_vec(),
                ]
                .concat(),
                Then::Stay,
            ),
        ),
        (
            "chunks twice",
            then(
                [
                    head(&format!("{chunked}{chunked}")),
                    b"2\r\n{}\r\n0\r\n\r\n".to_vec(),
                ]
                .concat(),
                Then::Stay,
            ),
        ),
        (
            "continues without end",
            then(
                Vec::new(),
                Then::Again(b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100)),
            ),
        ),
        (
            "early hints without end",
            then(
                Vec::new(),
                Then::Again(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(100)),
            ),
        ),
        (
            "a switch of protocols",
            then(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
                    .to_vec(),
                Then::Stay,
            ),
        ),
        ("10,000 headers", then(head(&many(10_000)), Then::Stay)),
        (
            "headers without end",
            then(
                b"HTTP/1.1 200 OK\r\n".to_vec(),
                Then::Again(many(1000).into_bytes()),
            ),
        ),
        (
            "a header without end",
            then(
                b"HTTP/1.1 200 OK\r\nX: ".to_vec(),
                Then::Again(vec![b'a'; 65_536]),
            ),
        ),
        (
            "a status line without end",
            then(b"HTTP/1.1 200 ".to_vec(), Then::Again(vec![b'O'; 65_536])),
        ),
        (
            "a header with NUL",
            then(
                [head("X: a\0b\r\nContent-Length: 2\r\n"), b"{}".to_vec()].concat(),
                Then::End,
            ),
        ),
        (
            "a folded header",
            then(
                [head("X: a\r\n b\r\nContent-Length: 2\r\n"), b"{}".to_vec()].concat(),
                Then::End,
            ),
        ),
        (
            "line feeds alone",
            then(
                b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}".to_vec(),
                Then::End,
            ),
        ),
        (
            "status 999",
            then(
                b"HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\n{}".to_vec(),
                Then::End,
            ),
        ),
        (
            "status 000",
            then(
                b"HTTP/1.1 000 X\r\nContent-Length: 2\r\n\r\n{}".to_vec(),
                Then::End,
            ),
        ),
        (
            "HTTP/0.9",
            then(b"{\"result\":{\"resultStatus\":\"S\"}}".to_vec(), Then::End),
        ),
        ("HTTP/2", then(b"HTTP/2 200\r\n\r\n{}".to_vec(), Then::End)),
        (
            "a preface of HTTP/2",
            then(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), Then::Stay),
        ),
        (
            "TLS",
            then(b"\x15\x03\x01\x00\x02\x02\x28".to_vec(), Then::Stay),
        ),
        ("SSH", then(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), Then::Stay)),
        (
            "NULs without end",
            then(Vec::new(), Then::Again(vec![0; 65_536])),
        ),
        ("nothing", then(Vec::new(), Then::End)),
        ("nothing, for ever", then(Vec::new(), Then::Stay)),
    ]
}

#[tokio::test]
async fn bytes_that_are_hardly_an_answer_are_none_and_take_neither_time_nor_memory() {
    let mut tried = Tried::new(
        "client-1-raw",
        "answers that are hardly HTTP, to our client",
    );
    for (what, (first, then)) in raw() {
        let url = start(first, then).await;
        let began = CpuTime::now();
        let client = client(&url);
        let exchange = tokio::time::timeout(FOREVER, client.inquire(&id())).await;
        let exchange = exchange.unwrap_or_else(|_| panic!("{what}: the client still waits"));
        let believed = exchange.message.is_some() || !matches!(exchange.answer, Answer::None(_));
        tried.count(what, began, believed);
    }
    tried.finish(SLOWEST, PEAK_MIB);
}

fn capture_order() -> CaptureOrder {
    CaptureOrder {
        request_id: CaptureRequestId::new("C1-ab").unwrap(),
        payment_id: PaymentId::new("2025C").unwrap(),
        amount: Money::from_wire("100", "HKD").unwrap(),
    }
}

fn refund_order() -> RefundOrder {
    RefundOrder {
        request_id: RefundRequestId::new("R-1").unwrap(),
        payment_id: PaymentId::new("2025C").unwrap(),
        amount: Money::from_wire("100", "HKD").unwrap(),
        reason: None,
    }
}

/// Asks with the call of this path; whether anything of the answer was believed.
async fn believes(client: &Client, path: &str) -> bool {
    fn believed<T>(exchange: &Exchange<T>) -> bool {
        exchange.message.is_some() || matches!(exchange.answer, Answer::Verified(..))
    }
    match path {
        INQUIRY_PATH => believed(&client.inquire(&id()).await),
        CAPTURE_PATH => believed(&client.capture(&capture_order()).await),
        CANCEL_PATH => believed(&client.cancel(&id()).await),
        REFUND_PATH => believed(&client.refund(&refund_order()).await),
        _ => believed(&client.inquire_refund(&refund_order().request_id).await),
    }
}

#[tokio::test]
async fn an_answer_to_another_call_is_not_believed() {
    let mut tried = Tried::new(
        "client-2-calls",
        "right answers of POP to another call, path, client or environment",
    );
    let calls = [
        INQUIRY_PATH,
        CAPTURE_PATH,
        CANCEL_PATH,
        REFUND_PATH,
        REFUND_INQUIRY_PATH,
    ];
    let notify = ["/notify", "/", ""];
    for asked in calls {
        let sandbox = asked.replace("/ams/api", "/ams/sandbox/api");
        let near = [
            format!("{asked}/"),
            format!("{asked}?a=1"),
            asked.to_uppercase(),
            asked[1..].to_owned(),
            sandbox,
        ];
        let others = calls
            .into_iter()
            .chain([PAY_PATH])
            .filter(|path| *path != asked);
        let paths = others.chain(notify).map(str::to_owned).chain(near);
        let mut replies: Vec<_> = paths
            .map(|path| (format!("{path} as {asked}"), signed(&path, INQUIRED)))
            .collect();
        for client in ["", "5Y", "SANDBOX_5Y00000000000000"] {
            replies.push((
                format!("client {client:?}, {asked}"),
                signed_by(PROVIDER_PKCS8, asked, client, INQUIRED),
            ));
        }
        for (what, reply) in replies {
            let server = super::server::Server::start(vec![reply]).await;
            let client = client(&server.url);
            let began = CpuTime::now();
            let believed = believes(&client, asked).await;
            tried.count(what, began, believed);
        }
        let server = super::server::Server::start(vec![signed(asked, INQUIRED)]).await;
        assert!(
            believes(&client(&server.url), asked).await,
            "the right answer to {asked} is believed"
        );
    }
    tried.finish(SLOWEST, PEAK_MIB);
}

/// Bodies that POP signed and that mean nothing.
fn senseless() -> Vec<(&'static str, Vec<u8>)> {
    let with = |extra: &str| {
        let text = String::from_utf8(INQUIRED.to_vec()).unwrap();
        text.replacen('{', &format!("{{{extra},"), 1).into_bytes()
    };
    let deep = |depth: usize| with(&format!("\"x\":{}{}", "[".repeat(depth), "]".repeat(depth)));
    vec![
        ("10,000 arrays deep", deep(10_000)),
        ("100,000 arrays deep", deep(100_000)),
        (
            "many small objects",
            with(&format!("\"x\":[{}0]", "{\"\":0},".repeat(30_000))),
        ),
        (
            "many small arrays",
            with(&format!("\"x\":[{}0]", "[],".repeat(80_000))),
        ),
        (
            "many numbers",
            with(&format!("\"x\":[{}0]", "0,".repeat(120_000))),
        ),
        (
            "many keys",
            with(
                &(0..22_000)
                    .map(|n| format!("\"{n}\":0"))
                    .collect::<Vec<_>>()
                    .join(","),
            ),
        ),
        (
            "a number of 200,000 digits",
            with(&format!("\"x\":{}", "9".repeat(200_000))),
        ),
        ("1e400", with("\"x\":1e400")),
        ("a lone surrogate", with("\"x\":\"\\ud800\"")),
        ("a key twice", with("\"paymentStatus\":\"FAIL\"")),
        (
            "bytes that are no UTF-8",
            with("\"x\":\"?\"")
                .iter()
                .map(|b| if *b == b'?' { 0xff } else { *b })
                .collect(),
        ),
        ("a second document", [INQUIRED, b"{}"].concat()),
        ("half of it", INQUIRED[..INQUIRED.len() / 2].to_vec()),
        ("a byte order mark", [b"\xef\xbb\xbf", INQUIRED].concat()),
        ("an array", [b"[", INQUIRED, b"]"].concat()),
        ("NULs", vec![0; 1000]),
        (
            "compressed as gzip says",
            b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xed\xc1\x01\x0d\x00\x00\x00\xc2\xa0"
                .to_vec(),
        ),
        ("256 KiB and one byte", {
            let mut long = INQUIRED.to_vec();
            long.resize((256 << 10) + 1, b' ');
            long
        }),
    ]
}

#[tokio::test]
async fn a_senseless_answer_decides_nothing_signed_or_not_compressed_or_not() {
    let mut tried = Tried::new(
        "client-3-bodies",
        "odd bodies of answers, unsigned, signed by POP, and labelled as compressed",
    );
    for (what, body) in senseless() {
        let unsigned = super::server::Reply::ok(&body).with("Client-Id", CLIENT);
        let right = || signed(INQUIRY_PATH, &body);
        let labelled = |coding: &str| right().with("Content-Encoding", coding);
        for (how, reply) in [
            ("unsigned", unsigned),
            ("signed", right()),
            ("signed, in chunks", right().chunked()),
            ("signed, called gzip", labelled("gzip")),
            ("signed, called br", labelled("br, zstd, deflate")),
        ] {
            let server = super::server::Server::start(vec![reply]).await;
            let client = client(&server.url);
            let began = CpuTime::now();
            let exchange = client.inquire(&id()).await;
            let decides = matches!(exchange.answer, Answer::Verified(..));
            tried.count(format!("{what}, {how}"), began, decides);
        }
    }
    tried.finish(SLOWEST, PEAK_MIB);
}
