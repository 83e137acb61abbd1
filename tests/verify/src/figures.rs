//! What is read out of the reports that steps leave behind.

/// The number of an attribute such as `tests="12"`, where it first stands.
fn attribute(text: &str, name: &str) -> Option<u64> {
    let (_, rest) = text.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()?.parse().ok()
}

/// Of a JUnit report: its first element counts everything.
pub(crate) fn tests(report: &str) -> Option<String> {
    let (_, report) = report.split_once("<testsuites")?;
    let (all, failures, errors) = (
        attribute(report, "tests")?,
        attribute(report, "failures")?,
        attribute(report, "errors")?,
    );
    Some(format!(
        "{} tests passed, {} failed",
        all.saturating_sub(failures + errors),
        failures + errors
    ))
}

/// A report that is one line already.
pub(crate) fn line(report: &str) -> Option<String> {
    let line = report.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// Of a TAP report as node's test runner writes it: the counts stand at its end.
pub(crate) fn browser(report: &str) -> Option<String> {
    let count = |name: &str| -> Option<u64> {
        let start = format!("# {name} ");
        let line = report.lines().rev().find(|line| line.starts_with(&start))?;
        line[start.len()..].trim().parse().ok()
    };
    Some(format!(
        "{} browser tests passed, {} failed",
        count("pass")?,
        count("fail")? + count("cancelled")? + count("skipped")? + count("todo")?
    ))
}

/// Of a rehearsal's figures: how many payments, and what was found wrong.
pub(crate) fn rehearsal(report: &str) -> Option<String> {
    let report: serde_json::Value = serde_json::from_str(report).ok()?;
    let payments = report["payments"].as_u64()?;
    let differences = report["differences"].as_array()?.len();
    Some(format!("{payments} payments, {differences} differences"))
}

/// Of counted instructions: those of a warm notification, and the sizes.
pub(crate) fn instructions(report: &str) -> Option<String> {
    let report: serde_json::Value = serde_json::from_str(report).ok()?;
    let count = |job: &str, what: &str| report[job][what].as_u64();
    let largest = report.as_object()?.keys();
    let largest = largest.filter_map(|job| count(job, "zipped")).max()?;
    Some(format!(
        "notify: {} thousand instructions, {} KB zipped; the largest function {largest} KB",
        count("notify", "warm")?,
        count("notify", "zipped")?
    ))
}

/// Of reports with seeded discrepancies: how many there were, and how many were missed or invented.
pub(crate) fn reconciliation(report: &str) -> Option<String> {
    let report: serde_json::Value = serde_json::from_str(report).ok()?;
    let kinds = report["seeds"]["kinds"].as_object()?;
    let sum = |name: &str| -> u64 { kinds.values().filter_map(|kind| kind[name].as_u64()).sum() };
    let invented = report["seeds"]["invented"].as_u64()?;
    let (seeded, missed) = (sum("seeded"), sum("missed"));
    Some(format!(
        "{seeded} seeded, {missed} missed, {invented} invented"
    ))
}

/// Of the crash matrix: how many cells, and in how many something was lost, doubled, stuck or wrong.
pub(crate) fn crash_matrix(report: &str) -> Option<String> {
    let report: serde_json::Value = serde_json::from_str(report).ok()?;
    let lines = report["lines"].as_array()?;
    let cells: u64 = lines.iter().filter_map(|line| line["cells"].as_u64()).sum();
    let harmed = |name: &str| -> u64 {
        let counts = lines.iter().filter_map(|line| line["harms"][name].as_u64());
        counts.sum()
    };
    Some(format!(
        "{cells} cells, lost {}, doubled {}, stuck {}, wrong {}",
        harmed("lost"),
        harmed("doubled"),
        harmed("stuck"),
        harmed("wrong")
    ))
}

/// Of a simulation: how many seeds and payments, and in how many seeds a law was broken.
pub(crate) fn simulation(report: &str) -> Option<String> {
    let report: serde_json::Value = serde_json::from_str(report).ok()?;
    Some(format!(
        "{} seeds, {} payments, a law broken in {}",
        report["seeds"].as_u64()?,
        report["payments"].as_u64()?,
        report["failed_seeds"].as_u64()?
    ))
}

/// Of a fuzzing run: how many executions of how many targets, and what broke.
pub(crate) fn fuzzing(report: &str) -> Option<String> {
    let report: serde_json::Value = serde_json::from_str(report).ok()?;
    let targets = report["fuzzed"].as_array()?;
    let executions = targets
        .iter()
        .filter_map(|target| target["executions"].as_u64());
    let broken = targets
        .iter()
        .filter(|target| !target["broken_by"].is_null());
    Some(format!(
        "{} executions of {} targets, {} broken",
        executions.sum::<u64>(),
        targets.len(),
        broken.count()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_a_junit_report() {
        let report = r#"<?xml version="1.0"?><testsuites name="nextest-run" tests="12" failures="2" errors="1" uuid="x">
            <testsuite name="a" tests="5" failures="0" errors="0"/></testsuites>"#;
        assert_eq!(tests(report).unwrap(), "9 tests passed, 3 failed");
        assert_eq!(tests("<x/>"), None);
    }

    #[test]
    fn counts_of_a_tap_report() {
        let report = "ok 1 - a\n# Subtest: # pass 9\n1..3\n# tests 3\n# suites 0\n# pass 2\n# fail 1\n# cancelled 0\n# skipped 0\n# todo 0\n# duration_ms 5.5\n";
        assert_eq!(browser(report).unwrap(), "2 browser tests passed, 1 failed");
        assert_eq!(browser("TAP version 13\n"), None);
    }

    #[test]
    fn figures_of_a_rehearsal() {
        let report = r#"{"payments":60,"differences":[{"payment":"P1"}],"seed":7}"#;
        assert_eq!(rehearsal(report).unwrap(), "60 payments, 1 differences");
        assert_eq!(rehearsal("{}"), None);
        let matrix =
            r#"{"lines":[{"cells":80,"harms":{}},{"cells":20,"harms":{"lost":2,"stuck":1}}]}"#;
        assert_eq!(
            crash_matrix(matrix).unwrap(),
            "100 cells, lost 2, doubled 0, stuck 1, wrong 0"
        );
        let fuzzed =
            r#"{"fuzzed":[{"executions":7,"broken_by":null},{"executions":2,"broken_by":"x"}]}"#;
        assert_eq!(
            fuzzing(fuzzed).unwrap(),
            "9 executions of 2 targets, 1 broken"
        );
        assert_eq!(
            simulation(r#"{"seeds":5,"payments":9,"failed_seeds":1}"#).unwrap(),
            "5 seeds, 9 payments, a law broken in 1"
        );
        let counted = r#"{"capture":{"start":9,"warm":3,"zipped":2600},"notify":{"start":8,"warm":2,"zipped":2400}}"#;
        assert_eq!(
            instructions(counted).unwrap(),
            "notify: 2 thousand instructions, 2400 KB zipped; the largest function 2600 KB"
        );
        let kinds = r#"{"seeds":{"invented":1,"kinds":{"a":{"seeded":5,"missed":2},"b":{"seeded":4,"missed":0}}}}"#;
        assert_eq!(
            reconciliation(kinds).unwrap(),
            "9 seeded, 2 missed, 1 invented"
        );
        assert_eq!(line("api: 5 requests\n").unwrap(), "api: 5 requests");
    }
}
