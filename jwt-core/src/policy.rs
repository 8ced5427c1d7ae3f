//! What a route requires.

mod authentication;
mod authorities;
mod rules;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use authorities::Alternatives;
use authorities::Lists;
use rules::{OwnedRules, StaticRule};

use crate::error::ConfigError;
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

/// The requirements of a route: whose token, its kind, freshness, and authorities, where to look for it, and whether to
/// check revocation.
///
/// A policy starts with [`access`](Self::access), [`refresh`](Self::refresh), [`any`](Self::any), or [`of`](Self::of).
/// Most methods are `const`, so a policy can be a constant.
///
/// ```
/// use jwt_core::Policy;
///
/// const ADMIN: Policy = Policy::access().fresh().scopes(&["admin"]);
/// const REPORT: Policy = Policy::access().optional();
/// // The role, and one of two permissions.
/// const ORDERS: Policy = Policy::access().authorities(&["role:staff"]).any_authority(&["orders:write", "role:admin"]);
///
/// // A scope that is only known at run time.
/// let tenant = "acme";
/// let policy = Policy::access().require_scope(format!("tenant:{tenant}"));
/// # let _ = (ADMIN, REPORT, ORDERS, policy);
/// ```
///
/// # Scopes, roles, and permissions
///
/// The [authorities](crate::Token::authorities) of a token are the names in its claims. By default, they are the scopes in
/// `scope`, and for the manager's own tokens also the roles in `roles`, with the prefix `role:`.
/// [`Config::authorities`](crate::Config::authorities) and [`Issuer::authorities`](crate::Issuer::authorities) name other
/// claims. A policy requires authorities with these methods. A token must satisfy all of them:
///
/// | method | the token needs | calls |
/// | --- | --- | --- |
/// | [`scopes`](Self::scopes) | all names in the list, as scopes | a later call replaces the list |
/// | [`authorities`](Self::authorities) | all names in the list | up to four calls of the two methods add up |
/// | [`any_authority`](Self::any_authority) | at least one name in the list | |
/// | [`require_scope`](Self::require_scope) | the name, as a scope | calls add up |
/// | [`try_authorities`](Self::try_authorities), [`try_any_authority`](Self::try_any_authority) | the same, with names that are only known at run time | calls add up |
///
/// So a policy is a conjunction of alternatives. Everything that *and* and *or* can express has this form: write
/// `a or (b and c)` as `any_authority(&["a", "b"])` and `any_authority(&["a", "c"])`. There is no *not*, because a token
/// with more authorities should never open less.
///
/// Names are compared exactly. A name counts as held if the token has one that
/// [includes](crate::Config::authority_hierarchy) it. Authorities are checked after revocation, and before a body is read, unless a rule [reads
/// it](crate::Rule::body_limit).
/// The response is a 403 ([`insufficient_scope`](crate::ErrorHandlers::insufficient_scope)), with one challenge that names
/// everything the route requires ([`RequiredAuthorities::scope`](crate::RequiredAuthorities::scope)).
///
/// [Who may do what](crate::guide::who_may_do_what) shows which of these to use, and the roles of identity providers.
///
/// # Recent and strong authentication
///
/// [`fresh`](Self::fresh), [`max_age`](Self::max_age), and [`acr_values`](Self::acr_values) are about the login behind a
/// token, and a token that does not satisfy them gets a 401 whose challenge says
/// `insufficient_user_authentication` (RFC 9470, 3). They differ in what they read:
///
/// - `fresh` reads flask-jwt-extended's `fresh` claim, so it is for the manager's own tokens alone. A refresh ends
///   freshness, however recent the login was.
/// - `max_age` reads `auth_time`, the time of the login (OpenID Connect Core 1.0, 2). A refresh keeps it. With a session
///   store, the manager's own tokens have it. Otherwise, add it to them as a claim.
/// - `acr_values` reads `acr`, the kind of the login, such as one with a second factor. Your login decides on it for the
///   manager's own tokens.
///
/// The last two apply to the tokens of all accepted issuers. They are checked after the kind and the issuer, and before
/// revocation.
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
/// An extractor without issuers, authorities, `acr_values`, `max_age`, and rules of its own, such as `AccessToken`, also
/// accepts the token that a guard of the same manager has accepted. All other extractors decide by their own policy alone, and so do guards behind guards. In
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
    refresh_names: bool,
    pub(crate) locations: &'static [Location],
    acr_values: &'static [&'static str],
    max_age: Option<Duration>,
    issuers: Issuers,
    own_tokens: bool,
    of_extractor: bool,
    pub(crate) late: Late,
}

/// The requirements that are checked last. They are kept apart, because nothing else is needed while the store looks up the
/// token.
#[derive(Clone, Debug)]
pub(crate) struct Late {
    pub(crate) revocation: RevocationCheck,
    scopes: &'static [&'static str],
    lists: Lists,
    rule: StaticRule,
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
    /// Lists of alternatives.
    groups: Vec<Vec<Box<str>>>,
    acr_values: Vec<Box<str>>,
    issuers: Vec<Box<str>>,
    rules: OwnedRules,
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
            refresh_names: false,
            locations: &[],
            acr_values: &[],
            max_age: None,
            issuers: Issuers::Named(&[]),
            own_tokens: true,
            of_extractor: false,
            late: Late {
                revocation: RevocationCheck::Store,
                scopes: &[],
                lists: Lists::NONE,
                rule: StaticRule::NONE,
                owned: None,
            },
        }
    }

    /// Requires a fresh token: one that was issued at login, not by a refresh.
    /// [Recent and strong authentication](#recent-and-strong-authentication) compares this with
    /// [`max_age`](Self::max_age).
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

    /// Accepts the tokens of these trusted issuers. A later call replaces the list, and an earlier
    /// [`any_issuer`](Self::any_issuer). [Issuers](#issuers) has the rules.
    pub const fn issuers(mut self, names: &'static [&'static str]) -> Self {
        self.issuers = Issuers::Named(names);
        self
    }

    /// Accepts the tokens of one more trusted issuer, in addition to those in [`issuers`](Self::issuers). Use it if the
    /// name is only known at run time.
    pub fn issuer(mut self, name: impl Into<Box<str>>) -> Self {
        self.owned().issuers.push(name.into());
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
        self.late.revocation = RevocationCheck::Nobody;
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
        self.late.revocation = RevocationCheck::Source;
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
        let added = self.late.owned.as_ref().map_or(&[][..], |owned| &owned.issuers);
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

    /// Whether the tokens of all trusted issuers are accepted, if they can be.
    pub(crate) const fn accepts_any_issuer(&self) -> bool {
        matches!(self.issuers, Issuers::Any)
    }

    /// The issuers that the policy names.
    pub(crate) fn named_issuers(&self) -> impl Iterator<Item = &str> {
        let named = match self.issuers {
            Issuers::Named(names) => names,
            Issuers::Any => &[],
        };
        let added = self.late.owned.iter().flat_map(|owned| &owned.issuers);
        named.iter().copied().chain(added.map(|name| &**name))
    }

    /// Whether the policy of an extractor leaves the question of issuers to a guard. What names and values mean depends
    /// on the issuer.
    pub(crate) fn defers_to_guard(&self) -> bool {
        self.of_extractor
            && !self.late.requires_authorities()
            && !self.late.has_rules()
            && !self.requires_authentication()
    }

    /// Returns the policy, or an error if no token could ever satisfy it. Use it for policies that depend on data.
    ///
    /// ```
    /// use jwt_core::Policy;
    ///
    /// // Only the manager's own tokens can be fresh.
    /// let error = Policy::access().fresh().no_own_tokens().checked().unwrap_err();
    /// assert!(error.to_string().starts_with("Policy can never be satisfied"));
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the policy excludes the manager's own tokens and requires a token that only the manager can
    /// issue, if a name from [`require_scope`](Self::require_scope) is not a scope, or if the policy has more than 64
    /// names.
    pub fn checked(self) -> Result<Self, ConfigError> {
        if !self.can_be_satisfied() {
            return Err(ConfigError::invalid(
                "Policy",
                "can never be satisfied, because only the manager's own tokens can be fresh, or of a kind other than \
                 access: remove no_own_tokens()",
            ));
        }
        self.check_names()?;
        Ok(self)
    }

    /// Whether there can be a token that satisfies the policy.
    pub(crate) const fn can_be_satisfied(&self) -> bool {
        let can_be_foreign = match &self.kind {
            Some(kind) => kind.is_access() && !self.fresh,
            None => false,
        };
        self.own_tokens || can_be_foreign
    }

    fn owned(&mut self) -> &mut Owned {
        Arc::make_mut(self.late.owned.get_or_insert_default())
    }
}
