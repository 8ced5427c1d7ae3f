//! Security schemes, which say how a client sends its token.

use std::collections::BTreeSet;

use http::Method;
use jwt_core::adapter::{Csrf, Description, Way, describe, policy_of_handler};
use jwt_core::{JwtManager, Location, Policy};
use utoipa::Modify;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, OpenIdConnect, SecurityScheme,
};
use utoipa::openapi::{Components, OpenApi, RefOr};

use crate::document::{operations, requirements_of, set_requirements};
use crate::requirement::{JSON, Requirement, read};

/// The definitions of the security schemes of a manager, for documents that [`document_paths`](crate::document_paths)
/// or the `guarded` of the module `actix` has written to.
///
/// It adds the schemes that the operations of the document name. A scheme that is already there stays, so a document
/// can describe it in its own words.
///
/// ```
/// use jwt_core::{Config, JwtManager, Policy};
/// use jwt_utoipa::{SecuritySchemes, document_paths};
/// use utoipa::{Modify, OpenApi};
///
/// #[utoipa::path(get, path = "/orders", responses((status = 200, description = "The orders")))]
/// async fn orders() {}
///
/// #[derive(OpenApi)]
/// #[openapi(paths(orders))]
/// struct Api;
///
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let mut api = Api::openapi();
/// document_paths(&mut api.paths, &jwt, &Policy::access());
/// SecuritySchemes::new(&jwt).modify(&mut api);
/// assert!(api.components.unwrap().security_schemes.contains_key("bearer"));
/// # Ok::<(), jwt_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SecuritySchemes {
    jwt: JwtManager,
    has_issuers: bool,
}

/// All locations, for the schemes of every policy.
const EVERYWHERE: &[Location] =
    &[Location::Header, Location::Cookie, Location::QueryString, Location::Json, Location::WebSocketProtocol];

impl SecuritySchemes {
    /// Returns the schemes of this manager.
    #[must_use]
    pub fn new(jwt: &JwtManager) -> Self {
        Self { jwt: jwt.clone(), has_issuers: true }
    }

    /// Removes the OpenID Connect schemes of this manager from the document. The operations keep `bearer`, with which a
    /// client sends the tokens of these issuers. An operation that requires nothing else keeps its scheme, because it would
    /// look open.
    ///
    /// Swagger UI requests the discovery document of each such scheme when the page loads.
    #[must_use]
    pub const fn without_issuers(mut self) -> Self {
        self.has_issuers = false;
        self
    }
}

impl Modify for SecuritySchemes {
    fn modify(&self, api: &mut OpenApi) {
        let mut methods: Vec<Method> = Vec::new();
        let mut named = BTreeSet::new();
        for (method, operation) in operations(&mut api.paths) {
            let requirements = operation.security.iter().flatten();
            named.extend(requirements.flat_map(|requirement| read(requirement).into_keys()));
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        // Handlers have no exempt methods, so these are the schemes of guards and of handlers.
        let policies =
            [Policy::access().any_issuer(), Policy::refresh()].map(|policy| policy_of_handler(&policy));
        for method in &methods {
            // Each location alone: next to others, one that the manager never uses is left out.
            for (policy, location) in
                policies.iter().flat_map(|policy| EVERYWHERE.iter().map(move |one| (policy, one)))
            {
                let policy = policy.clone().locations(std::slice::from_ref(location));
                let mut schemes = schemes(&describe(&self.jwt, &policy, method));
                schemes.retain(|(name, _)| named.contains(name));
                define(api, schemes);
            }
        }
        if !self.has_issuers {
            let issuers = describe(&self.jwt, &policies[0], &Method::GET).discovery_urls;
            remove(api, &issuers.iter().map(|url| of_issuer(url).0).collect());
        }
    }
}

/// Removes requirements that name these schemes, and the schemes. An operation that would have no requirement, and look
/// open, keeps its own.
fn remove(api: &mut OpenApi, names: &BTreeSet<String>) {
    let mut kept = BTreeSet::new();
    for (_, operation) in operations(&mut api.paths) {
        let (removed, rest): (Vec<_>, Vec<_>) = requirements_of(operation)
            .into_iter()
            .partition(|requirement| requirement.keys().any(|name| names.contains(name)));
        if rest.is_empty() {
            kept.extend(removed.into_iter().flat_map(Requirement::into_keys));
        } else if !removed.is_empty() {
            set_requirements(operation, &rest);
        }
    }
    if let Some(components) = &mut api.components {
        components.security_schemes.retain(|name, _| !names.contains(name) || kept.contains(name));
    }
}

/// Adds definitions to a document, unless it has other ones under the same names.
pub(crate) fn define(api: &mut OpenApi, schemes: Vec<(String, SecurityScheme)>) {
    let components = api.components.get_or_insert_with(Components::new);
    for (name, scheme) in schemes {
        components.security_schemes.entry(name).or_insert(RefOr::T(scheme));
    }
}

/// Returns all schemes with their names.
pub(crate) fn schemes(description: &Description) -> Vec<(String, SecurityScheme)> {
    let of_ways = description.ways.iter().flat_map(of_way);
    let of_issuers = description.discovery_urls.iter().filter(|_| has_bearer(description));
    of_ways.chain(of_issuers.map(|url| of_issuer(url))).collect()
}

/// Returns the requirements of a guard. A client has to meet one of them.
pub(crate) fn requirements(description: &Description) -> Vec<Requirement> {
    // From version 3.1, a requirement can name roles for all types of schemes.
    let names = |only_scopes: bool| -> Vec<String> {
        let groups = description.authorities.iter().filter(|group| group.are_scopes || !only_scopes);
        let single = groups.filter_map(|group| match &*group.names {
            [name] => Some(name.to_string()),
            _ => None,
        });
        single.collect()
    };
    let free = description.optional.then(Requirement::new);
    let of_ways = description.ways.iter().map(|way| {
        if let Way::Json { name } = way {
            return Requirement::from([(format!("{JSON}{name}"), names(false))]);
        }
        let schemes = of_way(way).into_iter().enumerate();
        // The token is the first. The other one is a CSRF value.
        schemes.map(|(place, (name, _))| (name, if place == 0 { names(false) } else { Vec::new() })).collect()
    });
    let of_issuers = description.discovery_urls.iter().filter(|_| has_bearer(description));
    let of_issuers = of_issuers.map(|url| Requirement::from([(of_issuer(url).0, names(true))]));
    free.into_iter().chain(of_ways).chain(of_issuers).collect()
}

/// Returns the schemes that a client needs together: one for the token, and one for its CSRF value. There is none for
/// bodies, which OpenAPI cannot express.
///
/// The name says where the value is, so schemes of one name are equal, also those of different managers.
fn of_way(way: &Way) -> Vec<(String, SecurityScheme)> {
    match way {
        Way::Header { name, schemes } if is_bearer(name, schemes) => {
            let http = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
            vec![("bearer".to_owned(), SecurityScheme::Http(http))]
        }
        Way::Header { name, schemes } => {
            let key = ApiKey::Header(ApiKeyValue::with_description(&**name, &header_value(schemes)));
            vec![(component("header", name, &schemes.join(" ")), SecurityScheme::ApiKey(key))]
        }
        Way::Cookie { name, csrf } => {
            let key = ApiKey::Cookie(ApiKeyValue::with_description(
                &**name,
                "The token. Browsers send the cookie after a login, so it need not be entered.",
            ));
            let token = (component("cookie", "", name), SecurityScheme::ApiKey(key));
            std::iter::once(token).chain(csrf.as_ref().map(of_csrf)).collect()
        }
        Way::Query { name, prefix } => {
            let value = if prefix.is_empty() {
                "The token.".to_owned()
            } else {
                format!("`{prefix}`, and the token.")
            };
            let key = ApiKey::Query(ApiKeyValue::with_description(&**name, &value));
            vec![(component("query", name, prefix), SecurityScheme::ApiKey(key))]
        }
        Way::WebSocketProtocol => {
            let key = ApiKey::Header(ApiKeyValue::with_description(
                "Sec-WebSocket-Protocol",
                "In the handshake of a WebSocket: `bearer`, a comma, and the token.",
            ));
            vec![("webSocketProtocol".to_owned(), SecurityScheme::ApiKey(key))]
        }
        Way::Json { .. } => Vec::new(),
    }
}

fn of_csrf(csrf: &Csrf) -> (String, SecurityScheme) {
    let key = ApiKey::Header(ApiKeyValue::with_description(
        &*csrf.header,
        "The CSRF value of the token in the cookie. By default, the login sets a cookie with it that scripts can read.",
    ));
    (component("csrf", "", &csrf.header), SecurityScheme::ApiKey(key))
}

fn of_issuer(url: &str) -> (String, SecurityScheme) {
    let issuer = url.strip_suffix("/.well-known/openid-configuration").unwrap_or(url);
    let name = component("openId", "", issuer.strip_prefix("https://").unwrap_or(issuer));
    (name, SecurityScheme::OpenIdConnect(OpenIdConnect::new(url)))
}

/// Clients send the tokens of an OpenID provider as bearer tokens.
fn has_bearer(description: &Description) -> bool {
    let is_it = |way: &Way| matches!(way, Way::Header { name, schemes } if is_bearer(name, schemes));
    description.ways.iter().any(is_it)
}

fn is_bearer(name: &str, schemes: &[Box<str>]) -> bool {
    name == "authorization" && schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case("bearer"))
}

/// Describes the value of a header field.
fn header_value(schemes: &[Box<str>]) -> String {
    let named: Vec<_> =
        schemes.iter().filter(|scheme| !scheme.is_empty()).map(|scheme| format!("`{scheme}`")).collect();
    let bare = if named.len() < schemes.len() { " Or the token alone." } else { "" };
    if named.is_empty() {
        "The token.".to_owned()
    } else {
        format!("{}, a space, and the token.{bare}", named.join(" or "))
    }
}

/// Returns a name that components can have: `[a-zA-Z0-9._-]+` (OpenAPI 3.1, Components Object). Different values of
/// one kind have different names. A kind always has a `first`, or never.
///
/// Two points and two hexadecimal digits are another byte. Any other point separates `first` from `last`, or is one of
/// `last`. It precedes neither a point that stays nor, therefore, what looks like another byte.
fn component(kind: &str, first: &str, last: &str) -> String {
    let mut name = kind.to_owned();
    for (part, keeps_points) in [(first, false), (last, true)] {
        if part.is_empty() {
            continue;
        }
        name.push('.');
        for byte in part.bytes() {
            let keeps = byte == b'.' && keeps_points && !name.ends_with('.');
            if byte.is_ascii_alphanumeric() || b"_-".contains(&byte) || keeps {
                name.push(char::from(byte));
            } else {
                name.push_str(&format!("..{byte:02X}"));
            }
        }
    }
    name
}
