use bytes::Bytes;
use http::{Method, Response};

use crate::error::ErrorKind;
use crate::manager::{Description, JwtManager};
use crate::policy::Policy;

/// Describes what a guard with this policy requires of requests with this method, for documents such as those of OpenAPI.
#[must_use]
pub fn describe(jwt: &JwtManager, policy: &Policy, method: &Method) -> Description {
    jwt.describe(policy, method)
}

/// Returns the policy as that of a handler that takes a token, such as with an extractor. Guards let `OPTIONS` requests
/// pass that [`Config::insecure_exempt_options`](crate::Config::insecure_exempt_options) exempts. Handlers do not.
pub fn policy_of_handler(policy: &Policy) -> Policy {
    policy.clone().of_handler()
}

/// Returns how a guard with this policy responds to requests with this method, for each kind of error that it can cause.
/// A kind with several statuses has several responses.
///
/// This calls the application's [`ErrorHandlers`](crate::ErrorHandlers) with sample errors. They see the method, the path
/// `/`, and no header fields. Where an error has a token, they see one without claims that has
/// expired. A handler that panics, panics here.
#[must_use]
pub fn sample_responses(
    jwt: &JwtManager,
    policy: &Policy,
    method: &Method,
) -> Vec<(ErrorKind, Response<Bytes>)> {
    jwt.sample_responses(policy, method)
}
