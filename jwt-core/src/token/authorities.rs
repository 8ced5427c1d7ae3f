//! Scopes, roles, and the audience of a new token.

use super::encode::TokenBuilder;
use super::{EncodeError, IssueRules, members_of};
use crate::authority::{Mapping, NameRule, ROLES, SCOPE};

impl IssueRules {
    /// The claims that hold the authorities of issued tokens.
    fn mapping(&self) -> &Mapping {
        self.authorities.as_deref().unwrap_or_else(|| Mapping::default_of(true))
    }
}

impl TokenBuilder<'_> {
    /// Sets the scopes of the token: its `scope` claim, which is a string with spaces between the names (RFC 8693, 4.2; RFC
    /// 9068, 2.2.3). A later call replaces them, and so does a later [`claim`](Self::claim) with this name. Without names,
    /// the token does not have the claim.
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager};
    ///
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    /// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
    /// let text = jwt.access_token("alice").scopes(["orders:read", "orders:write"]).roles(["staff"]).encode()?;
    ///
    /// let token = jwt.decode(&text)?;
    /// assert_eq!(token.claims()["scope"], "orders:read orders:write");
    /// assert!(token.has_authority("orders:write") && token.has_authority("role:staff"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Each name must be a scope (RFC 6749, 3.3), so a name with a space never becomes two scopes. It must not begin with
    /// the prefix of another claim, such as `role:`, because it would not count. Otherwise, `encode` returns
    /// [`EncodeError::AuthorityName`](crate::EncodeError::AuthorityName). If
    /// [`Config::authorities`](crate::Config::authorities) does not name `scope`, it returns
    /// [`EncodeError::AuthorityClaim`](crate::EncodeError::AuthorityClaim), because the scopes would not count either.
    pub fn scopes<S: AsRef<str>>(self, names: impl IntoIterator<Item = S>) -> Self {
        let mapping = self.rules.mapping();
        let (mut scope, mut are_scopes) = (String::new(), true);
        for name in names {
            let name = name.as_ref();
            are_scopes &= NameRule::Scope.permits(name) && !mapping.has_prefix(name);
            if !scope.is_empty() {
                scope.push(' ');
            }
            scope.push_str(name);
        }
        let is_read = mapping.reads(SCOPE, "");
        self.with_authorities(SCOPE, is_read, are_scopes, (!scope.is_empty()).then_some(scope))
    }

    /// Sets the roles of the token: its `roles` claim, which is a list. A later call replaces them, and so does a later
    /// [`claim`](Self::claim) with this name. Without names, the token does not have the claim.
    ///
    /// Policies require a role with its prefix, as in [`authorities(&["role:staff"])`](crate::Policy::authorities). Pass
    /// the names here without it. A name must not be empty or contain control characters, quotation marks, or backslashes.
    /// Otherwise, `encode` returns [`EncodeError::AuthorityName`](crate::EncodeError::AuthorityName). If
    /// [`Config::authorities`](crate::Config::authorities) is set and does not map `roles` to `role:`, it returns
    /// [`EncodeError::AuthorityClaim`](crate::EncodeError::AuthorityClaim).
    pub fn roles<S: AsRef<str>>(self, names: impl IntoIterator<Item = S>) -> Self {
        let (claim, prefix) = ROLES;
        let names: Vec<Box<str>> = names.into_iter().map(|name| name.as_ref().into()).collect();
        let is_role = |name: &str| NameRule::Authority.permits(name) && !name.starts_with(prefix);
        let are_roles = names.iter().all(|name| is_role(name));
        let is_read = self.rules.mapping().reads(claim, prefix);
        self.with_authorities(claim, is_read, are_roles, (!names.is_empty()).then_some(names))
    }

    fn with_authorities(
        mut self,
        claim: &'static str,
        is_read: bool,
        are_valid: bool,
        value: Option<impl serde::Serialize>,
    ) -> Self {
        if !is_read {
            self.fail(EncodeError::AuthorityClaim(claim));
        } else if !are_valid {
            self.fail(EncodeError::AuthorityName);
        }
        self.claims.retain(|(name, _)| **name != *claim);
        match value.map(|value| members_of(&std::collections::BTreeMap::from([(claim, value)]))) {
            Some(Ok(members)) => self.claims.extend(members),
            Some(Err(error)) => self.fail(error),
            None => {}
        }
        self
    }

    /// Adds an audience of this token (RFC 7519, 4.1.3). The first call replaces the
    /// [configured ones](crate::Config::encode_audience).
    ///
    /// This is for an authorization server whose tokens are for several resources. The audience is then the address of the
    /// resource (RFC 8707, 2). The manager itself accepts the token only if
    /// [`Config::decode_audience`](crate::Config::decode_audience) contains the audience. An empty audience is
    /// [`EncodeError::EmptyAudience`](crate::EncodeError::EmptyAudience).
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager};
    ///
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    /// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
    /// let text = jwt.access_token("alice").audience("https://mcp.example.com/mcp").encode()?;
    /// assert_eq!(jwt.insecure_unverified(&text)?.claims()["aud"], "https://mcp.example.com/mcp");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn audience(mut self, audience: impl Into<Box<str>>) -> Self {
        let audience = audience.into();
        if audience.is_empty() {
            self.fail(EncodeError::EmptyAudience);
        }
        if !self.audience.contains(&audience) {
            self.audience.push(audience);
        }
        self
    }

    /// The audiences of the token.
    pub(super) fn audiences(&self) -> &[Box<str>] {
        if self.audience.is_empty() { &self.rules.parties.audience } else { &self.audience }
    }
}
