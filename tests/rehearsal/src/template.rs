//! The project's `template.yaml` as the emulator can take it.

use std::path::Path;

use crate::artifacts::FUNCTIONS;

/// What the emulator refuses, and why. Left out of what is deployed to it, and said so; the template itself stays whole.
pub(crate) const LEFT_OUT: [(&str, &str); 6] = [
    ("NotifyFaultsAlarm", METRIC_MATH),
    ("SilenceAlarm", METRIC_MATH),
    ("PopErrorsAlarm", METRIC_MATH),
    ("FunctionErrorsAlarm", METRIC_MATH),
    ("ThrottlesAlarm", METRIC_MATH),
    ("TableThrottlesAlarm", METRIC_MATH),
];

const METRIC_MATH: &str = "alarms on metric math";

/// The template without what the emulator refuses.
pub(crate) fn for_emulator(template: &str) -> anyhow::Result<String> {
    let mut rest = template.to_owned();
    for (name, _) in LEFT_OUT {
        rest = without(&rest, name)?;
    }
    Ok(rest)
}

/// What is left out, for people: the reasons with their resources.
pub(crate) fn left_out_in_words() -> String {
    let names: Vec<&str> = LEFT_OUT.iter().map(|(name, _)| *name).collect();
    format!(
        "not deployed, since the emulator has no {METRIC_MATH}: {}",
        names.join(", ")
    )
}

/// The template with `CodeUri: functions/NAME` replaced by the folder that holds NAME's built bootstrap.
pub(crate) fn with_built_code(template: &str, folder: &Path) -> anyhow::Result<String> {
    let mut built = template.to_owned();
    for name in FUNCTIONS {
        let source = format!("CodeUri: functions/{name}\n");
        anyhow::ensure!(
            built.contains(&source),
            "template.yaml has no \"{}\"",
            source.trim_end()
        );
        built = built.replace(
            &source,
            &format!("CodeUri: {}\n", folder.join(name).display()),
        );
    }
    Ok(built)
}

/// The text without the resource of this name: its line and all that stands further to the right below it.
fn without(template: &str, name: &str) -> anyhow::Result<String> {
    let head = format!("  {name}:");
    anyhow::ensure!(
        template.lines().any(|line| line == head),
        "template.yaml has no {name}: take it off the list in tests/rehearsal/src/template.rs"
    );
    let mut inside = false;
    let kept = template.split_inclusive('\n').filter(|line| {
        let text = line.trim_end();
        if text == head {
            inside = true;
        } else if inside && !text.is_empty() && !text.starts_with("   ") {
            inside = false;
        }
        !inside
    });
    Ok(kept.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> String {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml");
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn the_projects_template_gets_built_code_for_each_function() {
        let template = template();
        let built = with_built_code(&template, Path::new("/built")).unwrap();
        for name in FUNCTIONS {
            assert!(built.contains(&format!("CodeUri: /built/{name}\n")));
        }
        assert_eq!(built.lines().count(), template.lines().count());
        assert!(with_built_code("Resources: {}", Path::new("/built")).is_err());
    }

    #[test]
    fn a_resource_is_taken_out_whole_and_nothing_else() {
        let text = "Resources:\n  A:\n    Type: X\n\n  B:\n    Type: Y\n    Deep:\n      - 1\n  # c\n  C:\n    Type: Z\nOutputs:\n";
        let want = "Resources:\n  A:\n    Type: X\n\n  # c\n  C:\n    Type: Z\nOutputs:\n";
        assert_eq!(without(text, "B").unwrap(), want);
        assert!(without(text, "D").is_err());
    }

    #[test]
    fn only_what_is_listed_is_left_out_and_for_its_reason() {
        let template = template();
        let left = for_emulator(&template).unwrap();
        let alarms = |text: &str| text.matches("Type: AWS::CloudWatch::Alarm\n").count();
        assert_eq!(alarms(&left) + LEFT_OUT.len(), alarms(&template));
        let math = |text: &str| text.matches("\n      Metrics:\n").count();
        assert_eq!((math(&left), math(&template)), (0, LEFT_OUT.len()));
    }
}
