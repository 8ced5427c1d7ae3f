//! Rules of the application.

mod request_info;
mod verdict;

pub use request_info::{PeerAddr, RequestInfo};
pub use verdict::Verdict;

pub(crate) use verdict::{Later, Refused};

use std::sync::Arc;

use crate::token::Token;

/// A rule of the application about a token and the request that carries it.
///
/// [`Policy::rule`](crate::Policy::rule) and [`Policy::with_rule`](crate::Policy::with_rule) add it to a policy, for
/// guards and extractors alike.
/// [`token_verification_rule`](crate::JwtManagerBuilder::token_verification_rule) adds it to all tokens of a manager.
///
/// A function or a closure is a rule. It returns a `bool`, a `Result` of one, or a [`Verdict`]:
///
/// ```
/// use jwt_core::{Policy, RequestInfo, Token, Verdict};
///
/// /// Users may edit only their own profile: `/users/{id}/profile`.
/// fn is_owner(token: &Token, request: &RequestInfo) -> bool {
///     request.path().split('/').nth(2) == Some(token.identity())
/// }
///
/// /// What a request needs depends on its method.
/// fn by_method(_: &Token, request: &RequestInfo) -> Verdict {
///     match request.method() {
///         "GET" | "HEAD" => Verdict::permit(),
///         _ => Verdict::requires(["orders:write"]),
///     }
/// }
///
/// const PROFILE: Policy = Policy::access().rule(&is_owner);
/// const ORDERS: Policy = Policy::access().scopes(&["orders:read"]).rule(&by_method);
/// # let _ = (PROFILE, ORDERS);
/// ```
///
/// A rule that has to wait, such as for a database, returns [`Verdict::later`].
///
/// # When it is called
///
/// A rule is called after the signature, the claims, the policy's issuers, kind, and login, and revocation have been
/// checked, and before the user loader. It is not called if the request has no token. It is called even if the token lacks
/// an authority that the policy requires, because what the rule [requires](Verdict::requires) is part of the same
/// response. In that case, a denial by the rule is ignored.
pub trait Rule: Send + Sync + 'static {
    /// Decides whether the token permits the request. This must not block the thread.
    fn check(&self, token: &Token, request: &RequestInfo) -> Verdict;

    /// Returns the maximum number of bytes of the body that the rule reads, or `None` if it does not need the body.
    /// Default: `None`.
    ///
    /// With a limit, guards read the body after the token and its revocation have been checked, and before the rule is
    /// called. The handler still gets the body. A body that is larger results in a 413. If the body is also a location of
    /// tokens or CSRF values, [`Config::buffered_body`](crate::Config::buffered_body) limits it, because it is read before
    /// the token is known. An extractor cannot read the body, so such a rule only works behind a guard that has read it.
    fn body_limit(&self) -> Option<usize> {
        None
    }
}

impl<R: Rule + ?Sized> Rule for Arc<R> {
    fn check(&self, token: &Token, request: &RequestInfo) -> Verdict {
        (**self).check(token, request)
    }

    fn body_limit(&self) -> Option<usize> {
        (**self).body_limit()
    }
}

impl<F, V> Rule for F
where
    F: Fn(&Token, &RequestInfo) -> V + Send + Sync + 'static,
    V: Into<Verdict>,
{
    fn check(&self, token: &Token, request: &RequestInfo) -> Verdict {
        self(token, request).into()
    }
}
