use std::sync::Arc;

use crate::keys::{JwkSet, KeyRing};
use crate::session::Event;
use crate::{ConfigError, JwtManager};

/// Replacing keys, and publishing them.
impl JwtManager {
    /// Replaces the keys with those of another ring, while requests are running.
    ///
    /// Each request uses either the old or the new keys, and none waits. A token that no key of the new ring has signed
    /// is invalid from now on.
    ///
    /// # Errors
    ///
    /// Returns an error if the ring can't be used with this configuration. The keys are left unchanged.
    pub fn set_keys(&self, ring: KeyRing) -> Result<(), ConfigError> {
        self.0.keys.store(Arc::new(self.0.runtime.key_rules.ring(ring)?));
        self.emit(Event::KeysChanged);
        Ok(())
    }

    /// Returns the public keys as a JWK set (RFC 7517, 5) that other services can use to verify tokens.
    ///
    /// It never contains secrets or private keys. If there is only a secret, it is empty.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        self.0.keys.load().verifying().jwks()
    }
}
