//! What the roles say beside table and queues, which `tests/permissions` holds to the code: secrets, logs, the queue that
//! Lambda reads, what is optional, and that nothing is open.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use template::{FUNCTIONS, list, load, properties, resources, role_of, statements};

fn statement(template: &Value, function: &str, sid: &str) -> Value {
    let found = statements(template, function);
    let found = found.into_iter().find(|statement| statement["Sid"] == sid);
    found.unwrap_or(Value::Null)
}

#[test]
fn no_statement_of_a_function_is_open() {
    let template = load();
    for (function, _) in FUNCTIONS {
        for statement in statements(&template, function) {
            let sid = &statement["Sid"];
            assert_eq!(statement["Effect"], "Allow", "{function}, {sid}");
            for value in list(&statement["Action"])
                .into_iter()
                .chain(list(&statement["Resource"]))
            {
                assert!(
                    !value.to_string().contains('*'),
                    "{function}, {sid}: {value}"
                );
            }
        }
    }
}

/// A function may read the secrets that its settings name, and no others.
#[test]
fn secrets_come_by_reference_and_only_to_those_who_use_them() {
    let template = load();
    for (name, parameter) in template["Parameters"].as_object().unwrap() {
        let sounds_secret = ["Secret", "Private", "Token"]
            .iter()
            .any(|word| name.contains(word));
        if sounds_secret && parameter["Type"] == "String" {
            let pattern = parameter["AllowedPattern"].as_str().unwrap_or_default();
            assert!(
                pattern.starts_with("arn:"),
                "{name} must be a reference to a secret"
            );
        }
    }
    for (function, _) in FUNCTIONS {
        let settings = properties(&template, function)["Environment"]["Variables"].as_object();
        let named: BTreeSet<String> = settings
            .unwrap()
            .iter()
            .filter(|(variable, _)| variable.ends_with("_SECRET"))
            .map(|(_, value)| value.to_string())
            .collect();
        let secrets = statement(&template, function, "Secrets");
        let allowed: BTreeSet<String> = list(&secrets["Resource"])
            .iter()
            .map(Value::to_string)
            .collect();
        assert_eq!(allowed, named, "{function}");
        if !named.is_empty() {
            assert_eq!(
                secrets["Action"], "secretsmanager:GetSecretValue",
                "{function}"
            );
        }
    }
    let of_notify = statement(&template, "NotifyFunction", "Secrets");
    assert_eq!(
        of_notify,
        Value::Null,
        "what everybody can reach knows no secret"
    );
}

#[test]
fn each_function_writes_its_own_log_only() {
    let template = load();
    for (function, _) in FUNCTIONS {
        let logs = statement(&template, function, "Logs");
        let group = &properties(&template, function)["LoggingConfig"]["LogGroup"]["Ref"];
        assert_eq!(
            logs["Action"],
            json!(["logs:CreateLogStream", "logs:PutLogEvents"])
        );
        assert_eq!(
            logs["Resource"],
            json!({ "Fn::GetAtt": [group, "Arn"] }),
            "{function}"
        );
    }
}

/// What Lambda needs to read a queue for a function, and only where it does.
#[test]
fn the_queue_is_read_for_its_function_only() {
    let template = load();
    for (function, _) in FUNCTIONS {
        let work = statement(&template, function, "Work");
        if function == "CaptureFunction" {
            assert_eq!(
                work["Action"],
                json!([
                    "sqs:ReceiveMessage",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes"
                ])
            );
            let read = &properties(&template, "CaptureQueueMapping")["EventSourceArn"];
            assert_eq!(&work["Resource"], read);
        } else {
            assert_eq!(work, Value::Null, "{function}");
        }
    }
}

#[test]
fn every_role_is_bounded_when_there_is_a_boundary() {
    let template = load();
    let bounded = json!({ "Fn::If": ["HasBoundary", { "Ref": "PermissionsBoundaryArn" }, { "Ref": "AWS::NoValue" }] });
    let roles = resources(&template, "AWS::IAM::Role");
    assert!(roles.len() > FUNCTIONS.len());
    for (name, role) in roles {
        assert_eq!(role["Properties"]["PermissionsBoundary"], bounded, "{name}");
    }
}

/// What roles are given beside: for an own key, an own network and traces, each only if asked for.
#[test]
fn further_policies_come_with_their_conditions() {
    let template = load();
    let optional = [
        ("HasKey", "KeyPolicy"),
        ("InVpc", "NetworkPolicy"),
        ("Traced", "TracePolicy"),
    ];
    let given: Vec<Value> = optional
        .iter()
        .map(|(condition, policy)| json!({ "Fn::If": [condition, { "Ref": policy }, { "Ref": "AWS::NoValue" }] }))
        .collect();
    for (function, _) in FUNCTIONS {
        let role = properties(&template, role_of(&template, function));
        assert_eq!(list(&role["ManagedPolicyArns"]), given, "{function}");
    }
    let policies = resources(&template, "AWS::IAM::ManagedPolicy");
    let named: BTreeSet<(&str, &str)> = policies
        .iter()
        .map(|(name, policy)| (policy["Condition"].as_str().unwrap_or_default(), *name))
        .collect();
    let of_people = [("", "AuditPolicy"), ("", "OperatorPolicy")]; // no function has them
    let all: BTreeSet<_> = optional.into_iter().chain(of_people).collect();
    assert_eq!(named, all);
    // The key serves the table and the queues, and nobody who calls it directly.
    let statements = &properties(&template, "KeyPolicy")["PolicyDocument"]["Statement"];
    for statement in list(statements) {
        assert_eq!(statement["Resource"], json!({ "Ref": "KmsKeyArn" }));
        let services = statement["Condition"]["StringEquals"]["kms:ViaService"].to_string();
        assert!(
            services.contains("dynamodb.") || services.contains("sqs."),
            "{services}"
        );
    }
}
