//! The response to a rejected request.

use bytes::Bytes;

use super::{JwtManager, Runtime};
use crate::authority::RequiredAuthorities;
use crate::metrics;
use crate::policy::{Alternatives, Policy};
use crate::request::RequestView;
use crate::response::respond;
use crate::token::{Token, TokenError};

impl JwtManager {
    /// Returns the response of the application's [`ErrorHandlers`](crate::ErrorHandlers) to a rejected request, with a
    /// challenge if HTTP requires one.
    ///
    /// The response can remove cookies: those that the handlers
    /// [name](crate::ErrorResponse::unset_access_cookies), and those of
    /// [former scopes](crate::Config::former_cookie_scopes).
    ///
    /// `policy` is what the request did not satisfy. If the manager guards a protected
    /// [resource](crate::Config::resource), the challenge names its scopes.
    #[must_use]
    pub fn respond(
        &self,
        error: &TokenError,
        view: &dyn RequestView,
        policy: &Policy,
    ) -> http::Response<Bytes> {
        self.respond_to(error, view, Some(policy))
    }

    /// Responds to a rejected request. `policy` is `None` if the error is not about what a route requires.
    pub(crate) fn respond_to(
        &self,
        error: &TokenError,
        view: &dyn RequestView,
        policy: Option<&Policy>,
    ) -> http::Response<Bytes> {
        if let TokenError::Misuse(misuse) = error {
            tracing::error!("{misuse}");
        }
        // A handler can panic.
        metrics::rejected(error.code(), outcome(error));
        let response = self.answer(error, view, policy);
        // `code` does not contain anything from the request. Every client can cause this, so it is not a warning.
        tracing::debug!(target: "jwt", code = error.code(), status = response.status().as_u16(), "rejected a request");
        response
    }

    /// The response, which is neither logged nor counted.
    pub(super) fn answer(
        &self,
        error: &TokenError,
        view: &dyn RequestView,
        policy: Option<&Policy>,
    ) -> http::Response<Bytes> {
        let Runtime { handlers, answers, .. } = &self.0.runtime;
        let hint = policy.and_then(|policy| self.scope_hint(error, policy));
        let hint = hint.as_ref().and_then(RequiredAuthorities::scope);
        let (mut response, unset) = respond(&**handlers, answers, error, view, hint);
        let exchanges = policy.is_some_and(Policy::asks_for_refresh);
        self.remove_cookies(error, view, exchanges, unset, &mut response);
        response
    }

    /// What a policy requires, for the challenge of an error that does not say so. Only a client that finds out
    /// everything from the challenge needs it.
    fn scope_hint(&self, error: &TokenError, policy: &Policy) -> Option<RequiredAuthorities> {
        let is_named = matches!(error, TokenError::InsufficientScope { .. });
        if is_named || self.resource_metadata().is_none() || !policy.late.requires_authorities() {
            return None;
        }
        Some(self.required_authorities(policy, error.token()))
    }

    /// What a policy requires. Whether a name is a scope depends on the issuer of the token, if there is one.
    pub(super) fn required_authorities(&self, policy: &Policy, token: Option<&Token>) -> RequiredAuthorities {
        let groups = policy.late.groups().map(Alternatives::named);
        RequiredAuthorities::new(groups, |name| match token {
            Some(token) => token.has_prefix(name),
            None => self.has_prefix(name),
        })
    }

    /// Whether an authority has the prefix of a claim of any issuer, so that it is not a scope.
    pub(super) fn has_prefix(&self, name: &str) -> bool {
        self.0.runtime.rules.has_prefix(name)
            || self.issuers().is_some_and(|issuers| issuers.have_prefix(name))
    }
}

/// The value of `outcome` in metrics. Expired tokens are ordinary, and would hide the other rejections. What is not the
/// client's fault is not a rejection.
const fn outcome(error: &TokenError) -> &'static str {
    match error {
        TokenError::Expired(_) => "expired",
        TokenError::Misuse(_) | TokenError::Unavailable(_) => "failed",
        _ => "rejected",
    }
}
