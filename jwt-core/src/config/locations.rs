//! Where tokens are looked for, in which order, and how long they may be.

use super::cookies::TokenCookies;
use super::csrf::CsrfRule;
use super::group::{Group, flask, own};
use super::headers::HeaderRule;
use super::names::Names;
use super::setter::Setter::{Bytes, Flag, Locations, Text};
use super::{csrf, headers};
use crate::Config;
use crate::error::ConfigError;
use crate::location::Location;

/// No HMAC token is shorter: header, payload and signature of HS256 need more.
const LEAST_CAP: usize = 64;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) max_token_bytes: usize,
    pub(super) token_location: Vec<Location>,
    pub(super) first_token_wins: bool,
    pub(super) query_string_name: String,
    pub(super) query_string_value_prefix: String,
    pub(super) json_key: String,
    pub(super) refresh_json_key: String,
    pub(super) buffered_body: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_token_bytes: 16 * 1024,
            token_location: vec![Location::Header],
            first_token_wins: false,
            query_string_name: "jwt".into(),
            query_string_value_prefix: String::new(),
            json_key: "access_token".into(),
            refresh_json_key: "refresh_token".into(),
            buffered_body: None,
        }
    }
}

/// Places other than the header and cookies, and their order.
impl Config {
    /// Where tokens are looked for, in this order; the first place that has one decides. Default: the header. At
    /// least one.
    pub fn token_location(mut self, locations: impl IntoIterator<Item = Location>) -> Self {
        self.locations.token_location = locations.into_iter().collect();
        self
    }

    /// Takes the first of several token cookies or query parameters, and the first place that has a token, instead
    /// of answering 400: a request must not carry two (RFC 6750, 2). Default: no.
    pub const fn first_token_wins(mut self, lenient: bool) -> Self {
        self.locations.first_token_wins = lenient;
        self
    }

    /// The longest token in bytes, looked at before anything is decoded. Default: 16 KiB; at least 64 bytes.
    pub const fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.locations.max_token_bytes = bytes;
        self
    }

    /// The query parameter with the token, access and refresh tokens alike. Default: `jwt`. Not empty.
    pub fn query_string_name(mut self, name: impl Into<String>) -> Self {
        self.locations.query_string_name = name.into();
        self
    }

    /// What the value of the query parameter starts with before the token, to the letter. Default: nothing.
    pub fn query_string_value_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.locations.query_string_value_prefix = prefix.into();
        self
    }

    /// The member of a JSON body with the access token, or one of a custom kind. Default: `access_token`.
    /// Not empty.
    pub fn json_key(mut self, name: impl Into<String>) -> Self {
        self.locations.json_key = name.into();
        self
    }

    /// The member of a JSON body with the refresh token. Default: `refresh_token`. Not empty.
    pub fn refresh_json_key(mut self, name: impl Into<String>) -> Self {
        self.locations.refresh_json_key = name.into();
        self
    }

    /// Lets guards read bodies of at most so many bytes, where a token or a CSRF value may stand in them, and only if
    /// no earlier place has one and the content type fits. Handlers get the body all the same. Default: bodies are not
    /// read, and places that need it are an error.
    pub const fn buffered_body(mut self, bytes: usize) -> Self {
        self.locations.buffered_body = Some(bytes);
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        own("max_token_bytes", Bytes(Config::max_token_bytes)),
        flask("token_location", "JWT_TOKEN_LOCATION", Locations(Config::token_location)),
        own("first_token_wins", Flag(Config::first_token_wins)),
        flask("query_string_name", "JWT_QUERY_STRING_NAME", Text(Config::query_string_name)),
        flask(
            "query_string_value_prefix",
            "JWT_QUERY_STRING_VALUE_PREFIX",
            Text(Config::query_string_value_prefix),
        ),
        flask("json_key", "JWT_JSON_KEY", Text(Config::json_key)),
        flask("refresh_json_key", "JWT_REFRESH_JSON_KEY", Text(Config::refresh_json_key)),
        own("buffered_body", Bytes(Config::buffered_body)),
    ],
    flask: |config| config.first_token_wins(true),
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let options = &config.locations;
    if options.token_location.is_empty() {
        return Err(ConfigError::invalid(
            "token_location",
            "is empty: name at least one place, such as Location::Header",
        ));
    }
    let reads_body = config.csrf.csrf_check_form || options.token_location.contains(&Location::Json);
    if reads_body && options.buffered_body.is_none() {
        return Err(ConfigError::invalid(
            "buffered_body",
            "is not set, and token_location or csrf_check_form needs the body: give it a limit, such as 65536 bytes",
        ));
    }
    for (option, name) in [("json_key", &options.json_key), ("refresh_json_key", &options.refresh_json_key)] {
        if name.is_empty() {
            return Err(ConfigError::invalid(option, "is empty: use a name such as token"));
        }
    }
    if options.query_string_name.is_empty() {
        return Err(ConfigError::invalid("query_string_name", "is empty: use a name such as jwt"));
    }
    if options.max_token_bytes < LEAST_CAP {
        return Err(ConfigError::invalid(
            "max_token_bytes",
            "is under 64: no token is that short; 16384 is the default",
        ));
    }
    Ok(())
}

/// The query parameter that tokens stand in.
#[derive(Debug)]
pub(crate) struct QueryRule {
    pub(crate) name: Box<str>,
    /// What its value starts with, to the letter.
    pub(crate) prefix: Box<str>,
}

/// The members of the body that tokens stand in.
#[derive(Debug)]
pub(crate) struct JsonRule {
    pub(crate) names: Names,
}

/// The names under which tokens are looked for.
#[derive(Debug)]
pub(crate) struct Locator {
    /// The places, in this order.
    pub(crate) places: Vec<Location>,
    pub(crate) header: HeaderRule,
    pub(crate) cookies: TokenCookies,
    pub(crate) query: QueryRule,
    pub(crate) json: JsonRule,
    pub(crate) csrf: CsrfRule,
    /// Whether a second token is overlooked, as the reference does.
    pub(crate) first_token_wins: bool,
    /// The most bytes of a body that guards read, where they do.
    pub(crate) buffered_body: Option<usize>,
}

pub(super) fn compile(config: &Config) -> Result<Locator, ConfigError> {
    let options = &config.locations;
    Ok(Locator {
        places: options.token_location.clone(),
        header: headers::compile(config)?,
        cookies: TokenCookies { names: config.cookies.names() },
        query: QueryRule {
            name: options.query_string_name.as_str().into(),
            prefix: options.query_string_value_prefix.as_str().into(),
        },
        json: JsonRule { names: options.json_names() },
        csrf: csrf::compile(&config.csrf)?,
        first_token_wins: options.first_token_wins,
        buffered_body: options.buffered_body,
    })
}

impl Options {
    pub(super) fn json_names(&self) -> Names {
        Names::new(&self.json_key, &self.refresh_json_key)
    }
}
