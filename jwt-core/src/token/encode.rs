//! New tokens.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::claims::REGISTERED;
use super::{Moment, TokenKind, compact, json};
use crate::keys::Keys;

/// Why a token could not be issued: the application's mistake, but for [`EncodeError::Random`] and
/// [`EncodeError::Signing`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Claims, headers or the identity cannot be written as JSON, or are nested too deeply to be read again.
    #[error("cannot be written as JSON")]
    Json(#[source] Option<serde_json::Error>),
    /// The expiry does not lie between the years 1 and 9999, or the lifetime is under a second.
    #[error("lifetime must be at least one second, and end before the year 10000")]
    Lifetime,
    /// The configuration requires `exp`, and this token would have none.
    #[error("required_claims has exp: this token would be refused, because it never expires")]
    NeverExpires,
    /// Additional claims or headers are no JSON object.
    #[error("additional claims and headers must be a JSON object: a map, or a struct with fields")]
    NotAnObject,
    /// The operating system gave no random bytes.
    #[error("operating system gave no random bytes")]
    Random,
    /// An additional claim would overwrite one that this library writes.
    #[error(
        "claim {0:?} is written by this library; rename it, or set Config::insecure_claim_override(true)"
    )]
    ReservedClaim(Box<str>),
    /// An additional header would make the token mean something else, or be refused.
    #[error("header {0:?} cannot be set to this")]
    ReservedHeader(Box<str>),
    /// The key refused to sign.
    #[error("key refused to sign")]
    Signing,
    /// The identity is no string (RFC 7519, 4.1.2), so that the token would be refused.
    #[error("identity must be a string: write an id as text, or set Config::verify_sub(false)")]
    SubjectNotText,
    /// The token is longer than the cap on accepted ones.
    #[error("token would be longer than max_token_bytes")]
    TooLarge,
}

/// How tokens are issued; the compiled form of the configuration.
#[derive(Debug)]
pub(crate) struct IssueRules {
    pub(crate) access_lifetime: Option<Duration>,
    pub(crate) refresh_lifetime: Option<Duration>,
    pub(crate) identity_claim: Box<str>,
    pub(crate) audience: Vec<Box<str>>,
    pub(crate) issuer: Option<Box<str>>,
    pub(crate) nbf: bool,
    pub(crate) csrf: bool,
    pub(crate) verify_sub: bool,
    pub(crate) exp_required: bool,
    pub(crate) claim_override: bool,
    pub(crate) any_typ: bool,
    pub(crate) max_token_bytes: usize,
}

impl IssueRules {
    fn lifetime(&self, kind: TokenKind) -> Option<Duration> {
        if kind == TokenKind::REFRESH {
            self.refresh_lifetime
        } else {
            self.access_lifetime
        }
    }
}

/// Additional claims or headers, in the order in which they were given.
pub(crate) type Additional = Vec<(Box<str>, Box<RawValue>)>;

/// Gives additional claims or headers for an identity.
pub(crate) type Loader = dyn Fn(&Value) -> Result<Additional, EncodeError> + Send + Sync;

/// Takes any map or struct apart, keeping its order.
pub(crate) fn members_of(value: &impl Serialize) -> Result<Additional, EncodeError> {
    let json = serde_json::to_string(value).map_err(|error| EncodeError::Json(Some(error)))?;
    serde_json::from_str::<Ordered>(&json)
        .map(|ordered| ordered.0)
        .map_err(|_| EncodeError::NotAnObject)
}

struct Ordered(Additional);

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OrderedVisitor;

        impl<'de> Visitor<'de> for OrderedVisitor {
            type Value = Ordered;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Ordered(members))
            }
        }

        deserializer.deserialize_map(OrderedVisitor)
    }
}

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

/// A token to be issued: made by [`JwtManager::access_token`](crate::JwtManager::access_token) and its
/// siblings, finished by [`encode`](Self::encode), which is where every mistake shows.
///
/// Claims are written in the reference's order: `fresh`, `iat`, `jti`, `type`, identity, `nbf`, `csrf`, `aud`,
/// `iss`, `exp`, then additional ones as given.
#[must_use = "a token exists only after encode()"]
pub struct TokenBuilder<'a> {
    keys: &'a Keys,
    rules: &'a IssueRules,
    now: Moment,
    kind: TokenKind,
    identity: Value,
    fresh: Freshness,
    expiry: Expiry,
    claims: Additional,
    headers: Additional,
    failed: Option<EncodeError>,
}

impl<'a> TokenBuilder<'a> {
    pub(crate) fn new(
        keys: &'a Keys,
        rules: &'a IssueRules,
        now: Moment,
        kind: TokenKind,
        identity: Result<Value, serde_json::Error>,
    ) -> Self {
        let (identity, failed) = match identity {
            Ok(identity) => (identity, None),
            Err(error) => (Value::Null, Some(EncodeError::Json(Some(error)))),
        };
        Self {
            keys,
            rules,
            now,
            kind,
            identity,
            fresh: Freshness::Is(false),
            expiry: Expiry::Configured,
            claims: Vec::new(),
            headers: Vec::new(),
            failed,
        }
    }

    /// Puts the loaders' claims and headers first, so that the token's own win over them.
    pub(crate) fn with_loaders(mut self, claims: Option<&Loader>, headers: Option<&Loader>) -> Self {
        for (loader, members) in [(claims, &mut self.claims), (headers, &mut self.headers)] {
            match loader.map(|loader| loader(&self.identity)) {
                Some(Ok(additional)) => members.extend(additional),
                Some(Err(error)) => {
                    self.failed.get_or_insert(error);
                }
                None => {}
            }
        }
        self
    }

    /// Fresh for its whole life: right after the user gave a password.
    pub fn fresh(mut self) -> Self {
        self.fresh = Freshness::Is(true);
        self
    }

    /// Fresh for this long from now on.
    pub fn fresh_for(mut self, duration: Duration) -> Self {
        self.fresh = Freshness::For(duration);
        self
    }

    /// Fresh until this moment, which may have passed.
    pub fn fresh_until(mut self, moment: SystemTime) -> Self {
        self.fresh = Freshness::Until(moment.into());
        self
    }

    /// Expires after this long, instead of the configured lifetime. At least one second; whole seconds are
    /// written.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.expiry = Expiry::In(lifetime);
        self
    }

    /// Expires at this moment, which may have passed: tests need expired tokens.
    pub fn expires_at(mut self, moment: SystemTime) -> Self {
        self.expiry = Expiry::At(moment.into());
        self
    }

    /// Never expires. Refused unless the configuration no longer requires `exp`.
    pub fn insecure_never_expires(mut self) -> Self {
        self.expiry = Expiry::Never;
        self
    }

    /// Adds claims: any map, or struct with fields. They win over those of the loader.
    pub fn claims(mut self, claims: &impl Serialize) -> Self {
        match members_of(claims) {
            Ok(claims) => self.claims.extend(claims),
            Err(error) => self.fail(error),
        }
        self
    }

    /// Adds one claim.
    pub fn claim(self, name: &str, value: impl Serialize) -> Self {
        self.claims(&BTreeMap::from([(name, value)]))
    }

    /// Adds header parameters (RFC 7515, 4): any map, or struct with fields. `alg`, `crit` and `b64` are not
    /// open to it, nor is a `typ` that would be refused.
    pub fn headers(mut self, headers: &impl Serialize) -> Self {
        match members_of(headers) {
            Ok(headers) => self.headers.extend(headers),
            Err(error) => self.fail(error),
        }
        self
    }

    /// Adds one header parameter.
    pub fn header(self, name: &str, value: impl Serialize) -> Self {
        self.headers(&BTreeMap::from([(name, value)]))
    }

    fn fail(&mut self, error: EncodeError) {
        self.failed.get_or_insert(error);
    }

    /// Signs the token and gives its compact text.
    ///
    /// # Errors
    /// Whatever a setter was given that cannot be, and what the operating system or the key refuse.
    pub fn encode(mut self) -> Result<String, EncodeError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut text = self.header_segment()?;
        text.push('.');
        text.push_str(&compact::encode(self.payload()?.as_bytes()));
        let signature = self.keys.sign(text.as_bytes()).ok_or(EncodeError::Signing)?;
        text.push('.');
        text.push_str(&compact::encode(&signature));
        if text.len() > self.rules.max_token_bytes {
            Err(EncodeError::TooLarge)
        } else {
            Ok(text)
        }
    }

    fn header_segment(&self) -> Result<String, EncodeError> {
        if self.headers.is_empty() {
            return Ok(self.keys.signing_header().to_owned());
        }
        let algorithm = self.keys.signing_algorithm();
        let mut members = BTreeMap::from([
            ("alg", Value::from(algorithm.as_str())),
            ("typ", Value::from("JWT")),
        ]);
        for (name, value) in &self.headers {
            let value: Value =
                serde_json::from_str(value.get()).map_err(|error| EncodeError::Json(Some(error)))?;
            let refused = match &**name {
                "alg" | "crit" | "b64" => true,
                "kid" => !value.is_string(),
                "typ" => !self.rules.any_typ && value != "JWT",
                _ => false,
            };
            if refused {
                return Err(EncodeError::ReservedHeader(name.clone()));
            }
            members.insert(name, value);
        }
        // The reference leaves `typ` out where it was set to nothing.
        if members.get("typ").is_some_and(Value::is_null) {
            members.remove("typ");
        }
        let json = serde_json::to_string(&members).map_err(|error| EncodeError::Json(Some(error)))?;
        Ok(compact::encode(json.as_bytes()))
    }

    fn payload(&self) -> Result<String, EncodeError> {
        let rules = self.rules;
        let issued_at = self.now.seconds();
        if rules.verify_sub && &*rules.identity_claim == "sub" && !self.identity.is_string() {
            return Err(EncodeError::SubjectNotText);
        }
        let mut payload = Payload(Vec::with_capacity(16));
        payload.set(
            "fresh",
            match self.fresh {
                Freshness::Is(fresh) => Claim::Bool(fresh),
                Freshness::For(duration) => Claim::Float(self.now.plus(duration).fractional_seconds()),
                Freshness::Until(moment) => Claim::Float(moment.fractional_seconds()),
            },
        );
        payload.set("iat", Claim::Int(issued_at));
        payload.set("jti", Claim::Uuid(random_uuid()?));
        payload.set("type", Claim::Text(self.kind.as_str()));
        payload.set(&rules.identity_claim, Claim::Value(&self.identity));
        if rules.nbf {
            payload.set("nbf", Claim::Int(issued_at));
        }
        if rules.csrf {
            payload.set("csrf", Claim::Uuid(random_uuid()?));
        }
        match &*rules.audience {
            [] => {}
            [one] => payload.set("aud", Claim::Text(one)),
            several => payload.set("aud", Claim::List(several)),
        }
        if let Some(issuer) = &rules.issuer {
            payload.set("iss", Claim::Text(issuer));
        }
        match self.exp_claim()? {
            Some(expires_at) => payload.set("exp", Claim::Int(expires_at)),
            None if rules.exp_required => return Err(EncodeError::NeverExpires),
            None => {}
        }
        for (name, value) in &self.claims {
            let reserved =
                REGISTERED.contains(&&**name) || **name == *rules.identity_claim || &**name == "csrf";
            if reserved && !rules.claim_override {
                return Err(EncodeError::ReservedClaim(name.clone()));
            }
            payload.set(name, Claim::Raw(value));
        }
        let json = serde_json::to_string(&payload).map_err(|error| EncodeError::Json(Some(error)))?;
        // What others wrote may be nested more deeply than a verifier reads.
        let ours_alone = self.claims.is_empty() && self.identity.is_string();
        if ours_alone || json::is_readable(&json) {
            Ok(json)
        } else {
            Err(EncodeError::Json(None))
        }
    }

    /// The `exp` claim, in whole seconds.
    fn exp_claim(&self) -> Result<Option<i64>, EncodeError> {
        let lifetime = match self.expiry {
            Expiry::Never => None,
            Expiry::Configured => self.rules.lifetime(self.kind),
            Expiry::In(lifetime) => Some(lifetime),
            Expiry::At(moment) => return in_range(moment).map(Some),
        };
        let Some(lifetime) = lifetime else {
            return Ok(None);
        };
        if lifetime < Duration::from_secs(1) {
            return Err(EncodeError::Lifetime);
        }
        in_range(self.now.plus(lifetime)).map(Some)
    }
}

fn in_range(moment: Moment) -> Result<i64, EncodeError> {
    let seconds = moment.seconds();
    Moment::from_seconds(seconds)
        .map(|_| seconds)
        .ok_or(EncodeError::Lifetime)
}

/// A version 4 UUID (RFC 9562, 5.4), as the reference has for `jti` and `csrf`.
fn random_uuid() -> Result<Uuid, EncodeError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| EncodeError::Random)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

impl fmt::Debug for TokenBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Claims in their order; setting one again changes it where it stands.
struct Payload<'a>(Vec<(&'a str, Claim<'a>)>);

#[derive(Serialize)]
#[serde(untagged)]
enum Claim<'a> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    List(&'a [Box<str>]),
    Uuid(#[serde(serialize_with = "hyphenated")] Uuid),
    Value(&'a Value),
    Raw(&'a RawValue),
}

fn hyphenated<S: Serializer>(uuid: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

impl<'a> Payload<'a> {
    fn set(&mut self, name: &'a str, claim: Claim<'a>) {
        match self.0.iter_mut().find(|(there, _)| *there == name) {
            Some((_, there)) => *there = claim,
            None => self.0.push((name, claim)),
        }
    }
}

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, claim) in &self.0 {
            map.serialize_entry(name, claim)?;
        }
        map.end()
    }
}
