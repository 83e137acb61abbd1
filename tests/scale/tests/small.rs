//! The whole measurement with few payments: calls and capacity must be the same to the unit in tables of different size, each
//! payment is asked about once, and nothing is asked about again before its back-off is over.
#![allow(missing_docs, clippy::unwrap_used)]

use serde_json::Value;
use std::process::Command;

#[test]
fn few_payments_are_swept_within_every_bound() {
    let file = std::env::temp_dir().join(format!("bench-sweep-{}.json", std::process::id()));
    let output = Command::new(env!("CARGO_BIN_EXE_bench-sweep"))
        .args(["--small", "--json"])
        .arg(&file)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{printed}\n{told}");
    let figures: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    std::fs::remove_file(&file).unwrap();
    let (few, many) = (&figures["same"][0], &figures["same"][1]);
    assert_eq!(many["payments"], 10 * few["payments"].as_u64().unwrap());
    assert_eq!(many["usage"], few["usage"]);
    // Of 100, those that were never paid need no question.
    assert_eq!(few["asked"], 90);
    assert_eq!(figures["speed"]["resumed"]["asked_about"], 450);
    assert_eq!(figures["breaches"], Value::Array(Vec::new()));
}
