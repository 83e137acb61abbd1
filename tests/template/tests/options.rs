//! What can be switched on: each off unless asked for, and whole when it is on.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};
use template::{FUNCTIONS, load, properties, resources};

/// Parameters that switch something on, with the value at which it is off.
const OFF: [(&str, &str); 13] = [
    ("DomainName", "\"\""),
    ("CertificateArn", "\"\""),
    ("HostedZoneId", "\"\""),
    ("SubnetIds", "\"\""),
    ("SecurityGroupIds", "\"\""),
    ("KmsKeyArn", "\"\""),
    ("PermissionsBoundaryArn", "\"\""),
    ("AlarmTopicArn", "\"\""),
    ("Tracing", "\"PassThrough\""),
    ("Deployment", "\"AllAtOnce\""),
    ("CheckoutReservedConcurrency", "0"),
    ("NotifyReservedConcurrency", "0"),
    ("SeveralCaptures", "\"false\""),
];

#[test]
fn what_is_optional_is_off() {
    let template = load();
    for (parameter, off) in OFF {
        let default = &template["Parameters"][parameter]["Default"];
        assert_eq!(default.to_string(), off, "{parameter}");
    }
}

#[test]
fn texts_that_are_typed_have_a_pattern_or_a_choice() {
    let template = load();
    for (name, parameter) in template["Parameters"].as_object().unwrap() {
        let bounds = match parameter["Type"].as_str() {
            Some("String") => ["AllowedPattern", "AllowedValues"],
            Some("Number") => ["MinValue", "AllowedValues"],
            Some("CommaDelimitedList") => continue, // AWS checks subnets and groups
            other => panic!("{name}: {other:?}"),
        };
        assert!(
            bounds.iter().any(|bound| parameter.get(*bound).is_some()),
            "{name}"
        );
    }
}

/// With a gradual deployment everything that starts a function starts the alias, which keeps to a version until the next
/// one has proved itself; otherwise the newest code.
#[test]
fn a_gradual_deployment_reaches_every_caller() {
    let template = load();
    let either = |alias: &str, plain: Value| json!({ "Fn::If": ["Gradual", { "Ref": format!("{alias}.Alias") }, plain] });
    let arn = |function: &str| either(function, json!({ "Fn::GetAtt": [function, "Arn"] }));
    let name = |function: &str| either(function, json!({ "Ref": function }));
    for function in ["Checkout", "Notify"] {
        let target = format!("{function}Function");
        let integration = properties(&template, &format!("{function}Integration"));
        assert_eq!(integration["IntegrationUri"], arn(&target));
        let permission = properties(&template, &format!("{function}Permission"));
        assert_eq!(permission["FunctionName"], name(&target));
    }
    let mapping = properties(&template, "CaptureQueueMapping");
    assert_eq!(mapping["FunctionName"], name("CaptureFunction"));
    let schedule = properties(&template, "EachMinute");
    assert_eq!(schedule["Target"]["Arn"], arn("SweepFunction"));
    let role = properties(&template, "EachMinuteRole");
    let allowed = &role["Policies"][0]["PolicyDocument"]["Statement"][0];
    assert_eq!(
        (&allowed["Action"], &allowed["Resource"]),
        (&json!("lambda:InvokeFunction"), &arn("SweepFunction"))
    );
    let retries = properties(&template, "SweepRetries");
    assert_eq!(
        retries["Qualifier"],
        json!({ "Fn::If": ["Gradual", "live", "$LATEST"] })
    );
    // Every value of the parameter says whether it is gradual, as the condition does.
    let kinds = template["Parameters"]["Deployment"]["AllowedValues"]
        .as_array()
        .unwrap();
    let mapped = template["Mappings"]["Deployments"].as_object().unwrap();
    assert_eq!(kinds.len(), mapped.len());
    for kind in kinds {
        let expected = if kind == "AllAtOnce" { "false" } else { "true" };
        assert_eq!(
            mapped[kind.as_str().unwrap()]["IsGradual"],
            expected,
            "{kind}"
        );
    }
}

/// A new revision is a new version of each function: AWS publishes none of a function that did not change.
#[test]
fn a_new_revision_changes_each_function() {
    let template = load();
    let globals = &template["Globals"]["Function"];
    assert_eq!(globals["AutoPublishAlias"], "live");
    for (function, _) in FUNCTIONS {
        let properties = properties(&template, function);
        for key in ["Description", "VersionDescription"] {
            let text = properties[key]["Fn::Sub"].as_str().unwrap_or_default();
            assert!(text.contains("${Revision}"), "{function}: {key}");
        }
    }
}

#[test]
fn alarms_and_dashboard_can_be_switched_off() {
    let template = load();
    for (kind, condition) in [
        ("AWS::CloudWatch::Alarm", "HasAlarms"),
        ("AWS::CloudWatch::Dashboard", "HasDashboard"),
    ] {
        let found = resources(&template, kind);
        assert!(!found.is_empty());
        for (name, resource) in found {
            assert_eq!(resource["Condition"], condition, "{name}");
        }
    }
}

/// What a linter or a scanner is told to pass over has its reason beside it.
#[test]
fn each_suppression_has_a_reason() {
    let template = load();
    let mut count = 0;
    for (name, resource) in template["Resources"].as_object().unwrap() {
        for skip in resource["Metadata"]["checkov"]["skip"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let reason = skip["comment"].as_str().unwrap_or_default();
            assert!(reason.len() > 20, "{name}: {}", skip["id"]);
            count += 1;
        }
    }
    assert!(count > 0);
}

/// Requests are logged by route: paths hold ids, and addresses and headers are people's.
#[test]
fn the_requests_log_holds_nothing_of_people() {
    let template = load();
    let settings = &properties(&template, "DefaultStage")["AccessLogSettings"]["Fn::If"];
    assert_eq!(settings[0], "LogsRequests");
    let format = settings[1]["Format"].as_str().unwrap();
    let logged: Vec<&str> = format
        .split("$context.")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let allowed = [
        "requestTimeEpoch",
        "requestId",
        "routeKey",
        "status",
        "responseLength",
        "responseLatency",
        "integration.requestId",
        "integration.status",
        "integration.latency",
        "error.responseType",
    ];
    assert_eq!(logged, allowed);
    let filled: String = format.replace("$context.", "");
    assert!(
        serde_json::from_str::<Value>(&filled).is_ok(),
        "a line is JSON: {format}"
    );
}
