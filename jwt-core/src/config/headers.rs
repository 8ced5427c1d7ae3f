//! The header that tokens stand in.

use http::HeaderName;

use super::group::{Group, flask, own};
use super::setter::Setter::{Flag, Text, TextOrNone};
use crate::Config;
use crate::error::ConfigError;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) header_name: String,
    pub(super) header_type: String,
    pub(super) join_repeated_headers: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            header_name: "Authorization".into(),
            header_type: "Bearer".into(),
            join_repeated_headers: false,
        }
    }
}

/// The header with the token.
impl Config {
    /// The header with the token. Default: `Authorization`. A header's name (RFC 9110, 5.1).
    pub fn header_name(mut self, name: impl Into<String>) -> Self {
        self.headers.header_name = name.into();
        self
    }

    /// The scheme before the token, compared without regard to case (RFC 9110, 11.1). Empty: the header is the
    /// bare token. Default: `Bearer`. One word.
    pub fn header_type(mut self, scheme: impl Into<String>) -> Self {
        self.headers.header_type = scheme.into();
        self
    }

    /// Reads the header as a list: joins repeated fields with a comma and looks for the one token among the members,
    /// instead of answering 400. A request must not carry two (RFC 6750, 2), and credentials are no list (RFC 9110,
    /// 11.6.2). Default: no.
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
            TextOrNone(|config, scheme| config.header_type(scheme.unwrap_or_default())),
        ),
        own("join_repeated_headers", Flag(Config::join_repeated_headers)),
    ],
    flask: |config| config.join_repeated_headers(true),
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let options = &config.headers;
    // RFC 9110, 11.1, permits fewer characters, and some clients have others, such as `JWT=`.
    if !options.header_type.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',') {
        return Err(ConfigError::invalid(
            "header_type",
            "is no scheme (RFC 9110, 11.1): one word, such as Bearer",
        ));
    }
    Ok(())
}

/// The name of a header, in lower case.
pub(super) fn name(option: &'static str, name: &str) -> Result<Box<str>, ConfigError> {
    match HeaderName::try_from(name) {
        Ok(name) => Ok(name.as_str().into()),
        Err(_) => Err(ConfigError::invalid(
            option,
            "is no header name (RFC 9110, 5.1): use letters, digits and dashes",
        )),
    }
}

/// The header that tokens stand in.
#[derive(Debug)]
pub(crate) struct HeaderRule {
    /// In lower case.
    pub(crate) name: Box<str>,
    /// The scheme; empty where the header is the bare token.
    pub(crate) scheme: Box<str>,
    /// Whether the header is read as a list, as the reference reads it.
    pub(crate) is_list: bool,
    /// What is longer is no token.
    pub(crate) max_token_bytes: usize,
}

pub(super) fn compile(config: &Config) -> Result<HeaderRule, ConfigError> {
    let options = &config.headers;
    Ok(HeaderRule {
        name: name("header_name", &options.header_name)?,
        scheme: options.header_type.as_str().into(),
        is_list: options.join_repeated_headers,
        max_token_bytes: config.locations.max_token_bytes,
    })
}
