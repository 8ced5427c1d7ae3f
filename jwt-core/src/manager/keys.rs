use std::sync::Arc;

use crate::keys::{JwkSet, KeyRing};
use crate::{ConfigError, JwtManager};

/// Keys that change, and those that others may know.
impl JwtManager {
    /// Puts another ring in place of the keys, while requests run: each is verified by the one or the other, none
    /// waits. Tokens that no key of the new ring has signed are invalid from now on.
    ///
    /// # Errors
    /// What is wrong with the ring; then the keys stay as they are.
    pub fn set_keys(&self, ring: KeyRing) -> Result<(), ConfigError> {
        self.0.keys.store(Arc::new(self.0.runtime.key_rules.ring(ring)?));
        Ok(())
    }

    /// The public keys as a JWK set (RFC 7517, 5), for other services to verify by. Empty if there is only a secret;
    /// secrets and private keys are never in it.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        self.0.keys.load().verifying().jwks()
    }
}
