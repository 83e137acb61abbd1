//! Calls of the API whose every answer is held against the document.

use crate::document::{document, operation_of, resolved, strict};
use flows::World;
use flows::events::{API_KEY, client_token};
use runtime::http::{Request, Response};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub(crate) const GOOD: &str = "4054695723100768";

/// A world and its document.
pub(crate) struct Api {
    pub(crate) world: World,
    document: Value,
    validators: RefCell<BTreeMap<String, Rc<jsonschema::Validator>>>,
    /// The problem codes that were answered.
    pub(crate) codes: RefCell<BTreeSet<String>>,
}

/// Who calls.
#[derive(Clone, Copy)]
pub(crate) enum By {
    Merchant,
    Page,
    Nobody,
}

impl Api {
    pub(crate) fn of(world: World) -> Self {
        Self {
            world,
            document: document(),
            validators: RefCell::default(),
            codes: RefCell::default(),
        }
    }

    /// Calls an operation of the document and gives status and body. The answer must be as the document says.
    pub(crate) async fn call(
        &self,
        by: By,
        method: &str,
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        let text = match body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            body => body.to_string(),
        };
        let response = self
            .world
            .checkout
            .answer(&request(by, method, path, &text))
            .await;
        let value = self.fits(method, path, &response);
        (response.status, value)
    }

    /// What the merchant's server sees.
    pub(crate) async fn merchant_view(&self, id: &str) -> Value {
        self.call(
            By::Merchant,
            "GET",
            &format!("/payments/{id}"),
            &Value::Null,
        )
        .await
        .1
    }

    /// What the page sees.
    pub(crate) async fn page_view(&self, id: &str) -> Value {
        self.call(By::Page, "GET", &format!("/payments/{id}"), &Value::Null)
            .await
            .1
    }

    /// Holds an answer against the document; gives its body.
    pub(crate) fn fits(&self, method: &str, path: &str, response: &Response) -> Value {
        let what = format!("{method} {path} {}", response.status);
        let operation = operation_of(&self.document, method, path).expect(&what);
        let documented = &operation["responses"][response.status.to_string()];
        assert!(
            documented.is_object(),
            "{what} is not in the document: {}",
            response.body
        );
        let documented = resolved(&self.document, documented);
        self.headers_fit(&what, documented, response);
        let Some(content) = documented.get("content") else {
            assert!(
                response.body.is_empty() && response.header("content-type").is_none(),
                "{what}"
            );
            return Value::Null;
        };
        let media = response.header("content-type").expect(&what);
        let media = media.split(';').next().unwrap();
        let schema = &content[media]["schema"];
        assert!(schema.is_object(), "{what}: {media} is not in the document");
        if !media.ends_with("json") {
            return response.body.clone().into();
        }
        let body: Value = serde_json::from_str(&response.body).unwrap();
        self.body_fits(&what, schema, &body);
        if media == "application/problem+json" {
            self.codes
                .borrow_mut()
                .insert(body["code"].as_str().unwrap().to_owned());
        }
        body
    }

    fn headers_fit(&self, what: &str, documented: &Value, response: &Response) {
        for (name, header) in documented["headers"].as_object().into_iter().flatten() {
            let value = response.header(&name.to_lowercase());
            let value = value.unwrap_or_else(|| panic!("{what} has no header {name}"));
            let header = resolved(&self.document, header);
            self.body_fits(&format!("{what} {name}"), &header["schema"], &json!(value));
        }
    }

    fn body_fits(&self, what: &str, schema: &Value, body: &Value) {
        let mut validators = self.validators.borrow_mut();
        let validator = validators
            .entry(schema.to_string())
            .or_insert_with(|| Rc::new(strict(&self.document, schema)));
        let errors: Vec<String> = validator
            .iter_errors(body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{what}: {errors:#?}\n{body:#}");
    }
}

/// The payment that a path names, if it names one.
fn id_of(path: &str) -> &str {
    path.split('/').nth(2).unwrap_or_default()
}

pub(crate) fn request(by: By, method: &str, path: &str, body: &str) -> Request {
    let mut request = Request {
        method: method.into(),
        path: path.into(),
        body: body.into(),
        source_ip: "203.0.113.7".into(),
        user_agent: "test/1.0".into(),
        ..Request::default()
    };
    let bearer = match by {
        By::Merchant => API_KEY.to_owned(),
        By::Page => client_token(id_of(path)),
        By::Nobody => return request,
    };
    let value = format!("Bearer {bearer}").parse().unwrap();
    request.headers.insert("authorization", value);
    request
}
