use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use jwt_core::adapter::{sign_raw, testing};
use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, Secret, SigningKey};
use jwt_core::{JwtManager, Token, TokenError};
use serde_json::{Map, Value, json};

use crate::key::{Key, RSA};
use crate::members::{TIMES, moved};
use crate::{FakeIssuer, Flaw};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const OTHER: &str = "https://other.jwt-test.invalid";

/// A token that the application accepts, from which tokens are derived that are wrong in exactly one thing.
///
/// ```
/// use jwt_test::jwt_core::{Config, JwtManager, Policy, keys::Secret};
/// use jwt_test::{Flaw, GoodToken};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::default().issuer("https://shop.example").audience("orders");
/// let jwt = JwtManager::builder(config).secret(&Secret::generate()?).build()?;
/// let policy = Policy::access().fresh().scopes(&["orders:write"]);
///
/// let good = jwt.access_token("alice").fresh().scopes(["orders:write"]).encode()?;
/// assert!(jwt.verify(&good, &policy).await.is_ok());
///
/// for (flaw, text) in GoodToken::new(&jwt, &good).flawed() {
///     assert!(jwt.verify(&text, &policy).await.is_err(), "{flaw}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// The wrong tokens have the claims, the header parameters, and the key of the good one, so nothing else is wrong with
/// them. The key must therefore be the one that signs the tokens of the manager, or one of the fake issuer. A revoked
/// token is not among them: log in and log out with the manager instead.
pub struct GoodToken<'a> {
    jwt: &'a JwtManager,
    issuer: Option<&'a FakeIssuer>,
    text: String,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    pub(crate) token: Token,
}

impl<'a> GoodToken<'a> {
    /// Takes a token of the manager itself.
    ///
    /// # Panics
    ///
    /// Panics if the manager does not accept the token, has no key that signs, or does not accept the token with a
    /// signature of that key. The last happens with a token of a trusted issuer, with one whose `kid` is that of an
    /// older key, and with a manager whose keys come from loaders.
    #[must_use]
    #[track_caller]
    pub fn new(jwt: &'a JwtManager, text: &str) -> Self {
        if let Err(error) = jwt.decode(text) {
            not_good(&error);
        }
        let good = Self::with_signer(jwt, None, text);
        // Otherwise, every wrong token would also have a wrong signature.
        let signed_again = jwt.decode(&good.sign(&good.header, &good.claims));
        assert!(
            signed_again.is_ok_and(|token| testing::is_own(&token)),
            "the key that signs the tokens of the manager is not the key of the token that should be good: if the token is \
             one of a trusted issuer, pass the issuer to GuardTest::issuer, or call GoodToken::of_issuer"
        );
        good
    }

    /// Takes a token of a fake issuer that the manager trusts.
    ///
    /// # Panics
    ///
    /// Panics if the manager does not accept the claims of the token, or if `iss` or `kid` is not one of the fake
    /// issuer. The signature is not checked, because the manager may not know the keys yet.
    #[must_use]
    #[track_caller]
    pub fn of_issuer(jwt: &'a JwtManager, issuer: &'a FakeIssuer, text: &str) -> Self {
        let good = Self::with_signer(jwt, Some(issuer), text);
        let has_key = |kid: &Value| kid.as_str().is_some_and(|kid| issuer.has_key(kid));
        assert!(
            good.iss() == Some(issuer.url()) && good.header.get("kid").is_none_or(has_key),
            "the token that should be good is not one of the fake issuer {}: pass the issuer to GuardTest::issuer, or to \
             GoodToken::of_issuer, that signed the token, and no issuer if it is one of the manager",
            issuer.url()
        );
        good
    }

    #[track_caller]
    fn with_signer(jwt: &'a JwtManager, issuer: Option<&'a FakeIssuer>, text: &str) -> Self {
        let unverified = jwt.insecure_unverified(text).unwrap_or_else(|error| not_good(&error));
        let (header, claims) = (unverified.header().clone(), unverified.claims().clone());
        let token = accepted(jwt, &claims).unwrap_or_else(|error| not_good(&error));
        Self { jwt, issuer, text: text.to_owned(), header, claims, token }
    }

    /// Returns the text of the good token.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text of a token with this flaw.
    ///
    /// Returns `None` if it would not be one: if the good token is [not fresh](Flaw::Stale) or
    /// [without authorities](Flaw::NoAuthorities) as well, or if the configuration accepts such tokens. For example,
    /// nothing is another [issuer](Flaw::OtherIssuer) if none is configured.
    ///
    /// # Panics
    ///
    /// Panics if the crypto library fails.
    #[must_use]
    #[track_caller]
    pub fn with(&self, flaw: Flaw) -> Option<String> {
        let mut header = self.header.clone();
        let mut claims = self.claims.clone();
        match flaw {
            Flaw::Unsigned => {
                header.insert("alg".to_owned(), "none".into());
                return Some(format!("{}.", signing_input(&header, &claims)));
            }
            Flaw::OtherKey => return Some(self.sign_with_other_key(&header, &claims)),
            Flaw::Tampered => {
                let (_, signature) = self.text.rsplit_once('.')?;
                claims.insert("tampered".to_owned(), true.into());
                return Some(format!("{}.{signature}", signing_input(&header, &claims)));
            }
            Flaw::Garbled => return self.text.get(..self.text.len() / 2).map(str::to_owned),
            Flaw::OtherType => {
                let typ = "logout+jwt";
                header.insert("typ".to_owned(), typ.into());
                return (!testing::permits_typ(self.jwt, self.iss(), typ))
                    .then(|| self.sign(&header, &claims));
            }
            Flaw::Expired => self.expire(&mut claims),
            Flaw::NotYetValid => {
                claims.insert("nbf".to_owned(), seconds(testing::now(self.jwt) + DAY).into());
            }
            Flaw::OtherAudience => {
                claims.insert("aud".to_owned(), OTHER.into());
            }
            Flaw::OtherIssuer => {
                claims.insert("iss".to_owned(), OTHER.into());
            }
            Flaw::OtherKind => {
                let (name, value) = testing::other_kind(self.jwt, self.iss(), self.token.kind())?;
                claims.insert(name, value);
            }
            Flaw::Bound => {
                let thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
                claims.insert("cnf".to_owned(), json!({ "jkt": thumbprint }));
            }
            Flaw::NoExpiry => _ = claims.remove("exp"),
            Flaw::NoId => _ = claims.remove("jti"),
            Flaw::Stale => {
                claims.insert("fresh".to_owned(), false.into());
            }
            Flaw::NoAuthorities => testing::clear_authorities(self.jwt, self.iss(), &mut claims),
        }
        self.is_wrong(flaw, &claims).then(|| self.sign(&header, &claims))
    }

    /// Returns all flaws with the text of a token that has it, except those for which [`with`](Self::with) returns
    /// `None`.
    ///
    /// # Panics
    ///
    /// The iterator panics as `with` does.
    pub fn flawed(&self) -> impl Iterator<Item = (Flaw, String)> {
        Flaw::ALL.iter().filter_map(|flaw| Some((*flaw, self.with(*flaw)?)))
    }

    /// Whether a policy that accepts the good token, and just that one, rejects one with these claims.
    fn is_wrong(&self, flaw: Flaw, claims: &Map<String, Value>) -> bool {
        // The keys of an issuer only verify tokens that name it.
        if flaw == Flaw::OtherIssuer && self.issuer.is_some() {
            return true;
        }
        let token = match accepted(self.jwt, claims) {
            Ok(token) => token,
            Err(TokenError::Invalid(InvalidToken::Kind(_))) if flaw == Flaw::OtherKind => return true,
            // These three concern policies. The manager rejects the token for something else.
            Err(_) => return !matches!(flaw, Flaw::OtherKind | Flaw::Stale | Flaw::NoAuthorities),
        };
        match flaw {
            Flaw::OtherKind => token.kind() != self.token.kind(),
            Flaw::Stale => {
                let now = testing::now(self.jwt);
                self.token.is_fresh_at(now) && !token.is_fresh_at(now)
            }
            Flaw::NoAuthorities => !self.token.authorities().is_empty() && token.authorities().is_empty(),
            _ => false,
        }
    }

    fn iss(&self) -> Option<&str> {
        self.claims.get("iss").and_then(Value::as_str)
    }

    /// Moves all times back, so that the token has expired a day ago.
    fn expire(&self, claims: &mut Map<String, Value>) {
        let expires_at = seconds(testing::now(self.jwt) - DAY);
        let before = claims.get("exp").and_then(Value::as_u64);
        claims.insert("exp".to_owned(), before.unwrap_or(expires_at).into());
        for name in TIMES {
            if let Some(time) = claims.get(name).and_then(Value::as_u64) {
                claims.insert(name.to_owned(), moved(time, before.unwrap_or(time), expires_at).into());
            }
        }
    }

    #[track_caller]
    fn sign(&self, header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
        let Some(issuer) = self.issuer else {
            let text = signing_input(header, claims);
            let signature = testing::sign(self.jwt, text.as_bytes());
            let signature =
                signature.expect("the manager has a key that signs, and not only a loader of keys");
            return format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature));
        };
        let token = issuer.token().claims(claims.clone()).headers(header.clone());
        match header.get("kid").and_then(Value::as_str) {
            Some(kid) => token.signed_by(kid).sign(),
            None => token.sign(),
        }
    }

    #[track_caller]
    fn sign_with_other_key(&self, header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
        if let Some(issuer) = self.issuer {
            return issuer.token().claims(claims.clone()).headers(header.clone()).forged().sign();
        }
        let alg = header.get("alg").and_then(Value::as_str).and_then(|alg| alg.parse().ok());
        let alg = alg.expect("the algorithm of a good token is one that the manager supports");
        let signed = (0..RSA.len()).map(|number| {
            let text = signing_input(header, claims);
            let signature = sign_raw(&other_key(alg, number), text.as_bytes());
            let signature = signature.expect("the crypto library signs");
            format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
        });
        // The manager can have some of the RSA keys.
        let mut rejected = signed.filter(|text| self.jwt.decode(text).is_err());
        rejected.next().expect("the manager does not have all RSA keys of this crate")
    }
}

/// Returns the token with these claims, if the manager accepts them.
pub(crate) fn accepted(jwt: &JwtManager, claims: &Map<String, Value>) -> Result<Token, TokenError> {
    testing::authenticated(jwt, claims, &[], None)?.into_token()
}

#[track_caller]
fn not_good(error: &TokenError) -> ! {
    panic!("the manager does not accept the token that should be good: {}", with_sources(error))
}

/// Returns the text of an error and of its sources.
pub(crate) fn with_sources(error: &(dyn Error + 'static)) -> String {
    let sources = std::iter::successors(Some(error), |error| (*error).source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn signing_input(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let encode = |json: &Map<String, Value>| BASE64_URL_SAFE_NO_PAD.encode(json!(json).to_string());
    format!("{}.{}", encode(header), encode(claims))
}

/// Returns a new key, or the RSA key with this number.
fn other_key(algorithm: Algorithm, number: usize) -> SigningKey {
    if algorithm.min_secret_len().is_none() {
        return Key::generate(algorithm, "other", number).signing;
    }
    let secret = Secret::generate().expect("the operating system has random bytes");
    SigningKey::from_secret(algorithm, secret).expect("the secret is long enough")
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl fmt::Debug for GoodToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoodToken").finish_non_exhaustive()
    }
}
