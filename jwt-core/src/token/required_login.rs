use std::fmt;
use std::time::Duration;

/// The login that a policy requires (RFC 9470).
///
/// [`TokenError::InsufficientUserAuthentication`](crate::TokenError::InsufficientUserAuthentication) contains it, and
/// [`Refusal::required_login`](crate::Refusal::required_login) returns it. It comes from the policy of the route, never
/// from the token.
///
/// ```
/// use std::time::Duration;
///
/// use jwt_core::{Config, JwtManager, Policy, TokenError};
///
/// const TRANSFER: Policy = Policy::access().acr_values(&["phrh", "phr"]).max_age(Duration::from_secs(300));
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let token = jwt.access_token("alice").claim("acr", "pwd").encode()?;
/// let request = http::Request::builder().header("authorization", format!("Bearer {token}")).body(())?;
///
/// let error = jwt.check(&request, &TRANSFER).unwrap_err();
/// let TokenError::InsufficientUserAuthentication { required, .. } = &error else { panic!("{error}") };
/// assert_eq!(required.acr_values().collect::<Vec<_>>(), ["phrh", "phr"]);
/// assert_eq!(required.max_age(), Some(Duration::from_secs(300)));
/// assert_eq!(
///     jwt.respond(&error, &request, &TRANSFER).headers()["www-authenticate"],
///     "Bearer error=\"insufficient_user_authentication\", \
///      error_description=\"A different authentication level is required\", acr_values=\"phrh phr\", max_age=\"300\"",
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RequiredLogin(Box<Required>);

#[derive(Clone)]
struct Required {
    acr_values: Vec<Box<str>>,
    max_age: Option<Duration>,
}

impl RequiredLogin {
    /// Creates the requirement, for handlers that decide themselves and for tests. Without values, every kind of login is
    /// permitted.
    pub fn new<S: Into<Box<str>>>(
        acr_values: impl IntoIterator<Item = S>,
        max_age: Option<Duration>,
    ) -> Self {
        Self(Box::new(Required { acr_values: acr_values.into_iter().map(Into::into).collect(), max_age }))
    }

    /// Returns an iterator over the permitted kinds of login ([`Policy::acr_values`](crate::Policy::acr_values)). If there
    /// are none, every kind is permitted.
    pub fn acr_values(&self) -> impl Iterator<Item = &str> {
        self.0.acr_values.iter().map(|value| &**value)
    }

    /// Returns how long ago the login can be ([`Policy::max_age`](crate::Policy::max_age)).
    #[must_use]
    pub const fn max_age(&self) -> Option<Duration> {
        self.0.max_age
    }
}

impl fmt::Debug for RequiredLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Required { acr_values, max_age } = &*self.0;
        f.debug_struct("RequiredLogin").field("acr_values", acr_values).field("max_age", max_age).finish()
    }
}
