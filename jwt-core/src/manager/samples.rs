//! The responses of the application's handlers to sample errors.

use bytes::Bytes;
use http::{Method, Request, Response};

use super::describe::{Way, sample_request};
use super::{JwtManager, Runtime};
use crate::error::{CsrfError, InvalidRequest, InvalidToken, KeysUnavailable};
use crate::policy::{Policy, RevocationCheck};
use crate::session::Store;
use crate::token::{RequiredLogin, Token, TokenError};
use crate::{ErrorKind, TokenKind};

/// All kinds of errors, in the order in which a guard checks for them.
const KINDS: [ErrorKind; 16] = [
    ErrorKind::Unauthorized,
    ErrorKind::InvalidRequest,
    ErrorKind::CsrfError,
    ErrorKind::InvalidToken,
    ErrorKind::ExpiredToken,
    ErrorKind::NeedsFreshToken,
    ErrorKind::InsufficientUserAuthentication,
    ErrorKind::RevokedToken,
    ErrorKind::ReusedToken,
    ErrorKind::InsufficientScope,
    ErrorKind::Forbidden,
    ErrorKind::TokenVerificationFailed,
    ErrorKind::UserLookupError,
    ErrorKind::Unavailable,
    ErrorKind::TooManySessions,
    ErrorKind::Misuse,
];

impl JwtManager {
    /// Returns the responses of a guard with this policy to an error of each kind that can occur.
    pub(crate) fn sample_responses(
        &self,
        policy: &Policy,
        method: &Method,
    ) -> Vec<(ErrorKind, Response<Bytes>)> {
        let request = &sample_request(method);
        if self.exempts(request, policy) {
            return Vec::new();
        }
        let ways = &self.ways(policy, method);
        let errors = KINDS.into_iter().filter_map(|kind| self.sample_error(kind, policy, request, ways));
        let too_large = reads_body(policy, ways).then(|| InvalidRequest::BodyTooLarge.into());
        let errors = errors.chain(too_large);
        errors.map(|error| (error.kind(), self.answer(&error, request, Some(policy)))).collect()
    }

    /// An error of this kind. `None` if a guard with this policy does not cause one.
    fn sample_error(
        &self,
        kind: ErrorKind,
        policy: &Policy,
        request: &Request<()>,
        ways: &[Way],
    ) -> Option<TokenError> {
        let Runtime { loaders, store, .. } = &self.0.runtime;
        let token = Token::sample;
        let requires_login = policy.requires_authentication();
        match kind {
            ErrorKind::Unauthorized => self.check(request, policy).err(),
            ErrorKind::InvalidRequest => Some(InvalidRequest::Repeated.into()),
            ErrorKind::CsrfError => {
                let needs_value = |way: &Way| matches!(way, Way::Cookie { csrf: Some(_), .. });
                ways.iter().any(needs_value).then_some(TokenError::Csrf(CsrfError::Missing))
            }
            ErrorKind::InvalidToken => Some(InvalidToken::Signature.into()),
            ErrorKind::ExpiredToken => Some(TokenError::Expired(token())),
            ErrorKind::NeedsFreshToken => {
                (policy.fresh && !requires_login).then(|| TokenError::NotFresh(token()))
            }
            ErrorKind::InsufficientUserAuthentication => {
                requires_login.then(|| TokenError::InsufficientUserAuthentication {
                    token: token(),
                    required: RequiredLogin::new(policy.permitted_acr_values(), policy.most_age()),
                })
            }
            ErrorKind::RevokedToken => {
                let is_checked = policy.late.revocation > RevocationCheck::Nobody;
                let is_known = store.is_some() || loaders.revoked.is_some();
                (is_checked && is_known).then(|| TokenError::Revoked(token()))
            }
            ErrorKind::InsufficientScope => policy.late.requires_authorities().then(|| {
                let required = self.required_authorities(policy, None);
                TokenError::InsufficientScope { token: token(), required }
            }),
            ErrorKind::Forbidden => policy.late.has_rules().then(|| TokenError::Forbidden(token())),
            ErrorKind::TokenVerificationFailed => {
                let is_verified = loaders.verified.is_some() || self.has_verification_rule();
                is_verified.then(|| TokenError::VerificationFailed(token()))
            }
            ErrorKind::UserLookupError => loaders.has_user_loaders().then(|| TokenError::UserLookup(token())),
            ErrorKind::Unavailable => self.asks_others(policy).then(|| {
                let cause = KeysUnavailable::new("nothing has failed".into());
                TokenError::Unavailable(Box::new(cause))
            }),
            // Only checks that accept refresh tokens cause it.
            ErrorKind::ReusedToken => {
                let accepts = policy.kind.is_none_or(|kind| kind == TokenKind::REFRESH);
                let is_checked = policy.late.revocation > RevocationCheck::Nobody;
                let is_known = accepts && is_checked && matches!(store, Some(Store::Sessions(_)));
                is_known.then(|| TokenError::Reused(token()))
            }
            // Logins and bugs in the application cause these.
            ErrorKind::Misuse | ErrorKind::TooManySessions => None,
        }
    }

    /// Whether a check can depend on something that can fail.
    fn asks_others(&self, policy: &Policy) -> bool {
        let fetches_keys = self.issuers().is_some_and(|issuers| {
            issuers.all().any(|issuer| issuer.fetches_keys() && self.can_accept(issuer, policy))
        });
        fetches_keys || self.0.runtime.loaders.verifying_key.is_some() || !self.never_waits(&policy.late)
    }
}

/// Whether a request can be rejected because its body is too large.
fn reads_body(policy: &Policy, ways: &[Way]) -> bool {
    let is_read = |way: &Way| match way {
        Way::Json { .. } => true,
        Way::Cookie { csrf, .. } => csrf.as_ref().is_some_and(|csrf| csrf.field.is_some()),
        Way::Header { .. } | Way::Query { .. } | Way::WebSocketProtocol => false,
    };
    ways.iter().any(is_read) || policy.late.body_limit().is_some()
}
