//! Options from the environment.

use std::borrow::Cow;
use std::env;
use std::ffi::OsStr;

use serde_json::Value;

use super::group::Field;
use super::list::{KEYS, closest, fields};
use super::setter::Setter;
use crate::{Config, ConfigError};

impl Config {
    /// These options, overlaid with flask-jwt-extended's variables of the process's environment.
    ///
    /// A value is JSON, or Python's `True`, `False` or `None`; anything else is a text. Lifetimes and leeways are in
    /// seconds. Lists are JSON: `JWT_CSRF_METHODS=["POST", "PUT"]`.
    ///
    /// | variable | option | value |
    /// | --- | --- | --- |
    /// | `JWT_ENCODE_NBF` | [`encode_nbf`](Self::encode_nbf) | true or false |
    /// | `JWT_VERIFY_SUB` | [`verify_sub`](Self::verify_sub) | true or false |
    /// | `JWT_COOKIE_SECURE` | [`cookie_secure`](Self::cookie_secure) | true or false |
    /// | `JWT_SESSION_COOKIE` | [`session_cookie`](Self::session_cookie) | true or false |
    /// | `JWT_COOKIE_CSRF_PROTECT` | [`cookie_csrf_protect`](Self::cookie_csrf_protect) | true or false |
    /// | `JWT_CSRF_IN_COOKIES` | [`csrf_in_cookies`](Self::csrf_in_cookies) | true or false |
    /// | `JWT_CSRF_CHECK_FORM` | [`csrf_check_form`](Self::csrf_check_form) | true or false |
    /// | `JWT_ACCESS_TOKEN_EXPIRES` | [`access_token_expires`](Self::access_token_expires) | seconds, or `false`: never |
    /// | `JWT_REFRESH_TOKEN_EXPIRES` | [`refresh_token_expires`](Self::refresh_token_expires) | seconds, or `false`: never |
    /// | `JWT_DECODE_LEEWAY` | [`decode_leeway`](Self::decode_leeway) | seconds |
    /// | `JWT_ALGORITHM` | [`algorithm`](Self::algorithm) | an algorithm's name |
    /// | `JWT_DECODE_ALGORITHMS` | [`decode_algorithms`](Self::decode_algorithms) | a list of them, or `null` |
    /// | `JWT_TOKEN_LOCATION` | [`token_location`](Self::token_location) | one or a list of `headers`, `cookies`, `query_string`, `json` |
    /// | `JWT_ENCODE_AUDIENCE` | [`encode_audience`](Self::encode_audience) | a text or a list, or `null` |
    /// | `JWT_DECODE_AUDIENCE` | [`decode_audience`](Self::decode_audience) | a text or a list, or `null` |
    /// | `JWT_DECODE_ISSUER` | [`decode_issuer`](Self::decode_issuer) | a text or a list, or `null` |
    /// | `JWT_CSRF_METHODS` | [`csrf_methods`](Self::csrf_methods) | a list |
    /// | `JWT_ENCODE_ISSUER` | [`encode_issuer`](Self::encode_issuer) | a text, or `null` |
    /// | `JWT_HEADER_TYPE` | [`header_type`](Self::header_type) | a text, or `null` |
    /// | `JWT_COOKIE_DOMAIN` | [`cookie_domain`](Self::cookie_domain) | a text, or `null` |
    /// | `JWT_COOKIE_SAMESITE` | [`cookie_same_site`](Self::cookie_same_site) | `Strict`, `Lax`, `None`, or `null` for no attribute |
    /// | `JWT_IDENTITY_CLAIM` | [`identity_claim`](Self::identity_claim) | a text |
    /// | `JWT_ERROR_MESSAGE_KEY` | [`error_message_key`](Self::error_message_key) | a text |
    /// | `JWT_HEADER_NAME` | [`header_name`](Self::header_name) | a text |
    /// | `JWT_QUERY_STRING_NAME` | [`query_string_name`](Self::query_string_name) | a text |
    /// | `JWT_QUERY_STRING_VALUE_PREFIX` | [`query_string_value_prefix`](Self::query_string_value_prefix) | a text |
    /// | `JWT_JSON_KEY` | [`json_key`](Self::json_key) | a text |
    /// | `JWT_REFRESH_JSON_KEY` | [`refresh_json_key`](Self::refresh_json_key) | a text |
    /// | `JWT_ACCESS_COOKIE_NAME` | [`access_cookie_name`](Self::access_cookie_name) | a text |
    /// | `JWT_REFRESH_COOKIE_NAME` | [`refresh_cookie_name`](Self::refresh_cookie_name) | a text |
    /// | `JWT_ACCESS_COOKIE_PATH` | [`access_cookie_path`](Self::access_cookie_path) | a text |
    /// | `JWT_REFRESH_COOKIE_PATH` | [`refresh_cookie_path`](Self::refresh_cookie_path) | a text |
    /// | `JWT_ACCESS_CSRF_COOKIE_NAME` | [`access_csrf_cookie_name`](Self::access_csrf_cookie_name) | a text |
    /// | `JWT_REFRESH_CSRF_COOKIE_NAME` | [`refresh_csrf_cookie_name`](Self::refresh_csrf_cookie_name) | a text |
    /// | `JWT_ACCESS_CSRF_COOKIE_PATH` | [`access_csrf_cookie_path`](Self::access_csrf_cookie_path) | a text |
    /// | `JWT_REFRESH_CSRF_COOKIE_PATH` | [`refresh_csrf_cookie_path`](Self::refresh_csrf_cookie_path) | a text |
    /// | `JWT_ACCESS_CSRF_FIELD_NAME` | [`access_csrf_field_name`](Self::access_csrf_field_name) | a text |
    /// | `JWT_REFRESH_CSRF_FIELD_NAME` | [`refresh_csrf_field_name`](Self::refresh_csrf_field_name) | a text |
    /// | `JWT_ACCESS_CSRF_HEADER_NAME` | [`access_csrf_header_name`](Self::access_csrf_header_name) | a text |
    /// | `JWT_REFRESH_CSRF_HEADER_NAME` | [`refresh_csrf_header_name`](Self::refresh_csrf_header_name) | a text |
    ///
    /// `JWT_SECRET_KEY`, `JWT_PRIVATE_KEY` and `JWT_PUBLIC_KEY` are not read: keys are no options, and go to the
    /// [builder](crate::JwtManagerBuilder).
    ///
    /// A lifetime of `false` is [`insecure_access_never_expires`](Self::insecure_access_never_expires) or
    /// [`insecure_refresh_never_expires`](Self::insecure_refresh_never_expires). `JWT_COOKIE_SAMESITE=None` is
    /// [`SameSite::None`](crate::SameSite::None), as in the reference.
    ///
    /// Other names that start with `JWT_` may belong to other software: they are ignored, with a warning in the log.
    /// But an option that is silently not set may be one of safety, so that these are errors: a name up to two
    /// characters from one of the table, one of the table with something behind, and those of options that the
    /// reference has not, such as `JWT_MAX_TOKEN_BYTES`, which are set in the program. Where other software needs such
    /// a name, [`with_vars`](Self::with_vars) takes an environment without it.
    ///
    /// ```no_run
    /// use jwt_core::{Config, JwtManager};
    ///
    /// let jwt = JwtManager::builder(Config::default().with_env()?).secret(std::env::var("JWT_SECRET_KEY")?).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConfigError::Variable`] names the variable and the mend, and does not show the value. Whether options fit
    /// together is seen by [`build`](crate::JwtManagerBuilder::build).
    pub fn with_env(self) -> Result<Self, ConfigError> {
        self.with_vars(env::vars_os())
    }

    /// The same for variables from elsewhere: a test's, or an environment from which those of others are left out. Of a
    /// name that stands twice, the last counts.
    ///
    /// ```
    /// use jwt_core::Config;
    ///
    /// let config = Config::default().with_vars([("JWT_TOKEN_LOCATION", "cookies"), ("JWT_HEADER_TYPE", "JWT")])?;
    ///
    /// let ours = std::env::vars_os().filter(|(name, _)| name != "JWT_ALGORITHMS");
    /// let config = config.with_vars(ours)?;
    /// # Ok::<(), jwt_core::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`with_env`](Self::with_env).
    pub fn with_vars<K, V>(self, vars: impl IntoIterator<Item = (K, V)>) -> Result<Self, ConfigError>
    where
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        let mut config = self;
        for (name, value) in vars {
            let Some(name) = name.as_ref().to_str().filter(|name| name.starts_with("JWT_")) else {
                continue;
            };
            let Some(field) = fields().find(|field| field.variable == Some(name)) else {
                unknown(name)?;
                continue;
            };
            config =
                set(config, field, value.as_ref()).map_err(|problem| ConfigError::variable(name, problem))?;
        }
        Ok(config)
    }
}

fn set(config: Config, field: &Field, value: &OsStr) -> Result<Config, Cow<'static, str>> {
    let text = value.to_str().ok_or("is no UTF-8: write it anew")?;
    let value = parsed(text, &field.setter)?;
    field.setter.set(config, &value).ok_or_else(|| field.setter.problem(&value).into())
}

/// JSON or Python's words for it, otherwise the text itself.
fn parsed(text: &str, setter: &Setter) -> Result<Value, &'static str> {
    match text {
        "True" => return Ok(Value::Bool(true)),
        "False" => return Ok(Value::Bool(false)),
        // For cookies it is a word of its own.
        "None" if !matches!(setter, Setter::SameSite(_)) => return Ok(Value::Null),
        _ => {}
    }
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        Err(_) if text.trim_start().starts_with(['[', '{', '"']) => Err(
            "begins as JSON and is none: write lists as [\"a\", \"b\"], and a text in quotes if it begins like this",
        ),
        Err(_) => Ok(Value::String(text.into())),
    }
}

/// A name that no option of the reference has may belong to other software, unless it looks like one of ours.
fn unknown(name: &str) -> Result<(), ConfigError> {
    if KEYS.iter().any(|key| name.starts_with(key)) {
        return Ok(());
    }
    let is_own = |field: &&'static Field| {
        field.variable.is_none()
            && name.strip_prefix("JWT_").is_some_and(|rest| rest.eq_ignore_ascii_case(field.name))
    };
    if let Some(Field { name: option, .. }) = fields().find(is_own) {
        let problem = format!("is not read from the environment: call Config::{option}, and unset it");
        return Err(ConfigError::variable(name, problem));
    }
    let variables = || fields().filter_map(|field| field.variable);
    let upper = name.to_ascii_uppercase();
    let longer = || variables().find(|known| upper.starts_with(known));
    if let Some(meant) = closest(&upper, variables()).or_else(longer) {
        let problem =
            format!("is no option: write {meant}, or keep it from with_vars() if it is not for this library");
        return Err(ConfigError::variable(name, problem));
    }
    tracing::warn!(name, "no option of this library, so that it is ignored");
    Ok(())
}
