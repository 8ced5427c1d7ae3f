use std::sync::Arc;

use crate::location::Location;
use crate::token::TokenKind;

/// Who is asked whether a token is revoked, or has been. Whoever comes later knows what the earlier ones do.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum RevocationCheck {
    Nobody,
    /// The manager's store, which may answer from a copy.
    Store,
    /// What the store's copy is of.
    Source,
}

/// What a route asks of the token: kind, freshness, scopes, where to look, whether revocation is checked.
///
/// ```
/// use jwt_core::Policy;
///
/// const ADMIN: Policy = Policy::access().fresh().scopes(&["admin"]);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Policy {
    pub(crate) kind: Option<TokenKind>,
    pub(crate) fresh: bool,
    pub(crate) optional: bool,
    pub(crate) every_method: bool,
    pub(crate) revocation: RevocationCheck,
    refresh_names: bool,
    pub(crate) locations: &'static [Location],
    scopes: &'static [&'static str],
    owned: Option<Arc<Owned>>,
}

/// What only run-time setters touch, so that the others can be `const`.
#[derive(Clone, Debug, Default)]
struct Owned {
    scopes: Vec<Box<str>>,
}

impl Policy {
    /// An access token.
    pub const fn access() -> Self {
        Self::of(TokenKind::ACCESS)
    }

    /// A refresh token.
    pub const fn refresh() -> Self {
        Self::of(TokenKind::REFRESH)
    }

    /// A token of any kind (the reference's `verify_type=False`).
    pub const fn any() -> Self {
        Self::new(None)
    }

    /// A token of this kind.
    pub const fn of(kind: TokenKind) -> Self {
        Self::new(Some(kind))
    }

    const fn new(kind: Option<TokenKind>) -> Self {
        Self {
            kind,
            fresh: false,
            optional: false,
            every_method: false,
            revocation: RevocationCheck::Store,
            refresh_names: false,
            locations: &[],
            scopes: &[],
            owned: None,
        }
    }

    /// The token must be fresh: issued at a login, not by a refresh.
    pub const fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    /// A request without a token passes. One with a bad token does not.
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Looks in these places, in this order, instead of the configured ones. An empty list is the configured ones.
    pub const fn locations(mut self, locations: &'static [Location]) -> Self {
        self.locations = locations;
        self
    }

    /// Looks under the names of refresh tokens (cookie, CSRF header and field, JSON key), whatever kind is asked for.
    pub const fn refresh_names(mut self) -> Self {
        self.refresh_names = true;
        self
    }

    /// The token's `scope` must have all of these.
    pub const fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
        self.scopes = scopes;
        self
    }

    /// One more scope that the token must have, known only at run time.
    pub fn require_scope(mut self, scope: impl Into<Box<str>>) -> Self {
        Arc::make_mut(self.owned.get_or_insert_default()).scopes.push(scope.into());
        self
    }

    /// Does not ask whether the token is revoked. Of this and
    /// [`revocation_from_source`](Self::revocation_from_source), the later one counts.
    pub const fn skip_revocation_check(mut self) -> Self {
        self.revocation = RevocationCheck::Nobody;
        self
    }

    /// Asks the store that all nodes share whether the token is revoked, where the manager's store answers from a copy of
    /// it: for what must not be done in the moment between a log-out at another node and its arrival here. Costs the
    /// round trip that the copy saves, also behind a guard that asked the copy. Without a store that copies it makes no
    /// difference.
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

    /// Checks requests of every method. Otherwise a guard lets `OPTIONS` pass, which browsers send without
    /// credentials before a request to another origin. Extractors check every method in any case.
    pub const fn every_method(mut self) -> Self {
        self.every_method = true;
        self
    }

    /// Whether tokens stand under the names of refresh tokens.
    pub(crate) fn asks_for_refresh(&self) -> bool {
        self.refresh_names || self.kind == Some(TokenKind::REFRESH)
    }

    /// Whether it names the body among its places: no policy of an extractor may, because the body belongs to the
    /// handler.
    #[must_use]
    pub const fn names_body(&self) -> bool {
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

    /// Stage 0: a browser's preflight request carries no credentials.
    pub(crate) fn exempts(&self, method: &str) -> bool {
        !self.every_method && method == "OPTIONS"
    }
}
