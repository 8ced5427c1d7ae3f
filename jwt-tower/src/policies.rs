use std::borrow::Cow;
use std::sync::Arc;

use jwt_core::{Policy, RequestView};

/// Chooses the policy of each request.
///
/// A [`Policy`] applies to all requests. A function chooses by the request. It cannot make a request public, because a
/// mistake in it would; [`JwtLayer::public_paths`](crate::JwtLayer::public_paths) does that:
///
/// ```
/// use jwt_tower::{ConfigError, JwtLayer, JwtManager, Policy, RequestView};
///
/// const READ: Policy = Policy::access().scopes(&["orders:read"]);
/// const WRITE: Policy = Policy::access().scopes(&["orders:write"]);
///
/// fn layer(jwt: &JwtManager) -> Result<impl Clone, ConfigError> {
///     JwtLayer::new(jwt, |request: &dyn RequestView| match (request.method(), request.path()) {
///         ("GET" | "HEAD", _) => READ,
///         _ => WRITE,
///     })
/// }
/// # let jwt = JwtManager::builder(Default::default()).secret(&jwt_core::keys::Secret::generate()?).build()?;
/// # layer(&jwt)?;
/// # Ok::<(), ConfigError>(())
/// ```
///
/// The compiler needs the type of the argument, `&dyn RequestView`.
pub trait Policies: Clone {
    /// Returns the policy of a request. `None` makes the request public: the layer does not look at its token.
    fn policy(&self, request: &dyn RequestView) -> Option<Cow<'_, Policy>>;

    /// Returns the policy of all guarded requests, if it is the same for all. The layer checks it when it is created.
    fn always(&self) -> Option<&Policy> {
        None
    }
}

impl Policies for Policy {
    fn policy(&self, _: &dyn RequestView) -> Option<Cow<'_, Policy>> {
        Some(Cow::Borrowed(self))
    }

    fn always(&self) -> Option<&Policy> {
        Some(self)
    }
}

impl<F: Fn(&dyn RequestView) -> Policy + Clone> Policies for F {
    fn policy(&self, request: &dyn RequestView) -> Option<Cow<'_, Policy>> {
        Some(Cow::Owned(self(request)))
    }
}

/// The policies that [`JwtLayer::public_paths`](crate::JwtLayer::public_paths) creates.
#[derive(Clone, Debug)]
pub struct PublicPaths<P> {
    pub(crate) policies: P,
    pub(crate) paths: Arc<[Box<str>]>,
}

impl<P: Policies> Policies for PublicPaths<P> {
    fn policy(&self, request: &dyn RequestView) -> Option<Cow<'_, Policy>> {
        let path = request.path();
        if self.paths.iter().any(|public| **public == *path) { None } else { self.policies.policy(request) }
    }

    fn always(&self) -> Option<&Policy> {
        self.policies.always()
    }
}
