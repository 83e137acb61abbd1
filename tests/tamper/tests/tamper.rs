//! Trails of every kind, tampered with byte by byte: everything is found.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use tamper::{Found, Keys};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_changed_is_found() {
    let samples = tamper::lives().await;
    let tally = tamper::tamper(&samples, &Keys::of_samples(), |_| {});
    println!("{}", tally.markdown("cargo run --bin tamper"));
    assert!(
        tally.holds(),
        "{:#?}",
        &tally.unnoticed[..tally.unnoticed.len().min(20)]
    );
    for kind in [
        "notify_payment",
        "notify_capture",
        "notify_refund",
        "pay_response",
        "inquiry_response",
        "capture_response",
        "cancel_response",
        "refund_response",
        "refund_inquiry_response",
        "created",
        "pay_started",
        "capture_asked",
        "cancel_asked",
        "refund_asked",
        "retried",
        "order_arrived",
        "order_held",
        "time_passed",
    ] {
        assert!(
            tally.kinds.contains_key(kind),
            "no {kind}: {:?}",
            tally.kinds
        );
    }
    assert!(tally.bytes_changed > 40_000 && tally.signed_bytes_changed > 10_000);
    assert_eq!(tally.signed_bytes_changed, tally.signed_bytes_found);
    assert_eq!(tally.rearrangements, tally.rearrangements_found);
    assert_eq!(
        tally.omissions,
        tally.omissions_found + tally.omissions_overtaken
    );
    assert!(tally.omissions_overtaken < 6);
    assert_eq!(tally.row_values_changed, tally.row_values_found);
    assert!(tally.row_values_changed > 400 && tally.omissions > 40);
    assert!(tally.bytes_found[&Found::Unreadable] > 0 && tally.bytes_found[&Found::Chain] > 0);
}
