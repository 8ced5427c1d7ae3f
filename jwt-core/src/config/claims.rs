//! The claims of issued tokens, and those that received tokens must have.

use std::sync::Arc;

use super::group::{Group, flask, own};
use super::setter::Setter::{Flag, Text, Texts};
use crate::Config;
use crate::authority::Mapping;
use crate::error::ConfigError;
use crate::token::{
    ClaimRules, IdentityRule, IssueClaims, KindClaim, KindRule, REGISTERED, SESSION_CLAIMS, TYPE, TokenKind,
    Typ,
};

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) identity_claim: String,
    pub(super) empty_identity: bool,
    pub(super) verify_sub: bool,
    pub(super) encode_nbf: bool,
    /// In addition to those that are always required.
    pub(super) required_claims: Vec<String>,
    pub(super) allow_missing_exp: bool,
    pub(super) allow_missing_type: bool,
    pub(super) allow_missing_jti: bool,
    pub(super) kind_claim: String,
    pub(super) access_kinds: Vec<String>,
    pub(super) refresh_kinds: Vec<String>,
    pub(super) any_type_is_access: bool,
    pub(super) any_typ: bool,
    pub(super) ignore_unconfigured_claims: bool,
    pub(super) ignore_confirmation: bool,
    pub(super) any_time: bool,
    pub(super) any_fresh: bool,
    pub(super) claim_override: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            identity_claim: "sub".into(),
            empty_identity: false,
            verify_sub: true,
            encode_nbf: true,
            required_claims: Vec::new(),
            allow_missing_exp: false,
            allow_missing_type: false,
            allow_missing_jti: false,
            kind_claim: TYPE.into(),
            access_kinds: vec![TokenKind::ACCESS.as_str().into()],
            refresh_kinds: vec![TokenKind::REFRESH.as_str().into()],
            any_type_is_access: false,
            any_typ: false,
            ignore_unconfigured_claims: false,
            ignore_confirmation: false,
            any_time: false,
            any_fresh: false,
            claim_override: false,
        }
    }
}

/// Claims and header parameters.
impl Config {
    /// Sets the claim that holds the identity. Every token must have it. Default: `sub`.
    ///
    /// The name must not be empty, and must not be the name of a claim with a different meaning, such as `jti`. It
    /// concerns the manager's own tokens. [`Issuer::identity_claims`](crate::Issuer::identity_claims) sets the claims
    /// of other issuers.
    pub fn identity_claim(mut self, name: impl Into<String>) -> Self {
        self.claims.identity_claim = name.into();
        self
    }

    /// Sets whether to issue and accept tokens whose identity is an empty string or null. Default: no.
    ///
    /// By default, such a token is rejected with
    /// [`InvalidToken::EmptyIdentity`](crate::error::InvalidToken::EmptyIdentity). An empty identity usually means that
    /// the application failed to read the id of a user. If it is accepted, all users with this problem are one user.
    pub const fn insecure_empty_identity(mut self, lenient: bool) -> Self {
        self.claims.empty_identity = lenient;
        self
    }

    /// Sets whether `sub` must be a string (RFC 7519, 4.1.2). Default: yes.
    pub const fn verify_sub(mut self, verify: bool) -> Self {
        self.claims.verify_sub = verify;
        self
    }

    /// Sets whether to issue tokens with an `nbf` claim, equal to `iat` (RFC 7519, 4.1.5). Default: yes.
    pub const fn encode_nbf(mut self, encode: bool) -> Self {
        self.claims.encode_nbf = encode;
        self
    }

    /// Requires these claims in every token, in addition to the identity claim, `exp`, `type`, and `jti`. The names
    /// must not be empty.
    ///
    /// Each call adds to the earlier ones. Only [`insecure_allow_missing_exp`](Self::insecure_allow_missing_exp) and
    /// its siblings for `type` and `jti` make a claim optional, and a claim that this method names is required even
    /// then.
    pub fn required_claims<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.claims.required_claims.extend(names.into_iter().map(Into::into));
        self
    }

    /// Sets whether to accept tokens without `exp`, which never expire (RFC 7519, 4.1.4). Default: no.
    ///
    /// A stolen token of this kind works until the key is replaced.
    /// [`insecure_access_never_expires`](Self::insecure_access_never_expires) and
    /// [`insecure_refresh_never_expires`](Self::insecure_refresh_never_expires) set this as well.
    pub const fn insecure_allow_missing_exp(mut self, lenient: bool) -> Self {
        self.claims.allow_missing_exp = lenient;
        self
    }

    /// Sets whether to accept tokens without `type`, or without the [`kind_claim`](Self::kind_claim), as access tokens.
    /// Default: no.
    ///
    /// Everything that is signed with the manager's key and lacks the claim then grants access, such as ID tokens and
    /// tokens for a password reset that other software has issued.
    pub const fn insecure_allow_missing_type(mut self, lenient: bool) -> Self {
        self.claims.allow_missing_type = lenient;
        self
    }

    /// Sets whether to accept tokens without `jti`. Default: no.
    ///
    /// Such a token can't be revoked on its own.
    pub const fn insecure_allow_missing_jti(mut self, lenient: bool) -> Self {
        self.claims.allow_missing_jti = lenient;
        self
    }

    /// Sets the claim that holds the kind of a token. Default: `type`.
    ///
    /// Use this if tokens with another name are in use, such as `token_type` or `token_use`. The name must not be
    /// empty, and must not be the name of a claim with a different meaning, such as `jti` or the identity claim. With a
    /// different name, `type` has no meaning for this library.
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager};
    ///
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    /// let config = Config::default().kind_claim("token_type");
    /// let jwt = JwtManager::builder(config).secret(secret).build()?;
    /// let token = jwt.decode(&jwt.refresh_token("alice").encode()?)?;
    /// assert_eq!(token.claims()["token_type"], "refresh");
    /// assert_eq!(token.kind(), "refresh");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn kind_claim(mut self, name: impl Into<String>) -> Self {
        self.claims.kind_claim = name.into();
        self
    }

    /// Sets the values of the [`kind_claim`](Self::kind_claim) that mean an access token. Default: `access`.
    ///
    /// Issued tokens have the first value. There must be at least one value, and none can be empty, `refresh`, or one
    /// of the [`refresh_kinds`](Self::refresh_kinds).
    pub fn access_kinds<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.claims.access_kinds = values.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the values of the [`kind_claim`](Self::kind_claim) that mean a refresh token. Default: `refresh`.
    ///
    /// Issued tokens have the first value. There must be at least one value, and none can be empty, `access`, or one of
    /// the [`access_kinds`](Self::access_kinds).
    pub fn refresh_kinds<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.claims.refresh_kinds = values.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether to accept a token as an access token if its `type` is anything other than `refresh`. Default: no.
    ///
    /// Every custom kind then grants access, such as a password reset.
    /// [`insecure_allow_missing_type`](Self::insecure_allow_missing_type) is about tokens without `type`.
    pub const fn insecure_any_type_is_access(mut self, lenient: bool) -> Self {
        self.claims.any_type_is_access = lenient;
        self
    }

    /// Sets whether to accept any `typ` header parameter, instead of only `JWT` or none (RFC 8725, 3.11). Default: no.
    pub const fn any_typ(mut self, lenient: bool) -> Self {
        self.claims.any_typ = lenient;
        self
    }

    /// Sets whether to ignore `aud` if no audience is configured, and `iss` if no issuer is configured. Default: no.
    ///
    /// By default, a token with an `aud` is rejected if no audience is configured, and an `iss` must be a string.
    pub const fn ignore_unconfigured_claims(mut self, lenient: bool) -> Self {
        self.claims.ignore_unconfigured_claims = lenient;
        self
    }

    /// Sets whether to accept a token with a `cnf` claim as a bearer token. Default: no.
    ///
    /// Such a token is bound to a key of its holder (RFC 7800, 3). A client that presents it must prove possession of
    /// the key, for example with DPoP (RFC 9449) or a client certificate (RFC 8705). This library does not check
    /// proofs. With this option, a stolen token works without the key. It concerns the manager's own tokens.
    pub const fn insecure_ignore_confirmation(mut self, lenient: bool) -> Self {
        self.claims.ignore_confirmation = lenient;
        self
    }

    /// Sets whether to accept times before the year 1 and after the year 9999, such as milliseconds instead of seconds.
    /// Default: no, so such tokens are rejected.
    pub const fn any_time(mut self, lenient: bool) -> Self {
        self.claims.any_time = lenient;
        self
    }

    /// Sets whether to accept a `fresh` claim that is neither a boolean nor a number, and treat the token as not fresh.
    /// Default: no, so such tokens are rejected.
    pub const fn any_fresh(mut self, lenient: bool) -> Self {
        self.claims.any_fresh = lenient;
        self
    }

    /// Sets whether additional claims can overwrite the claims that this library writes, such as `exp` and `sub`.
    /// Default: no.
    ///
    /// This also allows issuing a token for an identity that the manager rejects when it verifies the token.
    pub const fn insecure_claim_override(mut self, lenient: bool) -> Self {
        self.claims.claim_override = lenient;
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        own("required_claims", Texts(Config::required_claims)),
        // After the lifetimes, because the option for one claim is more specific.
        own("insecure_allow_missing_exp", Flag(Config::insecure_allow_missing_exp)),
        own("insecure_allow_missing_type", Flag(Config::insecure_allow_missing_type)),
        own("insecure_allow_missing_jti", Flag(Config::insecure_allow_missing_jti)),
        own("kind_claim", Text(Config::kind_claim)),
        own("access_kinds", Texts(Config::access_kinds)),
        own("refresh_kinds", Texts(Config::refresh_kinds)),
        flask("identity_claim", "JWT_IDENTITY_CLAIM", Text(Config::identity_claim)),
        own("insecure_empty_identity", Flag(Config::insecure_empty_identity)),
        flask("verify_sub", "JWT_VERIFY_SUB", Flag(Config::verify_sub)),
        flask("encode_nbf", "JWT_ENCODE_NBF", Flag(Config::encode_nbf)),
        own("insecure_any_type_is_access", Flag(Config::insecure_any_type_is_access)),
        own("any_typ", Flag(Config::any_typ)),
        own("ignore_unconfigured_claims", Flag(Config::ignore_unconfigured_claims)),
        own("insecure_ignore_confirmation", Flag(Config::insecure_ignore_confirmation)),
        own("any_time", Flag(Config::any_time)),
        own("any_fresh", Flag(Config::any_fresh)),
        own("insecure_claim_override", Flag(Config::insecure_claim_override)),
    ],
    flask: |config| {
        config
            .insecure_allow_missing_exp(true)
            .insecure_allow_missing_type(true)
            .insecure_allow_missing_jti(true)
            .insecure_any_type_is_access(true)
            .insecure_empty_identity(true)
            .insecure_ignore_confirmation(true)
            .any_typ(true)
            .ignore_unconfigured_claims(true)
            .any_time(true)
            .any_fresh(true)
            .insecure_claim_override(true)
    },
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let options = &config.claims;
    let identity = &*options.identity_claim;
    if cannot_be_identity_claim(identity) {
        return Err(ConfigError::invalid(
            "identity_claim",
            "must not be empty or a claim with a different meaning: use sub or a custom name",
        ));
    }
    let kind = &*options.kind_claim;
    if cannot_be_kind_claim(kind) || kind == identity {
        return Err(ConfigError::invalid(
            "kind_claim",
            "must not be empty, the identity claim, or a claim with a different meaning: use type or a custom name",
        ));
    }
    let Options { access_kinds, refresh_kinds, .. } = options;
    let of_other = |names: &[String], others: &[String], other: TokenKind| {
        names.iter().any(|name| name == other.as_str() || others.contains(name))
    };
    if access_kinds.is_empty() || of_other(access_kinds, refresh_kinds, TokenKind::REFRESH) {
        return Err(ConfigError::invalid(
            "access_kinds",
            "must not be an empty list, and must not contain refresh or one of the refresh_kinds: list only values that \
             mean an access token",
        ));
    }
    if refresh_kinds.is_empty() || of_other(refresh_kinds, access_kinds, TokenKind::ACCESS) {
        return Err(ConfigError::invalid(
            "refresh_kinds",
            "must not be an empty list, and must not contain access or one of the access_kinds: list only values that \
             mean a refresh token",
        ));
    }
    no_empty_name("access_kinds", access_kinds)?;
    no_empty_name("refresh_kinds", refresh_kinds)?;
    no_empty_name("required_claims", &options.required_claims)
}

/// Whether no configuration can make this claim the one that holds identities. With sessions, their claims cannot be it
/// either.
pub(crate) fn cannot_be_identity_claim(claim: &str) -> bool {
    claim != "sub" && means_something_else(claim)
}

/// Whether no configuration can make this claim the one that holds kinds.
pub(crate) fn cannot_be_kind_claim(claim: &str) -> bool {
    let has_other_values = claim == "client_id" || SESSION_CLAIMS.contains(&claim);
    claim != TYPE && (means_something_else(claim) || has_other_values)
}

/// Whether a claim is empty or has a meaning of its own.
fn means_something_else(claim: &str) -> bool {
    REGISTERED.contains(&claim) || ["", TYPE, "csrf", "scope", "cnf"].contains(&claim)
}

/// Returns an error if a list contains an empty name, which no token can match.
pub(super) fn no_empty_name(option: &'static str, names: &[String]) -> Result<(), ConfigError> {
    if names.iter().any(String::is_empty) {
        return Err(ConfigError::invalid(
            option,
            "must not contain an empty name, because no token could match it: remove it",
        ));
    }
    Ok(())
}

impl Options {
    pub(super) fn rules(&self, authorities: Option<Arc<Mapping>>) -> ClaimRules {
        ClaimRules {
            typ: self.typ(),
            kind: KindRule::Claim(self.kind()),
            identity: IdentityRule {
                claims: vec![self.identity_claim.as_str().into()],
                can_be_empty: self.empty_identity,
                can_be_any_value: true,
            },
            required: self.required(),
            verify_sub: self.verify_sub,
            ignore_unconfigured: self.ignore_unconfigured_claims,
            any_time: self.any_time,
            any_fresh: self.any_fresh,
            ignore_confirmation: self.ignore_confirmation,
            conditions: Vec::new(),
            authorities,
        }
    }

    pub(super) fn issue_rules(&self) -> IssueClaims {
        IssueClaims {
            typ: self.typ(),
            identity_claim: self.identity_claim.as_str().into(),
            kind: self.kind(),
            can_be_empty: self.empty_identity,
            nbf: self.encode_nbf,
            verify_sub: self.verify_sub && !self.claim_override,
            exp_required: self.required().iter().any(|claim| **claim == *"exp"),
            claim_override: self.claim_override,
        }
    }

    fn required(&self) -> Vec<Box<str>> {
        let always = [
            ("exp", self.allow_missing_exp),
            (&*self.kind_claim, self.allow_missing_type),
            ("jti", self.allow_missing_jti),
        ];
        let always = always.iter().filter(|(_, can_be_missing)| !can_be_missing).map(|(name, _)| *name);
        let added = self.required_claims.iter().map(String::as_str);
        let added = added.filter(|name| !always.clone().any(|other| other == *name));
        always.clone().chain(added).map(Into::into).collect()
    }

    fn kind(&self) -> KindClaim {
        KindClaim {
            name: self.kind_claim.as_str().into(),
            access: super::boxes(&self.access_kinds),
            refresh: super::boxes(&self.refresh_kinds),
            any_is_access: self.any_type_is_access,
        }
    }

    const fn typ(&self) -> Typ {
        if self.any_typ { Typ::Any } else { Typ::Jwt }
    }
}
