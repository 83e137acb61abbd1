//! What `template.yaml` must hold and no linter checks: limits that belong together, and agreement with the code.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use template::{FUNCTIONS, load, properties, resources, root};

fn number(value: &Value) -> i64 {
    value
        .as_i64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn each_function_is_a_binary_of_the_workspace_and_runs_on_the_chosen_processor() {
    let template = load();
    let globals = &template["Globals"]["Function"];
    assert_eq!(globals["Runtime"], "provided.al2023");
    assert_eq!(globals["Architectures"], json!([{ "Ref": "Architecture" }]));
    assert_eq!(template["Parameters"]["Architecture"]["Default"], "arm64");
    assert_eq!(
        resources(&template, "AWS::Serverless::Function").len(),
        FUNCTIONS.len()
    );
    for (name, binary) in FUNCTIONS {
        let function = &template["Resources"][name];
        assert_eq!(
            function["Metadata"]["BuildMethod"], "rust-cargolambda",
            "{name}"
        );
        assert_eq!(
            function["Metadata"]["BuildProperties"]["Binary"], binary,
            "{name}"
        );
        let folder = function["Properties"]["CodeUri"].as_str().unwrap();
        let memory = &function["Properties"]["MemorySize"];
        assert!(number(memory) >= 128, "{name} has memory of its own");
        assert!(
            root().join(folder).join("src/main.rs").exists(),
            "{name}: {folder} has no binary"
        );
    }
}

#[test]
fn a_capture_batch_fits_its_limits() {
    let template = load();
    let mapping = properties(&template, "CaptureQueueMapping");
    let queue = properties(&template, "CaptureQueue");
    let timeout = number(&properties(&template, "CaptureFunction")["Timeout"]);
    assert!(
        (1..=10).contains(&number(&mapping["BatchSize"])),
        "a standard queue without a window gives at most 10"
    );
    assert_eq!(
        mapping["ScalingConfig"]["MaximumConcurrency"],
        json!({ "Ref": "CaptureConcurrency" })
    );
    let concurrency = &template["Parameters"]["CaptureConcurrency"];
    assert_eq!(
        number(&concurrency["MinValue"]),
        2,
        "AWS takes no less than 2"
    );
    assert_eq!(
        mapping["FunctionResponseTypes"],
        json!(["ReportBatchItemFailures"])
    );
    assert!(
        number(&queue["VisibilityTimeout"]) >= 6 * timeout,
        "AWS advises six times the time-out"
    );
    assert!(number(&queue["RedrivePolicy"]["maxReceiveCount"]) >= 3);
}

#[test]
fn dead_letters_outlive_their_queue() {
    let template = load();
    for (queue, dead) in [
        ("CaptureQueue", "CaptureDeadLetterQueue"),
        ("OrderEventsQueue", "OrderEventsDeadLetterQueue"),
    ] {
        let target = &properties(&template, queue)["RedrivePolicy"]["deadLetterTargetArn"];
        assert_eq!(*target, json!({ "Fn::GetAtt": [dead, "Arn"] }));
        let kept = |name| number(&properties(&template, name)["MessageRetentionPeriod"]);
        assert!(
            kept(dead) >= kept(queue),
            "a message keeps its age when it moves"
        );
    }
}

#[test]
fn the_api_waits_longer_than_its_functions() {
    let template = load();
    for (integration, function) in [
        ("CheckoutIntegration", "CheckoutFunction"),
        ("NotifyIntegration", "NotifyFunction"),
    ] {
        let waits = number(&properties(&template, integration)["TimeoutInMillis"]);
        let runs = number(&properties(&template, function)["Timeout"]) * 1000;
        assert!(
            runs < waits && waits <= 30_000,
            "{integration} waits {waits} ms, {function} may run {runs} ms"
        );
        assert_eq!(
            properties(&template, integration)["PayloadFormatVersion"],
            "2.0"
        );
    }
    // A sweep must end before the next begins to matter, and every call to POP may take ten seconds.
    assert!((30..=60).contains(&number(&properties(&template, "SweepFunction")["Timeout"])));
}

#[test]
fn the_routes_are_those_of_the_code() {
    let template = load();
    let routes: BTreeSet<String> = resources(&template, "AWS::ApiGatewayV2::Route")
        .into_iter()
        .map(|(_, route)| match &route["Properties"]["RouteKey"] {
            Value::String(text) => text.clone(),
            formula => formula["Fn::Sub"].as_str().unwrap().to_owned(),
        })
        .collect();
    let expected = [
        "POST /payments",
        "POST /payments/{id}/pay",
        "POST /payments/{id}/capture",
        "POST /payments/{id}/charge",
        "POST /payments/{id}/retry",
        "POST /payments/{id}/cancel",
        "POST /payments/{id}/refund",
        "GET /payments/{id}",
        "GET /buyers/{buyerId}/cards",
        "DELETE /buyers/{buyerId}/cards/{storedCard}",
        "GET /checkout/{id}",
        "GET /checkout/{id}/result",
        "GET /checkout/assets/{asset}",
        "GET /openapi.json",
        "GET /healthz",
        "POST ${PopNotifyPath}",
    ];
    assert_eq!(routes, expected.map(str::to_owned).into());
    assert_eq!(
        properties(&template, "DefaultStage")["StageName"],
        "$default",
        "a stage prefix would change the signed path"
    );
}

#[test]
fn the_table_is_the_one_that_the_store_writes() {
    let template = load();
    let table = properties(&template, "PaymentsTable");
    assert_eq!(
        table["KeySchema"],
        json!([{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])
    );
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(index["IndexName"], "due");
    assert_eq!(index["KeySchema"][0]["AttributeName"], "due_shard");
    assert_eq!(index["KeySchema"][1]["AttributeName"], "due_at");
    assert_eq!(
        table["TimeToLiveSpecification"],
        json!({"AttributeName": "expires_at", "Enabled": true})
    );
    assert_eq!(
        table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
        true
    );
    assert_eq!(table["DeletionProtectionEnabled"], true);
}

/// Deleting the stack, or replacing a resource, loses no record.
#[test]
fn what_is_a_record_is_retained() {
    let template = load();
    let kinds = [
        "AWS::DynamoDB::Table",
        "AWS::SQS::Queue",
        "AWS::Logs::LogGroup",
    ];
    for (name, resource) in kinds.iter().flat_map(|kind| resources(&template, kind)) {
        let deletion = resource["DeletionPolicy"].as_str().unwrap_or_default();
        // The table is protected against deletion, so that not even a failed creation could delete it.
        let expected = match name {
            "PaymentsTable" => "Retain",
            _ => "RetainExceptOnCreate",
        };
        assert_eq!(deletion, expected, "{name}");
        assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{name}");
    }
}

#[test]
fn the_api_is_throttled_and_open_to_no_other_origin() {
    let template = load();
    let stages = resources(&template, "AWS::ApiGatewayV2::Stage");
    assert!(!stages.is_empty());
    for (name, _) in stages {
        let settings = &properties(&template, name)["DefaultRouteSettings"];
        for (limit, parameter) in [
            ("ThrottlingRateLimit", "ApiRateLimit"),
            ("ThrottlingBurstLimit", "ApiBurstLimit"),
        ] {
            assert_eq!(settings[limit], json!({ "Ref": parameter }), "{name}");
            let default = &template["Parameters"][parameter]["Default"];
            assert!(number(default) > 0, "{parameter}");
        }
    }
    for (name, _) in resources(&template, "AWS::ApiGatewayV2::Api") {
        let api = properties(&template, name);
        assert!(api.get("CorsConfiguration").is_none(), "{name}");
    }
}

#[test]
fn every_parameter_is_explained_and_grouped() {
    let template = load();
    let groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        .as_array()
        .unwrap();
    let grouped: BTreeSet<&str> = groups
        .iter()
        .flat_map(|group| group["Parameters"].as_array().unwrap())
        .map(|name| name.as_str().unwrap())
        .collect();
    let parameters = template["Parameters"].as_object().unwrap();
    assert_eq!(grouped, parameters.keys().map(String::as_str).collect());
    for (name, parameter) in parameters {
        assert!(
            parameter["Description"]
                .as_str()
                .is_some_and(|text| text.len() > 20),
            "{name}"
        );
    }
}

/// A function's variables are those that its settings name: none missing, none for nothing.
#[test]
fn the_environment_is_what_the_code_reads() {
    let template = load();
    let read =
        |file: &str| std::fs::read_to_string(root().join("shared/runtime/src").join(file)).unwrap();
    let files = [
        "config.rs",
        "logs/mod.rs",
        "metrics/collected.rs",
        "provider/mod.rs",
    ];
    let sources: String = files.map(read).concat();
    for (function, package) in FUNCTIONS {
        let settings = root().join(format!("functions/{package}/src/settings.rs"));
        let own = std::fs::read_to_string(settings).unwrap_or_default(); // capture has none of its own
        let named = |variable: &str| own.contains(variable) || sources.contains(variable);
        let common = template["Globals"]["Function"]["Environment"]["Variables"]
            .as_object()
            .unwrap();
        let special = properties(&template, function)["Environment"]["Variables"].as_object();
        for variable in common
            .keys()
            .chain(special.into_iter().flat_map(|map| map.keys()))
        {
            assert!(
                named(variable),
                "{function} is given {variable}, which nothing reads"
            );
        }
        for variable in quoted_names(&own) {
            let given = common.contains_key(&variable)
                || special.is_some_and(|map| map.contains_key(&variable));
            assert!(
                given,
                "{function} reads {variable}, which the template does not give"
            );
        }
    }
}

/// Of the alarms' thresholds it is enough that `docs/operations.md` has them: a test of `tests/monitoring` holds it to that.
#[test]
fn the_readme_has_every_parameter_and_variable() {
    let template = load();
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let settings = readme
        .split("\n## ")
        .find(|part| part.starts_with("Settings"));
    let settings = settings.unwrap();
    let parameters = template["Parameters"].as_object().unwrap().keys();
    let parameters = parameters.filter(|name| {
        !name.starts_with("Alarm") || ["Alarms", "AlarmTopicArn"].contains(&name.as_str())
    });
    let common = &template["Globals"]["Function"]["Environment"]["Variables"];
    let mut variables: Vec<_> = common.as_object().unwrap().keys().collect();
    for (function, _) in FUNCTIONS {
        let special = properties(&template, function)["Environment"]["Variables"].as_object();
        variables.extend(special.into_iter().flat_map(|map| map.keys()));
    }
    for name in parameters.chain(variables) {
        assert!(settings.contains(&format!("`{name}`")), "{name}");
    }
}

/// Upper-case names in quotes.
fn quoted_names(source: &str) -> Vec<String> {
    let is_name = |text: &&str| {
        text.len() > 3
            && text
                .chars()
                .all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit())
    };
    source
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(is_name)
        .map(str::to_owned)
        .collect()
}

#[test]
fn sandbox_and_production_are_separate_stacks() {
    let text = std::fs::read_to_string(root().join("samconfig.toml")).unwrap();
    let config: toml::Table = text.parse().unwrap();
    let name = |environment: &str| {
        config[environment]["deploy"]["parameters"]["stack_name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_ne!(name("sandbox"), name("production"));
    for environment in ["sandbox", "production"] {
        let tags = config[environment]["deploy"]["parameters"]["tags"].as_str();
        assert!(
            tags.is_some_and(|tags| tags.contains(&format!("environment={environment}"))),
            "{environment}: {tags:?}"
        );
    }
}
