use std::sync::Arc;

use crate::location::Location;
use crate::token::TokenKind;

/// Where to look up whether a token has been revoked. Each variant includes the checks of those before it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum RevocationCheck {
    Nobody,
    /// The manager's store, which can use a copy.
    Store,
    /// The store behind the copy.
    Source,
}

/// The requirements of a route: the kind of token, its freshness and scopes, where to look for it, and whether to check
/// revocation.
///
/// A policy starts with [`access`](Self::access), [`refresh`](Self::refresh), [`any`](Self::any), or [`of`](Self::of).
/// Most methods are `const`, so a policy can be a constant.
///
/// ```
/// use jwt_core::Policy;
///
/// const ADMIN: Policy = Policy::access().fresh().scopes(&["admin"]);
/// const REPORT: Policy = Policy::access().optional();
///
/// // A scope that is only known at run time.
/// let tenant = "acme";
/// let policy = Policy::access().require_scope(format!("tenant:{tenant}"));
/// # let _ = (ADMIN, REPORT, policy);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Policy {
    pub(crate) kind: Option<TokenKind>,
    pub(crate) fresh: bool,
    pub(crate) optional: bool,
    /// Whether the policy is that of a handler's argument, which `Config::insecure_exempt_options` does not concern.
    pub(crate) of_handler: bool,
    pub(crate) revocation: RevocationCheck,
    refresh_names: bool,
    pub(crate) locations: &'static [Location],
    scopes: &'static [&'static str],
    owned: Option<Arc<Owned>>,
}

/// The values whose setters allocate. They are kept apart so all other setters can be `const`.
#[derive(Clone, Debug, Default)]
struct Owned {
    scopes: Vec<Box<str>>,
}

impl Policy {
    /// Creates a policy that requires an access token.
    pub const fn access() -> Self {
        Self::of(TokenKind::ACCESS)
    }

    /// Creates a policy that requires a refresh token.
    pub const fn refresh() -> Self {
        Self::of(TokenKind::REFRESH)
    }

    /// Creates a policy that accepts a token of any kind. This is flask-jwt-extended's `verify_type=False`.
    pub const fn any() -> Self {
        Self::new(None)
    }

    /// Creates a policy that requires a token of this kind.
    pub const fn of(kind: TokenKind) -> Self {
        Self::new(Some(kind))
    }

    const fn new(kind: Option<TokenKind>) -> Self {
        Self {
            kind,
            fresh: false,
            optional: false,
            of_handler: false,
            revocation: RevocationCheck::Store,
            refresh_names: false,
            locations: &[],
            scopes: &[],
            owned: None,
        }
    }

    /// Requires a fresh token: one that was issued at login, not by a refresh.
    pub const fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    /// Makes the token optional. A request without a token passes. A request with an invalid token is still rejected.
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Looks for the token in these locations, in this order, instead of those in
    /// [`Config::token_location`](crate::Config::token_location). An empty slice keeps the configured locations.
    ///
    /// An extractor behind a guard with its own locations uses the token that the guard accepted, if the extractor
    /// accepts its kind.
    pub const fn locations(mut self, locations: &'static [Location]) -> Self {
        self.locations = locations;
        self
    }

    /// Looks for the token under the names for refresh tokens: cookie, CSRF header field, CSRF form field, and JSON
    /// key.
    ///
    /// A policy that requires a refresh token does so anyway. Use this with [`any`](Self::any) or a custom kind.
    pub const fn refresh_names(mut self) -> Self {
        self.refresh_names = true;
        self
    }

    /// Requires all of these scopes in the token's `scope` claim (RFC 8693, 4.2). A later call replaces the list.
    pub const fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
        self.scopes = scopes;
        self
    }

    /// Requires one more scope, in addition to those in [`scopes`](Self::scopes). Use it if the scope is only known at
    /// run time.
    pub fn require_scope(mut self, scope: impl Into<Box<str>>) -> Self {
        Arc::make_mut(self.owned.get_or_insert_default()).scopes.push(scope.into());
        self
    }

    /// Accepts the token without checking whether it has been revoked.
    ///
    /// If [`revocation_from_source`](Self::revocation_from_source) is called as well, the later call wins.
    pub const fn skip_revocation_check(mut self) -> Self {
        self.revocation = RevocationCheck::Nobody;
        self
    }

    /// Looks up revocation in the store that all nodes share, even if the manager's store uses a copy of it.
    ///
    /// A logout on another node reaches the copy after a short delay. Use this for routes that must not accept a
    /// revoked token during that delay. Each request then costs a round trip, even behind a guard that has checked the
    /// copy. If the manager's store does not keep a copy, this has no effect.
    ///
    /// ```
    /// use jwt_core::Policy;
    ///
    /// const TRANSFER: Policy = Policy::access().fresh().revocation_from_source();
    /// ```
    pub const fn revocation_from_source(mut self) -> Self {
        self.revocation = RevocationCheck::Source;
        self
    }

    /// A handler that takes a token cannot work without one, whatever the method is.
    pub(crate) const fn of_handler(mut self) -> Self {
        self.of_handler = true;
        self
    }

    /// Whether to look under the names for refresh tokens.
    pub(crate) fn asks_for_refresh(&self) -> bool {
        self.refresh_names || self.kind == Some(TokenKind::REFRESH)
    }

    /// Returns whether [`locations`](Self::locations) includes the body.
    ///
    /// The policy of an extractor must not include it, because the body belongs to the handler.
    pub(crate) const fn names_body(&self) -> bool {
        let mut places = self.locations;
        while let [first, rest @ ..] = places {
            if matches!(first, Location::Json) {
                return true;
            }
            places = rest;
        }
        false
    }

    pub(crate) fn required_scopes(&self) -> impl Iterator<Item = &str> {
        let owned = self.owned.iter().flat_map(|owned| &owned.scopes);
        self.scopes.iter().copied().chain(owned.map(|scope| &**scope))
    }
}
