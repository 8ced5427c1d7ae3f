use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;
use http::{Method, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// The operations that a path item names directly, in the order of the specification.
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// All characters except the unreserved ones (RFC 3986, 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An operation of a document.
pub(super) struct Operation {
    pub(super) method: Method,
    /// The template, as in the document.
    pub(super) path: String,
    /// The path of a request.
    target: String,
    /// The names of the schemes of each requirement. A client meets one of them.
    pub(super) security: Vec<Vec<String>>,
    /// The schemes that the document does not define.
    pub(super) undefined: BTreeSet<String>,
    has_token_in_body: bool,
}

/// Returns all operations of a document.
pub(super) fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        let named = METHODS.iter().filter_map(|name| Some((name.to_uppercase(), item.get(*name)?)));
        let others = item["additionalOperations"].as_object().into_iter().flatten();
        let others = others.map(|(name, operation)| (name.clone(), operation));
        named
            .chain(others)
            .map(move |(method, operation)| Operation::new(document, path, item, &method, operation))
    });
    operations.collect()
}

impl Operation {
    fn new(document: &Value, path: &str, item: &Value, method: &str, operation: &Value) -> Self {
        let security = operation.get("security").or_else(|| document.get("security"));
        let requirements = security.and_then(Value::as_array).into_iter().flatten();
        let names = |requirement: &Value| -> Vec<String> {
            requirement.as_object().into_iter().flat_map(Map::keys).cloned().collect()
        };
        let security: Vec<_> = requirements.map(names).collect();
        let is_defined = |name: &&String| document["components"]["securitySchemes"].get(name).is_some();
        let undefined = security.iter().flatten().filter(|name| !is_defined(name)).cloned().collect();
        let parameters = [operation, item].into_iter().filter_map(|of| of["parameters"].as_array()).flatten();
        let parameters: Vec<_> = parameters.map(|parameter| resolved(document, parameter)).collect();
        Self {
            method: method.parse().unwrap_or_else(|_| panic!("{method:?} of {path} is not a method")),
            path: path.to_owned(),
            target: base(document) + &filled(path, |name| value(document, &parameters, name)),
            security,
            undefined,
            has_token_in_body: operation.get("x-jwt-json-member").is_some(),
        }
    }

    /// A request without a token.
    pub(super) fn request(&self) -> Request<Bytes> {
        let request = Request::builder().method(&self.method).uri(&self.target);
        request.body(Bytes::new()).unwrap_or_else(|error| panic!("{self}: {error}"))
    }

    /// Whether a request needs a token, according to the document.
    pub(super) fn needs_token(&self) -> bool {
        let is_free = self.security.iter().any(Vec::is_empty);
        !is_free && (self.has_token_in_body || !self.security.is_empty())
    }

    pub(super) fn shown_security(&self) -> String {
        let ways: Vec<_> = self.security.iter().map(|schemes| schemes.join(" and ")).collect();
        if ways.is_empty() { "a token in the body".to_owned() } else { ways.join(", or ") }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// The path of the first server, which precedes all others.
fn base(document: &Value) -> String {
    let url = document["servers"][0]["url"].as_str().unwrap_or_default();
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => url,
    };
    path.trim_end_matches('/').to_owned()
}

/// Replaces the parameters of a template. Some frameworks have a `*` in front of the name of one with slashes.
fn filled(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut parts = template.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |path, part| match part.split_once('}') {
        Some((name, rest)) => {
            let value = value(name.trim_start_matches('*'));
            format!("{path}{}{rest}", utf8_percent_encode(&value, ENCODED))
        }
        None => path + part,
    })
}

/// The value of a path parameter: its example or default, or one that fits its type.
fn value(document: &Value, parameters: &[&Value], name: &str) -> String {
    let parameter =
        parameters.iter().find(|parameter| parameter["in"] == "path" && parameter["name"] == name);
    let Some(parameter) = parameter else { return "1".to_owned() };
    let schema = resolved(document, &parameter["schema"]);
    let examples = parameter["examples"].as_object().and_then(|examples| examples.values().next());
    let known = [
        parameter.get("example"),
        examples.and_then(|example| example.get("value")),
        schema.get("example"),
        schema["examples"].get(0),
        schema.get("default"),
        schema["enum"].get(0),
    ];
    match known.into_iter().flatten().next() {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None if schema["format"] == "uuid" => "00000000-0000-4000-8000-000000000001".to_owned(),
        None => "1".to_owned(),
    }
}

/// Follows a reference inside the document.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}
