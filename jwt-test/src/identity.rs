use std::any::Any;
use std::fmt;
use std::sync::Arc;

use http::Extensions;
use jwt_core::adapter::{Looked, Memos, testing};
use jwt_core::token::{Identity, IntoIdentity};
use jwt_core::{Authenticated, JwtManager, Location, TokenKind};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::good::with_sources;
use crate::members::Members;

/// Creates the identity of a client that has been authenticated, to test handlers without tokens and keys.
///
/// ```
/// use http::Request;
/// use jwt_test::identity;
/// use jwt_test::jwt_core::{Config, JwtManager, keys::Secret};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let jwt = JwtManager::builder(Config::default()).secret(&Secret::generate()?).build()?;
/// let alice = identity("alice").scopes(["orders:read"]).claim("tenant", "acme");
/// let request = Request::get("/orders").extension(alice.of(&jwt)).body(())?;
/// # assert_eq!(jwt.guarded(&request).unwrap().token().unwrap().identity(), "alice");
/// # Ok(())
/// # }
/// ```
///
/// # Panics
///
/// Panics if the identity cannot be written as JSON.
#[track_caller]
pub fn identity(identity: impl IntoIdentity) -> FakeIdentity {
    FakeIdentity {
        identity: testing::identity_value(identity).expect("the identity can be written as JSON"),
        kind: TokenKind::ACCESS,
        fresh: false,
        scopes: Vec::new(),
        roles: Vec::new(),
        issuer: None,
        claims: Members::default(),
        locations: &[],
        user: None,
    }
}

/// The identity of a client that has been authenticated. Create one with [`identity`](identity()).
///
/// It is put where a guard puts its result, so guards and extractors of the same manager accept the request. They still
/// check what the route requires: the kind, the issuer, freshness, authorities, and rules. The manager's loaders and its
/// verification run, too. The signature, the store of sessions, a blocklist, and CSRF values are not checked.
///
/// The claims are those that the manager would issue, with its claims loader, or the minimum that a trusted issuer's
/// tokens have. They must satisfy the configuration, so no handler sees a token that it could not get from a client. A
/// claim that the configuration requires, and that the library does not write, must be set with [`claim`](Self::claim).
#[derive(Clone)]
#[must_use = "an identity does nothing until it is in a request"]
pub struct FakeIdentity {
    identity: Value,
    kind: TokenKind,
    fresh: bool,
    scopes: Vec<String>,
    roles: Vec<String>,
    issuer: Option<String>,
    claims: Members,
    locations: &'static [Location],
    user: Option<Arc<dyn Any + Send + Sync>>,
}

impl FakeIdentity {
    /// Makes it the identity of a refresh token.
    pub const fn refresh(self) -> Self {
        self.kind(TokenKind::REFRESH)
    }

    /// Makes it the identity of a token of this kind. Default: an access token.
    pub const fn kind(mut self, kind: TokenKind) -> Self {
        self.kind = kind;
        self
    }

    /// Makes the token fresh, as after a login. Default: not fresh.
    pub const fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    /// Sets the scopes: the `scope` claim. A later call replaces them.
    pub fn scopes<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.scopes = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the roles, without a prefix: the `roles` claim. A later call replaces them.
    pub fn roles<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.roles = names.into_iter().map(Into::into).collect();
        self
    }

    /// Makes it an identity of this trusted issuer, or of the tenant that the name contains. Default: the manager itself,
    /// or its only trusted issuer if the manager does not have keys of its own.
    ///
    /// Such an identity is one of an access token that is not fresh. [`scopes`](Self::scopes) and
    /// [`roles`](Self::roles) work if the authorities of the issuer are in the claims `scope` and `roles`. Otherwise,
    /// set the claims.
    ///
    /// [`shapes`](crate::shapes) have the claims of the tokens of many providers. Pass them to [`claims`](Self::claims).
    pub fn issuer(mut self, name: impl Into<String>) -> Self {
        self.issuer = Some(name.into());
        self
    }

    /// Sets a claim. It overrides the default one.
    ///
    /// # Panics
    ///
    /// Panics if the value cannot be written as JSON.
    #[track_caller]
    pub fn claim(mut self, name: &str, value: impl Serialize) -> Self {
        self.claims.set(name, json!(value));
        self
    }

    /// Sets several claims, such as those of a [shape](crate::shapes::Shape::claims).
    pub fn claims(mut self, claims: &Map<String, Value>) -> Self {
        for (name, value) in claims {
            self.claims.set(name, value.clone());
        }
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets the locations that were searched, for routes whose policy names the same
    /// [locations](jwt_core::Policy::locations). Default: the configured ones.
    ///
    /// [`Token::location`](jwt_core::Token::location) returns `None` in any case, because the token was not in a
    /// request.
    pub const fn locations(mut self, locations: &'static [Location]) -> Self {
        self.locations = locations;
        self
    }

    /// Sets the user that handlers get. The manager's user loader is then not called.
    pub fn user(mut self, user: impl Any + Send + Sync) -> Self {
        self.user = Some(Arc::new(user));
        self
    }

    /// Returns the extension of a request for axum, tower, hyper, and actix-web.
    ///
    /// # Panics
    ///
    /// Panics if the manager would not accept the claims, or if a setter has no effect on the tokens of the issuer. The
    /// message has the reason.
    #[must_use]
    #[track_caller]
    pub fn of(&self, jwt: &JwtManager) -> Memos {
        let mut memos = Memos::default();
        memos.accept(jwt, &self.authenticated(jwt));
        memos
    }

    /// Returns the extension of a request for warp without a `JwtLayer`. With the layer, use [`of`](Self::of).
    ///
    /// # Panics
    ///
    /// Panics as [`of`](Self::of) does.
    #[must_use]
    #[track_caller]
    pub fn of_warp(&self, jwt: &JwtManager) -> Looked {
        Looked::new(self.authenticated(jwt).memo(), self.of(jwt))
    }

    /// Puts the identity into the extensions of a request, for axum, tower, hyper, and warp.
    ///
    /// # Panics
    ///
    /// Panics as [`of`](Self::of) does.
    #[track_caller]
    pub fn insert_into(&self, jwt: &JwtManager, extensions: &mut Extensions) {
        extensions.insert(self.of(jwt));
        extensions.insert(self.of_warp(jwt));
    }

    /// Returns the result of a guard, to call a function that takes it, or the
    /// [token](Authenticated::into_token).
    ///
    /// # Panics
    ///
    /// Panics as [`of`](Self::of) does.
    #[must_use]
    #[track_caller]
    pub fn authenticated(&self, jwt: &JwtManager) -> Authenticated {
        let claims = self.claims.applied_to(self.default_claims(jwt));
        match testing::authenticated(jwt, &claims, self.locations, self.user.clone()) {
            Ok(authenticated) => authenticated,
            Err(error) => panic!("the manager would not accept the fake identity: {}", with_sources(&error)),
        }
    }

    #[track_caller]
    fn default_claims(&self, jwt: &JwtManager) -> Map<String, Value> {
        if let Some(issuer) = self.issuer.clone().or_else(|| testing::only_issuer(jwt)) {
            return self.claims_of_issuer(jwt, &issuer);
        }
        assert!(
            testing::has_own_keys(jwt),
            "the manager has several trusted issuers, and no keys of its own: call issuer() of the fake identity"
        );
        let mut token = jwt.token(self.kind, Identity::value(&self.identity));
        if self.fresh {
            token = token.fresh();
        }
        if !self.scopes.is_empty() {
            token = token.scopes(&self.scopes);
        }
        if !self.roles.is_empty() {
            token = token.roles(&self.roles);
        }
        testing::claims(token).unwrap_or_else(|error| {
            panic!("the manager would not issue the fake identity: {}", with_sources(&error))
        })
    }

    #[track_caller]
    fn claims_of_issuer(&self, jwt: &JwtManager, issuer: &str) -> Map<String, Value> {
        let Some(mut claims) = testing::claims_of_issuer(jwt, issuer, &self.identity) else {
            panic!("the manager does not trust the issuer {issuer:?} of the fake identity");
        };
        assert!(
            self.kind == TokenKind::ACCESS && !self.fresh,
            "the issuer {issuer:?} only has access tokens that are not fresh: do not call kind(), refresh(), or fresh() of the \
             fake identity"
        );
        for (name, names, value) in
            [("scope", &self.scopes, self.scopes.join(" ").into()), ("roles", &self.roles, json!(self.roles))]
        {
            if !names.is_empty() {
                assert!(
                    testing::holds_authorities(jwt, Some(issuer), name),
                    "the authorities of the issuer {issuer:?} are not in the claim {name:?}: call claim() of the fake identity \
                     instead"
                );
                claims.insert(name.to_owned(), value);
            }
        }
        claims
    }
}

impl fmt::Debug for FakeIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeIdentity").field("kind", &self.kind).finish_non_exhaustive()
    }
}
