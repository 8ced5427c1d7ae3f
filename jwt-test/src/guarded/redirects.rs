//! Where the error handlers of a manager redirect.

use bytes::Bytes;
use http::Request;
use jwt_core::error::{CsrfError, InvalidRequest, InvalidToken};
use jwt_core::{JwtManager, Policy, RequiredAuthorities, RequiredLogin, Token, TokenError, TokenKind};

use crate::rejection::{redirect, rejection};

/// The locations to which the handlers redirect this request. The policy of its route, which nobody knows here, can cause
/// every error. The handlers see `token` in those that have one.
pub(super) fn redirects(jwt: &JwtManager, request: &Request<Bytes>, token: &Token) -> Vec<String> {
    let policy = Policy::access();
    let guard = rejection(jwt, request, &policy);
    let responses = errors(token).into_iter().map(|error| jwt.respond(&error, request, &policy));
    responses.chain([guard]).filter_map(|response| redirect(&response)).collect()
}

/// An error of each kind that rejects a request with a token. An outage does not.
fn errors(token: &Token) -> [TokenError; 14] {
    let token = || token.clone();
    [
        InvalidRequest::Repeated.into(),
        TokenError::Csrf(CsrfError::Missing),
        InvalidToken::Signature.into(),
        InvalidToken::Kind(TokenKind::ACCESS.as_str()).into(),
        InvalidToken::Kind(TokenKind::REFRESH.as_str()).into(),
        TokenError::Expired(token()),
        TokenError::NotFresh(token()),
        TokenError::InsufficientUserAuthentication {
            token: token(),
            required: RequiredLogin::new::<&str>([], None),
        },
        TokenError::Revoked(token()),
        TokenError::Reused(token()),
        TokenError::InsufficientScope { token: token(), required: RequiredAuthorities::scopes::<&str>([]) },
        TokenError::Forbidden(token()),
        TokenError::VerificationFailed(token()),
        TokenError::UserLookup(token()),
    ]
}
