//! The content of error responses, and which responses are stored.

use http::HeaderName;

use super::NoStore;
use super::group::{Group, flask, own};
use super::names::Names;
use super::setter::Setter::{self, Text, TextOrNone};
use crate::Config;
use crate::error::ConfigError;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) error_message_key: String,
    pub(super) realm: Option<String>,
    pub(super) no_store: NoStore,
    pub(super) error_code_if_missing: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            error_message_key: "msg".into(),
            realm: None,
            no_store: NoStore::CookieAndQuery,
            error_code_if_missing: false,
        }
    }
}

/// Responses.
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

    /// Sets whether the challenge for a request without a token has `error="invalid_token"`. Default: no, because such a
    /// request should not get an error code (RFC 6750, 3.1).
    ///
    /// Clients of the Model Context Protocol do not need it: those of the official Rust and TypeScript SDKs begin their
    /// login with any 401. Turn it on for a client that looks for the error code.
    pub const fn error_code_if_missing(mut self, present: bool) -> Self {
        self.answers.error_code_if_missing = present;
        self
    }

    /// Sets which responses of guarded handlers get `Cache-Control: no-store`. Default: those for a token that came in
    /// a cookie or in the query string.
    ///
    /// A browser shows a stored page when the user goes back after a logout, and a shared cache can give it to other
    /// users. Caches know that a response to a request with an `Authorization` field is private (RFC 9111, 3.5), but
    /// they do not know which cookies and parameters are tokens (RFC 6750, 2.3 and 5.3).
    ///
    /// A guard adds the field if the handler has not set `Cache-Control` itself, whatever the status is. Behind an
    /// optional guard, it does so if the request has a token. Extractors cannot change responses: without a guard, the
    /// handler has to set the field. Rejected requests, and the responses of `Auth` and `with_cookies`, always have it.
    ///
    /// `Vary` is not set, because a response that is not stored has no variants. If you make responses cacheable and
    /// they depend on whether there is a token, set `Vary: Cookie` or `Vary: Authorization` with your `Cache-Control`.
    pub const fn no_store(mut self, no_store: NoStore) -> Self {
        self.answers.no_store = no_store;
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
        own("no_store", Setter::NoStore(Config::no_store)),
        own("error_code_if_missing", Setter::Flag(Config::error_code_if_missing)),
    ],
    flask: |config| config.no_store(NoStore::Never),
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
    pub(crate) no_store: NoStore,
    /// The scheme of the challenges.
    pub(crate) scheme: Box<str>,
    pub(crate) error_code_if_missing: bool,
    /// The address of the metadata of the protected resource.
    pub(crate) metadata_url: Option<Box<str>>,
}

pub(super) fn compile(config: &Config) -> AnswerRules {
    let Config { answers, claims, headers, cookies, locations, resource, .. } = config;
    AnswerRules {
        message_key: answers.error_message_key.as_str().into(),
        identity_claim: claims.identity_claim.as_str().into(),
        header_name: headers.header_name.as_str().into(),
        header_type: headers.first_type().into(),
        cookies: cookies.names(),
        json_keys: locations.json_names(),
        query_name: locations.query_string_name.as_str().into(),
        query_prefix: locations.query_string_value_prefix.as_str().into(),
        realm: answers.realm.as_deref().map(Into::into),
        no_store: answers.no_store,
        scheme: scheme(headers.first_type()).into(),
        error_code_if_missing: answers.error_code_if_missing,
        metadata_url: resource.metadata_address().map(|(_, url)| url.into()),
    }
}

/// The scheme for challenges. If the header field holds a bare token, or its scheme is not valid in a challenge, this
/// is `Bearer` (RFC 6750), which is the closest match.
fn scheme(header_type: &str) -> &str {
    // Schemes and header names allow the same characters (RFC 9110, 11.1 and 5.6.2).
    if HeaderName::try_from(header_type).is_ok() { header_type } else { "Bearer" }
}
