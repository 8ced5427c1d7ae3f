//! The content of error responses.

use http::HeaderName;

use super::group::{Group, flask, own, same};
use super::names::Names;
use super::setter::Setter::{Text, TextOrNone};
use crate::Config;
use crate::error::ConfigError;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) error_message_key: String,
    pub(super) realm: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { error_message_key: "msg".into(), realm: None }
    }
}

/// Error responses.
impl Config {
    /// Sets the key of the message in default error bodies. Default: `msg`. It must not be empty.
    pub fn error_message_key(mut self, key: impl Into<String>) -> Self {
        self.answers.error_message_key = key.into();
        self
    }

    /// Sets the `realm` parameter of `WWW-Authenticate` challenges (RFC 9110, 11.5). Default: none. It can contain only
    /// printable ASCII characters.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.answers.realm = Some(realm.into());
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        flask("error_message_key", "JWT_ERROR_MESSAGE_KEY", Text(Config::error_message_key)),
        own(
            "realm",
            TextOrNone(|mut config, realm| {
                config.answers.realm = realm;
                config
            }),
        ),
    ],
    flask: same,
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let options = &config.answers;
    if options.error_message_key.is_empty() {
        return Err(ConfigError::invalid("error_message_key", "must not be empty: use a name such as msg"));
    }
    let is_printable = |realm: &str| realm.chars().all(|character| matches!(character, ' '..='~'));
    if !options.realm.as_deref().is_none_or(is_printable) {
        return Err(ConfigError::invalid(
            "realm",
            "must contain only printable ASCII characters: remove all others",
        ));
    }
    Ok(())
}

/// The options that responses depend on.
#[derive(Debug)]
pub(crate) struct AnswerRules {
    pub(crate) message_key: Box<str>,
    pub(crate) identity_claim: Box<str>,
    pub(crate) header_name: Box<str>,
    pub(crate) header_type: Box<str>,
    pub(crate) cookies: Names,
    pub(crate) json_keys: Names,
    pub(crate) query_name: Box<str>,
    pub(crate) query_prefix: Box<str>,
    pub(crate) realm: Option<Box<str>>,
    /// The scheme of the challenges.
    pub(crate) scheme: Box<str>,
}

pub(super) fn compile(config: &Config) -> AnswerRules {
    let Config { answers, claims, headers, cookies, locations, .. } = config;
    AnswerRules {
        message_key: answers.error_message_key.as_str().into(),
        identity_claim: claims.identity_claim.as_str().into(),
        header_name: headers.header_name.as_str().into(),
        header_type: headers.header_type.as_str().into(),
        cookies: cookies.names(),
        json_keys: locations.json_names(),
        query_name: locations.query_string_name.as_str().into(),
        query_prefix: locations.query_string_value_prefix.as_str().into(),
        realm: answers.realm.as_deref().map(Into::into),
        scheme: scheme(&headers.header_type).into(),
    }
}

/// The scheme for challenges. If the header field holds a bare token, or its scheme is not valid in a challenge, this
/// is `Bearer` (RFC 6750), which is the closest match.
fn scheme(header_type: &str) -> &str {
    // Schemes and header names allow the same characters (RFC 9110, 11.1 and 5.6.2).
    if HeaderName::try_from(header_type).is_ok() { header_type } else { "Bearer" }
}
