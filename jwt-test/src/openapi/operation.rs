use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE};
use http::{HeaderName, HeaderValue, Method, Request};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};

use super::value::{body, encoded, resolved, value};

/// The operations that a path item names directly, in the order of the specification.
const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// The header fields that a document cannot describe as parameters (OpenAPI 3.1, 4.8.12.2).
const NOT_PARAMETERS: [HeaderName; 3] = [ACCEPT, AUTHORIZATION, CONTENT_TYPE];

/// The characters that the value of a cookie cannot have (RFC 6265, 4.1.1), and the one that encodes them.
const NOT_IN_COOKIE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b',').add(b';').add(b'\\').add(b'%');

/// The value of a parameter that a test has set.
#[derive(Clone)]
pub(super) struct Parameter {
    /// The template, as in the document.
    pub(super) path: String,
    pub(super) name: String,
    pub(super) value: String,
}

/// An operation of a document.
pub(super) struct Operation {
    pub(super) method: Method,
    /// The template, as in the document.
    pub(super) path: String,
    /// The path in front of the template, without a slash at its end.
    pub(super) base: String,
    /// The path and query of a request.
    target: String,
    fields: Vec<(HeaderName, HeaderValue)>,
    /// The content type and the bytes.
    body: Option<(&'static str, Bytes)>,
    /// Whether the document describes a body that cannot be written.
    pub(super) lacks_body: bool,
    /// The names of the parameters in the document that a test can set, except those in the path.
    parameters: BTreeSet<String>,
    /// The names of the schemes of each requirement. A client meets one of them.
    pub(super) security: Vec<Vec<String>>,
    /// The schemes that the document does not define.
    pub(super) undefined: BTreeSet<String>,
    has_token_in_body: bool,
}

/// Returns all operations of a document. Their parameters have the values that a test has set, and so has the path in
/// front of theirs.
pub(super) fn operations(document: &Value, set: &[Parameter], base: Option<&str>) -> Vec<Operation> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, item)| {
        let item = resolved(document, item);
        if let Some(reference) = item.get("$ref") {
            panic!("{path} is elsewhere: {reference} is not in the document");
        }
        let named = METHODS.iter().filter_map(|name| Some((name.to_uppercase(), item.get(*name)?)));
        let others = item["additionalOperations"].as_object().into_iter().flatten();
        let others = others.map(|(name, operation)| (name.clone(), operation));
        let set: Vec<_> = set.iter().filter(|set| set.path == *path).collect();
        named.chain(others).map(move |(method, operation)| {
            Operation::new(document, path, item, &method, operation, &set, base)
        })
    });
    operations.collect()
}

impl Operation {
    fn new(
        document: &Value,
        path: &str,
        item: &Value,
        method: &str,
        operation: &Value,
        set: &[&Parameter],
        base: Option<&str>,
    ) -> Self {
        let security = operation.get("security").or_else(|| document.get("security"));
        let requirements = security.and_then(Value::as_array).into_iter().flatten();
        let names = |requirement: &Value| -> Vec<String> {
            requirement.as_object().into_iter().flat_map(Map::keys).cloned().collect()
        };
        let security: Vec<_> = requirements.map(names).collect();
        let schemes = &document["components"]["securitySchemes"];
        let is_defined = |name: &&String| schemes.get(name).is_some();
        let undefined = security.iter().flatten().filter(|name| !is_defined(name)).cloned().collect();

        let levels = [operation, item];
        let parameters = levels.into_iter().filter_map(|of| of["parameters"].as_array()).flatten();
        let parameters: Vec<_> = parameters.map(|parameter| resolved(document, parameter)).collect();
        let set = |name: &str| Some(set.iter().find(|set| set.name == name)?.value.clone());
        let in_path = |name: &str| {
            let is_it = |parameter: &&&Value| parameter["in"] == "path" && parameter["name"] == name;
            let documented = || value(document, parameters.iter().find(is_it).unwrap_or(&&Value::Null));
            set(name).unwrap_or_else(documented)
        };
        let base = base.map_or_else(|| base_of(document, levels), str::to_owned);
        let mut target = base.clone() + &filled(path, in_path);
        let (mut fields, mut cookies) = (Vec::new(), Vec::new());
        let (mut seen, mut names) = (BTreeSet::new(), BTreeSet::new());
        for parameter in &parameters {
            let text = |member| parameter[member].as_str().unwrap_or_default();
            let (place, name) = (text("in"), text("name"));
            // The one of an operation replaces that of its path.
            if !seen.insert((place, name)) || is_of_scheme(document, place, name) {
                continue;
            }
            let field = HeaderName::try_from(name).ok().filter(|field| !NOT_PARAMETERS.contains(field));
            if !matches!((place, &field), ("query" | "cookie", _) | ("header", Some(_))) {
                continue;
            }
            names.insert(name.to_owned());
            let required = || (parameter["required"] == true).then(|| value(document, parameter));
            let Some(value) = set(name).or_else(required) else { continue };
            match (place, field) {
                ("query", _) => {
                    target.push(if target.contains('?') { '&' } else { '?' });
                    target += &format!("{}={}", encoded(name), encoded(&value));
                }
                ("header", Some(field)) => fields.push((field, value)),
                _ => cookies.push(format!("{name}={}", utf8_percent_encode(&value, NOT_IN_COOKIE))),
            }
        }
        if !cookies.is_empty() {
            fields.push((COOKIE, cookies.join("; ")));
        }
        let fields = fields.into_iter().map(|(name, value)| {
            let value = value
                .try_into()
                .unwrap_or_else(|_| panic!("{path}: the value of {name} cannot be in a header field"));
            (name, value)
        });
        let described = &operation["requestBody"];
        let body = body(document, described, operation["x-jwt-json-member"].as_str());
        Self {
            method: method.parse().unwrap_or_else(|_| panic!("{method:?} of {path} is not a method")),
            path: path.to_owned(),
            base,
            target,
            fields: fields.collect(),
            lacks_body: body.is_none() && !described.is_null(),
            body,
            parameters: names,
            security,
            undefined,
            has_token_in_body: operation.get("x-jwt-json-member").is_some(),
        }
    }

    /// A request without a token.
    pub(super) fn request(&self) -> Request<Bytes> {
        let mut request = Request::builder().method(&self.method).uri(&self.target);
        for (name, value) in &self.fields {
            request = request.header(name, value);
        }
        let mut bytes = Bytes::new();
        if let Some((content_type, body)) = &self.body {
            request = request.header(CONTENT_TYPE, *content_type);
            bytes = body.clone();
        }
        request.body(bytes).unwrap_or_else(|error| {
            panic!("{self}: {:?} is not the path of a request: {error}; set another base()", self.target)
        })
    }

    /// Whether the operation has a parameter that a test has set.
    pub(super) fn has(&self, set: &Parameter) -> bool {
        let in_path =
            || ["{", "{*"].iter().any(|start| self.path.contains(&format!("{start}{}}}", set.name)));
        self.path == set.path && (self.parameters.contains(&set.name) || in_path())
    }

    pub(super) fn has_parameters(&self) -> bool {
        self.path.contains('{') || !self.parameters.is_empty()
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

/// Whether a parameter has the token, or its CSRF value.
fn is_of_scheme(document: &Value, place: &str, name: &str) -> bool {
    let schemes = document["components"]["securitySchemes"].as_object().into_iter().flat_map(Map::values);
    schemes.map(|scheme| resolved(document, scheme)).any(|scheme| {
        let of_scheme = scheme["name"].as_str().unwrap_or_default();
        scheme["in"] == place && of_scheme.eq_ignore_ascii_case(name)
    })
}

/// The path of the first server, which precedes all others. Those of an operation replace those of its path, and these
/// replace those of the document.
fn base_of(document: &Value, levels: [&Value; 2]) -> String {
    let levels = levels.into_iter().chain([document]);
    let server = levels.into_iter().find_map(|of| of["servers"].get(0)).unwrap_or(&Value::Null);
    let url = server["url"].as_str().unwrap_or_default();
    let default = |name: &str| server["variables"][name]["default"].as_str().unwrap_or_default().to_owned();
    let url = replaced(url, default);
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => &url,
    };
    path.trim_end_matches('/').to_owned()
}

/// Replaces the parameters of a path. Some frameworks have a `*` in front of the name of one with slashes.
fn filled(template: &str, value: impl Fn(&str) -> String) -> String {
    replaced(template, |name| encoded(&value(name.trim_start_matches('*'))))
}

/// Replaces the names in braces.
fn replaced(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut parts = template.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| match part.split_once('}') {
        Some((name, rest)) => text + &value(name) + rest,
        None => text + part,
    })
}
