//! Issuers as a manager uses them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rustc_hash::FxBuildHasher;

use super::Tenants;
use super::source::{KeyMismatch, Keys};
use crate::algorithm::Algorithm;
use crate::error::{BoxError, ConfigError, InvalidToken};
use crate::keys::KeySet;
use crate::token::{IssueRules, IssuerName, Rules};

/// The issuers that a manager trusts.
#[derive(Clone, Default)]
pub(crate) struct Issuers {
    named: HashMap<Box<str>, Arc<TrustedIssuer>, FxBuildHasher>,
    templates: Vec<Arc<TrustedIssuer>>,
    /// The second in which names were last compared with the `iss` of a rejected token.
    compared_at: Arc<AtomicU64>,
}

impl Issuers {
    pub(crate) fn is_empty(&self) -> bool {
        self.named.is_empty() && self.templates.is_empty()
    }

    /// The issuer of the tokens with this `iss`. Names are compared exactly (RFC 7519, 4.1.1), and precede templates.
    #[inline(always)]
    pub(crate) fn of(&self, iss: &str) -> Option<&Arc<TrustedIssuer>> {
        self.named.get(iss).or_else(|| self.templates.iter().find(|issuer| issuer.has_tenant_of(iss)))
    }

    /// Whether an issuer has this name, or is for a template that matches it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.named.contains_key(name)
            || self.templates.iter().any(|issuer| *issuer.shown == *name || issuer.name.matches(name))
    }

    /// All issuers, in no particular order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &TrustedIssuer> {
        self.named.values().chain(&self.templates).map(|issuer| &**issuer)
    }

    /// The name of the issuer, if there is one, and it is not a template.
    #[cfg(feature = "testing")]
    pub(crate) fn only(&self) -> Option<&str> {
        let only = self.named.keys().next().filter(|_| self.named.len() == 1 && self.templates.is_empty());
        only.map(|name| &**name)
    }

    /// Whether an authority has the prefix of a claim of any issuer.
    pub(crate) fn have_prefix(&self, authority: &str) -> bool {
        self.named.values().chain(&self.templates).any(|issuer| issuer.rules.has_prefix(authority))
    }

    /// Adds an issuer to a manager with these rules for its own tokens.
    pub(crate) fn add(
        &mut self,
        issuer: Arc<TrustedIssuer>,
        rules: &Rules,
        issue: &IssueRules,
    ) -> Result<(), ConfigError> {
        let is_own = |name: &IssuerName| match name {
            IssuerName::Exact(name) => issuer.name.matches(name),
            IssuerName::Template { .. } => false,
        };
        // The manager's own tokens with that name would be verified with the issuer's keys.
        let is_own = issue.parties.issuer.as_deref().is_some_and(|own| issuer.name.matches(own))
            || rules.parties.issuers.iter().flatten().any(is_own);
        let is_twice = self.named.contains_key(&issuer.shown)
            || self.templates.iter().any(|other| other.shown == issuer.shown);
        if is_own || is_twice {
            return Err(ConfigError::invalid(
                "trusted_issuer",
                "has the name of another issuer, or of the manager itself: add each issuer once",
            ));
        }
        match issuer.name {
            IssuerName::Exact(_) => {
                self.named.insert(issuer.shown.clone(), issuer);
            }
            IssuerName::Template { .. } => self.templates.push(issuer),
        }
        Ok(())
    }

    /// Removes an issuer by the name under which it was added. Returns whether there was one.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let before = self.templates.len();
        self.templates.retain(|issuer| *issuer.shown != *name);
        self.named.remove(name).is_some() || self.templates.len() != before
    }

    /// Whether this very issuer is among them.
    pub(crate) fn has_this(&self, issuer: &Arc<TrustedIssuer>) -> bool {
        let same = |other: &Arc<TrustedIssuer>| Arc::ptr_eq(issuer, other);
        self.named.get(&issuer.shown).is_some_and(same) || self.templates.iter().any(same)
    }

    /// An issuer whose name is similar to the `iss` of a token, and the difference.
    pub(crate) fn similar(&self, iss: &str) -> Option<(&str, &'static str)> {
        self.all().find_map(|issuer| Some((&*issuer.shown, issuer.difference(iss)?)))
    }

    /// Logs that a token names an issuer that is not trusted, if a similar one is. Anyone can send such tokens, so each
    /// issuer is logged once, and names are compared at most once in a second. The `iss` of the token is not logged.
    #[cold]
    pub(crate) fn warn_of_similar(&self, iss: &str, now: SystemTime) {
        let second = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if self.compared_at.swap(second, Ordering::Relaxed) == second {
            return;
        }
        for issuer in self.all().filter(|issuer| !issuer.warned.load(Ordering::Relaxed)) {
            if let Some(difference) = issuer.difference(iss)
                && !issuer.warned.swap(true, Ordering::Relaxed)
            {
                tracing::warn!(
                    issuer = &*issuer.shown,
                    "a token was rejected because its iss differs from the name of this trusted issuer in {difference}; \
                     names are compared exactly, so if the issuer is yours, configure the exact iss of its tokens"
                );
            }
        }
    }
}

/// An issuer as part of a built manager.
pub(crate) struct TrustedIssuer {
    /// The name as it was configured, which can be a template.
    pub(crate) shown: Box<str>,
    pub(crate) rules: Rules,
    pub(super) name: IssuerName,
    pub(super) tenants: Option<Tenants>,
    pub(super) keys: Keys,
    /// Whether the log has a warning about a similar name.
    pub(super) warned: AtomicBool,
    /// The minute in which a failure to fetch the keys was reported last.
    pub(super) reported_in: AtomicU64,
}

impl TrustedIssuer {
    /// Whether its tokens can have this `iss`.
    pub(crate) fn has_name(&self, iss: &str) -> bool {
        self.name.matches(iss)
    }

    fn has_tenant_of(&self, iss: &str) -> bool {
        let tenant = self.name.tenant_of(iss);
        self.tenants.as_ref().zip(tenant).is_some_and(|(is_ours, tenant)| is_ours(tenant))
    }

    /// What distinguishes the name from a similar one.
    fn difference(&self, iss: &str) -> Option<&'static str> {
        let name = &*self.shown;
        if self.tenants.is_some() {
            // Other tenants are not mistakes.
            let other = iss.strip_suffix('/').map_or_else(|| format!("{iss}/"), str::to_owned);
            return self.name.matches(&other).then_some("a trailing slash");
        }
        let scheme = |text: &str| text.split_once("://").map(|(_, rest)| rest.to_owned());
        if name.trim_end_matches('/') == iss.trim_end_matches('/') {
            Some("a trailing slash")
        } else if name.eq_ignore_ascii_case(iss) {
            Some("the case of its letters")
        } else if scheme(name).is_some() && scheme(name) == scheme(iss) {
            Some("its scheme, such as http instead of https")
        } else if name.trim() == iss.trim() {
            Some("white space")
        } else if name.len().abs_diff(iss.len()) <= MOST_TYPOS && strsim::levenshtein(name, iss) <= MOST_TYPOS
        {
            Some("one or two characters")
        } else {
            None
        }
    }

    pub(crate) fn known_keys(&self) -> Option<Arc<KeySet>> {
        match &self.keys {
            Keys::Fixed(keys) => Some(Arc::clone(keys)),
            Keys::Source(source) => source.known(),
        }
    }

    /// Whether keys may have to be fetched.
    pub(crate) const fn fetches_keys(&self) -> bool {
        matches!(self.keys, Keys::Source(_))
    }

    /// The address of the discovery document, if the issuer has one, and is not for several tenants.
    pub(crate) fn discovery_url(&self) -> Option<String> {
        match (&self.keys, &self.name) {
            (Keys::Source(source), IssuerName::Exact(name)) if source.has_discovery_document() => {
                Some(format!("{}/.well-known/openid-configuration", name.trim_end_matches('/')))
            }
            _ => None,
        }
    }

    pub(crate) async fn fetch_keys(&self) -> Result<Arc<KeySet>, BoxError> {
        match &self.keys {
            Keys::Fixed(keys) => Ok(Arc::clone(keys)),
            Keys::Source(source) => source.fetch().await,
        }
    }

    /// Whether to report that the keys could not be fetched: once a minute.
    pub(crate) fn reports_failure(&self, now: SystemTime) -> bool {
        let minute = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 60);
        self.reported_in.swap(minute, Ordering::Relaxed) != minute
    }

    /// Whether newer keys may verify a token that the known keys do not verify. `alg` is the `alg` of the token.
    #[cold]
    pub(crate) fn worth_fetching(&self, why: &InvalidToken, alg: impl FnOnce() -> Option<Algorithm>) -> bool {
        let Keys::Source(source) = &self.keys else {
            return false;
        };
        self.mismatch(why, alg).is_some_and(|mismatch| source.worth_fetching(mismatch))
    }

    /// What the keys lack, if it is the keys that make the token invalid.
    pub(crate) fn mismatch(
        &self,
        why: &InvalidToken,
        alg: impl FnOnce() -> Option<Algorithm>,
    ) -> Option<KeyMismatch> {
        match why {
            InvalidToken::UnknownKey => Some(KeyMismatch::UnknownId),
            InvalidToken::Signature => Some(KeyMismatch::Signature),
            // A key with the token's `kid` may now be for another algorithm.
            InvalidToken::AlgorithmNotAllowed => {
                let allowed = &self.rules.algorithms;
                alg()
                    .filter(|alg| allowed.is_empty() || allowed.contains(alg))
                    .map(|_| KeyMismatch::Signature)
            }
            _ => None,
        }
    }
}

/// The maximum number of characters in which a name differs from a similar one.
const MOST_TYPOS: usize = 2;
