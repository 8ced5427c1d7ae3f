//! Translates flask-jwt-extended's options to this library's.

use std::time::Duration;

use jwt_core::{Algorithm, Config, Location, SameSite};
use serde_json::{Map, Value};

/// The scenario's options for keys.
#[derive(Default)]
pub(super) struct Given {
    pub(super) secret: String,
    pub(super) private: bool,
    pub(super) public: bool,
    pub(super) algorithm: Option<Algorithm>,
}

/// Returns the preset with the scenario's options, and its keys.
pub(super) fn config(options: &Map<String, Value>) -> Result<(Config, Given), String> {
    let mut config = Config::flask_compatible().buffered_body(1 << 16);
    let mut given = Given::default();
    for (name, value) in options {
        let unsupported = || format!("{name} = {value} is not supported");
        config = match (&**name, value) {
            ("JWT_HEADER_TYPE", Value::Null) => config.header_type(""),
            // `None` is the default of every other option that can be `None`. An empty string is not written to tokens.
            (_, Value::Null) => config,
            ("JWT_ENCODE_ISSUER" | "JWT_ENCODE_AUDIENCE", Value::String(text)) if text.is_empty() => config,
            ("JWT_SECRET_KEY", Value::String(text)) => {
                given.secret.clone_from(text);
                config
            }
            ("JWT_PRIVATE_KEY", Value::String(_)) => {
                given.private = true;
                config
            }
            ("JWT_PUBLIC_KEY", Value::String(_)) => {
                given.public = true;
                config
            }
            ("JWT_ALGORITHM", Value::String(name)) => config.algorithm(algorithm(name)?),
            ("JWT_DECODE_ALGORITHMS", _) => {
                let names = texts(value).ok_or_else(unsupported)?;
                config.decode_algorithms(
                    names.iter().map(|name| algorithm(name)).collect::<Result<Vec<_>, _>>()?,
                )
            }
            ("JWT_ACCESS_TOKEN_EXPIRES", _) => match lifetime(value).ok_or_else(unsupported)? {
                Some(lifetime) => config.access_token_expires(lifetime),
                None => config.insecure_access_never_expires(),
            },
            ("JWT_REFRESH_TOKEN_EXPIRES", _) => match lifetime(value).ok_or_else(unsupported)? {
                Some(lifetime) => config.refresh_token_expires(lifetime),
                None => config.insecure_refresh_never_expires(),
            },
            ("JWT_DECODE_LEEWAY", _) => {
                config.decode_leeway(lifetime(value).flatten().ok_or_else(unsupported)?)
            }
            ("JWT_COOKIE_CSRF_PROTECT", Value::Bool(protect)) => {
                config.csrf_claim(*protect).cookie_csrf_protect(*protect)
            }
            ("JWT_ACCESS_COOKIE_NAME", Value::String(name)) => config.access_cookie_name(name),
            ("JWT_REFRESH_COOKIE_NAME", Value::String(name)) => config.refresh_cookie_name(name),
            ("JWT_ACCESS_COOKIE_PATH", Value::String(path)) => config.access_cookie_path(path),
            ("JWT_REFRESH_COOKIE_PATH", Value::String(path)) => config.refresh_cookie_path(path),
            ("JWT_COOKIE_SECURE", Value::Bool(secure)) => config.cookie_secure(*secure),
            ("JWT_COOKIE_DOMAIN", Value::String(domain)) => config.cookie_domain(domain),
            ("JWT_COOKIE_SAMESITE", Value::String(name)) => config.cookie_same_site(match &**name {
                "Strict" => SameSite::Strict,
                "Lax" => SameSite::Lax,
                "None" => SameSite::None,
                _ => return Err(unsupported()),
            }),
            ("JWT_SESSION_COOKIE", Value::Bool(session)) => config.session_cookie(*session),
            ("JWT_CSRF_IN_COOKIES", Value::Bool(set)) => config.csrf_in_cookies(*set),
            ("JWT_ACCESS_CSRF_COOKIE_NAME", Value::String(name)) => config.access_csrf_cookie_name(name),
            ("JWT_REFRESH_CSRF_COOKIE_NAME", Value::String(name)) => config.refresh_csrf_cookie_name(name),
            ("JWT_ACCESS_CSRF_COOKIE_PATH", Value::String(path)) => config.access_csrf_cookie_path(path),
            ("JWT_REFRESH_CSRF_COOKIE_PATH", Value::String(path)) => config.refresh_csrf_cookie_path(path),
            ("JWT_CSRF_CHECK_FORM", Value::Bool(check)) => config.csrf_check_form(*check),
            ("JWT_ACCESS_CSRF_FIELD_NAME", Value::String(name)) => config.access_csrf_field_name(name),
            ("JWT_REFRESH_CSRF_FIELD_NAME", Value::String(name)) => config.refresh_csrf_field_name(name),
            ("JWT_JSON_KEY", Value::String(name)) => config.json_key(name),
            ("JWT_REFRESH_JSON_KEY", Value::String(name)) => config.refresh_json_key(name),
            ("JWT_CSRF_METHODS", _) => config.csrf_methods(texts(value).ok_or_else(unsupported)?),
            ("JWT_ACCESS_CSRF_HEADER_NAME", Value::String(name)) => config.access_csrf_header_name(name),
            ("JWT_REFRESH_CSRF_HEADER_NAME", Value::String(name)) => config.refresh_csrf_header_name(name),
            ("JWT_QUERY_STRING_NAME", Value::String(name)) => config.query_string_name(name),
            ("JWT_QUERY_STRING_VALUE_PREFIX", Value::String(prefix)) => {
                config.query_string_value_prefix(prefix)
            }
            ("JWT_ENCODE_NBF", Value::Bool(write)) => config.encode_nbf(*write),
            ("JWT_VERIFY_SUB", Value::Bool(verify)) => config.verify_sub(*verify),
            ("JWT_IDENTITY_CLAIM", Value::String(name)) => config.identity_claim(name),
            ("JWT_ENCODE_ISSUER", Value::String(issuer)) => config.encode_issuer(issuer),
            ("JWT_DECODE_ISSUER", _) => config.decode_issuer(texts(value).ok_or_else(unsupported)?),
            ("JWT_ENCODE_AUDIENCE", _) => config.encode_audience(texts(value).ok_or_else(unsupported)?),
            ("JWT_DECODE_AUDIENCE", _) => config.decode_audience(texts(value).ok_or_else(unsupported)?),
            ("JWT_HEADER_NAME", Value::String(name)) => config.header_name(name),
            ("JWT_HEADER_TYPE", Value::String(scheme)) => config.header_type(scheme),
            ("JWT_ERROR_MESSAGE_KEY", Value::String(key)) => config.error_message_key(key),
            ("JWT_TOKEN_LOCATION", _) => {
                let names = texts(value).ok_or_else(unsupported)?;
                config.token_location(names.iter().map(|name| location(name)).collect::<Result<Vec<_>, _>>()?)
            }
            _ => return Err(unsupported()),
        };
    }
    given.algorithm = options.get("JWT_ALGORITHM").and_then(Value::as_str).map(algorithm).transpose()?;
    Ok((config, given))
}

pub(super) fn location(name: &str) -> Result<Location, String> {
    [Location::Header, Location::Cookie, Location::QueryString, Location::Json]
        .into_iter()
        .find(|location| location.as_str() == name)
        .ok_or_else(|| format!("location {name} is not supported"))
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    name.parse().map_err(|error| format!("{name}: {error}"))
}

/// Parses seconds; `false` is `None`. The outer `None` is any other value.
fn lifetime(value: &Value) -> Option<Option<Duration>> {
    match value {
        Value::Bool(false) => Some(None),
        Value::Number(seconds) => Some(Duration::try_from_secs_f64(seconds.as_f64()?).ok()),
        _ => None,
    }
}

/// Parses a string or a list of strings.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(texts) => texts.iter().map(|text| text.as_str().map(String::from)).collect(),
        _ => None,
    }
}
