//! Every journey, counted.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply
#![allow(missing_docs, clippy::unwrap_used)]

use cost::Figures;
use cost::counted::{Call, Function};
use cost::term::Term;
use std::collections::BTreeMap;

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-12)
}

#[test]
fn what_each_journey_uses_and_costs() {
    let tariff = cost::tariff(None).unwrap();
    let figures = Figures::measure(&tariff, |_| {}).unwrap();
    for line in &figures.journeys {
        let terms: f64 = line.bill.terms.values().sum();
        assert!(near(line.bill.total, terms), "{}", line.name);
        assert!(line.bill.total > 0.0, "{}", line.name);
        for (term, usd) in &line.bill.terms {
            assert!(*usd > 0.0 && line.units.of(*term) > 0.0, "{}", line.name);
        }
    }
    let line = |name: &str| figures.journey(name).unwrap();
    let duplicate = line("duplicate");
    assert_eq!(
        duplicate.counted.calls,
        BTreeMap::from([(Call::Get, 1)]),
        "one read"
    );
    assert!(
        near(duplicate.units.of(Term::Writes), 0.0),
        "nothing written"
    );
    assert!(
        line("forged").counted.calls.is_empty(),
        "nothing is asked for a forgery"
    );
    for name in ["automatic", "manual", "three_ds"] {
        assert_eq!(
            line(name).invocations_of(Function::Sweep),
            0,
            "{name} needs no sweep"
        );
    }
    assert_eq!(line("manual").invocations_of(Function::Capture), 1);
    assert!(line("never_finished").invocations_of(Function::Sweep) > 0);
    assert!(
        line("merchant_initiated").bill.total < line("automatic").bill.total,
        "no page"
    );
    assert!(
        figures.idle.total > 5.0 && figures.idle.total < 10.0,
        "{:?}",
        figures.idle
    );
    let other = |title: &str| {
        let mut others = figures.alternatives.iter();
        others
            .find(|other| other.title.contains(title))
            .unwrap()
            .total
    };
    assert!(other("90 days") < other("365 days") && other("365 days") < figures.mix.total);
    assert!(other("no point-in-time") < figures.mix.total);
    assert!(other("x86-64") > figures.mix.total);
    // Shares of the mix are weights.
    let shares = figures.mix_shares.iter();
    let mix: f64 = shares
        .map(|(name, share)| line(name).bill.total * share)
        .sum();
    assert!(near(figures.mix.total, mix));
}

#[test]
fn the_same_is_counted_each_time() {
    let tariff = cost::tariff(None).unwrap();
    let count = || {
        let journeys = cost::journeys::run(&tariff.deployment, |_| {});
        let counted = journeys.into_iter().map(|journey| {
            let of_one = |invocation: cost::counted::Invocation| invocation.counted;
            journey
                .done
                .invocations
                .into_iter()
                .map(of_one)
                .collect::<Vec<_>>()
        });
        counted.collect::<Vec<_>>()
    };
    assert_eq!(count(), count());
}
