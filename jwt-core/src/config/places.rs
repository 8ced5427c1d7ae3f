//! The options of the places where tokens stand, other than cookies.

use crate::request::Names;
use crate::{Config, Location};

impl Config {
    /// Where tokens are looked for, in this order; the first place that has one decides. Default: the header. At
    /// least one.
    pub fn token_location(mut self, locations: impl IntoIterator<Item = Location>) -> Self {
        self.token_location = locations.into_iter().collect();
        self
    }

    /// The header with the token. Default: `Authorization`. A header's name (RFC 9110, 5.1).
    pub fn header_name(mut self, name: impl Into<String>) -> Self {
        self.header_name = name.into();
        self
    }

    /// The scheme before the token, compared without regard to case (RFC 9110, 11.1). Empty: the header is the
    /// bare token. Default: `Bearer`. One word.
    pub fn header_type(mut self, scheme: impl Into<String>) -> Self {
        self.header_type = scheme.into();
        self
    }

    /// Reads the header as a list: joins repeated fields with a comma and looks for the one token among the members,
    /// instead of answering 400. A request must not carry two (RFC 6750, 2), and credentials are no list (RFC 9110,
    /// 11.6.2). Default: no.
    pub const fn join_repeated_headers(mut self, join: bool) -> Self {
        self.join_repeated_headers = join;
        self
    }

    /// The query parameter with the token, access and refresh tokens alike. Default: `jwt`. Not empty.
    pub fn query_string_name(mut self, name: impl Into<String>) -> Self {
        self.query_string_name = name.into();
        self
    }

    /// What the value of the query parameter starts with before the token, to the letter. Default: nothing.
    pub fn query_string_value_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.query_string_value_prefix = prefix.into();
        self
    }

    /// The member of a JSON body with the access token, or one of a custom kind. Default: `access_token`.
    /// Not empty.
    pub fn json_key(mut self, name: impl Into<String>) -> Self {
        self.json_key = name.into();
        self
    }

    /// The member of a JSON body with the refresh token. Default: `refresh_token`. Not empty.
    pub fn refresh_json_key(mut self, name: impl Into<String>) -> Self {
        self.refresh_json_key = name.into();
        self
    }

    /// Lets guards read bodies of at most so many bytes, where a token or a CSRF value may stand in them, and only if
    /// no earlier place has one and the content type fits. Handlers get the body all the same. Default: bodies are not
    /// read, and places that need it are an error.
    pub const fn buffered_body(mut self, bytes: usize) -> Self {
        self.buffered_body = Some(bytes);
        self
    }

    pub(crate) fn json_names(&self) -> Names {
        Names { access: self.json_key.as_str().into(), refresh: self.refresh_json_key.as_str().into() }
    }

    /// Takes the first of several token cookies or query parameters, and the first place that has a token, instead
    /// of answering 400: a request must not carry two (RFC 6750, 2). Default: no.
    pub const fn first_token_wins(mut self, lenient: bool) -> Self {
        self.first_token_wins = lenient;
        self
    }
}
