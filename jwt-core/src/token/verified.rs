use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::TokenError;
use super::claims::{Fresh, Registered};
use super::{Moment, TokenKind};
use crate::error::{CsrfError, InvalidToken};
use crate::location::Location;
use crate::wire::text;

/// A token whose signature and claims were verified. Cheap to clone.
///
/// Only [`JwtManager`](crate::JwtManager) makes one. `C` is the application's own type for the claims; without
/// it they are read on demand ([`claims_as`](Self::claims_as)). `Debug` shows nothing of the token.
#[derive(Clone)]
pub struct Token<C = ()> {
    inner: Arc<Inner>,
    extra: C,
}

struct Inner {
    /// The payload, the compact text that was verified, and what of the claims had escapes: one piece of memory.
    kept: String,
    payload: usize,
    text: usize,
    registered: Registered,
    location: Option<Location>,
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
        let inner = Inner { kept, payload: lengths.0, text: lengths.1, registered, location };
        Self { inner: Arc::new(inner), extra: () }
    }

    /// Stage 10: the same token with the application's claims, parsed from the payload.
    pub(crate) fn with_claims<C: DeserializeOwned + 'static>(self) -> Result<Token<C>, InvalidToken> {
        // Lets `()`, which reads nothing, fit every payload, without specialisation.
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
    /// The identity that the token was issued for (the `sub` claim, unless another one is configured), as text.
    ///
    /// An identity that is no string, which only [`Config::verify_sub`](crate::Config::verify_sub)`(false)` or
    /// another identity claim lets through, is given as its JSON text; [`identity_value`](Self::identity_value)
    /// tells `"5"` and `5` apart.
    #[must_use]
    pub fn identity(&self) -> &str {
        self.inner.registered.identity.text(&self.inner.kept)
    }

    /// The identity as the JSON value that it is in the token.
    #[must_use]
    pub fn identity_value(&self) -> Value {
        if self.inner.registered.identity_is_text {
            Value::from(self.identity())
        } else {
            serde_json::from_str(self.identity()).unwrap_or_default()
        }
    }

    /// The application's claims, as the type that the route asked for.
    #[must_use]
    pub const fn extra(&self) -> &C {
        &self.extra
    }

    /// All claims, as the reference shows them: `type`, `fresh` and `jti` are `"access"`, `false` and `null`
    /// where the token has none, which [`Config::default`](crate::Config::default) permits for `fresh` only.
    #[must_use]
    pub fn claims(&self) -> Map<String, Value> {
        // Verification has read this very text, so that the default is never taken.
        let mut claims: Map<String, Value> = serde_json::from_str(self.inner.payload()).unwrap_or_default();
        for (name, value) in
            [("type", Value::from("access")), ("fresh", Value::from(false)), ("jti", Value::Null)]
        {
            claims.entry(name).or_insert(value);
        }
        claims
    }

    /// The claims as a type of the application's own, parsed from the payload at each call.
    ///
    /// # Errors
    /// [`InvalidToken::Claims`] if they do not fit the type.
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, InvalidToken> {
        serde_json::from_str(self.inner.payload()).map_err(|_| InvalidToken::Claims)
    }

    /// The JOSE header (RFC 7515, 4), parsed at each call.
    #[must_use]
    pub fn header(&self) -> Map<String, Value> {
        // Verification has read this very text, so that the defaults are never taken.
        let segment = self.text().split('.').next().unwrap_or_default();
        let json = URL_SAFE_NO_PAD.decode(segment).unwrap_or_default();
        serde_json::from_slice(&json).unwrap_or_default()
    }

    /// The `jti` claim (RFC 7519, 4.1.7): what revocation is keyed by, together with the issuer.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.inner.registered.id.as_ref().map(|id| id.text(&self.inner.kept))
    }

    /// The `sid` claim, as [`JwtManager::log_in`](crate::JwtManager::log_in) writes it: the session that the token was
    /// issued in. `None` where the manager keeps no sessions, and for the tokens of other issuers.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.inner.registered.session.as_ref().map(|session| session.text(&self.inner.kept))
    }

    /// The `iss` claim (RFC 7519, 4.1.1).
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.inner.registered.issuer.as_ref().map(|issuer| issuer.text(&self.inner.kept))
    }

    /// The kind of the token: its `type` claim, `access` where it has none that is text.
    #[must_use]
    pub fn kind(&self) -> &str {
        let kind = self.inner.registered.kind.as_ref();
        kind.map_or(TokenKind::ACCESS.as_str(), |kind| kind.text(&self.inner.kept))
    }

    /// Whether the token opens what asks for this kind.
    pub(crate) fn is_of_kind(&self, kind: TokenKind) -> bool {
        match kind {
            // As the reference counts.
            TokenKind::ACCESS if self.inner.registered.any_kind_is_access => {
                self.kind() != TokenKind::REFRESH.as_str()
            }
            kind => self.kind() == kind.as_str(),
        }
    }

    /// The `iat` claim (RFC 7519, 4.1.6).
    #[must_use]
    pub fn issued_at(&self) -> Option<SystemTime> {
        self.inner.registered.issued_at.and_then(Moment::to_system_time)
    }

    /// The `nbf` claim (RFC 7519, 4.1.5).
    #[must_use]
    pub fn not_before(&self) -> Option<SystemTime> {
        self.inner.registered.not_before.and_then(Moment::to_system_time)
    }

    /// The `exp` claim (RFC 7519, 4.1.4). `None` is a token that never expires.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.inner.registered.expires_at.and_then(Moment::to_system_time)
    }

    /// Whether the token is fresh at `now`: issued at a login, and not long ago.
    #[must_use]
    pub fn is_fresh_at(&self, now: SystemTime) -> bool {
        self.fresh().is_fresh(now.into())
    }

    /// Whether the `scope` claim (RFC 8693, 4.2: names separated by spaces; a list of names is read too) has
    /// this scope.
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

    /// Where in the request the token was found; `None` if it came from none
    /// ([`JwtManager::decode`](crate::JwtManager::decode)).
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        self.inner.location
    }

    /// Stage 5: that this is the CSRF value of the token, found out in constant time.
    pub(crate) fn check_csrf(&self, value: &[u8]) -> Result<(), TokenError> {
        let claim = || Box::from("csrf");
        let json = self.inner.registered.csrf.as_ref().ok_or_else(|| InvalidToken::ClaimMissing(claim()))?;
        let expected = text(json.text(&self.inner.kept)).ok_or_else(|| InvalidToken::ClaimType(claim()))?;
        // An empty one is none that only the client could know.
        if !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(value)) {
            Ok(())
        } else {
            Err(TokenError::Csrf(CsrfError::Mismatch))
        }
    }

    /// The CSRF value, if it is text.
    pub(crate) fn csrf(&self) -> Option<Box<str>> {
        let json = self.inner.registered.csrf.as_ref()?;
        text(json.text(&self.inner.kept)).map(Into::into)
    }

    pub(crate) fn fresh(&self) -> Fresh {
        self.inner.registered.fresh
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

/// One name, without the spaces that separate them (RFC 6749, 3.3).
fn is_scope(name: &str) -> bool {
    !name.is_empty() && !name.contains(' ')
}

impl<C> fmt::Debug for Token<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}
