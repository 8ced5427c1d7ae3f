use std::fmt;
use std::sync::Arc;
#[cfg(feature = "metrics")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::TokenError;
use super::registered::{Fresh, Kind, Registered};
use super::rules::TYPE;
use super::{Moment, TokenKind};
use crate::authority::{Authorities, Mapping, add_others, any_of_scope, of_scope};
use crate::error::{CsrfError, InvalidToken};
use crate::location::Location;
use crate::wire::{Members, text};

/// A token whose signature and claims have been verified.
///
/// Only a [`JwtManager`](crate::JwtManager) creates one. `C` is an application-defined type for the
/// claims. Without it, claims are read on demand with [`claims`](Self::claims) and [`claims_as`](Self::claims_as). A
/// token is cheap to clone. `Debug` does not show its content.
///
/// ```
/// use jwt_core::{Config, JwtManager, Token};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let text = jwt.access_token("alice").claim("role", "admin").encode()?;
///
/// let token: Token = jwt.decode(&text)?;
/// assert_eq!(token.identity(), "alice");
/// assert_eq!(token.kind(), "access");
/// assert!(token.id().is_some());
/// assert!(token.expires_at().is_some());
///
/// #[derive(serde::Deserialize)]
/// struct Claims {
///     role: String,
/// }
/// assert_eq!(token.claims_as::<Claims>()?.role, "admin");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Token<C = ()> {
    inner: Arc<Inner>,
    extra: C,
}

struct Inner {
    /// The payload, the verified text, and the claims that had escapes, in a single allocation.
    kept: String,
    payload: usize,
    text: usize,
    registered: Registered,
    location: Option<Location>,
    /// Whether the request of the token is among the accepted ones already. All clones share it.
    #[cfg(feature = "metrics")]
    is_counted: AtomicBool,
}

impl Token {
    pub(super) fn new(
        payload: String,
        [text, copies]: [&str; 2],
        registered: Registered,
        location: Option<Location>,
    ) -> Self {
        let (lengths, mut kept) = ((payload.len(), text.len()), payload);
        kept.push_str(text);
        kept.push_str(copies);
        let inner = Inner {
            kept,
            payload: lengths.0,
            text: lengths.1,
            registered,
            location,
            #[cfg(feature = "metrics")]
            is_counted: AtomicBool::new(false),
        };
        Self { inner: Arc::new(inner), extra: () }
    }

    /// Stage 10: adds the application's claims, which are deserialized from the payload.
    pub(crate) fn with_claims<C: DeserializeOwned + 'static>(self) -> Result<Token<C>, InvalidToken> {
        // `()` must fit every payload, because it reads nothing. Stable Rust has no specialization.
        let json = if std::any::TypeId::of::<C>() == std::any::TypeId::of::<()>() {
            "null"
        } else {
            self.inner.payload()
        };
        let extra = serde_json::from_str(json).map_err(|_| InvalidToken::Claims)?;
        Ok(Token { inner: self.inner, extra })
    }
}

impl<C> Token<C> {
    /// Returns the identity that the token was issued for, as a string. It is the `sub` claim, unless
    /// [`Config::identity_claim`](crate::Config::identity_claim), or
    /// [`Issuer::identity_claims`](crate::Issuer::identity_claims) for the tokens of an issuer, names a different one.
    ///
    /// The same identity at two issuers can be two users. [`issuer`](Self::issuer) and the identity together name one.
    ///
    /// If the identity is not a string, this is its JSON text. Only
    /// [`Config::verify_sub`](crate::Config::verify_sub)`(false)` or a different identity claim allows such an
    /// identity. [`identity_value`](Self::identity_value) tells `"5"` and `5` apart.
    #[must_use]
    pub fn identity(&self) -> &str {
        self.inner.registered.identity.text(&self.inner.kept)
    }

    /// Returns the identity as the JSON value in the token.
    #[must_use]
    pub fn identity_value(&self) -> Value {
        if self.inner.registered.identity_is_text {
            Value::from(self.identity())
        } else {
            serde_json::from_str(self.identity()).unwrap_or_default()
        }
    }

    /// Returns the application's claims, in the route's type.
    #[must_use]
    pub const fn extra(&self) -> &C {
        &self.extra
    }

    /// Returns all claims, as flask-jwt-extended does.
    ///
    /// If the token lacks `type`, `fresh`, or `jti`, the map contains `"access"`, `false`, or `null` for it. With
    /// [`Config::default`](crate::Config::default), only `fresh` can be missing from the manager's own tokens. If
    /// [`Config::kind_claim`](crate::Config::kind_claim) names a different claim, this is about that claim instead of
    /// `type`.
    #[must_use]
    pub fn claims(&self) -> Map<String, Value> {
        // Verification has read the same text, so the default is never used.
        let mut claims: Map<String, Value> = serde_json::from_str(self.inner.payload()).unwrap_or_default();
        let kind_claim = self.inner.registered.kind_claim.as_deref().unwrap_or(TYPE);
        for (name, value) in
            [(kind_claim, Value::from("access")), ("fresh", Value::from(false)), ("jti", Value::Null)]
        {
            claims.entry(name).or_insert(value);
        }
        claims
    }

    /// Returns one claim, or `None` if the token lacks it. Each call parses the payload.
    ///
    /// ```
    /// # fn example(token: &jwt_core::Token) {
    /// let is_admin = token.claim("role").is_some_and(|role| role == "admin");
    /// # }
    /// ```
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<Value> {
        self.claims().remove(name)
    }

    /// Deserializes the claims into an application-defined type. Each call parses the payload.
    ///
    /// # Errors
    /// Returns [`InvalidToken::Claims`] if the claims do not fit the type.
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, InvalidToken> {
        serde_json::from_str(self.inner.payload()).map_err(|_| InvalidToken::Claims)
    }

    /// Returns the JOSE header (RFC 7515, 4). Each call parses it.
    #[must_use]
    pub fn header(&self) -> Map<String, Value> {
        // Verification has read the same text, so the defaults are never used.
        let segment = self.text().split('.').next().unwrap_or_default();
        let json = URL_SAFE_NO_PAD.decode(segment).unwrap_or_default();
        serde_json::from_slice(&json).unwrap_or_default()
    }

    /// Returns the `jti` claim (RFC 7519, 4.1.7). Together with the issuer, it identifies the token in a revocation
    /// store.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.inner.registered.id.as_ref().map(|id| id.text(&self.inner.kept))
    }

    /// Returns the session of the token: the `sid` claim, which [`JwtManager::log_in`](crate::JwtManager::log_in)
    /// writes.
    ///
    /// Returns `None` if the manager does not have a session store, and for tokens of other issuers.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.inner.registered.session.as_ref().map(|session| session.text(&self.inner.kept))
    }

    /// Returns the `iss` claim (RFC 7519, 4.1.1).
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.inner.registered.issuer.as_ref().map(|issuer| issuer.text(&self.inner.kept))
    }

    /// The issuer of the subject, as stores know it: our own name for each token that our own keys have signed.
    pub(crate) fn subject_issuer(&self) -> &str {
        let issuer = self.inner.registered.subject_issuer.as_ref();
        issuer.map_or("", |issuer| issuer.text(&self.inner.kept))
    }

    /// Returns the kind of the token: `access`, `refresh`, or the name of a custom kind.
    ///
    /// The kind is in the `type` claim, unless [`Config::kind_claim`](crate::Config::kind_claim) or the rules of the
    /// [`Issuer`](crate::Issuer) say otherwise. Whatever value means an access token there, this method returns
    /// `access`. If the configuration permits the claim to be absent, an absent one means `access`.
    #[must_use]
    pub fn kind(&self) -> &str {
        match &self.inner.registered.kind {
            Kind::Access => TokenKind::ACCESS.as_str(),
            Kind::Refresh => TokenKind::REFRESH.as_str(),
            Kind::Other(name) => name.text(&self.inner.kept),
        }
    }

    /// Whether a policy for this kind accepts the token.
    pub(crate) fn is_of_kind(&self, kind: TokenKind) -> bool {
        match &self.inner.registered.kind {
            Kind::Access => kind == TokenKind::ACCESS,
            Kind::Refresh => kind == TokenKind::REFRESH,
            Kind::Other(name) => {
                // As in flask-jwt-extended.
                let is_access = kind == TokenKind::ACCESS && self.inner.registered.any_kind_is_access;
                is_access || name.text(&self.inner.kept) == kind.as_str()
            }
        }
    }

    /// Whether a request is accepted because of this token for the first time.
    #[cfg(feature = "metrics")]
    pub(crate) fn is_accepted_first(&self) -> bool {
        !self.inner.is_counted.swap(true, Ordering::Relaxed)
    }

    /// Whether the manager's own keys verified the token. Otherwise it is one of a trusted issuer.
    pub(crate) fn is_own(&self) -> bool {
        self.inner.registered.trusted.is_none()
    }

    /// What [`trusted_issuer`](Self::trusted_issuer) returns. All tokens that one trusted issuer has verified share it.
    pub(crate) fn verified_by(&self) -> Option<&Arc<str>> {
        self.inner.registered.trusted.as_ref()
    }

    /// The name under which the issuer of the token is trusted, which can be a template. `None` for the manager's own.
    pub(crate) fn trusted_issuer(&self) -> Option<&str> {
        self.inner.registered.trusted.as_deref()
    }

    /// The confirmation stage: a token with `cnf` is bound to a key of its holder (RFC 7800, 3), and a request that
    /// only carries the token does not prove possession of that key.
    pub(crate) fn check_confirmation(&self) -> Result<(), InvalidToken> {
        if self.inner.registered.bound { Err(InvalidToken::Confirmation) } else { Ok(()) }
    }

    /// Returns the `iat` claim (RFC 7519, 4.1.6).
    #[must_use]
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.inner.registered.issued_at.and_then(Moment::to_system_time)
    }

    /// Returns the `nbf` claim (RFC 7519, 4.1.5).
    #[must_use]
    pub fn not_before(&self) -> Option<SystemTime> {
        self.inner.registered.not_before.and_then(Moment::to_system_time)
    }

    /// Returns the `exp` claim (RFC 7519, 4.1.4), or `None` if the token never expires.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.inner.registered.expires_at.and_then(Moment::to_system_time)
    }

    /// Returns whether the token is fresh at `now`: its `fresh` claim is `true`, or a time that has not passed.
    #[must_use]
    pub fn is_fresh_at(&self, now: SystemTime) -> bool {
        self.fresh().is_fresh(now.into())
    }

    /// Returns whether the `scope` claim contains this scope. The claim is a string of scopes separated by spaces
    /// (RFC 8693, 4.2), or a list of scopes.
    ///
    /// This is the claim alone, whatever claims hold the [authorities](Self::authorities).
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        let Some(json) = self.inner.registered.scope.as_ref().filter(|_| is_scope(scope)) else {
            return false;
        };
        match serde_json::from_str::<Value>(json.text(&self.inner.kept)) {
            Ok(Value::String(scopes)) => scopes.split(' ').any(|one| one == scope),
            Ok(Value::Array(scopes)) => scopes.iter().any(|one| one == scope),
            _ => false,
        }
    }

    /// Returns the authorities of the token: the names in its `scope` claim and, for the manager's own tokens, those in
    /// `roles` with the prefix `role:`. [`Config::authorities`](crate::Config::authorities), or
    /// [`Issuer::authorities`](crate::Issuer::authorities) for the tokens of an issuer, can name different claims. Each call
    /// reads the claims.
    ///
    /// ```
    /// # fn example(token: &jwt_core::Token) {
    /// let authorities = token.authorities();
    /// let can_publish = authorities.has("role:editor") && authorities.has("articles:write");
    /// # }
    /// ```
    #[must_use]
    pub fn authorities(&self) -> Authorities<'_> {
        match (&self.inner.registered.authorities, self.default_scopes()) {
            (None, Some(scopes)) => self.with_others(scopes),
            (mapping, _) => {
                let mapping = mapping.as_deref().unwrap_or_else(|| Mapping::default_of(self.is_own()));
                mapping.read(self.inner.payload())
            }
        }
    }

    /// Returns whether the token has this authority, prefix included. To look for several, call
    /// [`authorities`](Self::authorities) once.
    #[must_use]
    pub fn has_authority(&self, authority: &str) -> bool {
        self.authorities().has(authority)
    }

    /// The scopes of the token, if its `scope` claim holds them. They are part of the authorities, and reading them alone
    /// is cheaper.
    pub(crate) fn default_scopes(&self) -> Option<Authorities<'_>> {
        let Registered { scope, authorities, .. } = &self.inner.registered;
        let scope = || scope.as_ref().map(|scope| scope.text(&self.inner.kept));
        authorities.is_none().then(|| of_scope(scope(), self.is_own()))
    }

    /// Adds all other authorities to the [scopes](Self::default_scopes).
    pub(crate) fn with_others<'t>(&'t self, scopes: Authorities<'t>) -> Authorities<'t> {
        let mut all = scopes;
        add_others(self.inner.payload(), self.is_own(), &mut all);
        all
    }

    /// The `scope` claim, if it is a string without escapes.
    pub(crate) fn plain_scopes(&self) -> Option<&str> {
        let json = self.inner.registered.scope.as_ref()?.text(&self.inner.kept);
        let text = json.strip_prefix('"')?.strip_suffix('"')?;
        (!text.as_bytes().contains(&b'\\')).then_some(text)
    }

    /// The names in the `scope` claim, whatever claims hold the authorities.
    pub(crate) fn scope_claim(&self) -> Authorities<'_> {
        any_of_scope(self.inner.registered.scope.as_ref().map(|scope| scope.text(&self.inner.kept)))
    }

    /// Whether an authority has the prefix of one of the claims of such tokens. Otherwise it is a scope.
    pub(crate) fn has_prefix(&self, authority: &str) -> bool {
        let mapping = self.inner.registered.authorities.as_deref();
        mapping.unwrap_or_else(|| Mapping::default_of(self.is_own())).has_prefix(authority)
    }

    /// Whether the `acr` claim is one of these values. If there are none, every value is.
    pub(crate) fn has_acr_of<'v>(&self, mut values: impl Iterator<Item = &'v str>) -> bool {
        let Some(first) = values.next() else { return true };
        let payload = self.inner.payload();
        let Some([Some(acr)]) = Members::read(payload, &["acr"]).map(|members| *members.known()) else {
            return false;
        };
        acr.text(payload).is_some_and(|acr| acr == first || values.any(|value| acr == value))
    }

    /// The `auth_time` claim. `None` if it is absent, or not a time.
    pub(crate) fn authenticated_at(&self) -> Option<Moment> {
        let payload = self.inner.payload();
        let [time] = *Members::read(payload, &["auth_time"])?.known();
        Moment::from_json(time?.json(payload), false)
    }

    /// Returns the location of the token in the request, or `None` if it did not come from a request, as with
    /// [`JwtManager::decode`](crate::JwtManager::decode).
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        self.inner.location
    }

    /// Stage 5: checks the CSRF value of the request, in constant time.
    pub(crate) fn check_csrf(&self, value: &[u8]) -> Result<(), TokenError> {
        let claim = || Box::from("csrf");
        let json = self.inner.registered.csrf.as_ref().ok_or_else(|| InvalidToken::ClaimMissing(claim()))?;
        let expected = text(json.text(&self.inner.kept)).ok_or_else(|| InvalidToken::ClaimType(claim()))?;
        // An empty value is not a secret.
        if !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(value)) {
            Ok(())
        } else {
            Err(TokenError::Csrf(CsrfError::Mismatch))
        }
    }

    /// Returns the CSRF value, which is the `csrf` claim.
    ///
    /// A page that the server renders puts it into a hidden field of its forms
    /// ([`Config::csrf_check_form`](crate::Config::csrf_check_form)). Scripts read it from the CSRF cookie.
    #[must_use]
    pub fn csrf(&self) -> Option<Box<str>> {
        let json = self.inner.registered.csrf.as_ref()?;
        text(json.text(&self.inner.kept)).map(Into::into)
    }

    pub(crate) fn fresh(&self) -> Fresh {
        self.inner.registered.fresh
    }

    /// The same token without the application's claims.
    pub(crate) fn untyped(&self) -> Token {
        Token { inner: Arc::clone(&self.inner), extra: () }
    }

    /// The compact text that was verified.
    pub(crate) fn text(&self) -> &str {
        let (start, len) = (self.inner.payload, self.inner.text);
        self.inner.kept.get(start..start.saturating_add(len)).unwrap_or_default()
    }
}

impl Inner {
    fn payload(&self) -> &str {
        self.kept.get(..self.payload).unwrap_or_default()
    }
}

/// Whether it is a single scope, without the spaces that separate scopes (RFC 6749, 3.3).
fn is_scope(name: &str) -> bool {
    !name.is_empty() && !name.contains(' ')
}

impl<C> fmt::Debug for Token<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}
