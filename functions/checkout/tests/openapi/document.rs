//! The document, and schemas out of it that allow nothing that it does not name.

use checkout::OPENAPI;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub(crate) fn document() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

/// Follows `$ref` as far as it goes.
pub(crate) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(name) => resolved(document, document.pointer(&name[1..]).unwrap()),
        None => value,
    }
}

/// Every operation: method in capitals, path, and what is said of it.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, item) in paths {
        for method in METHODS
            .into_iter()
            .filter(|method| item.get(method).is_some())
        {
            all.push((method.to_uppercase(), path.clone(), &item[method]));
        }
    }
    all
}

/// The operation that a request meets: the path with most fixed parts wins.
pub(crate) fn operation_of<'a>(document: &'a Value, method: &str, path: &str) -> Option<&'a Value> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let template: Vec<&str> = template.split('/').collect();
        template.len() == parts.len()
            && template
                .iter()
                .zip(&parts)
                .all(|(a, b)| a.starts_with('{') || a == b)
    };
    let mut found = operations(document);
    found.retain(|(of, template, _)| of == method && fits(template));
    found.sort_by_key(|(_, template, _)| template.matches('{').count());
    found.first().map(|(_, _, operation)| *operation)
}

/// A validator for a schema of the document, under which every object holds what is named and nothing else.
pub(crate) fn strict(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut schemas = document["components"]["schemas"].clone();
    for (name, schema) in schemas.as_object_mut().unwrap() {
        close(schema, is_extended(name));
    }
    let mut root = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema" });
    root["components"] = json!({ "schemas": schemas });
    root["allOf"] = json!([schema]);
    root["unevaluatedProperties"] = false.into();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&root)
        .unwrap()
}

/// Those to which other schemas add fields; they are closed where they are used.
fn is_extended(name: &str) -> bool {
    ["MerchantView", "CreatedPayment", "Problem"].contains(&name)
}

fn close(schema: &mut Value, is_extended: bool) {
    let Value::Object(fields) = schema else {
        return;
    };
    for part in ["properties", "items", "anyOf"] {
        match fields.get_mut(part) {
            Some(Value::Array(schemas)) => {
                schemas.iter_mut().for_each(|schema| close(schema, false))
            }
            Some(Value::Object(schemas)) if part == "properties" => {
                schemas.values_mut().for_each(|schema| close(schema, false));
            }
            Some(schema) => close(schema, false),
            None => {}
        }
    }
    if fields.contains_key("properties") && !is_extended {
        fields.insert("unevaluatedProperties".into(), false.into());
    }
}

/// All words of the document's enumerations.
pub(crate) fn enumerated(value: &Value, words: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            collect(fields, words);
            fields.values().for_each(|value| enumerated(value, words));
        }
        Value::Array(values) => values.iter().for_each(|value| enumerated(value, words)),
        _ => {}
    }
}

fn collect(fields: &Map<String, Value>, words: &mut BTreeSet<String>) {
    let listed = fields.get("enum").and_then(Value::as_array);
    let texts = listed.into_iter().flatten().filter_map(Value::as_str);
    words.extend(texts.map(str::to_owned));
}

#[test]
fn every_reference_leads_somewhere_and_everything_is_used() {
    let document = document();
    let mut references = BTreeSet::new();
    fn search(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(name)) = fields.get("$ref") {
                    found.insert(name.clone());
                }
                fields.values().for_each(|value| search(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| search(value, found)),
            _ => {}
        }
    }
    search(&document, &mut references);
    for name in &references {
        assert!(document.pointer(&name[1..]).is_some(), "{name}");
    }
    for kind in ["schemas", "responses", "parameters", "headers"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(references.contains(&reference), "{reference} is not used");
        }
    }
    let security = document["components"]["securitySchemes"]
        .as_object()
        .unwrap();
    for (method, path, operation) in operations(&document) {
        for scheme in operation["security"].as_array().unwrap() {
            let known = scheme
                .as_object()
                .unwrap()
                .keys()
                .all(|name| security.contains_key(name));
            assert!(known, "{method} {path}");
        }
    }
}

#[test]
fn the_examples_fit_their_schemas() {
    let document = document();
    let mut count = 0;
    for (method, path, operation) in operations(&document) {
        let body = &operation["requestBody"]["content"]["application/json"];
        if let Some(example) = body.get("example") {
            let validator = strict(&document, &body["schema"]);
            let errors: Vec<String> = validator
                .iter_errors(example)
                .map(|e| e.to_string())
                .collect();
            assert!(errors.is_empty(), "{method} {path}: {errors:?}");
            count += 1;
        }
    }
    assert_eq!(count, 5, "each request with a body has an example");
}

#[test]
fn the_currencies_are_those_that_are_taken() {
    let document = document();
    let listed = document["components"]["schemas"]["Currency"]["enum"]
        .as_array()
        .unwrap();
    let listed: BTreeSet<&str> = listed.iter().map(|code| code.as_str().unwrap()).collect();
    let letters = || b'A'..=b'Z';
    for (a, b, c) in
        letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| (a, b, c))))
    {
        let code = String::from_utf8(vec![a, b, c]).unwrap();
        let known = domain::Currency::new(&code).unwrap().is_known();
        assert_eq!(listed.contains(code.as_str()), known, "{code}");
    }
}
