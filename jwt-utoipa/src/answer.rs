//! The responses that a guard gives, as parts of operations.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use jwt_core::ErrorKind;
use serde_json::Value;
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::Header;
use utoipa::openapi::response::{Response, Responses};
use utoipa::openapi::schema::{Object, SchemaType, Type};
use utoipa::openapi::{Content, RefOr, Schema};

/// The member of a response that lists its kinds of errors. It also marks the responses that are not the handler's.
const KINDS: &str = "x-jwt-errors";

/// Adds the response to one kind of error. A response of the handler with the same status stays as it is.
pub(crate) fn add(responses: &mut Responses, kind: ErrorKind, answer: &http::Response<Bytes>) {
    let status = answer.status().as_str().to_owned();
    let entry = responses.responses.entry(status).or_insert_with(|| RefOr::T(ours()));
    if let RefOr::T(response) = entry
        && let Some(Value::Array(kinds)) =
            response.extensions.as_mut().and_then(|extensions| extensions.get_mut(KINDS))
    {
        let code = Value::from(kind.as_str());
        if !kinds.contains(&code) {
            kinds.push(code);
        }
        describe(response, kind, answer);
    }
}

fn ours() -> Response {
    let mut response = Response::default();
    response.extensions = Some(Extensions::from_iter([(KINDS, Value::Array(Vec::new()))]));
    response
}

fn describe(response: &mut Response, kind: ErrorKind, answer: &http::Response<Bytes>) {
    let reason = reason(kind);
    if !response.description.contains(reason) {
        if !response.description.is_empty() {
            response.description.push(' ');
        }
        response.description.push_str(reason);
    }
    for (name, shown) in [(WWW_AUTHENTICATE, "WWW-Authenticate"), (RETRY_AFTER, "Retry-After")] {
        // RFC 9110, 5.3: fields of one name are the same as one with all values.
        let values: Vec<_> =
            answer.headers().get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        let header = response.headers.entry(shown.to_owned());
        if !values.is_empty()
            && let RefOr::T(header) = header.or_insert_with(|| RefOr::T(Header::default()))
        {
            add_example(&mut header.examples, kind, values.join(", ").into());
        }
    }
    let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let text = std::str::from_utf8(answer.body()).ok().filter(|text| !text.is_empty());
    if let Some((content_type, text)) = content_type.zip(text)
        && let RefOr::T(content) =
            response.content.entry(content_type.to_owned()).or_insert_with(|| RefOr::T(Content::default()))
    {
        let body = serde_json::from_str(text).unwrap_or_else(|_| text.into());
        add_schema(content, &body);
        add_example(&mut content.examples, kind, body);
    }
}

/// Adds an example under the name of the kind. A number distinguishes it from the example of another guard.
fn add_example(examples: &mut BTreeMap<String, RefOr<Example>>, kind: ErrorKind, value: Value) {
    let example = RefOr::T(ExampleBuilder::new().value(Some(value)).build());
    let names = (1_u32..).map(|number| match number {
        1 => kind.as_str().to_owned(),
        _ => format!("{}_{number}", kind.as_str()),
    });
    for name in names {
        if *examples.entry(name).or_insert_with(|| example.clone()) == example {
            return;
        }
    }
}

/// Describes a body by its members.
fn add_schema(content: &mut Content, body: &Value) {
    let schema = content.schema.get_or_insert_with(|| of(body));
    if let (RefOr::T(Schema::Object(object)), Value::Object(members)) = (schema, body) {
        for (name, value) in members {
            object.properties.entry(name.clone()).or_insert_with(|| of(value));
        }
    }
}

fn of(value: &Value) -> RefOr<Schema> {
    let schema = match value {
        Value::Null => SchemaType::AnyValue,
        Value::Bool(_) => Type::Boolean.into(),
        Value::Number(number) if number.is_f64() => Type::Number.into(),
        Value::Number(_) => Type::Integer.into(),
        Value::String(_) => Type::String.into(),
        // The elements of one example say little about others.
        Value::Array(_) => SchemaType::AnyValue,
        Value::Object(_) => Type::Object.into(),
    };
    RefOr::T(Schema::Object(Object::with_type(schema)))
}

const fn reason(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::CsrfError => "The CSRF value is missing or wrong.",
        ErrorKind::ExpiredToken => "The token has expired.",
        ErrorKind::Forbidden => "The token does not permit this request.",
        ErrorKind::InsufficientScope => "The token lacks a scope or a role.",
        ErrorKind::InsufficientUserAuthentication => "The user has to log in again, in the required way.",
        ErrorKind::InvalidRequest => "The request is malformed, such as by having two tokens.",
        ErrorKind::InvalidToken => "The token is invalid.",
        ErrorKind::NeedsFreshToken => "The token is not from a login.",
        ErrorKind::RevokedToken => "The token has been revoked.",
        ErrorKind::TokenVerificationFailed => "The application does not accept the token.",
        ErrorKind::Unauthorized => "The request has no token.",
        ErrorKind::Unavailable => "The token cannot be checked now.",
        ErrorKind::UserLookupError => "The user of the token was not found.",
        _ => "The request is rejected.",
    }
}
