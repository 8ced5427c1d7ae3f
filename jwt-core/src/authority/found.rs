use std::borrow::Cow;
use std::fmt;

/// The authorities of a token: its scopes, roles, groups, and permissions.
///
/// [`Token::authorities`](crate::Token::authorities) returns them. Each is a prefix, which can be empty, followed by a
/// name in a claim, as [`AuthorityClaim`](crate::AuthorityClaim) describes. They are in the order of the claims in the
/// configuration, and one of them can occur twice. `Debug` does not show them.
///
/// ```
/// use jwt_core::{Config, JwtManager};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let token = jwt.decode(&jwt.access_token("alice").claim("scope", "read write").encode()?)?;
///
/// let authorities = token.authorities();
/// assert!(authorities.has("read") && !authorities.has("admin"));
/// assert_eq!(authorities.iter().collect::<Vec<_>>(), ["read", "write"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Authorities<'t> {
    /// The prefixes and the names.
    found: Vec<(&'t str, Cow<'t, str>)>,
}

impl<'t> Authorities<'t> {
    pub(super) const fn none() -> Self {
        Self { found: Vec::new() }
    }

    pub(super) fn add(&mut self, prefix: &'t str, name: Cow<'t, str>) {
        self.found.push((prefix, name));
    }

    /// Returns whether this authority is among them. It is compared exactly, prefix included.
    #[must_use]
    pub fn has(&self, authority: &str) -> bool {
        let is_it = |(prefix, name): &(&str, Cow<'_, str>)| authority.strip_prefix(prefix) == Some(&**name);
        self.found.iter().any(is_it)
    }

    /// Returns an iterator over the authorities. Only those with a prefix are allocated.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.found.iter().map(|(prefix, name)| {
            if prefix.is_empty() { Cow::Borrowed(&**name) } else { Cow::Owned(format!("{prefix}{name}")) }
        })
    }

    /// Returns the number of authorities.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

// They are claims.
impl fmt::Debug for Authorities<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorities").finish_non_exhaustive()
    }
}
