mod claims;
mod compile;
mod kind;
mod source;
mod trusted;

pub use source::{IssuerKeys, KeyMismatch, KeySource};

pub(crate) use trusted::{Issuers, TrustedIssuer};

use std::fmt;
use std::sync::Arc;

use crate::authority::AuthorityClaim;
use crate::keys::{Algorithm, KeySet};

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
/// one issuer is not the same user at another one; [another
/// one](crate::JwtManagerBuilder::user_lookup_loader_for) does.
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
/// | [`id_tokens`](Self::id_tokens) | are ID tokens for your own clients |
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
#[derive(Clone)]
#[must_use = "an issuer does nothing until it is passed to trusted_issuer()"]
pub struct Issuer {
    name: Box<str>,
    tenants: Option<Tenants>,
    keys: IssuerKeys,
    algorithms: Vec<Algorithm>,
    audiences: Vec<Box<str>>,
    without_audience: bool,
    required: Vec<Box<str>>,
    allow_missing_exp: bool,
    identity_claims: Vec<Box<str>>,
    /// The rules that were set. More than one is an error.
    kinds: Vec<IssuerKind>,
    any_typ: bool,
    /// The values of `typ` that are accepted in addition to `JWT` and none.
    typs: Vec<Box<str>>,
    /// The calls that name the values of a claim.
    values: Vec<Values>,
    forbidden: Vec<Box<str>>,
    /// The claims that hold authorities. `None` means the default.
    authorities: Option<Vec<AuthorityClaim>>,
    confirmed_by_gateway: bool,
}

/// The values of a claim in one call.
#[derive(Clone)]
struct Values {
    name: Box<str>,
    values: Vec<Box<str>>,
    can_be_absent: bool,
}

/// The rule for what an access token is.
#[derive(Clone)]
enum IssuerKind {
    Claim { name: Box<str>, access: Vec<Box<str>> },
    Typ(Vec<Box<str>>),
    AtJwt,
    Audience,
    IdToken,
}

/// Decides whether a tenant's tokens are accepted.
pub(crate) type Tenants = Arc<dyn Fn(&str) -> bool + Send + Sync>;

impl Issuer {
    /// Creates an issuer with these keys. `name` is the exact `iss` of its tokens (RFC 7519, 4.1.1). It must not be
    /// empty.
    ///
    /// By default, the issuer is assumed to be another service that uses this library, so its tokens must have `exp`,
    /// `sub`, and `"type": "access"`. The other methods change that.
    pub fn new(name: impl Into<Box<str>>, keys: KeySet) -> Self {
        Self::with(name.into(), keys.into())
    }

    /// Creates an issuer whose keys change. `name` is the exact `iss` of its tokens (RFC 7519, 4.1.1). It must not be
    /// empty.
    pub fn with_source(name: impl Into<Box<str>>, source: impl KeySource) -> Self {
        Self::with(name.into(), IssuerKeys::source(source))
    }

    /// Creates the issuers of all tenants of a provider that signs their tokens with the same keys. `template` is the
    /// `iss` of their tokens, with `{tenant}` in the place of the tenant's name or id, such as
    /// `https://login.example/{tenant}/v2.0`.
    ///
    /// The name of a tenant has 1 to 64 bytes, which are letters and digits of ASCII, and `-`. Anyone can be a tenant of
    /// such a provider, so `is_ours` decides which tenants' tokens are accepted. It is called with the unverified name for
    /// each token that matches the template, so it must be fast and must not block: look the name up in a set that you
    /// keep in memory.
    ///
    /// [`Policy::issuers`](crate::Policy::issuers) and
    /// [`user_lookup_loader_for`](crate::JwtManagerBuilder::user_lookup_loader_for) take the template for all tenants, or
    /// the exact `iss` of one. [`Token::issuer`](crate::Token::issuer) returns the exact `iss`, which is necessary to tell
    /// the users of two tenants apart. `keys` can be a [`KeySet`], or a [`KeySource`] in an [`IssuerKeys`].
    ///
    /// ```
    /// use std::collections::HashSet;
    ///
    /// use jwt_core::keys::KeySet;
    /// use jwt_core::{Config, Issuer, JwtManager, Policy};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let customers = HashSet::from(["contoso", "fabrikam"]);
    /// let keys = KeySet::from_jwks(jwks)?;
    /// let login = Issuer::tenants("https://login.example/{tenant}/v2.0", keys, move |tenant| customers.contains(tenant))
    ///     .audience("https://api.example")
    ///     .audience_alone();
    /// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn tenants(
        template: impl Into<Box<str>>,
        keys: impl Into<IssuerKeys>,
        is_ours: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { tenants: Some(Arc::new(is_ours)), ..Self::with(template.into(), keys.into()) }
    }

    /// Whether its tokens are for clients, not for resources.
    pub(crate) fn has_id_tokens(&self) -> bool {
        self.kinds.iter().any(|kind| matches!(kind, IssuerKind::IdToken))
    }

    /// The name or, for tenants, the template.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn with(name: Box<str>, keys: IssuerKeys) -> Self {
        Self {
            name,
            tenants: None,
            keys,
            algorithms: Vec::new(),
            audiences: Vec::new(),
            without_audience: false,
            required: Vec::new(),
            allow_missing_exp: false,
            identity_claims: vec!["sub".into()],
            kinds: Vec::new(),
            any_typ: false,
            typs: Vec::new(),
            values: Vec::new(),
            forbidden: Vec::new(),
            authorities: None,
            confirmed_by_gateway: false,
        }
    }

    /// Adds an accepted audience. A token's `aud` must contain at least one of them (RFC 7519, 4.1.3). An audience must not
    /// be empty.
    ///
    /// Default: the [resource](crate::Config::resource) of the manager, if it has one. Otherwise none, and a token must not
    /// have an `aud`.
    pub fn audience(mut self, audience: impl Into<Box<str>>) -> Self {
        self.audiences.push(audience.into());
        self.without_audience = false;
        self
    }

    /// Accepts only tokens without an `aud`, even if the manager has a [resource](crate::Config::resource).
    ///
    /// Some providers issue access tokens without an audience. Nothing says that such a token is for this resource, so make
    /// sure that something else does, such as [`require_claim`](Self::require_claim) with the ids of your own clients. A later
    /// call of [`audience`](Self::audience) replaces this.
    pub fn without_audience(mut self) -> Self {
        self.audiences.clear();
        self.without_audience = true;
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
    /// of ID tokens (OpenID Connect Core 1.0, 2 and 3.3.2.11), and so are tokens with `events`, which are logout tokens
    /// (Back-Channel Logout 1.0, 2.4), and tokens with `"type": "refresh"`.
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
    ///
    /// If you know the `typ`, use [`accept_typ`](Self::accept_typ).
    pub const fn any_typ(mut self, lenient: bool) -> Self {
        self.any_typ = lenient;
        self
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("name", &self.name).finish_non_exhaustive()
    }
}
