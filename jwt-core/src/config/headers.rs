//! The header field that carries the token.

use http::HeaderName;

use super::group::{Group, flask, own};
use super::setter::Setter::{Flag, OneOrMore, Text, Texts};
use crate::Config;
use crate::error::ConfigError;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) header_name: String,
    pub(super) header_types: Vec<String>,
    pub(super) join_repeated_headers: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            header_name: "Authorization".into(),
            header_types: vec!["Bearer".into()],
            join_repeated_headers: false,
        }
    }
}

/// The header field that carries the token.
impl Config {
    /// Sets the name of the header field that carries the token (RFC 9110, 5.1). Default: `Authorization`.
    pub fn header_name(mut self, name: impl Into<String>) -> Self {
        self.headers.header_name = name.into();
        self
    }

    /// Sets the scheme that precedes the token. Default: `Bearer`. It must be a single word. If it is empty, the field
    /// holds the bare token.
    ///
    /// Schemes are not case-sensitive (RFC 9110, 11.1). [`header_types`](Self::header_types) sets several. The later
    /// call wins.
    pub fn header_type(self, scheme: impl Into<String>) -> Self {
        self.header_types([scheme])
    }

    /// Sets several schemes, each of which can precede the token, such as `["Bearer", "JWT"]` while clients move from
    /// one to the other. At least one is required, and none can be empty.
    ///
    /// Challenges and error messages name the first. A field with a token of each scheme has two tokens, so it is
    /// rejected with 400.
    pub fn header_types<S: Into<String>>(mut self, schemes: impl IntoIterator<Item = S>) -> Self {
        self.headers.header_types = schemes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether to read the header field as a list. Default: no, so a request that repeats the field is rejected
    /// with 400.
    ///
    /// Repeated fields are joined with a comma, and the token is the one member with the scheme. A request must not
    /// have two tokens (RFC 6750, 2), and credentials are not a list (RFC 9110, 11.6.2).
    pub const fn join_repeated_headers(mut self, join: bool) -> Self {
        self.headers.join_repeated_headers = join;
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        flask("header_name", "JWT_HEADER_NAME", Text(Config::header_name)),
        flask(
            "header_type",
            "JWT_HEADER_TYPE",
            OneOrMore(|config, schemes| config.header_types(schemes.unwrap_or_else(|| vec![String::new()]))),
        ),
        own("header_types", Texts(Config::header_types)),
        own("join_repeated_headers", Flag(Config::join_repeated_headers)),
    ],
    flask: |config| config.join_repeated_headers(true),
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let types = &config.headers.header_types;
    if types.is_empty() {
        return Err(ConfigError::invalid(
            "header_types",
            "must not be empty: pass at least one scheme, such as Bearer",
        ));
    }
    if types.len() > 1 && types.iter().any(String::is_empty) {
        return Err(ConfigError::invalid(
            "header_types",
            "must not contain an empty scheme: a bare token needs header_type(\"\"), without other schemes",
        ));
    }
    // RFC 9110, 11.1, allows fewer characters, but some clients use others, such as `JWT=`.
    let is_word = |scheme: &String| scheme.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    if !types.iter().all(is_word) {
        return Err(ConfigError::invalid(
            if types.len() > 1 { "header_types" } else { "header_type" },
            "must be a scheme (RFC 9110, 11.1): use a single word, such as Bearer",
        ));
    }
    Ok(())
}

impl Options {
    /// The scheme that responses name.
    pub(super) fn first_type(&self) -> &str {
        self.header_types.first().map(String::as_str).unwrap_or_default()
    }
}

/// The name of a header field, in lower case.
pub(super) fn name(option: &'static str, name: &str) -> Result<Box<str>, ConfigError> {
    match HeaderName::try_from(name) {
        Ok(name) => Ok(name.as_str().into()),
        Err(_) => Err(ConfigError::invalid(
            option,
            "must be a header name (RFC 9110, 5.1): use letters, digits, and dashes",
        )),
    }
}

/// The header field that carries the token.
#[derive(Debug)]
pub(crate) struct HeaderRule {
    /// In lower case.
    pub(crate) name: Box<str>,
    /// The schemes. Empty if the field holds the bare token.
    pub(crate) schemes: Vec<Box<str>>,
    /// Whether the field is read as a list, as flask-jwt-extended does.
    pub(crate) is_list: bool,
    /// Anything longer cannot be a token.
    pub(crate) max_token_bytes: usize,
}

pub(super) fn compile(config: &Config) -> Result<HeaderRule, ConfigError> {
    let options = &config.headers;
    Ok(HeaderRule {
        name: name("header_name", &options.header_name)?,
        schemes: super::boxes(&options.header_types)
            .into_iter()
            .filter(|scheme| !scheme.is_empty())
            .collect(),
        is_list: options.join_repeated_headers,
        max_token_bytes: config.locations.max_token_bytes,
    })
}
