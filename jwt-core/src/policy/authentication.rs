//! How the user must have logged in (RFC 9470).

use std::time::Duration;

use super::Policy;
use super::authorities::{check, refuse};
use crate::authority::{NameRule, problem};
use crate::error::ConfigError;

/// Authentication. [Recent and strong authentication](#recent-and-strong-authentication) is an overview.
impl Policy {
    /// Requires one of these values in the token's `acr` claim (OpenID Connect Core 1.0, 2; RFC 9470, 4): the kind of the
    /// user's login, such as one with a second factor. A later call replaces the list.
    ///
    /// The values belong to the issuer and are compared exactly. A token without the claim, or with one that is not a
    /// string, is rejected. The response is a 401, and its challenge has the list as `acr_values`, in this order.
    ///
    /// ```
    /// use jwt_core::Policy;
    ///
    /// const TRANSFER: Policy = Policy::access().acr_values(&["phrh", "phr"]);
    /// ```
    ///
    /// A constant with an invalid value does not compile:
    ///
    /// ```compile_fail,E0080
    /// # use jwt_core::Policy;
    /// const TRANSFER: Policy = Policy::access().acr_values(&["phr phrh"]);
    /// # let _ = TRANSFER;
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the list is empty, if a value contains anything other than printable ASCII without spaces, quotation
    /// marks, and backslashes, or is repeated or longer than 256 bytes, and if there are more than 64 values. For values
    /// that are only known at run time, use [`try_acr_values`](Self::try_acr_values), which does not panic.
    #[track_caller]
    pub const fn acr_values(mut self, values: &'static [&'static str]) -> Self {
        refuse(problem(values, NameRule::Scope));
        self.acr_values = values;
        self
    }

    /// Does the same as [`acr_values`](Self::acr_values), with values that are only known at run time. It replaces the
    /// values of that method, and those of an earlier call.
    ///
    /// # Errors
    ///
    /// Returns an error where `acr_values` panics.
    pub fn try_acr_values<S: Into<Box<str>>>(
        mut self,
        values: impl IntoIterator<Item = S>,
    ) -> Result<Self, ConfigError> {
        let values: Vec<Box<str>> = values.into_iter().map(Into::into).collect();
        check("Policy::try_acr_values", &values, NameRule::Scope)?;
        self.acr_values = &[];
        self.owned().acr_values = values;
        Ok(self)
    }

    /// Requires that the user logged in at most this long ago, according to the token's `auth_time` claim (OpenID Connect
    /// Core 1.0, 2; RFC 9470, 4). A later call replaces the value.
    ///
    /// A token without the claim is rejected. So is one whose `auth_time` is not a number, or is further in the future than
    /// [`iat_leeway`](crate::Config::iat_leeway). There is no leeway at the other end. The response is a 401, and its
    /// challenge has the `max_age` in whole seconds, rounded down.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use jwt_core::Policy;
    ///
    /// const CHANGE_ADDRESS: Policy = Policy::access().max_age(Duration::from_secs(300));
    /// ```
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Whether the policy requires a certain login.
    #[inline]
    pub(crate) fn requires_authentication(&self) -> bool {
        self.max_age.is_some()
            || !self.acr_values.is_empty()
            || self.late.owned.as_deref().is_some_and(|owned| !owned.acr_values.is_empty())
    }

    /// The permitted values of `acr`. If there are none, every value is permitted.
    pub(crate) fn permitted_acr_values(&self) -> impl Iterator<Item = &str> {
        // The last call decides.
        let owned = self.late.owned.iter().filter(|_| self.acr_values.is_empty());
        let owned = owned.flat_map(|owned| &owned.acr_values).map(|value| &**value);
        self.acr_values.iter().copied().chain(owned)
    }

    pub(crate) const fn most_age(&self) -> Option<Duration> {
        self.max_age
    }
}
