//! The authorities of the manager's own tokens.

use std::sync::Arc;

use super::group::{Group, own, same};
use super::setter::Setter::Authorities;
use crate::Config;
use crate::authority::{AuthorityClaim, Mapping};
use crate::error::ConfigError;

#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// `None` means the default mapping.
    claims: Option<Vec<AuthorityClaim>>,
}

/// Authorities.
impl Config {
    /// Adds claims that hold the authorities of the manager's own tokens: scopes, roles, groups, or permissions. Default:
    /// `scope`, without a prefix.
    ///
    /// [`Token::authorities`](crate::Token::authorities) returns them. The first call replaces the default, so include
    /// `scope` if you still want it, and each further call adds to the earlier ones. With an empty list, the tokens have no
    /// authorities. There can be at most 16 claims. [`AuthorityClaim`] has the rules for their values.
    ///
    /// Unlike in Spring Security, `scp` does not replace a missing `scope`, because a token could then choose the claim
    /// that is read. If your tokens have `scp`, name it here.
    ///
    /// [`Token::has_scope`](crate::Token::has_scope) and [`Policy::scopes`](crate::Policy::scopes) always read `scope`.
    /// [`Issuer::authorities`](crate::Issuer::authorities) is for the tokens of other issuers.
    ///
    /// In a file, this is a list of objects. `claim` is a name or a path, and `prefix` and `member_names` can be left out:
    ///
    /// ```
    /// use jwt_core::{AuthorityClaim, Config};
    ///
    /// let file = r#"{"authorities": [
    ///     {"claim": "scope"},
    ///     {"claim": ["realm_access", "roles"], "prefix": "role:"},
    ///     {"claim": "project_roles", "prefix": "role:", "member_names": true}
    /// ]}"#;
    /// let config: Config = serde_json::from_str(file)?;
    /// # let same = Config::default().authorities([
    /// #     AuthorityClaim::new("scope"),
    /// #     AuthorityClaim::nested(["realm_access", "roles"]).prefix("role:"),
    /// #     AuthorityClaim::new("project_roles").prefix("role:").member_names(),
    /// # ]);
    /// # assert_eq!(format!("{config:?}"), format!("{same:?}"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn authorities(mut self, claims: impl IntoIterator<Item = AuthorityClaim>) -> Self {
        self.authorities.claims.get_or_insert_default().extend(claims);
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[own("authorities", Authorities(Config::authorities))],
    flask: same,
    check: |config| config.authorities.compile().map(|_| ()),
};

impl Options {
    fn compile(&self) -> Result<Option<Arc<Mapping>>, ConfigError> {
        match &self.claims {
            Some(claims) => Mapping::compile("authorities", claims),
            None => Ok(None),
        }
    }

    /// The mapping. `None` means the default one. `build()` has checked it.
    pub(super) fn mapping(&self) -> Option<Arc<Mapping>> {
        self.compile().unwrap_or_default()
    }
}
