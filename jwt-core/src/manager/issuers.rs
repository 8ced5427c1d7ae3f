use std::sync::Arc;
use std::sync::atomic::Ordering;

use arc_swap::Guard;

use crate::issuer::Issuers;
use crate::{ConfigError, Issuer, JwtManager, Policy};

/// Adding and removing issuers.
impl JwtManager {
    /// The trusted issuers. `None` if there have never been any.
    #[inline(always)]
    pub(super) fn issuers(&self) -> Option<Guard<Arc<Issuers>>> {
        self.0.had_issuers.load(Ordering::Acquire).then(|| self.0.issuers.load())
    }

    /// Logs once that a policy, which has rejected a token because of its issuer, names an issuer that is not trusted.
    #[cold]
    pub(super) fn warn_of_untrusted_name(&self, policy: &Policy) {
        let Some(issuers) = self.issuers().filter(|_| !self.0.warned_of_policy.load(Ordering::Relaxed))
        else {
            return;
        };
        if let Some(issuer) = policy.named_issuers().find(|name| !issuers.has(name))
            && !self.0.warned_of_policy.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                issuer,
                "a policy names an issuer that this manager does not trust, and has rejected a token of another one; names \
                 are compared exactly, so write it as in trusted_issuer()"
            );
        }
    }

    /// Accepts the tokens of another issuer from now on, while requests are running. None of them waits.
    ///
    /// The same rules apply as for [`JwtManagerBuilder::trusted_issuer`](crate::JwtManagerBuilder::trusted_issuer). To
    /// replace an issuer, remove it first.
    ///
    /// ```
    /// use jwt_core::keys::KeySet;
    /// use jwt_core::{Config, Issuer, JwtManager};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let jwt = JwtManager::builder(Config::default()).without_own_keys().build()?;
    ///
    /// let keys = KeySet::from_jwks(jwks)?;
    /// jwt.add_trusted_issuer(Issuer::new("https://login.example", keys).audience("https://api.example").rfc9068())?;
    /// assert!(jwt.remove_trusted_issuer("https://login.example"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the issuer's options are invalid, or if there already is an issuer of that name. The issuers are
    /// left unchanged.
    pub fn add_trusted_issuer(&self, issuer: Issuer) -> Result<(), ConfigError> {
        let runtime = &self.0.runtime;
        let issuer =
            Arc::new(issuer.compile(&runtime.rules, runtime.resource_uri.clone(), runtime.backend)?);
        let mut outcome = Ok(());
        // Another thread may change the issuers at the same time.
        self.0.issuers.rcu(|issuers| {
            let mut changed = Issuers::clone(issuers);
            outcome = changed.add(Arc::clone(&issuer), &runtime.rules, &runtime.issue);
            changed
        });
        self.0.had_issuers.store(true, Ordering::Release);
        outcome
    }

    /// Stops accepting the tokens of an issuer, while requests are running. `name` is the name, or the template, under
    /// which it was added.
    ///
    /// Requests whose tokens were verified before continue, but open connections (`ends`) end. Returns whether there was such an issuer.
    #[allow(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn remove_trusted_issuer(&self, name: &str) -> bool {
        let mut was_there = false;
        self.0.issuers.rcu(|issuers| {
            let mut changed = Issuers::clone(issuers);
            was_there = changed.remove(name);
            changed
        });
        self.look_at_all_connections();
        was_there
    }
}
