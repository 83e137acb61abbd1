//! Card types and keys cannot be copied, printed, written, compared or stored: the compiler refuses it.
#![allow(missing_docs, clippy::unwrap_used)]

#[test]
fn what_would_let_card_data_out_does_not_compile() {
    let verdict = secrets::boundary::check().unwrap();
    assert!(verdict.wrong.is_empty(), "{:#?}", verdict.wrong);
    assert!(verdict.cases > 200, "{}", verdict.cases);
}
