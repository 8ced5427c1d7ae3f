//! The claims of issued tokens, and those that received tokens must have.

use super::group::{Group, flask, own};
use super::setter::Setter::{Flag, Text, Texts};
use crate::Config;
use crate::error::ConfigError;
use crate::token::{ClaimRules, IssueClaims, REGISTERED, Typ};

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(super) identity_claim: String,
    pub(super) verify_sub: bool,
    pub(super) encode_nbf: bool,
    pub(super) required_claims: Vec<String>,
    pub(super) any_type_is_access: bool,
    pub(super) any_typ: bool,
    pub(super) ignore_unconfigured_claims: bool,
    pub(super) any_time: bool,
    pub(super) any_fresh: bool,
    pub(super) claim_override: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            identity_claim: "sub".into(),
            verify_sub: true,
            encode_nbf: true,
            required_claims: vec!["exp".into(), "type".into(), "jti".into()],
            any_type_is_access: false,
            any_typ: false,
            ignore_unconfigured_claims: false,
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
    /// The name must not be empty, and must not be the name of a claim with a different meaning, such as `jti`.
    pub fn identity_claim(mut self, name: impl Into<String>) -> Self {
        self.claims.identity_claim = name.into();
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

    /// Sets the claims that every token must have, in addition to the identity claim. Default: `exp`, `type`, and
    /// `jti`. The names must not be empty.
    pub fn required_claims<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.claims.required_claims = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether to accept a token as an access token if its `type` is absent or is anything other than `refresh`.
    /// Default: no.
    pub const fn any_type_is_access(mut self, lenient: bool) -> Self {
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
        // After the lifetimes, because an explicit list is exact.
        own("required_claims", Texts(Config::required_claims)),
        flask("identity_claim", "JWT_IDENTITY_CLAIM", Text(Config::identity_claim)),
        flask("verify_sub", "JWT_VERIFY_SUB", Flag(Config::verify_sub)),
        flask("encode_nbf", "JWT_ENCODE_NBF", Flag(Config::encode_nbf)),
        own("any_type_is_access", Flag(Config::any_type_is_access)),
        own("any_typ", Flag(Config::any_typ)),
        own("ignore_unconfigured_claims", Flag(Config::ignore_unconfigured_claims)),
        own("any_time", Flag(Config::any_time)),
        own("any_fresh", Flag(Config::any_fresh)),
        own("insecure_claim_override", Flag(Config::insecure_claim_override)),
    ],
    flask: |config| {
        config
            .required_claims([""; 0])
            .any_type_is_access(true)
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
    if identity.is_empty()
        || (identity != "sub" && (REGISTERED.contains(&identity) || ["csrf", "scope"].contains(&identity)))
    {
        return Err(ConfigError::invalid(
            "identity_claim",
            "must not be empty or a claim with a different meaning: use sub or a custom name",
        ));
    }
    no_empty_name("required_claims", &options.required_claims)
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
    pub(super) fn rules(&self) -> ClaimRules {
        ClaimRules {
            typ: self.typ(),
            identity_claim: self.identity_claim.as_str().into(),
            required: super::boxes(&self.required_claims),
            verify_sub: self.verify_sub,
            any_type_is_access: self.any_type_is_access,
            ignore_unconfigured: self.ignore_unconfigured_claims,
            any_time: self.any_time,
            any_fresh: self.any_fresh,
        }
    }

    pub(super) fn issue_rules(&self) -> IssueClaims {
        IssueClaims {
            typ: self.typ(),
            identity_claim: self.identity_claim.as_str().into(),
            nbf: self.encode_nbf,
            verify_sub: self.verify_sub && !self.claim_override,
            exp_required: self.required_claims.iter().any(|claim| claim == "exp"),
            claim_override: self.claim_override,
        }
    }

    const fn typ(&self) -> Typ {
        if self.any_typ { Typ::Any } else { Typ::Jwt }
    }
}
