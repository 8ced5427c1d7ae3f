use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use jwt_core::adapter::sign_raw;
use jwt_core::keys::SigningKey;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::key::random_id;
use crate::members::{Members, object};
use crate::shared::Shared;

const LIFETIME: Duration = Duration::from_secs(3600);

/// A token of a [`FakeIssuer`](crate::FakeIssuer) before it is signed. Create one with
/// [`FakeIssuer::token`](crate::FakeIssuer::token).
///
/// It has these header parameters and claims, of which you can change each:
///
/// | name | value |
/// | --- | --- |
/// | `alg`, `kid` | those of the key |
/// | `typ` | `JWT` |
/// | `iss` | the [name](crate::FakeIssuer::url) of the issuer |
/// | `sub` | `user` |
/// | `aud` | the [audience](crate::FakeIssuerBuilder::audience) of the issuer, `api` |
/// | `iat` | the time of the issuer's [clock](crate::FakeIssuerBuilder::clock) |
/// | `exp` | one hour after `iat` |
/// | `jti` | a new one for each signature |
///
/// Nothing checks the values, so that a test can try any. Of two calls that concern the same claim, the last one wins.
///
/// ```
/// use jwt_test::FakeIssuer;
///
/// let issuer = FakeIssuer::start();
/// let service = issuer.token().subject("service").header("typ", "at+jwt").claim("scope", "read write");
/// let without_expiry = service.clone().without("exp");
/// assert_ne!(service.sign(), without_expiry.sign());
/// ```
#[derive(Clone)]
#[must_use = "a token is signed with sign()"]
pub struct FakeToken {
    issuer: Arc<Shared>,
    header: Members,
    claims: Members,
    payload: Option<Vec<u8>>,
    issued_at: Option<SystemTime>,
    key: Choice,
}

/// The key that signs.
#[derive(Clone)]
enum Choice {
    Current,
    OfId(String),
    Given(SigningKey),
    /// A key and a `kid` that the issuer never had.
    Unknown,
    /// A key that the issuer never had, with the current `kid`.
    Forged,
    Nothing,
}

impl FakeToken {
    pub(crate) fn new(issuer: Arc<Shared>) -> Self {
        Self {
            issuer,
            header: Members::default(),
            claims: Members::default(),
            payload: None,
            issued_at: None,
            key: Choice::Current,
        }
    }

    /// Sets a claim.
    ///
    /// # Panics
    ///
    /// Panics if the value cannot be written as JSON.
    #[track_caller]
    pub fn claim(mut self, name: &str, value: impl Serialize) -> Self {
        self.claims.set(name, json!(value));
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Replaces all claims, including the default ones.
    ///
    /// # Panics
    ///
    /// Panics if the value is not a JSON object. [`payload`](Self::payload) accepts anything.
    #[track_caller]
    pub fn claims(mut self, claims: impl Into<Value>) -> Self {
        self.claims.replace(object(claims.into(), "the claims of a token"));
        self
    }

    /// Sets the whole payload to these bytes, such as JSON with two claims of one name. All claims are ignored.
    pub fn payload(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.payload = Some(bytes.into());
        self
    }

    /// Sets the `sub` claim.
    pub fn subject(mut self, subject: impl Into<Value>) -> Self {
        self.claims.set("sub", subject.into());
        self
    }

    /// Sets the `aud` claim: one name, or a list of them.
    pub fn audience(mut self, audience: impl Into<Value>) -> Self {
        self.claims.set("aud", audience.into());
        self
    }

    /// Sets the `iat` claim, and `exp` to one hour later, in whole seconds. [`expires_at`](Self::expires_at) and other
    /// calls that set these claims win, in any order.
    ///
    /// If the claims already have an `iat`, such as those of a [shape](Self::shape), all their times move with it, so the
    /// lifetime stays the same.
    pub fn issued_at(mut self, moment: SystemTime) -> Self {
        if !self.claims.move_times(u64::try_from(seconds(moment)).unwrap_or(0)) {
            self.issued_at = Some(moment);
        }
        self
    }

    /// Sets the `exp` claim, in whole seconds.
    pub fn expires_at(mut self, moment: SystemTime) -> Self {
        self.claims.set("exp", seconds(moment).into());
        self
    }

    /// Sets a header parameter. `alg` does not change the algorithm that signs.
    ///
    /// # Panics
    ///
    /// Panics if the value cannot be written as JSON.
    #[track_caller]
    pub fn header(mut self, name: &str, value: impl Serialize) -> Self {
        self.header.set(name, json!(value));
        self
    }

    /// Removes a header parameter.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Replaces the whole header, including `alg` and `kid`.
    ///
    /// # Panics
    ///
    /// Panics if the value is not a JSON object.
    #[track_caller]
    pub fn headers(mut self, header: impl Into<Value>) -> Self {
        self.header.replace(object(header.into(), "the header of a token"));
        self
    }

    /// Signs with the issuer's key of this `kid`, such as one that no longer signs.
    ///
    /// # Panics
    ///
    /// [`sign`](Self::sign) panics if the issuer does not have the key.
    pub fn signed_by(mut self, kid: impl Into<String>) -> Self {
        self.key = Choice::OfId(kid.into());
        self
    }

    /// Signs with this key. Its [id](jwt_core::keys::VerifyingKey::id) becomes the `kid`.
    pub fn signed_with(mut self, key: SigningKey) -> Self {
        self.key = Choice::Given(key);
        self
    }

    /// Signs with a key that the issuer never had, and with a random `kid`. Every signature has a different one.
    pub fn signed_by_unknown_key(mut self) -> Self {
        self.key = Choice::Unknown;
        self
    }

    /// Signs with a key that the issuer never had, and with the `kid` of the current key.
    pub fn forged(mut self) -> Self {
        self.key = Choice::Forged;
        self
    }

    /// Does not sign: `alg` is `none` and the signature is empty (RFC 7519, 6).
    pub fn unsigned(mut self) -> Self {
        self.key = Choice::Nothing;
        self
    }

    /// Signs the token and returns it in the compact form (RFC 7515, 7.1).
    ///
    /// Each call signs with the key that the issuer has at that time, and with a new `jti`.
    ///
    /// # Panics
    ///
    /// Panics if [`signed_by`](Self::signed_by) named a key that does not exist, or if the crypto library fails.
    #[must_use]
    #[track_caller]
    pub fn sign(&self) -> String {
        let (key, kid) = self.key();
        let header = self.header.applied_to(self.default_header(key.as_ref(), kid));
        let payload = match &self.payload {
            Some(payload) => payload.clone(),
            None => Value::Object(self.claims.applied_to(self.default_claims())).to_string().into_bytes(),
        };
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let signed = format!("{}.{}", encode(Value::Object(header).to_string().as_bytes()), encode(&payload));
        let signature = key.map_or_else(Vec::new, |key| {
            sign_raw(&key, signed.as_bytes()).expect("the crypto library signs")
        });
        format!("{signed}.{}", encode(&signature))
    }

    /// The key that signs and its `kid`. `None` for a token without a signature.
    #[track_caller]
    fn key(&self) -> (Option<SigningKey>, Option<String>) {
        let state = self.issuer.state();
        let ring = &state.ring;
        let key = match &self.key {
            Choice::Current => ring.signing().clone(),
            Choice::OfId(id) => match ring.of_id(id) {
                Some(key) => key.clone(),
                None => panic!("the fake issuer does not have a key with the kid {id:?}"),
            },
            Choice::Given(key) => {
                let id = key.verifying_key().id().map(str::to_owned);
                return (Some(key.clone()), id);
            }
            Choice::Unknown => ring.unknown(format!("unknown-{}", random_id())),
            Choice::Forged => ring.unknown(ring.signing().id.clone()),
            Choice::Nothing => return (None, None),
        };
        (Some(key.signing), Some(key.id).filter(|_| self.issuer.with_kid))
    }

    fn default_header(&self, key: Option<&SigningKey>, kid: Option<String>) -> Map<String, Value> {
        let algorithm = key.map_or("none", |key| key.algorithm().as_str());
        let mut header =
            Map::from_iter([("alg".to_owned(), algorithm.into()), ("typ".to_owned(), "JWT".into())]);
        header.extend(kid.map(|kid| ("kid".to_owned(), kid.into())));
        header
    }

    fn default_claims(&self) -> Map<String, Value> {
        let now = self.issued_at.unwrap_or_else(|| (self.issuer.clock)());
        let claims = json!({
            "iss": self.issuer.addresses.issuer,
            "sub": "user",
            "aud": self.issuer.audience,
            "iat": seconds(now),
            "exp": seconds(now + LIFETIME),
            "jti": random_id(),
        });
        object(claims, "the claims of a token")
    }
}

/// A moment as a claim has it: in whole seconds, rounded down (RFC 7519, 2).
fn seconds(moment: SystemTime) -> i64 {
    let whole = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match moment.duration_since(UNIX_EPOCH) {
        Ok(after) => whole(after),
        Err(error) => {
            let before = error.duration();
            -whole(before) - i64::from(before.subsec_nanos() > 0)
        }
    }
}

impl fmt::Debug for FakeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeToken").field("issuer", &self.issuer.addresses.issuer).finish_non_exhaustive()
    }
}
