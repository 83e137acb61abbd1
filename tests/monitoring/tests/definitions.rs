//! Alarms, metrics, dashboard, runbook and the page about them belong together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a failed test says enough

use monitoring::{Alarm, Names, Points, alarms, dashboard, page};
use runtime::metrics::{DIMENSION, Metric, NAMESPACE};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Free of charge in each account, in up to three dashboards.
const MOST_METRICS: usize = 50;

fn names(template: &Value) -> Names {
    Names::defaults(template, "pop-payments")
}

fn all() -> Vec<Alarm> {
    let template = template::load();
    alarms(&template, &names(&template)).unwrap()
}

fn document(name: &str) -> String {
    std::fs::read_to_string(template::root().join("docs").join(name)).unwrap()
}

/// The anchor that a heading has on a page.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect()
}

/// Sections by anchor, with their text.
fn sections(document: &str) -> BTreeMap<String, String> {
    let sections = document.split("\n## ").skip(1);
    let section = |text: &str| {
        let (heading, rest) = text.split_once('\n').unwrap_or((text, ""));
        (anchor(heading), rest.to_owned())
    };
    sections.map(section).collect()
}

#[test]
fn each_alarm_has_its_section_in_the_runbook_and_each_section_its_alarm() {
    let sections = sections(&document("runbook.md"));
    let mut linked = BTreeSet::new();
    for alarm in all() {
        let (page, section) = alarm
            .runbook()
            .split_once('#')
            .expect("a place in the runbook");
        assert_eq!(page, "docs/runbook.md", "{}", alarm.name);
        let text = sections.get(section);
        let text =
            text.unwrap_or_else(|| panic!("{}: the runbook has no section {section}", alarm.name));
        assert!(
            text.contains(&format!("`{}`", alarm.name)),
            "{section} does not name {}",
            alarm.name
        );
        for part in [
            "**Symptom**",
            "**What it means**",
            "**Look at**",
            "**Do**",
            "**Ends**",
        ] {
            assert!(text.contains(part), "{section} lacks {part}");
        }
        assert!(
            alarm.words().len() > 15,
            "{} says what is wrong",
            alarm.name
        );
        linked.insert(section.to_owned());
    }
    assert_eq!(
        linked,
        sections.into_keys().collect(),
        "a section without an alarm"
    );
}

/// The page's tables: the first cell of each row in backticks, and the rest of the row.
fn rows(section: &str) -> BTreeMap<String, String> {
    let document = document("operations.md");
    let sections = sections(&document);
    let lines = sections[section]
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'));
    let row = |line: &str| {
        let name = line.split('`').nth(1).unwrap().to_owned();
        (name, line.to_owned())
    };
    lines.map(row).collect()
}

#[test]
fn the_page_has_each_metric_with_its_unit() {
    let rows = rows("metrics");
    let expected: BTreeSet<String> = Metric::ALL
        .iter()
        .map(|metric| metric.name().to_owned())
        .collect();
    assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), expected);
    for metric in Metric::ALL {
        let row = &rows[metric.name()];
        assert!(row.contains(&format!("| {} |", metric.unit())), "{row}");
    }
}

#[test]
fn the_page_has_each_alarm_with_its_parameter_and_default() {
    let template = template::load();
    let rows = rows("alarms");
    let expected: BTreeSet<String> = all().into_iter().map(|alarm| alarm.name).collect();
    assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), expected);
    for (name, resource) in template::resources(&template, "AWS::CloudWatch::Alarm") {
        let row = &rows[name];
        let definition = resource.to_string();
        let parameters = template["Parameters"].as_object().unwrap();
        for (parameter, of) in parameters
            .iter()
            .filter(|(name, _)| name.starts_with("Alarm"))
        {
            let is_used = definition.contains(&format!("\"{parameter}\""))
                || definition.contains(&format!("{{{parameter}}}"));
            if is_used && parameter != "AlarmTopicArn" {
                assert!(row.contains(&format!("`{parameter}`")), "{row}");
                assert!(
                    row.contains(&of["Default"].to_string()),
                    "{row}: {}",
                    of["Default"]
                );
            }
        }
        let missing = resource["Properties"]["TreatMissingData"].as_str().unwrap();
        assert_eq!(missing == "breaching", row.contains("**bad**"), "{row}");
    }
}

/// Whatever is measured is shown, and what is shown of ours is measured.
#[test]
fn the_dashboard_shows_each_metric() {
    let template = template::load();
    let dashboard = dashboard(&template, &names(&template)).unwrap();
    let lines: Vec<_> = dashboard
        .charts
        .iter()
        .flat_map(|chart| &chart.lines)
        .collect();
    let shown: BTreeSet<&str> = lines
        .iter()
        .filter(|line| line.metric.namespace == NAMESPACE)
        .map(|line| {
            assert_eq!(line.metric.dimensions[DIMENSION], "pop-payments");
            line.metric.name.as_str()
        })
        .collect();
    assert_eq!(
        shown,
        Metric::ALL.iter().map(|metric| metric.name()).collect()
    );
    assert!(lines.len() <= MOST_METRICS, "{} metrics", lines.len());
    // Charts do not lie upon each other.
    let mut taken = BTreeSet::new();
    for chart in &dashboard.charts {
        let [x, y, width, height] = chart.place;
        for place in (x..x + width).flat_map(|column| (y..y + height).map(move |row| (column, row)))
        {
            assert!(
                place.0 < 24 && taken.insert(place),
                "{}: {place:?}",
                chart.title
            );
        }
    }
    let drawn = page(
        &dashboard,
        &Points::default(),
        (0, 60_000),
        "Title",
        "Words",
    );
    assert_eq!(drawn.matches("<section").count(), dashboard.charts.len());
}

/// Beside the alarm on a metric of ours stands nothing that is not measured.
#[test]
fn alarms_look_at_what_is_measured() {
    let measured: BTreeSet<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
    let of_aws = ["AWS/Lambda", "AWS/SQS", "AWS/DynamoDB", "AWS/ApiGateway"];
    for alarm in all() {
        for metric in alarm.looks_at() {
            let known = match metric.namespace.as_str() {
                NAMESPACE => measured.contains(metric.name.as_str()),
                other => of_aws.contains(&other),
            };
            assert!(known, "{}: {metric:?}", alarm.name);
        }
    }
}
