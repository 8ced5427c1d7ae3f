//! For `jwt-test`: tokens that nobody has signed, and what a manager requires of its tokens.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::{Authenticated, JwtManager};
use crate::authority::Mapping;
use crate::location::Location;
use crate::policy::RevocationCheck;
use crate::request::{Found, Provenance};
use crate::token::{IntoIdentity, KindRule, Rules, fake};
use crate::{EncodeError, Token, TokenBuilder, TokenError, TokenKind};

#[cfg(not(any(debug_assertions, feature = "insecure-release")))]
compile_error!(
    "the feature `testing` of jwt-core creates authenticated requests without a token, and this build does not have \
     debug assertions. The feature `identity` of jwt-test, which is on by default, enables it. List jwt-test in \
     [dev-dependencies] only, and use a resolver of at least 2. For tests and benchmarks in release mode that do not use \
     `identity` or `assert_guarded`, set `default-features = false, features = [\"aws-lc\"]` for jwt-test. For those that \
     do, read \"Builds without debug assertions\" on the front page of its documentation"
);

/// Returns what a guard would have left for a token with these claims. The signature, the store, and CSRF values are not
/// checked. Everything else is, by the rules of the issuer that `iss` names, or by those of the manager.
///
/// # Errors
///
/// Returns an error if the manager would not accept these claims.
pub fn authenticated(
    jwt: &JwtManager,
    claims: &Map<String, Value>,
    locations: &'static [Location],
    user: Option<Arc<dyn Any + Send + Sync>>,
) -> Result<Authenticated, TokenError> {
    let iss = claims.get("iss").and_then(Value::as_str);
    let payload = json!(claims).to_string();
    let token = with_rules(jwt, iss, |rules| fake(payload, rules, jwt.now()))?;
    token.check_confirmation()?;
    let provenance = Provenance {
        refresh: None,
        revocation: RevocationCheck::Source,
        user,
        ..Provenance::new(locations, false, true)
    };
    Ok(jwt.authenticated(Some(Found { token, provenance })))
}

/// Returns the claims that a token of the manager would have.
///
/// # Errors
///
/// Returns the errors of [`TokenBuilder::encode`], except those about signing.
pub fn claims(token: TokenBuilder<'_>) -> Result<Map<String, Value>, EncodeError> {
    serde_json::from_slice(&token.unsigned()?).map_err(EncodeError::json)
}

/// Returns the claims that the tokens of a trusted issuer have at least. `None` if the manager does not trust it.
#[must_use]
pub fn claims_of_issuer(jwt: &JwtManager, iss: &str, identity: &Value) -> Option<Map<String, Value>> {
    let issuers = jwt.issuers()?;
    let rules = &issuers.of(iss)?.rules;
    let now = jwt.now();
    let mut claims = Map::from_iter([
        ("iss".to_owned(), iss.into()),
        ("iat".to_owned(), now.seconds().into()),
        ("exp".to_owned(), now.plus(Duration::from_secs(3600)).seconds().into()),
    ]);
    if let Some(audience) = rules.parties.audiences.as_ref().and_then(|audiences| audiences.first()) {
        claims.insert("aud".to_owned(), (**audience).into());
    }
    for condition in &rules.claims.conditions {
        if let Some(value) = condition.values.first() {
            claims.insert((*condition.name).to_owned(), (**value).into());
        }
    }
    if let KindRule::Claim(kind) = &rules.claims.kind {
        let access = kind.access.first().map_or(TokenKind::ACCESS.as_str(), |name| name);
        claims.insert((*kind.name).to_owned(), access.into());
    }
    for name in ["sub"].into_iter().chain(rules.claims.identity.claims.first().map(|name| &**name)) {
        claims.insert(name.to_owned(), identity.clone());
    }
    Some(claims)
}

/// Returns the JSON of an identity.
///
/// # Errors
///
/// Returns an error if the value cannot be written as JSON.
pub fn identity_value(identity: impl IntoIdentity) -> Result<Value, serde_json::Error> {
    identity.into_identity().0
}

/// Returns the issuer of all tokens that the manager accepts. `None` if it has keys of its own, or several issuers.
#[must_use]
pub fn only_issuer(jwt: &JwtManager) -> Option<String> {
    let issuers = jwt.issuers().filter(|_| !jwt.has_own_keys())?;
    issuers.only().map(str::to_owned)
}

/// Returns whether the manager accepts tokens other than those of its trusted issuers.
#[must_use]
pub fn has_own_keys(jwt: &JwtManager) -> bool {
    jwt.has_own_keys()
}

/// Signs any bytes with the key that signs the tokens of the manager. `None` if it has none, or if the crypto library
/// fails.
#[must_use]
pub fn sign(jwt: &JwtManager, message: &[u8]) -> Option<Vec<u8>> {
    let keys = jwt.0.keys.load();
    keys.signer()?.sign(message).map(|signature| signature.as_ref().to_vec())
}

/// Returns whether the keys of the manager itself have verified this token, and not those of a trusted issuer.
#[must_use]
pub fn is_own(token: &Token) -> bool {
    token.is_own()
}

/// Returns whether guards let all `OPTIONS` requests through.
#[must_use]
pub fn exempts_options(jwt: &JwtManager) -> bool {
    jwt.locator().exempts_options
}

/// Returns the time of the manager's clock.
#[must_use]
pub fn now(jwt: &JwtManager) -> SystemTime {
    jwt.time()
}

/// Returns whether the manager accepts tokens with this `typ`, of the issuer that `iss` names or of its own.
#[must_use]
pub fn permits_typ(jwt: &JwtManager, iss: Option<&str>, typ: &str) -> bool {
    with_rules(jwt, iss, |rules| rules.claims.typ.is(typ))
}

/// Returns the claim that turns a token of this kind into one of another kind. `None` if no claim does.
#[must_use]
pub fn other_kind(jwt: &JwtManager, iss: Option<&str>, kind: &str) -> Option<(String, Value)> {
    with_rules(jwt, iss, |rules| match &rules.claims.kind {
        KindRule::Claim(claim) => {
            let is_access = kind == TokenKind::ACCESS.as_str();
            let (other, values) = if is_access {
                (TokenKind::REFRESH, &claim.refresh)
            } else {
                (TokenKind::ACCESS, &claim.access)
            };
            let value = values.first().map_or(other.as_str(), |value| value);
            Some(((*claim.name).to_owned(), value.into()))
        }
        // An ID token (OpenID Connect Core 1.0, 2).
        KindRule::Audience => Some(("nonce".to_owned(), "n-0S6_WzA2Mj".into())),
        KindRule::Header | KindRule::IdToken => None,
    })
}

/// Empties the members that hold authorities, and keeps the objects around them.
pub fn clear_authorities(jwt: &JwtManager, iss: Option<&str>, claims: &mut Map<String, Value>) {
    with_rules(jwt, iss, |rules| {
        for path in mapping(rules).paths() {
            let Some((claim, path)) = path.split_first() else { continue };
            let claim = claims.get_mut(&**claim);
            match path.iter().fold(claim, |value, name| value?.get_mut(&**name)) {
                Some(Value::String(names)) => names.clear(),
                Some(Value::Array(names)) => names.clear(),
                Some(Value::Object(names)) => names.clear(),
                _ => {}
            }
        }
    });
}

/// Returns whether this top-level claim holds authorities.
#[must_use]
pub fn holds_authorities(jwt: &JwtManager, iss: Option<&str>, claim: &str) -> bool {
    let is_it = |path: &[Box<str>]| matches!(path, [only] if **only == *claim);
    with_rules(jwt, iss, |rules| mapping(rules).paths().any(is_it))
}

fn mapping(rules: &Rules) -> &Mapping {
    let default = || Mapping::default_of(rules.trusted.is_none());
    rules.claims.authorities.as_deref().unwrap_or_else(default)
}

fn with_rules<T>(jwt: &JwtManager, iss: Option<&str>, read: impl FnOnce(&Rules) -> T) -> T {
    let issuers = jwt.issuers();
    let issuer = issuers.as_ref().zip(iss).and_then(|(issuers, iss)| issuers.of(iss));
    read(issuer.map_or(&jwt.0.runtime.rules, |issuer| &issuer.rules))
}
