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
    /// Overrides these options with flask-jwt-extended's environment variables.
    ///
    /// A value is JSON, or Python's `True`, `False`, or `None`. Anything else is a string. Lifetimes and leeways are in
    /// seconds. Lists are in JSON: `JWT_CSRF_METHODS=["POST", "PUT"]`.
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
    /// | `JWT_ENCODE_AUDIENCE` | [`encode_audience`](Self::encode_audience) | a string or a list, or `null` |
    /// | `JWT_DECODE_AUDIENCE` | [`decode_audience`](Self::decode_audience) | a string or a list, or `null` |
    /// | `JWT_DECODE_ISSUER` | [`decode_issuer`](Self::decode_issuer) | a string or a list, or `null` |
    /// | `JWT_CSRF_METHODS` | [`csrf_methods`](Self::csrf_methods) | a list |
    /// | `JWT_ENCODE_ISSUER` | [`encode_issuer`](Self::encode_issuer) | a string, or `null` |
    /// | `JWT_HEADER_TYPE` | [`header_type`](Self::header_type), [`header_types`](Self::header_types) | a string or a list, or `null` |
    /// | `JWT_COOKIE_DOMAIN` | [`cookie_domain`](Self::cookie_domain) | a string, or `null` |
    /// | `JWT_COOKIE_SAMESITE` | [`cookie_same_site`](Self::cookie_same_site) | `Strict`, `Lax`, `None`, or `null` for no attribute |
    /// | `JWT_IDENTITY_CLAIM` | [`identity_claim`](Self::identity_claim) | a string |
    /// | `JWT_ERROR_MESSAGE_KEY` | [`error_message_key`](Self::error_message_key) | a string |
    /// | `JWT_HEADER_NAME` | [`header_name`](Self::header_name) | a string |
    /// | `JWT_QUERY_STRING_NAME` | [`query_string_name`](Self::query_string_name) | a string |
    /// | `JWT_QUERY_STRING_VALUE_PREFIX` | [`query_string_value_prefix`](Self::query_string_value_prefix) | a string |
    /// | `JWT_JSON_KEY` | [`json_key`](Self::json_key) | a string |
    /// | `JWT_REFRESH_JSON_KEY` | [`refresh_json_key`](Self::refresh_json_key) | a string |
    /// | `JWT_ACCESS_COOKIE_NAME` | [`access_cookie_name`](Self::access_cookie_name) | a string |
    /// | `JWT_REFRESH_COOKIE_NAME` | [`refresh_cookie_name`](Self::refresh_cookie_name) | a string |
    /// | `JWT_ACCESS_COOKIE_PATH` | [`access_cookie_path`](Self::access_cookie_path) | a string |
    /// | `JWT_REFRESH_COOKIE_PATH` | [`refresh_cookie_path`](Self::refresh_cookie_path) | a string |
    /// | `JWT_ACCESS_CSRF_COOKIE_NAME` | [`access_csrf_cookie_name`](Self::access_csrf_cookie_name) | a string |
    /// | `JWT_REFRESH_CSRF_COOKIE_NAME` | [`refresh_csrf_cookie_name`](Self::refresh_csrf_cookie_name) | a string |
    /// | `JWT_ACCESS_CSRF_COOKIE_PATH` | [`access_csrf_cookie_path`](Self::access_csrf_cookie_path) | a string |
    /// | `JWT_REFRESH_CSRF_COOKIE_PATH` | [`refresh_csrf_cookie_path`](Self::refresh_csrf_cookie_path) | a string |
    /// | `JWT_ACCESS_CSRF_FIELD_NAME` | [`access_csrf_field_name`](Self::access_csrf_field_name) | a string |
    /// | `JWT_REFRESH_CSRF_FIELD_NAME` | [`refresh_csrf_field_name`](Self::refresh_csrf_field_name) | a string |
    /// | `JWT_ACCESS_CSRF_HEADER_NAME` | [`access_csrf_header_name`](Self::access_csrf_header_name) | a string |
    /// | `JWT_REFRESH_CSRF_HEADER_NAME` | [`refresh_csrf_header_name`](Self::refresh_csrf_header_name) | a string |
    ///
    /// `JWT_SECRET_KEY`, `JWT_PRIVATE_KEY`, and `JWT_PUBLIC_KEY` are not read. Keys are not options: pass them to the
    /// [builder](crate::JwtManagerBuilder).
    ///
    /// A lifetime of `false` means [`insecure_access_never_expires`](Self::insecure_access_never_expires) or
    /// [`insecure_refresh_never_expires`](Self::insecure_refresh_never_expires). `JWT_COOKIE_SAMESITE=None` means
    /// [`SameSite::None`](crate::SameSite::None), as in flask-jwt-extended.
    ///
    /// Other variables that start with `JWT_` might belong to other software. They are ignored, and a warning is
    /// logged. Some names are errors instead, because it is dangerous to silently ignore a security option:
    ///
    /// * A name that differs from one in the table by at most two characters, or starts with one.
    /// * The name of an option that flask-jwt-extended lacks, such as `JWT_MAX_TOKEN_BYTES`. Set such options in code.
    ///
    /// If other software needs such a variable, remove it from the variables that you pass to
    /// [`with_vars`](Self::with_vars).
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
    /// Returns [`ConfigError::Variable`] if a variable has an invalid value, or if its name is an error as described
    /// above. The error names the variable and says how to fix it. It does not contain the value.
    /// [`build`](crate::JwtManagerBuilder::build) checks the options as a whole.
    pub fn with_env(self) -> Result<Self, ConfigError> {
        self.with_vars(env::vars_os())
    }

    /// Like [`with_env`](Self::with_env), but reads the given variables instead of the environment.
    ///
    /// Use it in tests, or to leave out variables that belong to other software. If a name occurs twice, the last value
    /// wins.
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
    /// Returns the same errors as [`with_env`](Self::with_env).
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
    let text = value.to_str().ok_or("is not valid UTF-8: write it in UTF-8")?;
    let value = parsed(text, &field.setter)?;
    field.setter.set(config, &value).ok_or_else(|| field.setter.problem(&value).into())
}

/// Parses JSON and Python's constants. Any other text is kept as a string.
fn parsed(text: &str, setter: &Setter) -> Result<Value, &'static str> {
    match text {
        "True" => return Ok(Value::Bool(true)),
        "False" => return Ok(Value::Bool(false)),
        // For `SameSite`, `None` is a value.
        "None" if !matches!(setter, Setter::SameSite(_)) => return Ok(Value::Null),
        _ => {}
    }
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        Err(_) if text.trim_start().starts_with(['[', '{', '"']) => Err(
            "starts like JSON, but is not valid JSON: write lists as [\"a\", \"b\"], and quote a string that starts like this",
        ),
        Err(_) => Ok(Value::String(text.into())),
    }
}

/// Checks the name of a variable that is not an option of flask-jwt-extended. It might belong to other software, unless
/// it looks like one of our options.
fn unknown(name: &str) -> Result<(), ConfigError> {
    if KEYS.iter().any(|key| name.starts_with(key)) {
        return Ok(());
    }
    let is_own = |field: &&'static Field| {
        field.variable.is_none()
            && name.strip_prefix("JWT_").is_some_and(|rest| rest.eq_ignore_ascii_case(field.name))
    };
    if let Some(Field { name: option, .. }) = fields().find(is_own) {
        let problem =
            format!("is not read from the environment: call Config::{option}, and unset the variable");
        return Err(ConfigError::variable(name, problem));
    }
    let variables = || fields().filter_map(|field| field.variable);
    let upper = name.to_ascii_uppercase();
    let longer = || variables().find(|known| upper.starts_with(known));
    if let Some(meant) = closest(&upper, variables()).or_else(longer) {
        let problem = format!(
            "is not an option: write {meant}, or, if other software uses it, call with_vars() without it"
        );
        return Err(ConfigError::variable(name, problem));
    }
    tracing::warn!(name, "ignored a variable that is not an option of this library");
    Ok(())
}
