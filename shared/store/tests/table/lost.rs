//! Answers that get lost on the way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::samples::{self, row_only};
use store::{Claim, Commit, CommitError, DynamoStore, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Forwards to the emulator, and throws the next answer away when told to.
async fn losing_proxy(to: SocketAddr, lose_next: Arc<AtomicBool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (inbound, _) = listener.accept().await.unwrap();
            let outbound = TcpStream::connect(to).await.unwrap();
            tokio::spawn(forward(inbound, outbound, Arc::clone(&lose_next)));
        }
    });
    address
}

async fn forward(inbound: TcpStream, outbound: TcpStream, lose_next: Arc<AtomicBool>) {
    let (mut from_client, mut to_client) = inbound.into_split();
    let (mut from_server, mut to_server) = outbound.into_split();
    let requests =
        tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
        if lose_next.swap(false, Ordering::SeqCst)
            || to_client.write_all(&buffer[..length]).await.is_err()
        {
            break;
        }
    }
    requests.abort();
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_known_again_by_the_next_try() {
    let address = embedded::start().await;
    let lose_next = Arc::new(AtomicBool::new(false));
    let proxy = losing_proxy(address, Arc::clone(&lose_next)).await;
    let store = DynamoStore::new(&embedded::aws(proxy, 3), embedded::settings()).unwrap();
    let mut payment = samples::payment("PAY_1");
    // The row alone, and then as a transaction: neither loses to itself.
    lose_next.store(true, Ordering::SeqCst);
    store.commit(&row_only(payment.clone())).await.unwrap();
    assert!(!lose_next.load(Ordering::SeqCst), "the answer was not lost");
    payment.version = 2;
    let entry = samples::entry(&mut payment, "body");
    lose_next.store(true, Ordering::SeqCst);
    let commit = Commit {
        evidence: vec![entry],
        claim: Some(Claim::Take(samples::order_id("ORDER_1"))),
        refund_ids: vec![samples::refund_id("REFUND_1")],
        ..row_only(payment.clone())
    };
    store.commit(&commit).await.unwrap();
    assert!(!lose_next.load(Ordering::SeqCst), "the answer was not lost");
    assert_eq!(
        store.load(&payment.id).await.unwrap(),
        Some(payment.clone())
    );
    // Another's commit of the same content is still refused.
    let outcome = embedded::store(address).commit(&row_only(payment)).await;
    assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");
}
