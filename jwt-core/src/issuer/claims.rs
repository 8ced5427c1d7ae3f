//! The setters for claims with certain values, and for authorities.

use super::{Issuer, IssuerKind, Values};
use crate::authority::AuthorityClaim;

/// Claims.
impl Issuer {
    /// Requires the claim `name` to be one of these strings, such as `("client_id", ["web", "app"])`.
    ///
    /// This is for claims that name the client or the origin of a token, if the audience does not. A token without the claim
    /// is rejected, and so is one whose claim is not a string. Strings are compared exactly.
    ///
    /// All calls apply: of two calls for one claim, a token needs a value that both have. There can be eight claims at
    /// most. The name must not be empty or `iss`, `aud`, `exp`, `nbf`, `iat`, or `cnf`, which have their own rules. There
    /// must be at least one value, and none can be empty.
    ///
    /// ```
    /// use jwt_core::Issuer;
    ///
    /// # let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// # let keys = jwt_core::keys::KeySet::from_jwks(jwks)?;
    /// // Only the workflows of one repository.
    /// let actions = Issuer::new("https://token.actions.githubusercontent.com", keys)
    ///     .audience("https://api.example")
    ///     .audience_alone()
    ///     .require_claim("repository_owner", ["example"])
    ///     .require_claim("repository", ["example/deployment"]);
    /// # let builder = jwt_core::JwtManager::builder(jwt_core::Config::default());
    /// # builder.trusted_issuer(actions).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn require_claim<S: Into<Box<str>>>(
        self,
        name: impl Into<Box<str>>,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        self.with_values(name.into(), values.into_iter().map(Into::into).collect(), false)
    }

    /// Like [`require_claim`](Self::require_claim), but accepts tokens without the claim.
    ///
    /// An example is `("sts", ["active"])` for Clerk, which marks sessions that are not signed in yet.
    pub fn restrict_claim<S: Into<Box<str>>>(
        self,
        name: impl Into<Box<str>>,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        self.with_values(name.into(), values.into_iter().map(Into::into).collect(), true)
    }

    /// Rejects tokens that have the claim `name`, whatever its value is.
    ///
    /// This is for claims that only unwanted tokens have. An example is `client_id` for Supabase, which marks the tokens that
    /// other applications have obtained. The name must not be empty, a claim with its own rule, or one that is required.
    pub fn forbid_claim(mut self, name: impl Into<Box<str>>) -> Self {
        self.forbidden.push(name.into());
        self
    }

    fn with_values(mut self, name: Box<str>, values: Vec<Box<str>>, can_be_absent: bool) -> Self {
        self.values.push(Values { name, values, can_be_absent });
        self
    }

    /// Adds a `typ` header parameter that is accepted, in addition to `JWT` and none. Default: no other. The `typ` is
    /// compared without regard to case and to the prefix `application/` (RFC 7515, 4.1.9).
    ///
    /// Use this if the issuer has a switch that changes the `typ` of its access tokens to `at+jwt` (RFC 9068, 2.1), so that
    /// tokens are accepted before and after it is turned on. Such a token must still satisfy the rule for access
    /// tokens, for example [`kind_claim`](Self::kind_claim). To accept `at+jwt` alone, use [`rfc9068`](Self::rfc9068).
    ///
    /// The value must not be empty, or the `typ` of tokens that never grant access: `logout+jwt`, `secevent+jwt`, and
    /// `dpop+jwt`.
    pub fn accept_typ(mut self, typ: impl Into<Box<str>>) -> Self {
        self.typs.push(typ.into());
        self
    }

    /// Accepts ID tokens (OpenID Connect Core 1.0, 2) instead of access tokens.
    ///
    /// **An ID token tells a client who logged in. It is not meant for an API**: it does not say what the client may do,
    /// and every client that receives one can send it here. Use this only for providers that do not issue access tokens as
    /// JWTs, such as Google and Apple, and only for clients of your own.
    ///
    /// The ids of your clients must be set as [`audience`](Self::audience). These rules apply (3.1.3.7):
    ///
    /// - `iss`, `sub`, `aud`, `exp`, and `iat` are required, and `typ` must be `JWT` or absent.
    /// - Each audience of a token must be one of yours. If there are several, `azp` is required.
    /// - `azp`, if present, must be one of your audiences. Otherwise, other clients of the provider could obtain tokens for
    ///   your audience.
    /// - A token with `events`, which is a logout token, is rejected, and so is one with `"type": "refresh"`.
    ///
    /// The `nonce` is not checked, because only the client that logged in knows it. Policies treat the tokens as access
    /// tokens.
    pub fn id_tokens(mut self) -> Self {
        self.kinds.push(IssuerKind::IdToken);
        self
    }

    /// Adds claims that hold the authorities of this issuer's tokens: scopes, roles, groups, or permissions. Default:
    /// `scope`, without a prefix.
    ///
    /// The same rules apply as for [`Config::authorities`](crate::Config::authorities), which does not concern issuers. The
    /// first call replaces the default, and each further call adds to the earlier ones.
    ///
    /// ```
    /// use jwt_core::{AuthorityClaim, Issuer};
    ///
    /// # let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// # let keys = jwt_core::keys::KeySet::from_jwks(jwks)?;
    /// let keycloak = Issuer::new("https://login.example/realms/shop", keys)
    ///     .audience("shop-api")
    ///     .kind_claim("typ", ["Bearer"])
    ///     .authorities([
    ///         AuthorityClaim::new("scope"),
    ///         AuthorityClaim::nested(["realm_access", "roles"]).prefix("role:"),
    ///         AuthorityClaim::new("groups").prefix("group:"),
    ///     ]);
    /// # let builder = jwt_core::JwtManager::builder(jwt_core::Config::default());
    /// # builder.trusted_issuer(keycloak).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn authorities(mut self, claims: impl IntoIterator<Item = AuthorityClaim>) -> Self {
        self.authorities.get_or_insert_default().extend(claims);
        self
    }

    /// Removes all claims that hold authorities, including the default. The tokens then have no authorities, unless
    /// [`authorities`](Self::authorities) is called afterwards.
    pub fn no_authorities(mut self) -> Self {
        self.authorities = Some(Vec::new());
        self
    }
}
