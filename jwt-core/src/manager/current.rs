//! The manager that a guard or a layer leaves in a request, for extractors that have no other.

use super::JwtManager;
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
}
