//! Values for the parameters and bodies of requests, as a document describes them.

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};

/// The types of bodies that can be written.
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// All characters except the unreserved ones (RFC 3986, 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The most schemas inside each other, and references that lead to one another. A schema can contain itself.
const MOST_DEPTH: usize = 16;

/// The value of a parameter: its example or default, or one that fits its type.
pub(super) fn value(document: &Value, parameter: &Value) -> String {
    let content = parameter["content"].as_object().and_then(|content| content.values().next());
    let known = known(document, parameter).or_else(|| known(document, content?));
    let schema = content.unwrap_or(parameter).get("schema").unwrap_or(&Value::Null);
    text(known.unwrap_or_else(|| sample(document, schema, MOST_DEPTH)))
}

/// The type of a body, and its example, or a value that fits its schema, without the member `token`. `None` if the body
/// is neither JSON nor a form.
pub(super) fn body(document: &Value, body: &Value, token: Option<&str>) -> Option<(&'static str, Bytes)> {
    let types = &resolved(document, body)["content"];
    let (content_type, content) = [JSON, FORM].into_iter().find_map(|of| Some((of, types.get(of)?)))?;
    let schema = content.get("schema").unwrap_or(&Value::Null);
    let known = known(document, content);
    let mut value = known.unwrap_or_else(|| sample(document, schema, MOST_DEPTH));
    if let (Some(members), Some(token)) = (value.as_object_mut(), token) {
        members.remove(token);
    }
    let body = if content_type == JSON { value.to_string() } else { form(value) };
    Some((content_type, body.into()))
}

/// The pairs of a form. A list is several pairs with the same name, as is the default (OpenAPI 3.1, 4.8.15).
fn form(value: Value) -> String {
    let Value::Object(members) = value else { return text(value) };
    let pairs = members.into_iter().flat_map(|(name, value)| {
        let values = if let Value::Array(values) = value { values } else { vec![value] };
        values.into_iter().map(move |value| format!("{}={}", encoded(&name), encoded(&text(value))))
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn text(value: Value) -> String {
    if let Value::String(text) = value { text } else { value.to_string() }
}

pub(super) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

/// The example of a parameter or a body.
fn known(document: &Value, described: &Value) -> Option<Value> {
    let examples = described["examples"].as_object().and_then(|examples| examples.values().next());
    let named = || resolved(document, examples?).get("value");
    described.get("example").or_else(named).cloned()
}

/// A value that fits a schema. Objects have only the required members.
fn sample(document: &Value, schema: &Value, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Null };
    let schema = resolved(document, schema);
    let known = [
        schema.get("example"),
        schema["examples"].get(0),
        schema.get("default"),
        schema.get("const"),
        schema["enum"].get(0),
    ];
    if let Some(value) = known.into_iter().flatten().next() {
        return value.clone();
    }
    if let Some(one) = schema["oneOf"].get(0).or_else(|| schema["anyOf"].get(0)) {
        return sample(document, one, depth);
    }
    let all = schema["allOf"].as_array().into_iter().flatten();
    let parts: Vec<_> = all.map(|part| sample(document, part, depth)).collect();
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match kind {
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| 1.into()),
        Some("boolean") => false.into(),
        Some("array") => Value::Array(Vec::new()),
        Some("null") => Value::Null,
        Some("string") | None if schema["format"] == "uuid" => "00000000-0000-4000-8000-000000000001".into(),
        Some("string") if schema["format"] == "date" => "2000-01-01".into(),
        Some("string") if schema["format"] == "date-time" => "2000-01-01T00:00:00Z".into(),
        Some("string") => "1".into(),
        None if parts.is_empty() && schema.get("properties").is_none() => "1".into(),
        _ => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let members =
                required.map(|name| (name.to_owned(), sample(document, &schema["properties"][name], depth)));
            let inherited = parts.into_iter().filter_map(|part| match part {
                Value::Object(members) => Some(members),
                _ => None,
            });
            inherited.flatten().chain(members).collect::<Map<_, _>>().into()
        }
    }
}

/// Follows references inside the document. A value whose reference leads elsewhere is returned as it is.
pub(super) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let follow = |value: &'a Value| {
        let pointer = value["$ref"].as_str()?.strip_prefix('#')?;
        document.pointer(&percent_decode_str(pointer).decode_utf8().ok()?)
    };
    (0..MOST_DEPTH).try_fold(value, |value, _| follow(value).ok_or(value)).unwrap_or_else(|last| last)
}
