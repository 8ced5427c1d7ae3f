use std::fmt;

/// A part of a request that can carry a token.
///
/// [`Config::token_location`](crate::Config::token_location) sets the locations for all routes, and
/// [`Policy::locations`](crate::Policy::locations) those of one route. The default is the header alone.
///
/// ```
/// use jwt_core::{Config, Location, Policy};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let config = Config::default().token_location([Location::Header, Location::Cookie]);
/// # let _ = jwt_core::JwtManager::builder(config).secret(secret).build()?;
///
/// // This route ignores cookies.
/// const API: Policy = Policy::access().locations(&[Location::Header]);
///
/// assert_eq!(Location::Header.as_str(), "headers");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Location {
    /// The header field that [`Config::header_name`](crate::Config::header_name) names. By default this is
    /// `Authorization: Bearer …`.
    Header,
    /// A cookie: [`Config::access_cookie_name`](crate::Config::access_cookie_name), or
    /// [`Config::refresh_cookie_name`](crate::Config::refresh_cookie_name) if the policy requires a refresh token.
    Cookie,
    /// The query parameter that [`Config::query_string_name`](crate::Config::query_string_name) names.
    ///
    /// URLs end up in logs and browser histories, and so do the tokens in them (RFC 6750, 5.3).
    QueryString,
    /// A member of a JSON body: [`Config::json_key`](crate::Config::json_key), or
    /// [`Config::refresh_json_key`](crate::Config::refresh_json_key) if the policy requires a refresh token.
    ///
    /// A guard must read the body first, because extractors cannot.
    Json,
    /// The `Sec-WebSocket-Protocol` fields of a handshake, for browsers, which cannot set `Authorization` there. In other
    /// requests, the token is missing.
    ///
    /// The fields are one list of the protocols that the client offers (RFC 6455, 11.3.4). It has a token in one of two
    /// forms:
    ///
    /// - The protocol after `bearer` is the token, as in `bearer, eyJ…`. `bearer` is not case-sensitive. If nothing
    ///   follows it, the token is missing.
    /// - A protocol consists of `base64url.bearer.authorization.k8s.io.` and the token in base64url without padding, as
    ///   for Kubernetes. The client has to offer a second protocol, which the response can name. Otherwise, the request is
    ///   rejected with 400.
    ///
    /// So do not name a protocol of your own `bearer`. In a page, the first form is `new WebSocket(url, ["bearer",
    /// token])`.
    ///
    /// A browser fails the connection if the response does not name one of the protocols. If the handler names none, a
    /// guard adds `bearer` as the client offered it, or the first other protocol for the second form. An extractor alone
    /// cannot change the response, so the handler has to name the protocol: in axum, with
    /// `WebSocketUpgrade::protocols(["bearer"])`. Never accept every protocol that a client offers, because one of them is
    /// the token.
    ///
    /// The origin of the handshake is not checked. Browsers do not add the token, so a page of another site does not have
    /// it.
    ///
    /// Logs that redact `Authorization` do not redact these fields. Guards mark them as sensitive for what is inside,
    /// except on actix-web and without the layer of warp. For logs outside of the guard, redact them there.
    WebSocketProtocol,
}

impl Location {
    /// Returns the name of the location in configuration files: `headers`, `cookies`, `query_string`, `json`, or
    /// `websocket_protocol`. The first four are those of flask-jwt-extended.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Header => "headers",
            Self::Cookie => "cookies",
            Self::QueryString => "query_string",
            Self::Json => "json",
            Self::WebSocketProtocol => "websocket_protocol",
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
