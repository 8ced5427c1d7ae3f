use http::Method;

use crate::manager::{Description, JwtManager};
use crate::policy::Policy;

/// Describes what a guard with this policy requires of requests with this method, and how it responds to others, for
/// documents such as those of OpenAPI.
///
/// This calls the application's [`ErrorHandlers`](crate::ErrorHandlers) with sample errors. They see the method, the path
/// `/`, and no header fields. Where an error has a token, they see one without claims. Nothing is logged meanwhile.
#[must_use]
pub fn describe(jwt: &JwtManager, policy: &Policy, method: &Method) -> Description {
    jwt.describe(policy, method)
}
