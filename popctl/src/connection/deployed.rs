//! The functions of a stack, with their settings: all that popctl needs to know of a deployment stands there.

use crate::problem::Problem;
use aws_sdk_lambda::types::FunctionConfiguration;
use aws_types::SdkConfig;
use std::collections::BTreeMap;
use store::failure_reason;

/// What a function is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Checkout,
    Notify,
    Capture,
    Sweep,
}

impl Role {
    pub(crate) const ALL: [Self; 4] = [Self::Checkout, Self::Notify, Self::Capture, Self::Sweep];

    /// The word in output.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Checkout => "checkout",
            Self::Notify => "notify",
            Self::Capture => "capture",
            Self::Sweep => "sweep",
        }
    }

    /// The template's name of it.
    fn resource(self) -> &'static str {
        match self {
            Self::Checkout => "CheckoutFunction",
            Self::Notify => "NotifyFunction",
            Self::Capture => "CaptureFunction",
            Self::Sweep => "SweepFunction",
        }
    }
}

/// One function as it is deployed.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Its environment variables.
    pub(crate) settings: BTreeMap<String, String>,
    /// `Active` and `Successful` when all is well; nothing where AWS does not say.
    pub(crate) state: Option<String>,
    pub(crate) last_update: Option<String>,
}

/// The functions of a stack.
#[derive(Debug, Clone)]
pub(crate) struct Deployed {
    pub(crate) functions: BTreeMap<Role, Function>,
}

impl Deployed {
    /// Finds them by the names that CloudFormation gives: the stack's, the resource's, and a random end.
    pub(super) async fn find(aws: &SdkConfig, stack: &str) -> anyhow::Result<Self> {
        let client = aws_sdk_lambda::Client::new(aws);
        let mut pages = client.list_functions().into_paginator().items().send();
        let mut functions = BTreeMap::new();
        while let Some(found) = pages.next().await {
            let found = found.map_err(|error| {
                let reason = failure_reason(&error);
                Problem::new(
                    "functions_not_listed",
                    format!("the functions of the account cannot be listed ({reason}): check region and credentials, and that lambda:ListFunctions is allowed"),
                )
            })?;
            if let Some(role) = role_of(stack, found.function_name().unwrap_or_default()) {
                functions.insert(role, Function::of(&found));
            }
        }
        if functions.is_empty() {
            let words = format!(
                "no function of a stack {stack} is in this account and region: check --stack, --profile and --region"
            );
            return Err(Problem::new("no_such_stack", words).into());
        }
        Ok(Self { functions })
    }

    pub(crate) fn get(&self, role: Role) -> Option<&Function> {
        self.functions.get(&role)
    }

    /// Every setting that some function has, by its name, and the sweep function's name.
    pub(super) fn settings(&self) -> BTreeMap<String, String> {
        let functions = self.functions.values();
        let mut settings: BTreeMap<String, String> = functions
            .flat_map(|function| function.settings.clone())
            .collect();
        let sweep = self.get(Role::Sweep).map(|function| function.name.clone());
        settings.extend(sweep.map(|name| ("SWEEP_FUNCTION".to_owned(), name)));
        settings
    }
}

impl Function {
    fn of(found: &FunctionConfiguration) -> Self {
        let variables = found
            .environment()
            .and_then(|environment| environment.variables());
        let variables = variables.cloned().unwrap_or_default();
        Self {
            name: found.function_name().unwrap_or_default().to_owned(),
            settings: variables.into_iter().collect(),
            state: found.state().map(|state| state.as_str().to_owned()),
            last_update: found
                .last_update_status()
                .map(|status| status.as_str().to_owned()),
        }
    }
}

fn role_of(stack: &str, function: &str) -> Option<Role> {
    let rest = function.strip_prefix(stack)?.strip_prefix('-')?;
    let mut roles = Role::ALL.into_iter();
    roles.find(|role| {
        let rest = rest.strip_prefix(role.resource());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_the_stack_of_its_name_alone() {
        let sweep = "pop-payments-SweepFunction-AbCdEf123456";
        assert_eq!(role_of("pop-payments", sweep), Some(Role::Sweep));
        assert_eq!(role_of("pop", sweep), None);
        assert_eq!(role_of("pop-payments-sandbox", sweep), None);
        assert_eq!(role_of("pop-payments", "pop-payments-SweepFunctionX"), None);
        assert_eq!(
            role_of("pop-payments", "pop-payments-NotifyFunction"),
            Some(Role::Notify)
        );
    }
}
