//! The locations and the maximum size of tokens.

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

/// Even the header, payload, and signature of an HS256 token are longer than this.
const LEAST_CAP: usize = 64;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) max_token_bytes: usize,
    pub(super) token_location: Vec<Location>,
    pub(super) first_token_wins: bool,
    pub(super) insecure_exempt_options: bool,
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
            insecure_exempt_options: false,
            query_string_name: "jwt".into(),
            query_string_value_prefix: String::new(),
            json_key: "access_token".into(),
            refresh_json_key: "refresh_token".into(),
            buffered_body: None,
        }
    }
}

/// Token locations, query parameters, and request bodies.
impl Config {
    /// Sets where to look for tokens, in this order. The manager uses the first location that has a token. Default: the
    /// header. At least one is required.
    ///
    /// For WebSockets that pages open, add [`Location::WebSocketProtocol`], which only counts in handshakes.
    pub fn token_location(mut self, locations: impl IntoIterator<Item = Location>) -> Self {
        self.locations.token_location = locations.into_iter().collect();
        self
    }

    /// Sets whether to use the first token if a request has several. Default: no, so such a request is rejected with
    /// 400, because a request must not have two tokens (RFC 6750, 2).
    ///
    /// This applies to a token cookie or query parameter that occurs twice, to two tokens among the protocols of a
    /// WebSocket, and to a request with a token in two of the header, the query, the protocols, and the JSON body, if the
    /// policy looks there. Cookies do not count as a second token, because
    /// browsers add them. The body counts if a guard or a layer has read it. An extractor without a guard cannot know
    /// what it contains.
    pub const fn first_token_wins(mut self, lenient: bool) -> Self {
        self.locations.first_token_wins = lenient;
        self
    }

    /// Sets whether guards let every `OPTIONS` request through without looking for a token. Default: no, so guards
    /// check every method.
    ///
    /// **This is dangerous.** If a guarded route also handles `OPTIONS`, for example because it handles every method,
    /// anyone can run its handler without a token. flask-jwt-extended exempts `OPTIONS`, because browsers send
    /// preflight requests without credentials. You do not need this for CORS: put the CORS layer outside the guard, and
    /// it answers preflight requests before they reach the guard.
    ///
    /// Extractors check every method, regardless of this setting.
    pub const fn insecure_exempt_options(mut self, exempt: bool) -> Self {
        self.locations.insecure_exempt_options = exempt;
        self
    }

    /// Sets the maximum length of a token in bytes. It is checked before anything is decoded. Default: 16 KiB. The
    /// minimum is 64 bytes.
    pub const fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.locations.max_token_bytes = bytes;
        self
    }

    /// Sets the query parameter that holds the token, for all kinds of tokens. Default: `jwt`. It must not be empty.
    pub fn query_string_name(mut self, name: impl Into<String>) -> Self {
        self.locations.query_string_name = name.into();
        self
    }

    /// Sets the prefix of the token in the query parameter, which must match exactly. Default: none.
    pub fn query_string_value_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.locations.query_string_value_prefix = prefix.into();
        self
    }

    /// Sets the member of a JSON body that holds the access token, or a token of a custom kind. Default:
    /// `access_token`. It must not be empty.
    pub fn json_key(mut self, name: impl Into<String>) -> Self {
        self.locations.json_key = name.into();
        self
    }

    /// Sets the member of a JSON body that holds the refresh token. Default: `refresh_token`. It must not be empty.
    pub fn refresh_json_key(mut self, name: impl Into<String>) -> Self {
        self.locations.refresh_json_key = name.into();
        self
    }

    /// Lets guards read request bodies of at most this many bytes. Default: guards do not read bodies, and an option
    /// that needs the body is an error.
    ///
    /// A guard only reads the body if its content type fits and it can hold a token, a second token, or the CSRF value
    /// of a token in a cookie. The handler still gets the body. If the token or the CSRF value can only be in the body,
    /// and the body is larger, the request is rejected with 413. Otherwise, a larger body is not looked at.
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
        own("insecure_exempt_options", Flag(Config::insecure_exempt_options)),
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
    flask: |config| config.first_token_wins(true).insecure_exempt_options(true),
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let options = &config.locations;
    if options.token_location.is_empty() {
        return Err(ConfigError::invalid(
            "token_location",
            "must not be empty: pass at least one location, such as Location::Header",
        ));
    }
    let reads_body = config.csrf.csrf_check_form || options.token_location.contains(&Location::Json);
    if reads_body && options.buffered_body.is_none() {
        return Err(ConfigError::invalid(
            "buffered_body",
            "must be set, because token_location or csrf_check_form needs the body: pass a limit, such as 65536 bytes",
        ));
    }
    for (option, name) in [("json_key", &options.json_key), ("refresh_json_key", &options.refresh_json_key)] {
        if name.is_empty() {
            return Err(ConfigError::invalid(option, "must not be empty: use a name such as token"));
        }
    }
    if options.query_string_name.is_empty() {
        return Err(ConfigError::invalid("query_string_name", "must not be empty: use a name such as jwt"));
    }
    if options.max_token_bytes < LEAST_CAP {
        return Err(ConfigError::invalid(
            "max_token_bytes",
            "must be at least 64, because every token is longer: the default is 16384",
        ));
    }
    Ok(())
}

/// The query parameter that holds the token.
#[derive(Debug)]
pub(crate) struct QueryRule {
    /// Whether tokens in the query do not count, whatever a policy says.
    pub(crate) forbidden: bool,
    pub(crate) name: Box<str>,
    /// The prefix of the value, which must match exactly.
    pub(crate) prefix: Box<str>,
}

/// The members of a JSON body that hold tokens.
#[derive(Debug)]
pub(crate) struct JsonRule {
    pub(crate) names: Names,
}

/// The locations of tokens, and their names.
#[derive(Debug)]
pub(crate) struct Locator {
    /// The locations, in the order of the search.
    pub(crate) places: Vec<Location>,
    pub(crate) header: HeaderRule,
    pub(crate) cookies: TokenCookies,
    pub(crate) query: QueryRule,
    pub(crate) json: JsonRule,
    pub(crate) csrf: CsrfRule,
    /// Whether a second token is ignored, as in flask-jwt-extended.
    pub(crate) first_token_wins: bool,
    /// Whether guards let `OPTIONS` requests through without a look, as in flask-jwt-extended.
    pub(crate) exempts_options: bool,
    /// The maximum size in bytes of a body that guards read. `None` if they do not read bodies.
    pub(crate) buffered_body: Option<usize>,
}

pub(super) fn compile(config: &Config) -> Result<Locator, ConfigError> {
    let options = &config.locations;
    Ok(Locator {
        places: options.token_location.clone(),
        header: headers::compile(config)?,
        cookies: config.cookies.token_cookies(),
        query: QueryRule {
            forbidden: config.resource_uri().is_some(),
            name: options.query_string_name.as_str().into(),
            prefix: options.query_string_value_prefix.as_str().into(),
        },
        json: JsonRule { names: options.json_names() },
        csrf: csrf::compile(config)?,
        first_token_wins: options.first_token_wins,
        exempts_options: options.insecure_exempt_options,
        buffered_body: options.buffered_body,
    })
}

impl Options {
    pub(super) fn json_names(&self) -> Names {
        Names::new(&self.json_key, &self.refresh_json_key)
    }
}
