//! Each target without the engine: on its seeds, on changes of them, and on what once broke something.

use crate::mutate::{self, Draws};
use crate::{TARGETS, Target};
use std::path::{Path, PathBuf};

/// Changes of each seed that are tried.
const CHANGES: u64 = 6;

fn regressions(target: &Target) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("regressions")
        .join(target.name);
    let files = std::fs::read_dir(folder).into_iter().flatten();
    files.map(|file| file.unwrap().path()).collect()
}

/// One to four bytes replaced, left out or put in.
fn bytes_changed(seed: &[u8], draws: &mut Draws) -> Vec<u8> {
    let mut changed = seed.to_vec();
    for _ in 0..=draws.below(4) {
        let place = draws.below(changed.len() + 1);
        let byte = u8::try_from(draws.below(256)).unwrap();
        match draws.below(3) {
            0 => changed.insert(place, byte),
            1 if place < changed.len() => drop(changed.remove(place)),
            _ if place < changed.len() => changed[place] = byte,
            _ => {}
        }
    }
    changed
}

fn holds(name: &str) {
    let target = crate::target(name).unwrap();
    let (seeds, mut draws) = (target.seeds(), Draws(2026));
    assert!(
        !seeds.is_empty() && seeds.iter().all(|seed| seed.len() <= target.longest),
        "{name}: seeds that fit"
    );
    for file in regressions(target) {
        target.run(&std::fs::read(file).unwrap());
    }
    for seed in &seeds {
        target.run(seed);
        for change in 0..CHANGES {
            target.run(&bytes_changed(seed, &mut draws));
            let changed = target.json.then(|| mutate::json(seed, target.head, change));
            if let Some(changed) = changed.flatten() {
                target.run(&changed);
            }
        }
    }
}

macro_rules! each_target {
    ($($name:ident)*) => {
        const TRIED: &[&str] = &[$(stringify!($name)),*];
        $(#[test] fn $name() { holds(stringify!($name)); })*
    };
}

each_target!(signature_header notification notification_body answer_body life keys checkout_http checkout_body http_event
    capture_batch table_item report_file);

#[test]
fn every_target_is_tried_and_every_regression_belongs_to_one() {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, TRIED);
    let folders = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions"));
    for folder in folders.into_iter().flatten() {
        let name = folder.unwrap().file_name();
        assert!(names.iter().any(|known| name == **known), "{name:?}");
    }
}

#[test]
fn a_changed_document_is_one_and_sometimes_has_a_key_twice() {
    let document = br#"xx{"a":{"b":[1,"2",null]},"c":"d"}"#;
    let mut twice = 0;
    for seed in 0..500 {
        let changed = mutate::json(document, 2, seed).unwrap();
        assert_eq!(
            changed,
            mutate::json(document, 2, seed).unwrap(),
            "the same for the same seed"
        );
        let text = std::str::from_utf8(&changed[2..]).unwrap();
        let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let keys = |text: &str| text.matches("\"a\":").count();
        twice += usize::from(keys(text) > keys(&value.to_string()));
    }
    assert!(twice > 5, "{twice}");
    assert_eq!(mutate::json(b"{", 0, 1), None);
}
