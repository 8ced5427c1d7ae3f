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

/// The requirements of a route: whose token, its kind, freshness, and scopes, where to look for it, and whether to check
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
///
/// # Issuers
///
/// A manager can accept the tokens of other issuers
/// ([`trusted_issuer`](crate::JwtManagerBuilder::trusted_issuer)). A signature by a trusted issuer does not mean that
/// every route is for its users. A policy therefore says whose tokens it accepts:
///
/// | the manager has | without these methods | with [`issuers`](Self::issuers) or [`issuer`](Self::issuer) | with [`any_issuer`](Self::any_issuer) |
/// | --- | --- | --- | --- |
/// | keys of its own | its own tokens | its own tokens, and those of the named issuers | its own tokens, and those of all its issuers |
/// | no keys of its own | the tokens of all its issuers | the tokens of the named issuers | the tokens of all its issuers |
///
/// A secret, a key pair, a key ring, a public key, and a
/// [`decode_key_loader`](crate::JwtManagerBuilder::decode_key_loader) are keys of its own, and so are those that
/// [`set_keys`](crate::JwtManager::set_keys) adds later. [`no_own_tokens`](Self::no_own_tokens) excludes the manager's
/// own tokens.
///
/// Only access tokens can come from another issuer. A policy for refresh tokens, a custom kind, [any
/// kind](Self::any), or a [fresh](Self::fresh) token accepts the manager's own tokens alone, no matter which issuers it
/// names. If a token's issuer is not accepted, its scopes do not matter either: the token is rejected with
/// [`InvalidToken::Issuer`](crate::error::InvalidToken::Issuer).
///
/// An extractor without issuers and scopes of its own, such as `AccessToken`, also accepts the token that a guard of the
/// same manager has accepted. All other extractors decide by their own policy alone, and so do guards behind guards. In
/// jwt-warp, every extractor is a guard.
///
/// ```
/// use jwt_core::{Policy, TokenPolicy};
///
/// struct Partner;
///
/// impl TokenPolicy for Partner {
///     const POLICY: Policy =
///         Policy::access().issuers(&["https://login.partner.example"]).no_own_tokens().scopes(&["orders"]);
/// }
/// ```
///
/// Names are compared exactly, including a slash at the end. No token is from an issuer that the manager does not trust, so
/// naming one by mistake accepts nothing more. If a token is rejected by a policy that names such an issuer, the log has a
/// warning.
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
    issuers: Issuers,
    own_tokens: bool,
    of_extractor: bool,
    owned: Option<Arc<Owned>>,
}

/// The trusted issuers whose tokens a policy accepts.
#[derive(Clone, Copy, Debug)]
enum Issuers {
    /// Those in the list and those that were added at run time. If there are none, the manager decides.
    Named(&'static [&'static str]),
    Any,
}

/// The values whose setters allocate. They are kept apart so all other setters can be `const`.
#[derive(Clone, Debug, Default)]
struct Owned {
    scopes: Vec<Box<str>>,
    issuers: Vec<Box<str>>,
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

    /// Creates a policy that accepts a token of any kind that the manager itself has issued. This is
    /// flask-jwt-extended's `verify_type=False`.
    ///
    /// It does not accept tokens of other [issuers](#issuers).
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
            issuers: Issuers::Named(&[]),
            own_tokens: true,
            of_extractor: false,
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

    /// Accepts the tokens of these trusted issuers. A later call replaces the list, and an earlier
    /// [`any_issuer`](Self::any_issuer). [Issuers](#issuers) has the rules.
    pub const fn issuers(mut self, names: &'static [&'static str]) -> Self {
        self.issuers = Issuers::Named(names);
        self
    }

    /// Accepts the tokens of one more trusted issuer, in addition to those in [`issuers`](Self::issuers). Use it if the
    /// name is only known at run time.
    pub fn issuer(mut self, name: impl Into<Box<str>>) -> Self {
        Arc::make_mut(self.owned.get_or_insert_default()).issuers.push(name.into());
        self
    }

    /// Accepts the tokens of all issuers that the manager trusts. [Issuers](#issuers) has the rules.
    pub const fn any_issuer(mut self) -> Self {
        self.issuers = Issuers::Any;
        self
    }

    /// Rejects the manager's own tokens. Only the tokens of other [issuers](#issuers) remain.
    ///
    /// Without it, a route for a partner's tokens also accepts those of your users.
    pub const fn no_own_tokens(mut self) -> Self {
        self.own_tokens = false;
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

    /// Marks the policy of an extractor, which stands behind guards.
    pub(crate) const fn of_extractor(mut self) -> Self {
        self.of_extractor = true;
        self
    }

    /// Whether the manager's own tokens are accepted.
    pub(crate) const fn accepts_own(&self) -> bool {
        self.own_tokens
    }

    /// Whether the tokens of an issuer that is trusted under this name are accepted, if they have this `iss`. The name can be
    /// a template. `by_default` is the answer for a policy that does not name issuers.
    pub(crate) fn accepts_issuer(&self, trusted: &str, iss: &str, by_default: bool) -> bool {
        let can_be_foreign = self.kind == Some(TokenKind::ACCESS) && !self.fresh;
        let added = self.owned.as_ref().map_or(&[][..], |owned| &owned.issuers);
        can_be_foreign
            && match self.issuers {
                Issuers::Any => true,
                Issuers::Named([]) if added.is_empty() => by_default,
                Issuers::Named(names) => {
                    let mut names = names.iter().copied().chain(added.iter().map(|name| &**name));
                    names.any(|name| name == iss || name == trusted)
                }
            }
    }

    /// The issuers that the policy names.
    pub(crate) fn named_issuers(&self) -> impl Iterator<Item = &str> {
        let named = match self.issuers {
            Issuers::Named(names) => names,
            Issuers::Any => &[],
        };
        let added = self.owned.iter().flat_map(|owned| &owned.issuers);
        named.iter().copied().chain(added.map(|name| &**name))
    }

    /// Whether the policy of an extractor leaves the question of issuers to a guard.
    pub(crate) fn defers_to_guard(&self) -> bool {
        self.of_extractor && self.required_scopes().next().is_none()
    }

    pub(crate) fn required_scopes(&self) -> impl Iterator<Item = &str> {
        let owned = self.owned.iter().flat_map(|owned| &owned.scopes);
        self.scopes.iter().copied().chain(owned.map(|scope| &**scope))
    }
}
