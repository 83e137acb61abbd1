use super::*;
use crate::samples;
use domain::Status;
use domain::outbox::{OrderEvent, OrderEventKind, OutboxContent};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Operation and body of each request.
type Requests = Arc<Mutex<Vec<(String, Value)>>>;

/// Speaks SQS's JSON protocol: takes everything, but of a batch refuses the entry `refused`, and refuses queues whose
/// address ends in `broken`.
async fn play_sqs(refused: Option<&'static str>) -> (SocketAddr, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            tokio::spawn(converse(socket, Arc::clone(&seen), refused));
        }
    });
    (address, requests)
}

async fn converse(socket: TcpStream, seen: Requests, refused: Option<&'static str>) {
    let mut socket = BufReader::new(socket);
    while let Some((operation, body)) = read_request(&mut socket).await {
        let (status, answer) = answer(&operation, &body, refused);
        seen.lock().unwrap().push((operation, body));
        let answer = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        socket.write_all((head + &answer).as_bytes()).await.unwrap();
    }
}

async fn read_request(socket: &mut BufReader<TcpStream>) -> Option<(String, Value)> {
    let (mut operation, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_lowercase();
        if let Some(target) = line.strip_prefix("x-amz-target: amazonsqs.") {
            operation = target.to_owned();
        }
        if let Some(digits) = line.strip_prefix("content-length: ") {
            length = digits.parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    Some((operation, serde_json::from_slice(&body).unwrap()))
}

fn answer(operation: &str, body: &Value, refused: Option<&str>) -> (&'static str, Value) {
    if body["QueueUrl"].as_str().unwrap().ends_with("broken") {
        let error = json!({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "gone"});
        return ("400 Bad Request", error);
    }
    if operation == "sendmessage" {
        return ("200 OK", json!({"MessageId": "m", "MD5OfMessageBody": "x"}));
    }
    let entries = body["Entries"].as_array().unwrap();
    let is_refused = |entry: &&Value| entry["Id"].as_str() == refused;
    let (failed, successful): (Vec<_>, Vec<_>) = entries.iter().partition(is_refused);
    let failed: Vec<_> = failed
        .iter()
        .map(|entry| json!({"Id": entry["Id"], "Code": "InternalError", "SenderFault": false}))
        .collect();
    let successful: Vec<_> = successful
        .iter()
        .map(|entry| json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "x"}))
        .collect();
    (
        "200 OK",
        json!({"Successful": successful, "Failed": failed}),
    )
}

fn queues(address: SocketAddr, capture: &str, events: &str) -> SqsQueues {
    let settings = SqsSettings {
        capture_queue_url: format!("http://{address}/1/{capture}"),
        order_events_queue_url: format!("http://{address}/1/{events}"),
    };
    SqsQueues::new(&embedded::aws(address, 1), settings).unwrap()
}

fn hint(n: u64) -> OutboxMessage {
    OutboxMessage {
        id: format!("PAY_1:{n}:0"),
        sequence: n,
        at: samples::NOW,
        content: OutboxContent::CaptureHint,
    }
}

fn event(n: u64) -> OutboxMessage {
    let event = OrderEvent {
        kind: OrderEventKind::Captured,
        order_id: None,
        payment_id: None,
        amount: samples::amount(),
        status: Status::Captured,
        code: None,
        transfer: None,
    };
    OutboxMessage {
        id: format!("PAY_1:{n}:1"),
        content: OutboxContent::OrderEvent(event),
        ..hint(n)
    }
}

async fn send(queues: &SqsQueues, messages: &[OutboxMessage]) -> Vec<String> {
    let mut sent = queues.send(&samples::id("PAY_1"), messages).await;
    sent.sort();
    sent
}

#[tokio::test]
async fn each_message_goes_to_its_queue() {
    let (address, requests) = play_sqs(None).await;
    let queues = queues(address, "capture", "events");
    let sent = send(&queues, &[hint(1), event(1)]).await;
    assert_eq!(sent, ["PAY_1:1:0", "PAY_1:1:1"]);
    let mut requests = requests.lock().unwrap().clone();
    requests.sort_by_key(|(_, body)| body["QueueUrl"].to_string());
    assert_eq!(requests.len(), 2);
    let (operation, to_capture) = &requests[0];
    assert_eq!(operation, "sendmessage");
    assert!(
        to_capture["QueueUrl"]
            .as_str()
            .unwrap()
            .ends_with("/1/capture")
    );
    assert_eq!(to_capture["MessageBody"], r#"{"paymentRequestId":"PAY_1"}"#);
    let to_events = requests[1].1["MessageBody"].as_str().unwrap();
    let cloud_event: Value = serde_json::from_str(to_events).unwrap();
    assert_eq!(cloud_event["type"], "payment.captured");
    assert_eq!(cloud_event["id"], "PAY_1:1:1");
}

#[tokio::test]
async fn many_messages_go_in_batches_of_ten() {
    let (address, requests) = play_sqs(None).await;
    let queues = queues(address, "capture", "events");
    let messages: Vec<_> = (1..=23).map(event).collect();
    assert_eq!(send(&queues, &messages).await.len(), 23);
    let requests = requests.lock().unwrap();
    let sizes = requests.iter().map(|(operation, body)| {
        assert_eq!(operation, "sendmessagebatch");
        body["Entries"].as_array().unwrap().len()
    });
    assert_eq!(sizes.collect::<Vec<_>>(), [10, 10, 3]);
}

#[tokio::test]
async fn what_a_batch_refuses_is_not_reported_as_sent() {
    let (address, _) = play_sqs(Some("1")).await;
    let queues = queues(address, "capture", "events");
    let sent = send(&queues, &[event(1), event(2), event(3)]).await;
    assert_eq!(sent, ["PAY_1:1:1", "PAY_1:3:1"]);
}

#[tokio::test]
async fn one_broken_queue_does_not_hold_up_the_other() {
    let (address, _) = play_sqs(None).await;
    let messages = [hint(1), event(1), event(2)];
    let sent = send(&queues(address, "broken", "events"), &messages).await;
    assert_eq!(sent, ["PAY_1:1:1", "PAY_1:2:1"]);
    let sent = send(&queues(address, "capture", "broken"), &messages).await;
    assert_eq!(sent, ["PAY_1:1:0"]);
}

#[tokio::test]
async fn nobody_there_sends_nothing_and_is_no_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let sent = send(&queues(address, "capture", "events"), &[hint(1), event(1)]).await;
    assert!(sent.is_empty());
}
