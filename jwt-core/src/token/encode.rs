//! New tokens.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::Value;

use super::additional::{Additional, IssueLoaders, members_of};
use super::payload::{Claim, Payload};
use super::random::RandomUuids;
use super::reserved::Fate;
use super::{EncodeError, InSession, IssueRules, Moment, TokenKind};
use crate::keys::Keys;
use crate::wire::{compact, json};

/// The capacity that suffices for the payload of most tokens, in bytes.
const USUAL_PAYLOAD: usize = 384;

enum Expiry {
    Configured,
    In(Duration),
    At(Moment),
    Never,
}

enum Freshness {
    Is(bool),
    For(Duration),
    Until(Moment),
}

/// Builds a token. [`JwtManager::access_token`](crate::JwtManager::access_token) and similar methods create a builder,
/// and [`encode`](Self::encode) signs the token.
///
/// The setters never fail. `encode` returns the first error.
///
/// ```
/// use std::time::Duration;
///
/// use jwt_core::{Config, JwtManager};
///
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let text = jwt
///     .access_token("alice")
///     .fresh()
///     .expires_in(Duration::from_secs(5 * 60))
///     .claim("role", "admin")
///     .encode()?;
///
/// let token = jwt.decode(&text)?;
/// assert!(token.claim("role").is_some_and(|role| role == "admin"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The claims are in the same order as in flask-jwt-extended: `fresh`, `iat`, `jti`, `type`, the identity, `nbf`,
/// `csrf`, `aud`, `iss`, `exp`, and then the additional claims in the order that they were added.
#[must_use = "a token exists only after encode()"]
pub struct TokenBuilder<'a> {
    keys: Arc<Keys>,
    pub(super) rules: &'a IssueRules,
    pub(super) now: Moment,
    pub(super) kind: TokenKind,
    pub(super) identity: Value,
    fresh: Freshness,
    expiry: Expiry,
    pub(super) claims: Additional,
    pub(super) headers: Additional,
    /// The token's own audiences. If empty, the configured ones.
    pub(super) audience: Vec<Box<str>>,
    pub(super) session: Option<InSession>,
    /// The time of the login or exchange that a renewed token came from.
    pub(super) exchanged_at: Option<Moment>,
    pub(super) failed: Option<EncodeError>,
}

impl<'a> TokenBuilder<'a> {
    pub(crate) fn new(keys: Arc<Keys>, rules: &'a IssueRules, now: Moment, kind: TokenKind) -> Self {
        Self {
            keys,
            rules,
            now,
            kind,
            identity: Value::Null,
            fresh: Freshness::Is(false),
            expiry: Expiry::Configured,
            claims: Vec::new(),
            headers: Vec::new(),
            audience: Vec::new(),
            session: None,
            exchanged_at: None,
            failed: None,
        }
    }

    /// Sets the object that the token is issued for, and the identity when it differs. The loaders' claims and headers
    /// come first, so the token's own override them.
    pub(crate) fn identity(
        mut self,
        object: Result<Value, serde_json::Error>,
        identity: Option<Value>,
        loaders: &IssueLoaders,
    ) -> Self {
        let object = match object {
            Ok(object) => object,
            Err(error) => {
                self.fail(EncodeError::json(error));
                return self;
            }
        };
        for (loader, members) in [(&loaders.claims, &mut self.claims), (&loaders.headers, &mut self.headers)]
        {
            match loader.as_ref().map(|loader| loader(&object)) {
                Some(Ok(additional)) => members.extend(additional),
                Some(Err(error)) => {
                    self.failed.get_or_insert(error);
                }
                None => {}
            }
        }
        match (identity, &loaders.identity) {
            (Some(identity), _) => self.identity = identity,
            (None, Some(loader)) => match loader(&object) {
                Ok(identity) => self.identity = identity,
                Err(error) => self.fail(EncodeError::json(error)),
            },
            (None, None) => self.identity = object,
        }
        self
    }

    pub(crate) fn not_fresh(mut self) -> Self {
        self.fresh = Freshness::Is(false);
        self
    }

    /// Makes the token fresh until it expires. Use this when the user has just entered a password.
    pub fn fresh(mut self) -> Self {
        self.fresh = Freshness::Is(true);
        self
    }

    /// Makes the token fresh for this long from now.
    pub fn fresh_for(mut self, duration: Duration) -> Self {
        self.fresh = Freshness::For(duration);
        self
    }

    /// Makes the token fresh until this moment, which can be in the past.
    pub fn fresh_until(self, moment: SystemTime) -> Self {
        self.fresh_until_moment(moment.into())
    }

    pub(crate) fn fresh_until_moment(mut self, moment: Moment) -> Self {
        self.fresh = Freshness::Until(moment);
        self
    }

    /// Sets the lifetime, instead of the configured one. The minimum is one second; fractions of a second are dropped.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.expiry = Expiry::In(lifetime);
        self
    }

    /// Sets when the token expires. The moment can be in the past, because tests need expired tokens.
    pub fn expires_at(mut self, moment: SystemTime) -> Self {
        self.expiry = Expiry::At(moment.into());
        self
    }

    /// Makes the token never expire. `encode` returns an error unless the configuration no longer requires `exp`.
    pub fn insecure_never_expires(mut self) -> Self {
        self.expiry = Expiry::Never;
        self
    }

    /// Adds claims from a map, or from a struct with fields. They override claims from the claims loader.
    ///
    /// A struct can contain claims that this library writes itself, so the same struct can serve for issuing and for
    /// [`Token::extra`](crate::Token::extra):
    ///
    /// | claim | rule |
    /// | --- | --- |
    /// | `exp` | Becomes the expiry. It must be in the future ([`EncodeError::ExpiryClaim`](crate::EncodeError::ExpiryClaim)). [`expires_in`](Self::expires_in), [`expires_at`](Self::expires_at), and [`insecure_never_expires`](Self::insecure_never_expires) override it, and so do the lifetimes of a session. |
    /// | `iat` | The builder overrides it with the current time. |
    /// | `nbf` | The builder overrides it with the current time. It must not be in the future. |
    /// | the identity claim | Must equal the identity. If the identity is the text of an integer, that integer is accepted too, and the token has the integer. RFC 7519, 4.1.2, does not permit this for `sub`: declare it as a string, or use `verify_sub(false)`. |
    /// | `iss`, `aud`, and `type` or the configured kind claim | Must equal the value of the configuration or the builder. |
    /// | `jti`, `fresh`, `csrf`, `sub` if it is not the identity claim, and with a session store `sid`, `auth_time`, and `exchanged_at` | Not allowed. |
    ///
    /// A value of `null` counts as absent for these names. A violation is
    /// [`EncodeError::ReservedClaim`](crate::EncodeError::ReservedClaim).
    /// [`Config::insecure_claim_override`](crate::Config::insecure_claim_override) turns the rules off for tokens
    /// without a session.
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager};
    /// use serde::Serialize;
    ///
    /// #[derive(Serialize)]
    /// struct Claims {
    ///     sub: String,
    ///     exp: u64,
    ///     role: &'static str,
    /// }
    ///
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    /// # let new_year_2100 = 4_102_444_800;
    /// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
    /// let claims = Claims { sub: "alice".to_owned(), exp: new_year_2100, role: "admin" };
    /// let text = jwt.access_token(&claims.sub).claims(&claims).encode()?;
    /// assert_eq!(jwt.decode(&text)?.claims()["exp"], new_year_2100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn claims(mut self, claims: &impl Serialize) -> Self {
        match members_of(claims) {
            Ok(claims) => self.claims.extend(claims),
            Err(error) => self.fail(error),
        }
        self
    }

    /// Adds one claim. The rules of [`claims`](Self::claims) apply.
    pub fn claim(self, name: &str, value: impl Serialize) -> Self {
        self.claims(&BTreeMap::from([(name, value)]))
    }

    /// Adds header parameters (RFC 7515, 4) from a map, or from a struct with fields.
    ///
    /// `alg`, `crit`, and `b64` can't be set. Neither can a `typ` that would be rejected, or the `kid` if the key comes
    /// from a [`KeyRing`](crate::keys::KeyRing).
    pub fn headers(mut self, headers: &impl Serialize) -> Self {
        match members_of(headers) {
            Ok(headers) => self.headers.extend(headers),
            Err(error) => self.fail(error),
        }
        self
    }

    /// Adds one header parameter. The rules of [`headers`](Self::headers) apply.
    pub fn header(self, name: &str, value: impl Serialize) -> Self {
        self.headers(&BTreeMap::from([(name, value)]))
    }

    /// Makes `encode` return this error.
    pub(crate) fn failed(mut self, error: EncodeError) -> Self {
        self.fail(error);
        self
    }

    pub(super) fn fail(&mut self, error: EncodeError) {
        self.failed.get_or_insert(error);
    }

    /// Signs the token and returns it in the compact form (RFC 7515, 7.1).
    ///
    /// # Errors
    ///
    /// Returns an error if a setter received a value that is not allowed, if the token would exceed
    /// [`Config::max_token_bytes`](crate::Config::max_token_bytes), or if the operating system or the key fails.
    pub fn encode(mut self) -> Result<String, EncodeError> {
        self.sign()
    }

    pub(super) fn sign(&mut self) -> Result<String, EncodeError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let signer = self.keys.signer().ok_or(EncodeError::NoSigningKey)?;
        let own;
        let header = match &*self.headers {
            [] => signer.header(),
            _ => {
                own = self.header_segment(signer)?;
                &*own
            }
        };
        let payload = self.payload()?;
        let mut text = String::with_capacity(compact::encoded_len(header.len(), payload.len()));
        text.push_str(header);
        text.push('.');
        compact::encode_into(&payload, &mut text);
        let signature = signer.sign(text.as_bytes()).ok_or(EncodeError::Signing)?;
        text.push('.');
        compact::encode_into(signature.as_ref(), &mut text);
        if text.len() > self.rules.max_token_bytes { Err(EncodeError::TooLarge) } else { Ok(text) }
    }

    pub(super) fn payload(&self) -> Result<Vec<u8>, EncodeError> {
        let rules = self.rules;
        let issued_at = in_range(self.now)?;
        if rules.claims.verify_sub && &*rules.claims.identity_claim == "sub" && !self.identity.is_string() {
            return Err(EncodeError::SubjectNotText);
        }
        if !rules.claims.can_be_empty && (self.identity.is_null() || self.identity == "") {
            return Err(EncodeError::EmptyIdentity);
        }
        let kind = rules.kind_value(self.kind).ok_or(EncodeError::KindName(self.kind.as_str()))?;
        let (mut payload, mut random) = (Payload::with_capacity(16), RandomUuids::default());
        payload.set(
            "fresh",
            match self.fresh {
                Freshness::Is(fresh) => Claim::Bool(fresh),
                Freshness::For(duration) => Claim::Float(fractional(self.now.plus(duration))?),
                Freshness::Until(moment) => Claim::Float(fractional(moment)?),
            },
        );
        payload.set("iat", Claim::Int(issued_at));
        match &self.session {
            Some(session) => payload.set("jti", Claim::Text(&session.id)),
            None => payload.set("jti", Claim::Uuid(random.next()?)),
        }
        payload.set(&rules.claims.kind.name, Claim::Text(kind));
        payload.set(&rules.claims.identity_claim, Claim::Value(&self.identity));
        if rules.claims.nbf {
            payload.set("nbf", Claim::Int(issued_at));
        }
        if rules.csrf {
            match self.session.as_ref().and_then(|session| session.csrf.as_deref()) {
                Some(csrf) => payload.set("csrf", Claim::Text(csrf)),
                None => payload.set("csrf", Claim::Uuid(random.next()?)),
            }
        }
        match self.audiences() {
            [] => {}
            [one] => payload.set("aud", Claim::Text(one)),
            several => payload.set("aud", Claim::List(several)),
        }
        if let Some(issuer) = &rules.parties.issuer {
            payload.set("iss", Claim::Text(issuer));
        }
        match self.exp_claim()? {
            Some(expires_at) => payload.set("exp", Claim::Int(expires_at)),
            None if rules.claims.exp_required => return Err(EncodeError::NeverExpires),
            None => {}
        }
        if let Some(InSession { session, started_at, .. }) = &self.session {
            payload.set("sid", Claim::Text(session));
            payload.set("auth_time", Claim::Int(in_range(*started_at)?));
            if let Some(exchanged_at) = self.exchanged_at {
                payload.set("exchanged_at", Claim::Int(in_range(exchanged_at)?));
            }
        }
        for (name, value) in &self.claims {
            if let Fate::Written = self.additional_claim(name, value)? {
                payload.set(name, Claim::Raw(value));
            }
        }
        let mut json = Vec::with_capacity(USUAL_PAYLOAD);
        serde_json::to_writer(&mut json, &payload).map_err(EncodeError::json)?;
        let ours_alone = self.claims.is_empty() && self.identity.is_string();
        if ours_alone || std::str::from_utf8(&json).is_ok_and(json::is_object) {
            Ok(json)
        } else {
            Err(EncodeError::Json(None))
        }
    }

    /// The `exp` claim, in whole seconds.
    pub(super) fn exp_claim(&self) -> Result<Option<i64>, EncodeError> {
        let end = self.session.as_ref().map(|session| session.ends_at);
        let lifetime = match self.expiry {
            Expiry::Never => None,
            Expiry::Configured => match self.additional_expiry() {
                Some(moment) => return in_range(moment).map(Some),
                None => self.rules.lifetime(self.kind),
            },
            Expiry::In(lifetime) => Some(lifetime),
            Expiry::At(moment) => return in_range(moment).map(Some),
        };
        if lifetime.is_some_and(|lifetime| lifetime < Duration::from_secs(1)) {
            return Err(EncodeError::Lifetime);
        }
        let expires_at = lifetime.map(|lifetime| self.now.plus(lifetime)).into_iter().chain(end).min();
        expires_at.map(in_range).transpose()
    }
}

fn fractional(moment: Moment) -> Result<f64, EncodeError> {
    in_range(moment).map(|_| moment.fractional_seconds())
}

fn in_range(moment: Moment) -> Result<i64, EncodeError> {
    let seconds = moment.seconds();
    Moment::from_seconds(seconds).map(|_| seconds).ok_or(EncodeError::Lifetime)
}

impl fmt::Debug for TokenBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder").field("kind", &self.kind).finish_non_exhaustive()
    }
}
