//! The manager that a guard or a layer leaves in a request, for extractors and handlers that have no other.

use super::{Authenticated, JwtManager};
use crate::request::{AnyManager, Memos};

// Here, because requests are below managers: `Memos` does not know what it carries.
impl Memos {
    /// Makes `jwt` the manager of extractors that have no other. A later call replaces the manager.
    pub fn set_current(&mut self, jwt: &JwtManager) {
        self.current = Some(jwt.0.clone());
    }

    /// Returns the manager of the last call of [`set_current`](Self::set_current).
    #[must_use]
    pub fn current(&self) -> Option<JwtManager> {
        self.current.clone().and_then(manager)
    }

    /// Leaves what a guard has accepted. The guard becomes the [nearest](Self::authenticated) one, and its manager the
    /// [current](Self::current) one.
    pub fn accept(&mut self, jwt: &JwtManager, authenticated: &Authenticated) {
        self.set_current(jwt);
        let memo = authenticated.memo();
        self.nearest = memo.as_ref().map(|_| jwt.0.clone() as _);
        if let Some(memo) = memo {
            self.insert(memo);
        }
    }

    /// Records that the nearest guard has let a request through without a look.
    pub fn pass_public(&mut self) {
        self.nearest = None;
    }

    /// Returns what the nearest guard accepted. `None` if it let a request without a token through, or if there is no
    /// guard.
    ///
    /// [`JwtManager::guarded`](crate::JwtManager::guarded) also notices that something behind the guard has changed the
    /// method of the request.
    #[must_use]
    pub fn authenticated(&self) -> Option<Authenticated> {
        let jwt = self.nearest.clone().and_then(manager)?;
        let memo = self.of(jwt.id()).filter(|memo| memo.0.passed)?;
        Some(jwt.authenticated(Some(memo.0.found)))
    }
}

fn manager(any: AnyManager) -> Option<JwtManager> {
    any.downcast().ok().map(JwtManager)
}
