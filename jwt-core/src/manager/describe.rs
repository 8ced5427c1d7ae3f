//! What a route requires, for documents such as those of OpenAPI. It is read from the rules that the checks use.

use http::{Method, Request};

use super::JwtManager;
use crate::authority::is_scope;
use crate::config::HeaderRule;
use crate::issuer::TrustedIssuer;
use crate::location::Location;
use crate::policy::{Alternatives, Policy};
use crate::token::{RequiredLogin, TokenKind};

/// What a guard with a policy requires of a request.
#[derive(Debug)]
pub struct Description {
    /// The locations in which the token can be, in the order of the search. If there are none, every request passes.
    pub ways: Vec<Way>,
    /// Whether a request without a token passes.
    pub optional: bool,
    /// The required kind. `None` if any kind is accepted.
    pub kind: Option<TokenKind>,
    /// Whether the token must be from a login.
    pub fresh: bool,
    /// The required login (RFC 9470).
    pub login: Option<RequiredLogin>,
    /// The required authorities: one of each group.
    pub authorities: Vec<Group>,
    /// The addresses of the discovery documents of the accepted issuers, in alphabetical order.
    pub discovery_urls: Vec<String>,
}

/// A location of a token. The names of header fields are in lower case.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a document describes every location, and depends on one exact version"
)]
pub enum Way {
    /// A header field. Without schemes, it holds the bare token.
    Header {
        /// The name of the field.
        name: Box<str>,
        /// The schemes, each of which can precede the token.
        schemes: Vec<Box<str>>,
    },
    /// A cookie.
    Cookie {
        /// The name of the cookie.
        name: Box<str>,
        /// Where the CSRF value is. `None` if the method does not need one.
        csrf: Option<Csrf>,
    },
    /// A query parameter.
    Query {
        /// The name of the parameter.
        name: Box<str>,
        /// The prefix of the token, which can be empty.
        prefix: Box<str>,
    },
    /// A member of a JSON body.
    Json {
        /// The name of the member.
        name: Box<str>,
    },
    /// The `Sec-WebSocket-Protocol` field of a handshake.
    WebSocketProtocol,
}

/// The location of a CSRF value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Csrf {
    /// The name of the header field, in lower case.
    pub header: Box<str>,
    /// The name of the form field that can have the value instead.
    pub field: Option<Box<str>>,
}

/// Names of authorities, of which a token needs one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    /// The names.
    pub names: Vec<Box<str>>,
    /// Whether they are scopes, which clients can ask for (RFC 6749, 3.3).
    pub are_scopes: bool,
}

impl JwtManager {
    /// Describes a guard with this policy for requests with this method.
    pub(crate) fn describe(&self, policy: &Policy, method: &Method) -> Description {
        let exempt = self.exempts(&sample_request(method), policy);
        let ways = if exempt { Vec::new() } else { self.ways(policy, method) };
        let login = policy
            .requires_authentication()
            .then(|| RequiredLogin::new(policy.permitted_acr_values(), policy.most_age()));
        let group = |group: Alternatives<'_>| {
            let (names, are_scopes) = group.named();
            let are_scopes = are_scopes || names.iter().all(|name| is_scope(name) && !self.has_prefix(name));
            Group { names, are_scopes }
        };
        Description {
            optional: exempt || policy.optional,
            kind: policy.kind,
            fresh: policy.fresh,
            login,
            authorities: policy.late.groups().map(group).collect(),
            discovery_urls: self.discovery_urls(policy),
            ways,
        }
    }

    pub(super) fn ways(&self, policy: &Policy, method: &Method) -> Vec<Way> {
        let (locator, refresh) = (self.locator(), policy.asks_for_refresh());
        let csrf = locator.csrf.protects(method.as_str()).then(|| Csrf {
            header: locator.csrf.headers.of(refresh).into(),
            field: locator.csrf.fields.as_ref().map(|names| names.of(refresh).into()),
        });
        let way = |location: &Location| match location {
            Location::Header => {
                let HeaderRule { name, schemes, .. } = &locator.header;
                Way::Header { name: name.clone(), schemes: schemes.clone() }
            }
            Location::Cookie => {
                Way::Cookie { name: locator.cookies.names.of(refresh).into(), csrf: csrf.clone() }
            }
            Location::QueryString => {
                Way::Query { name: locator.query.name.clone(), prefix: locator.query.prefix.clone() }
            }
            Location::Json => Way::Json { name: locator.json.names.of(refresh).into() },
            Location::WebSocketProtocol => Way::WebSocketProtocol,
        };
        let is_usable = |location: &&Location| match location {
            Location::QueryString => !locator.query.forbidden,
            // RFC 6455, 4.1, and RFC 8441, 5: other methods do not start a handshake.
            Location::WebSocketProtocol => matches!(*method, Method::GET | Method::CONNECT),
            Location::Header | Location::Cookie | Location::Json => true,
        };
        let places = locator.places_of(policy);
        let usable: Vec<_> = places.iter().filter(is_usable).map(way).collect();
        // If no request can pass, the route is guarded nevertheless.
        if usable.is_empty() { places.iter().map(way).collect() } else { usable }
    }

    /// Whether the policy accepts some tokens of the issuer. A policy can name one of the issuers that a template means.
    pub(super) fn can_accept(&self, issuer: &TrustedIssuer, policy: &Policy) -> bool {
        let by_default = !self.has_own_keys();
        let accepts = |iss: &str| policy.accepts_issuer(&issuer.shown, iss, by_default);
        accepts(&issuer.shown) || policy.named_issuers().any(|iss| issuer.has_name(iss) && accepts(iss))
    }

    /// The issuers at which clients can get tokens that the policy accepts.
    fn discovery_urls(&self, policy: &Policy) -> Vec<String> {
        let issuers = self.issuers();
        let all = issuers.iter().flat_map(|issuers| issuers.all());
        let accepted = all.filter(|issuer| self.can_accept(issuer, policy));
        let mut urls: Vec<_> = accepted.filter_map(|issuer| issuer.discovery_url()).collect();
        urls.sort_unstable();
        urls
    }
}

/// The request of sample errors. It has no fields, so no token.
pub(super) fn sample_request(method: &Method) -> Request<()> {
    let mut request = Request::new(());
    request.method_mut().clone_from(method);
    request
}
