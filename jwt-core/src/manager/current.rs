//! The manager that a guard or a layer leaves in a request, for extractors and handlers that have no other.

use super::{Authenticated, JwtManager};
use crate::request::Memos;

// Here, because requests are below managers: `Memos` does not know what it carries.
impl Memos {
    /// Makes `jwt` the manager of extractors that have no other. A later call replaces the manager.
    pub fn set_current(&mut self, jwt: &JwtManager) {
        self.current = Some(jwt.0.clone());
    }

    /// Returns the manager of the last call of [`set_current`](Self::set_current).
    #[must_use]
    pub fn current(&self) -> Option<JwtManager> {
        self.current.clone()?.downcast().ok().map(JwtManager)
    }

    /// Returns what the guard of the [current](Self::current) manager accepted. `None` if it let a request without a token
    /// through, or if there is no such guard.
    ///
    /// [`JwtManager::guarded`](crate::JwtManager::guarded) also notices that something behind the guard has changed the
    /// method of the request.
    #[must_use]
    pub fn authenticated(&self) -> Option<Authenticated> {
        let jwt = self.current()?;
        let memo = self.of(jwt.id()).filter(|memo| memo.0.passed)?;
        Some(jwt.authenticated(Some(memo.0.found)))
    }
}
