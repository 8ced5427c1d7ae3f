mod source;

pub use source::KeySource;

use std::fmt;
use std::sync::Arc;

use source::DynKeySource;

use crate::ConfigError;
use crate::config::{cannot_be_identity_claim, cannot_be_kind_claim};
use crate::error::BoxError;
use crate::keys::{Algorithm, Backend, KeySet};
use crate::token::{
    ClaimRules, IdentityRule, KindClaim, KindRule, MOST_IDENTITY_CLAIMS, PartyRules, Rules, TYPE, TokenKind,
    Typ,
};

/// Another service whose tokens are accepted, in addition to the manager's own.
///
/// An issuer has its own keys and rules. The `iss` claim of a token selects the issuer before the token is verified,
/// and is compared again afterwards. One issuer's key therefore never verifies another issuer's token (RFC 8725, 3.8).
///
/// The leeways and the maximum token size come from the [`Config`](crate::Config).
///
/// # Where its tokens are accepted
///
/// A manager that also has keys of its own accepts the tokens of an issuer only on routes whose
/// [`Policy`](crate::Policy#issuers) names the issuer. A manager without keys of its own accepts them on all routes. In
/// both cases they are only ever access tokens: the manager's refresh tokens, custom kinds, and fresh tokens are always
/// its own. The [user loader](crate::JwtManagerBuilder::user_lookup_loader) does not see them, because an identity at
/// one issuer is not the same user at another one.
///
/// # Access tokens
///
/// An issuer signs more than access tokens: ID tokens, refresh tokens, and logout tokens can have the same key and
/// audience. An issuer therefore has one rule for what an access token is:
///
/// | rule | access tokens |
/// | --- | --- |
/// | none of the following | have `"type": "access"`, like those of this library |
/// | [`kind_claim`](Self::kind_claim) | have a claim with one of some values |
/// | [`access_typ`](Self::access_typ) | have one of some `typ` header parameters |
/// | [`rfc9068`](Self::rfc9068) | have the `typ` and the claims of RFC 9068 |
/// | [`audience_alone`](Self::audience_alone) | have the right audience |
///
/// ```
/// use jwt_core::keys::KeySet;
/// use jwt_core::{Config, Issuer, JwtManager};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let login = Issuer::new("https://login.example", KeySet::from_jwks(jwks)?)
///     .audience("https://api.example")
///     .rfc9068();
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login).build()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "an issuer does nothing until it is passed to trusted_issuer()"]
pub struct Issuer {
    name: Box<str>,
    keys: IssuerKeys,
    algorithms: Vec<Algorithm>,
    audiences: Vec<Box<str>>,
    required: Vec<Box<str>>,
    allow_missing_exp: bool,
    identity_claims: Vec<Box<str>>,
    /// The rules that were set. More than one is an error.
    kinds: Vec<IssuerKind>,
    any_typ: bool,
    confirmed_by_gateway: bool,
}

/// The rule for what an access token is.
enum IssuerKind {
    Claim { name: Box<str>, access: Vec<Box<str>> },
    Typ(Vec<Box<str>>),
    AtJwt,
    Audience,
}

enum IssuerKeys {
    Fixed(Arc<KeySet>),
    Source(Arc<dyn DynKeySource>),
}

impl Issuer {
    /// Creates an issuer with these keys. `name` is the exact `iss` of its tokens (RFC 7519, 4.1.1). It must not be
    /// empty.
    ///
    /// By default, the issuer is assumed to be another service that uses this library, so its tokens must have `exp`,
    /// `sub`, and `"type": "access"`. The other methods change that.
    pub fn new(name: impl Into<Box<str>>, keys: KeySet) -> Self {
        Self::with(name.into(), IssuerKeys::Fixed(Arc::new(keys)))
    }

    /// Creates an issuer whose keys change. `name` is the exact `iss` of its tokens (RFC 7519, 4.1.1). It must not be
    /// empty.
    pub fn with_source(name: impl Into<Box<str>>, source: impl KeySource) -> Self {
        Self::with(name.into(), IssuerKeys::Source(Arc::new(source)))
    }

    fn with(name: Box<str>, keys: IssuerKeys) -> Self {
        Self {
            name,
            keys,
            algorithms: Vec::new(),
            audiences: Vec::new(),
            required: Vec::new(),
            allow_missing_exp: false,
            identity_claims: vec!["sub".into()],
            kinds: Vec::new(),
            any_typ: false,
            confirmed_by_gateway: false,
        }
    }

    /// Adds an accepted audience. A token's `aud` must contain at least one of them (RFC 7519, 4.1.3). Default: none. A
    /// token must then not have an `aud`. An audience must not be empty.
    pub fn audience(mut self, audience: impl Into<Box<str>>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Sets the algorithms that a token can use. Default: those of the keys.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Requires these claims in every token, in addition to `iss`, `exp`, the identity, and the claim that holds the
    /// kind. The names must not be empty. Each call adds to the earlier ones.
    ///
    /// Tokens without `jti` can't be revoked on their own, so add `jti` if you revoke this issuer's tokens.
    pub fn required_claims<S: Into<Box<str>>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.required.extend(names.into_iter().map(Into::into));
        self
    }

    /// Sets whether to accept tokens without `exp`, which never expire (RFC 7519, 4.1.4). Default: no.
    ///
    /// A stolen token of this kind works until the issuer's key is replaced. [`rfc9068`](Self::rfc9068) requires `exp`
    /// in any case.
    pub const fn insecure_allow_missing_exp(mut self, lenient: bool) -> Self {
        self.allow_missing_exp = lenient;
        self
    }

    /// Sets the claims that can hold the identity. The first one that a token has is its identity. Default: `sub`.
    ///
    /// Use this if the tokens of machines lack `sub`: `["sub", "client_id"]` or `["sub", "azp"]`. There can be at most
    /// four names. They must not be empty or the name of a claim with a different meaning, such as `jti`. A token with
    /// none of these claims is rejected, and so is a token whose first one is empty, null, or neither a string nor a
    /// number.
    ///
    /// Make sure that no user of the issuer can have the id of a machine.
    /// [`Config::identity_claim`](crate::Config::identity_claim) does not apply to issuers.
    pub fn identity_claims<S: Into<Box<str>>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.identity_claims = names.into_iter().map(Into::into).collect();
        self
    }

    /// Accepts tokens whose claim `name` has one of these values as access tokens. The claim is required, and a token
    /// with a different value is not an access token.
    ///
    /// Examples are `("token_use", ["access"])` for Amazon Cognito and `("typ", ["Bearer"])` for Keycloak. The values
    /// must not be empty or `refresh`.
    pub fn kind_claim<S: Into<Box<str>>>(
        mut self,
        name: impl Into<Box<str>>,
        access: impl IntoIterator<Item = S>,
    ) -> Self {
        let access = access.into_iter().map(Into::into).collect();
        self.kinds.push(IssuerKind::Claim { name: name.into(), access });
        self
    }

    /// Accepts tokens with one of these `typ` header parameters as access tokens, and no others. The `typ` is compared
    /// without regard to case and to the prefix `application/` (RFC 7515, 4.1.9).
    ///
    /// `JWT` is not allowed here, because it does not distinguish access tokens from other tokens. If the issuer follows
    /// RFC 9068, use [`rfc9068`](Self::rfc9068).
    pub fn access_typ<S: Into<Box<str>>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.kinds.push(IssuerKind::Typ(values.into_iter().map(Into::into).collect()));
        self
    }

    /// Accepts access tokens as RFC 9068 defines them. `typ` must be `at+jwt`, and all claims that section 2.2 requires
    /// must be present. Each token is an access token, regardless of its `type` claim.
    ///
    /// An [`audience`](Self::audience) must be set (RFC 9068, 4).
    pub fn rfc9068(mut self) -> Self {
        self.kinds.push(IssuerKind::AtJwt);
        self
    }

    /// Accepts every token with the right [`audience`](Self::audience), which must be set, as an access token.
    ///
    /// Use this only for issuers that mark access tokens in no other way, and only if no other token of the issuer has
    /// this audience. The audience of an ID token is the client, so the audience of the API must not be the id of a
    /// client. As a second line of defense, tokens with `nonce`, `at_hash`, or `c_hash` are rejected, which are claims
    /// of ID tokens (OpenID Connect Core 1.0, 2 and 3.3.2.11), and so are tokens with `"type": "refresh"`.
    pub fn audience_alone(mut self) -> Self {
        self.kinds.push(IssuerKind::Audience);
        self
    }

    /// Sets whether a gateway in front of this service has checked the proof of possession that belongs to a token with
    /// a `cnf` claim (RFC 7800, 3). Default: no, so such tokens are rejected.
    ///
    /// Without such a gateway, this option makes tokens that are bound to a key usable by anyone who steals them.
    pub const fn confirmed_by_gateway(mut self, confirmed: bool) -> Self {
        self.confirmed_by_gateway = confirmed;
        self
    }

    /// Sets whether to accept any `typ` header parameter, instead of `JWT` or none (RFC 8725, 3.11). Default: no.
    pub const fn any_typ(mut self, lenient: bool) -> Self {
        self.any_typ = lenient;
        self
    }

    /// Combines the rules of the configuration with those of this issuer.
    pub(crate) fn compile(mut self, own: &Rules, backend: Backend) -> Result<TrustedIssuer, ConfigError> {
        if self.name.is_empty() {
            return Err(ConfigError::invalid(
                "Issuer::new",
                "must not have an empty name: pass the issuer's iss",
            ));
        }
        if self.audiences.iter().any(|audience| audience.is_empty()) {
            return Err(ConfigError::invalid(
                "Issuer::audience",
                "must not be empty, because no token could match: remove the call or pass a name",
            ));
        }
        if self.required.iter().any(|name| name.is_empty()) {
            return Err(ConfigError::invalid(
                "Issuer::required_claims",
                "must not contain an empty name, because no token could match it: remove it",
            ));
        }
        self.check_identity_claims()?;
        let mut required = std::mem::take(&mut self.required);
        let (typ, kind) = self.kind_rule()?;
        let needed: &[&str] = match &kind {
            // RFC 9068, 2.2: all of them are required.
            _ if typ == Typ::AtJwt => &["iss", "exp", "aud", "sub", "client_id", "iat", "jti"],
            _ if self.allow_missing_exp => &[],
            _ => &["exp"],
        };
        let kind_claim = match &kind {
            KindRule::Claim(claim) => Some(&*claim.name),
            KindRule::Header | KindRule::Audience => None,
        };
        required.extend(needed.iter().copied().chain(kind_claim).map(Box::from));
        if let IssuerKeys::Fixed(keys) = &self.keys
            && !self.algorithms.is_empty()
            && !self.algorithms.iter().any(|algorithm| keys.serves(*algorithm))
        {
            return Err(ConfigError::invalid(
                "Issuer::algorithms",
                "must include an algorithm of the issuer's keys: remove the call, or pass other keys",
            ));
        }
        let rules = Rules {
            max_token_bytes: own.max_token_bytes,
            own: false,
            algorithms: self.algorithms,
            // Its `sid` names one of its own sessions, not one of our sessions.
            sessions: false,
            claims: ClaimRules {
                typ,
                kind,
                identity: IdentityRule {
                    claims: self.identity_claims,
                    can_be_empty: false,
                    can_be_any_value: false,
                },
                required,
                ignore_confirmation: self.confirmed_by_gateway,
                // The leniencies of the configuration only apply to our own tokens.
                verify_sub: true,
                ignore_unconfigured: false,
                any_time: false,
                any_fresh: false,
            },
            leeways: own.leeways,
            parties: PartyRules {
                issuers: Some(vec![self.name.clone()]),
                audiences: (!self.audiences.is_empty()).then_some(self.audiences),
                subjects_of: None,
            },
        };
        let keys = match self.keys {
            IssuerKeys::Fixed(keys) => IssuerKeys::Fixed(Arc::new(keys.prepared_by(backend)?)),
            source @ IssuerKeys::Source(_) => source,
        };
        Ok(TrustedIssuer { name: self.name, keys, rules })
    }

    fn check_identity_claims(&self) -> Result<(), ConfigError> {
        let names = &self.identity_claims;
        let is_bad = names.iter().any(|name| cannot_be_identity_claim(name));
        if names.is_empty() || names.len() > MOST_IDENTITY_CLAIMS || is_bad {
            return Err(ConfigError::invalid(
                "Issuer::identity_claims",
                "must be one to four names, none of them empty or a claim with a different meaning: list claims such \
                 as sub, client_id, or azp",
            ));
        }
        Ok(())
    }

    /// The accepted `typ`, and the rule for the kind.
    fn kind_rule(&mut self) -> Result<(Typ, KindRule), ConfigError> {
        let kind = self.kinds.pop();
        if !self.kinds.is_empty() {
            return Err(ConfigError::invalid(
                "Issuer",
                "must have one rule for access tokens: keep one call of kind_claim, access_typ, rfc9068, and \
                 audience_alone",
            ));
        }
        let jwt = if self.any_typ { Typ::Any } else { Typ::Jwt };
        if self.any_typ && matches!(kind, Some(IssuerKind::Typ(_) | IssuerKind::AtJwt)) {
            return Err(ConfigError::invalid(
                "Issuer::any_typ",
                "contradicts rfc9068() and access_typ(): remove one of the two calls",
            ));
        }
        let claim = |name: Box<str>, access| {
            let refresh = vec![TokenKind::REFRESH.as_str().into()];
            KindRule::Claim(KindClaim { name: (*name).into(), access, refresh, any_is_access: false })
        };
        let (typ, kind) = match kind {
            None => (jwt, claim(TYPE.into(), vec![TokenKind::ACCESS.as_str().into()])),
            Some(IssuerKind::Claim { name, access }) => {
                let is_bad = |value: &str| value.is_empty() || value == TokenKind::REFRESH.as_str();
                if cannot_be_kind_claim(&name) || self.identity_claims.contains(&name) {
                    return Err(ConfigError::invalid(
                        "Issuer::kind_claim",
                        "must not be empty, an identity claim, or a claim with a different meaning: pass the claim that \
                         says what a token is for",
                    ));
                }
                if access.is_empty() || access.iter().any(|value| is_bad(value)) {
                    return Err(ConfigError::invalid(
                        "Issuer::kind_claim",
                        "must have at least one value, and none that is empty or refresh: pass the values that mean an \
                         access token",
                    ));
                }
                (jwt, claim(name, access))
            }
            Some(IssuerKind::Typ(values)) => {
                let is_bad = |value: &str| value.is_empty() || Typ::Jwt.is(value);
                if values.is_empty() || values.iter().any(|value| is_bad(value)) {
                    return Err(ConfigError::invalid(
                        "Issuer::access_typ",
                        "must have at least one value, and none that is empty or JWT, which says nothing about the kind: \
                         pass a typ that only access tokens have",
                    ));
                }
                (Typ::Named(values), KindRule::Header)
            }
            Some(IssuerKind::AtJwt) => (Typ::AtJwt, KindRule::Header),
            Some(IssuerKind::Audience) => (jwt, KindRule::Audience),
        };
        if self.audiences.is_empty() && typ == Typ::AtJwt {
            return Err(ConfigError::invalid(
                "Issuer::rfc9068",
                "requires an audience (RFC 9068, 4): call Issuer::audience",
            ));
        }
        if self.audiences.is_empty() && matches!(kind, KindRule::Audience) {
            return Err(ConfigError::invalid(
                "Issuer::audience_alone",
                "requires an audience, because nothing else says what a token is for: call Issuer::audience",
            ));
        }
        Ok((typ, kind))
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An issuer as part of a built manager.
pub(crate) struct TrustedIssuer {
    pub(crate) name: Box<str>,
    pub(crate) rules: Rules,
    keys: IssuerKeys,
}

impl TrustedIssuer {
    /// Whether the keys can change, so an unknown one is worth fetching.
    pub(crate) const fn has_source(&self) -> bool {
        matches!(self.keys, IssuerKeys::Source(_))
    }

    pub(crate) fn known_keys(&self) -> Option<Arc<KeySet>> {
        match &self.keys {
            IssuerKeys::Fixed(keys) => Some(Arc::clone(keys)),
            IssuerKeys::Source(source) => source.known(),
        }
    }

    pub(crate) async fn fetch_keys(&self) -> Result<Arc<KeySet>, BoxError> {
        match &self.keys {
            IssuerKeys::Fixed(keys) => Ok(Arc::clone(keys)),
            IssuerKeys::Source(source) => source.fetch().await,
        }
    }
}
