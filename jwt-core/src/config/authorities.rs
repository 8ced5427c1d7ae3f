//! The authorities of the manager's own tokens, and which of them include others.

use std::sync::Arc;

use super::group::{Group, own, same};
use super::setter::Setter;
use crate::Config;
use crate::authority::{AuthorityClaim, Hierarchy, Mapping, Table};
use crate::error::ConfigError;

#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// `None` means the default mapping.
    claims: Option<Vec<AuthorityClaim>>,
    hierarchy: Table,
}

/// Authorities.
impl Config {
    /// Adds claims that hold the authorities of the manager's own tokens: scopes, roles, groups, or permissions. Default:
    /// `scope` without a prefix, and `roles` with the prefix `role:`.
    ///
    /// [`Token::authorities`](crate::Token::authorities) returns them, and [`Policy`](crate::Policy#scopes-roles-and-permissions)
    /// requires them. The default lets [`TokenBuilder::scopes`](crate::TokenBuilder::scopes) and
    /// [`TokenBuilder::roles`](crate::TokenBuilder::roles) work without configuration. If your tokens have a `roles` claim
    /// with a different meaning, it has no effect on policies that do not name an authority such as `role:admin`. The first
    /// call replaces the default, so include `scope` and `roles` if you still want them, and each further call adds to the earlier ones. With an empty list, the tokens have no
    /// authorities. There can be at most 16 claims. [`AuthorityClaim`] has the rules for their values.
    ///
    /// Unlike in Spring Security, `scp` does not replace a missing `scope`, because a token could then choose the claim
    /// that is read. If your tokens have `scp`, name it here.
    ///
    /// [`Token::has_scope`](crate::Token::has_scope) always reads `scope` alone, and [`Policy::scopes`](crate::Policy::scopes)
    /// always reads `scope`, in addition to the claims without a prefix.
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

    /// Adds authorities that include others, such as `admin`, which includes `write`. Default: none.
    ///
    /// A token that has the first one satisfies a policy that requires one of the others. Entries form chains: if `admin`
    /// includes `write`, and `write` includes `read`, `admin` also includes `read`. The hierarchy applies to policies alone.
    /// It changes neither tokens nor [`Token::authorities`](crate::Token::authorities), and it applies to the tokens of all
    /// accepted issuers.
    ///
    /// Each call adds to the earlier ones. Names are compared exactly, prefix included. There can be at most 256 names.
    /// An authority that includes itself, through any number of entries, is an error, and so is an empty or invalid name. For
    /// rules about the form of names, use
    /// [`JwtManagerBuilder::authority_matcher`](crate::JwtManagerBuilder::authority_matcher).
    ///
    /// In a file, this is an object:
    ///
    /// ```
    /// use jwt_core::Config;
    ///
    /// let file = r#"{"authority_hierarchy": {"role:admin": ["write"], "write": ["read"]}}"#;
    /// let config: Config = serde_json::from_str(file)?;
    /// # let same = Config::default().authority_hierarchy([("role:admin", ["write"]), ("write", ["read"])]);
    /// # assert_eq!(format!("{config:?}"), format!("{same:?}"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn authority_hierarchy<N: Into<String>, S: Into<String>>(
        mut self,
        entries: impl IntoIterator<Item = (N, impl IntoIterator<Item = S>)>,
    ) -> Self {
        let entries = entries.into_iter();
        let entries =
            entries.map(|(name, included)| (name.into(), included.into_iter().map(Into::into).collect()));
        self.authorities.hierarchy.extend(entries);
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        own("authorities", Setter::Authorities(Config::authorities)),
        own("authority_hierarchy", Setter::Hierarchy(Config::authority_hierarchy)),
    ],
    flask: same,
    check: |config| {
        config.authorities.compile()?;
        config.authorities.hierarchy().map(|_| ())
    },
};

impl Options {
    fn compile(&self) -> Result<Option<Arc<Mapping>>, ConfigError> {
        match &self.claims {
            Some(claims) => Mapping::compile("authorities", claims),
            None => Ok(None),
        }
    }

    pub(super) fn hierarchy(&self) -> Result<Hierarchy, ConfigError> {
        Hierarchy::compile("authority_hierarchy", &self.hierarchy)
    }

    /// The mapping. `None` means the default one. `build()` has checked it.
    pub(super) fn mapping(&self) -> Option<Arc<Mapping>> {
        self.compile().unwrap_or_default()
    }
}
