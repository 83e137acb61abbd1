//! Settings by the names that the functions have for them.

use crate::problem::Problem;
use std::collections::BTreeMap;

/// Where a deployment's settings come from: a flag before the deployment itself, and that before the environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    given: BTreeMap<String, String>,
    found: BTreeMap<String, String>,
}

impl Settings {
    /// `given` by flags, `found` at the deployment.
    pub(super) fn new(given: BTreeMap<String, String>, found: BTreeMap<String, String>) -> Self {
        Self { given, found }
    }

    /// The setting, if there is one; an empty one is none.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let known = self.given.get(name).or_else(|| self.found.get(name));
        let value = known.cloned().or_else(|| std::env::var(name).ok());
        value.filter(|value| !value.trim().is_empty())
    }

    /// The setting; the error names the flag that gives it.
    pub(crate) fn required(&self, name: &'static str, flag: &str) -> anyhow::Result<String> {
        self.get(name).ok_or_else(|| {
            let words = format!(
                "{name} is not known: give --stack NAME, --rehearsal, {flag}, or the variable {name}"
            );
            Problem::new("setting_missing", words).into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_flag_comes_before_the_deployment_and_an_empty_setting_is_none() {
        let settings = Settings::new(
            map(&[("TABLE_NAME", "flag")]),
            map(&[
                ("TABLE_NAME", "stack"),
                ("POP_CLIENT_ID", "C"),
                ("EMPTY", " "),
            ]),
        );
        assert_eq!(settings.get("TABLE_NAME").as_deref(), Some("flag"));
        assert_eq!(settings.get("POP_CLIENT_ID").as_deref(), Some("C"));
        assert_eq!(settings.get("EMPTY"), None);
        let error = settings
            .required("NOT_SET_ANYWHERE", "--not-set X")
            .unwrap_err();
        assert!(error.to_string().contains("--not-set X"), "{error}");
    }
}
