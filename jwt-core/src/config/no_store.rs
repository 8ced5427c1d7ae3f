use crate::location::Location;

/// Which responses of guarded handlers get `Cache-Control: no-store` (RFC 9111, 5.2.2.5).
///
/// [`Config::no_store`](crate::Config::no_store) sets it.
///
/// ```
/// use jwt_core::{Config, NoStore};
///
/// // No response that depends on a token is stored.
/// let config = Config::default().no_store(NoStore::Always);
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// # let jwt = jwt_core::JwtManager::builder(config).secret(secret).build()?;
/// # Ok::<(), jwt_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NoStore {
    /// None. In files: `never`.
    Never,
    /// Those for a token from a cookie or from the query string. In files: `cookie_and_query`.
    CookieAndQuery,
    /// Those for any token. In files: `always`.
    Always,
}

impl NoStore {
    /// Whether it concerns a token from this location.
    pub(crate) fn concerns(self, location: Option<Location>) -> bool {
        match self {
            Self::Never => false,
            Self::CookieAndQuery => matches!(location, Some(Location::Cookie | Location::QueryString)),
            Self::Always => true,
        }
    }
}
