//! The protected resource that the manager stands for (RFC 9728).

use std::net::{IpAddr, Ipv6Addr};

use serde_json::{Map, Value, json};

use super::group::{Group, own, same};
use super::setter::Setter::{Text, TextOrNone, Texts};
use crate::error::ConfigError;
use crate::token::ResourceUri;
use crate::{Config, Location};

/// RFC 9728, 3
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    resource: Option<String>,
    authorization_servers: Vec<String>,
    scopes_supported: Vec<String>,
    name: Option<String>,
    documentation: Option<String>,
    policy: Option<String>,
    terms: Option<String>,
}

/// Protected resources of OAuth 2.0. The guide of `jwt-axum` has a page about [MCP
/// servers](https://docs.rs/jwt-axum/latest/jwt_axum/guide/mcp_server/index.html), which are such resources.
impl Config {
    /// Makes the manager guard this protected resource (RFC 9728). The URI is the address under which clients know the
    /// API or the MCP server, such as `https://api.example.com/mcp`. Default: none.
    ///
    /// A client that knows nothing but the address of the resource then finds out where to get a token, and for what:
    ///
    /// - The challenges of 401 and 403 responses contain `resource_metadata`, the address of the resource's [metadata
    ///   document](crate::JwtManager::resource_metadata). Each adapter has a route for the document.
    /// - The challenges of 401 responses contain `scope`, the scopes that the policy of the route requires. Without it,
    ///   clients request every scope that the authorization server has.
    /// - The URI is the audience of tokens (RFC 8707, 2). Tokens that were issued without it are no longer accepted. Issuers without an
    ///   [audience](crate::Issuer::audience), and the manager itself without a
    ///   [`decode_audience`](Self::decode_audience), accept tokens for this URI alone. It is compared without regard to
    ///   the case of the scheme and the host, the default port, and a slash as the whole path (RFC 3986, 6.2).
    /// - Default responses have the statuses of RFC 6750, 3.1, because OAuth clients discard a token after a 401, not after
    ///   a 422. [`BearerHandlers`](crate::BearerHandlers) are the default handlers.
    ///
    /// The address comes from the configuration alone, never from the `Host` field, which clients choose. It must be an
    /// `https` URI without a query, a fragment, and user information, and it must not contain `.` or `..` as a segment.
    /// `http` is permitted for loopback addresses. [`Location::QueryString`](crate::Location::QueryString) is an error,
    /// because tokens of OAuth 2.1 are never in the query, and policies that name it find nothing there. A manager has one resource. For several, build a manager for each.
    ///
    /// ```
    /// use jwt_core::keys::KeySet;
    /// use jwt_core::{Config, Issuer, JwtManager, Policy};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let config = Config::default().resource("https://api.example.com/mcp").scopes_supported(["notes:read"]);
    /// let login = Issuer::new("https://login.example", KeySet::from_jwks(jwks)?).rfc9068();
    /// let jwt = JwtManager::builder(config).trusted_issuer(login).build()?;
    ///
    /// let (request, policy) = (http::Request::new(()), Policy::access().scopes(&["notes:read"]));
    /// let error = jwt.check(&request, &policy).unwrap_err();
    /// assert_eq!(
    ///     jwt.respond(&error, &request, &policy).headers()["www-authenticate"],
    ///     "Bearer scope=\"notes:read\", \
    ///      resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource/mcp\"",
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub fn resource(mut self, uri: impl Into<String>) -> Self {
        self.resource.resource = Some(uri.into());
        self
    }

    /// Sets the issuers of the authorization servers that can issue tokens for the [`resource`](Self::resource) (RFC
    /// 9728, 2; RFC 8414, 2). Default: the names of the trusted issuers that the builder received, except those of
    /// [ID tokens](crate::Issuer::id_tokens).
    ///
    /// They must be `https` URIs without a query and a fragment, or loopback addresses. A resource needs at least one.
    pub fn authorization_servers<S: Into<String>>(mut self, issuers: impl IntoIterator<Item = S>) -> Self {
        self.resource.authorization_servers = issuers.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the scopes that the metadata of the [`resource`](Self::resource) lists (RFC 9728, 2). Default: none, and the
    /// metadata does not mention scopes.
    ///
    /// List what every user needs. Some clients request all of these scopes at the login, and the 403 of a route names the
    /// others. Do not list `offline_access`, which concerns the authorization server alone. This does not change what a
    /// route requires.
    pub fn scopes_supported<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.resource.scopes_supported = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the name of the [`resource`](Self::resource), which clients show to users (RFC 9728, 2). Default: none.
    pub fn resource_name(mut self, name: impl Into<String>) -> Self {
        self.resource.name = Some(name.into());
        self
    }

    /// Sets the address of the documentation for developers of clients (RFC 9728, 2). Default: none.
    pub fn resource_documentation(mut self, uri: impl Into<String>) -> Self {
        self.resource.documentation = Some(uri.into());
        self
    }

    /// Sets the address of the page that says how clients can use the data (RFC 9728, 2). Default: none.
    pub fn resource_policy_uri(mut self, uri: impl Into<String>) -> Self {
        self.resource.policy = Some(uri.into());
        self
    }

    /// Sets the address of the terms of service (RFC 9728, 2). Default: none.
    pub fn resource_tos_uri(mut self, uri: impl Into<String>) -> Self {
        self.resource.terms = Some(uri.into());
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        own(
            "resource",
            TextOrNone(|mut config, uri| {
                config.resource.resource = uri;
                config
            }),
        ),
        own("authorization_servers", Texts(Config::authorization_servers)),
        own("scopes_supported", Texts(Config::scopes_supported)),
        own("resource_name", Text(Config::resource_name)),
        own("resource_documentation", Text(Config::resource_documentation)),
        own("resource_policy_uri", Text(Config::resource_policy_uri)),
        own("resource_tos_uri", Text(Config::resource_tos_uri)),
    ],
    flask: same,
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let options = &config.resource;
    let Some(resource) = &options.resource else {
        let servers = !options.authorization_servers.is_empty() || !options.scopes_supported.is_empty();
        let texts = [&options.name, &options.documentation, &options.policy, &options.terms];
        if servers || texts.iter().any(|text| text.is_some()) {
            return Err(ConfigError::invalid(
                "resource",
                "must be set, because other options describe the resource: pass its address",
            ));
        }
        return Ok(());
    };
    check_address("resource", resource, false)?;
    check_path(resource)?;
    for server in &options.authorization_servers {
        check_address("authorization_servers", server, false)?;
    }
    let is_scope = |scope: &String| crate::authority::NameRule::Scope.permits(scope);
    if !options.scopes_supported.iter().all(is_scope) {
        return Err(ConfigError::invalid(
            "scopes_supported",
            "must contain scopes alone, which are printable ASCII without spaces, quotation marks, and backslashes (RFC \
             6749, 3.3): pass one scope per element",
        ));
    }
    let pages = [
        ("resource_documentation", &options.documentation),
        ("resource_policy_uri", &options.policy),
        ("resource_tos_uri", &options.terms),
    ];
    for (option, page) in pages {
        page.as_deref().map_or(Ok(()), |page| check_address(option, page, true))?;
    }
    if options.name.as_deref() == Some("") {
        return Err(ConfigError::invalid(
            "resource_name",
            "must not be empty: remove the call or pass a name",
        ));
    }
    if config.locations.token_location.contains(&Location::QueryString) {
        return Err(ConfigError::invalid(
            "token_location",
            "must not contain the query string if resource is set, because OAuth 2.1 forbids tokens there: use headers",
        ));
    }
    Ok(())
}

/// Routers give these a meaning of their own, or decode them.
fn check_path(resource: &str) -> Result<(), ConfigError> {
    let is_special = |segment: &str| segment.starts_with([':', '*']) || segment.contains('%');
    if resource.split('/').skip(3).any(is_special) {
        return Err(ConfigError::invalid(
            "resource",
            "must not have a segment that begins with : or *, or that contains %: choose another path",
        ));
    }
    Ok(())
}

/// Checks an address that clients use. That of a page can have a query and a fragment.
fn check_address(option: &'static str, text: &str, is_page: bool) -> Result<(), ConfigError> {
    let invalid = |problem| Err(ConfigError::invalid(option, problem));
    let Some(Address { scheme, host, path }) = Address::read(text) else {
        return invalid(
            "must be an absolute URI (RFC 3986, 4.3): write it as in https://api.example.com/mcp",
        );
    };
    if scheme != "https" && !(scheme == "http" && is_loopback(host)) {
        return invalid(
            "must be an https address, unless its host is a loopback address such as 127.0.0.1: write it as in \
             https://api.example.com",
        );
    }
    if !is_page && path.contains(['?', '#']) {
        return invalid("must not have a query or a fragment: remove it");
    }
    let is_dots = |segment: &str| matches!(&*segment.to_ascii_lowercase().replace("%2e", "."), "." | "..");
    if path.split(['/', '?', '#']).any(is_dots) {
        return invalid(
            "must not have . or .. as a segment, because clients remove them: write the address without them",
        );
    }
    Ok(())
}

/// The parts of an absolute URI with a host (RFC 3986, 3).
struct Address<'a> {
    scheme: &'a str,
    host: &'a str,
    /// The path and what follows it.
    path: &'a str,
}

impl<'a> Address<'a> {
    /// Returns `None` if the text is not one, or if it has user information.
    fn read(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (host, port) = match authority.strip_prefix('[') {
            Some(literal) => {
                let (address, port) = literal.split_once(']')?;
                address.parse::<Ipv6Addr>().ok()?;
                (address, port.strip_prefix(':').or(port.is_empty().then_some("1")))
            }
            None => {
                authority.split_once(':').map_or((authority, Some("1")), |(host, port)| (host, Some(port)))
            }
        };
        let is_in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
        let is_host = !host.is_empty() && host.bytes().all(is_in_name);
        let is_port = port?.bytes().all(|byte| byte.is_ascii_digit())
            && port?.parse::<u16>().is_ok_and(|port| port > 0);
        (is_host && is_port && is_path(path)).then_some(Self { scheme, host, path })
    }
}

/// Whether a text has only characters of a path, a query, and a fragment (RFC 3986, 3.3 to 3.5), and no damaged escapes.
fn is_path(text: &str) -> bool {
    let is_permitted = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&byte);
    let is_escape =
        |rest: &str| rest.as_bytes().iter().take(2).filter(|byte| byte.is_ascii_hexdigit()).count() == 2;
    text.bytes().all(is_permitted) && text.split('%').skip(1).all(is_escape)
}

/// An IPv6 address is without its brackets.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Options {
    /// `check` has made sure that the text is a URI.
    pub(super) fn uri(&self) -> Option<ResourceUri> {
        ResourceUri::new(self.resource.as_deref()?)
    }

    /// The path and the address of the metadata (RFC 9728, 3.1).
    pub(super) fn metadata_address(&self) -> Option<(String, String)> {
        let uri = self.uri()?;
        let (scheme, rest) = uri.without_root().split_once("://")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Some((format!("{WELL_KNOWN}{path}"), format!("{scheme}://{authority}{WELL_KNOWN}{path}")))
    }
}

/// The metadata document of a resource (RFC 9728, 2), and where clients find it.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) path: String,
    pub(crate) url: String,
    pub(crate) members: Map<String, Value>,
}

impl Config {
    /// Returns the metadata of the resource, if there is one. `issuers` are the names of the trusted issuers.
    pub(crate) fn resource_document(&self, issuers: &[Box<str>]) -> Result<Option<Document>, ConfigError> {
        let options = &self.resource;
        let Some((uri, (path, url))) = options.uri().zip(options.metadata_address()) else {
            return Ok(None);
        };
        let configured = options.authorization_servers.iter().map(|server| &**server);
        let mut servers: Vec<&str> = configured.collect();
        if servers.is_empty() {
            servers = issuers.iter().map(|issuer| &**issuer).collect();
        }
        if servers.is_empty() || servers.iter().any(|server| check_address("", server, false).is_err()) {
            return Err(ConfigError::invalid(
                "authorization_servers",
                "must be set if resource is set, unless the builder has trusted issuers whose names are https addresses: \
                 pass the addresses of the authorization servers",
            ));
        }
        let mut members = Map::new();
        let mut add = |name: &str, value: Value| {
            members.insert(name.into(), value);
        };
        add("resource", uri.as_str().into());
        add("authorization_servers", json!(servers));
        if !options.scopes_supported.is_empty() {
            add("scopes_supported", json!(options.scopes_supported));
        }
        let has_header = self.locations.token_location.contains(&Location::Header);
        add("bearer_methods_supported", if has_header { json!(["header"]) } else { json!([]) });
        let texts = [
            ("resource_name", &options.name),
            ("resource_documentation", &options.documentation),
            ("resource_policy_uri", &options.policy),
            ("resource_tos_uri", &options.terms),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                add(name, text.as_str().into());
            }
        }
        Ok(Some(Document { path, url, members }))
    }

    /// The URI of the protected resource.
    pub(crate) fn resource_uri(&self) -> Option<ResourceUri> {
        self.resource.uri()
    }
}
