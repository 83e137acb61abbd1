//! The crash matrix: that it finds its steps by itself, and some of its cells.
#![allow(missing_docs, clippy::unwrap_used, reason = "an integration test")]

use simulation::engine::{Fate, Port};
use simulation::matrix::{Harm, cell, flows, steps};
use std::collections::BTreeSet;

#[test]
fn flows_have_names_of_their_own_and_end_well_without_faults() {
    let flows = flows();
    let names: BTreeSet<_> = flows.iter().map(|flow| flow.name).collect();
    assert_eq!(names.len(), flows.len());
    for flow in &flows {
        let (points, calm) = steps(flow);
        assert!(
            calm.breaches.is_empty(),
            "{}: {:?}",
            flow.name,
            calm.breaches
        );
        assert!(!points.is_empty(), "{}", flow.name);
    }
}

#[test]
fn every_kind_of_step_is_met() {
    let mut met = BTreeSet::new();
    for flow in flows() {
        for point in steps(&flow).0 {
            met.insert((point.function, point.port, point.call));
        }
    }
    for (function, port, call) in [
        ("checkout", Port::Provider, "pay"),
        ("checkout", Port::Provider, "cancel"),
        ("checkout", Port::Provider, "refund"),
        ("checkout", Port::Provider, "inquiryPayment"),
        ("checkout", Port::Table, "commit (new row)"),
        ("checkout", Port::Table, "forget_card"),
        ("checkout", Port::Queue, "send"),
        ("notify", Port::Table, "commit"),
        ("notify", Port::Table, "shelve"),
        ("notify", Port::Table, "keep"),
        ("notify", Port::Queue, "send"),
        ("capture", Port::Provider, "capture"),
        ("sweep", Port::Table, "due"),
        ("sweep", Port::Provider, "inquiryPayment"),
        ("sweep", Port::Provider, "capture"),
        ("sweep", Port::Provider, "cancel"),
        ("sweep", Port::Provider, "refund"),
        ("sweep", Port::Provider, "inquiryRefund"),
    ] {
        assert!(met.contains(&(function, port, call)), "{function}: {call}");
    }
}

#[test]
fn each_fault_at_each_step_of_a_manual_payment() {
    let flow = flows()
        .into_iter()
        .find(|flow| flow.name == "capture: S, at once");
    let flow = flow.unwrap();
    for step in 0..steps(&flow).0.len() {
        for fate in Fate::FAULTS {
            let cell = cell(&flow, step, fate, false);
            assert!(
                cell.breaches.is_empty(),
                "{step} {fate:?}: {:?}",
                cell.breaches
            );
        }
    }
}

#[test]
fn harms_are_told_apart() {
    assert_eq!(Harm::of("every event is sent at least once"), Harm::Lost);
    assert_eq!(Harm::of("authorised once"), Harm::Doubled);
    assert_eq!(Harm::of("everything comes to its end"), Harm::Stuck);
    assert_eq!(Harm::of("the row is right"), Harm::Wrong);
}
