use std::any::Any;
use std::sync::Arc;

use super::ManagerId;
use crate::location::Location;
use crate::policy::RevocationCheck;
use crate::token::Token;

/// The user that the application's loader returned. Only the application knows its type.
pub(crate) type User = Arc<dyn Any + Send + Sync>;

/// A manager. Only the module of managers knows its type, because requests are below managers.
pub(crate) type AnyManager = Arc<dyn Any + Send + Sync>;

/// A verified token with its history in this request.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) token: Token,
    pub(crate) provenance: Provenance,
}

/// How a token was looked up, and which of the stages with I/O have run for it.
#[derive(Clone)]
pub(crate) struct Provenance {
    /// The locations that the policy named. Empty for the configured ones.
    pub(crate) places: &'static [Location],
    /// Whether the lookup used the names of refresh tokens. `None` if the token was not in a request, so no name
    /// matters.
    pub(crate) refresh: Option<bool>,
    /// Whether the request had the CSRF value of the token.
    pub(crate) csrf_checked: bool,
    /// Whether a guard of this manager has accepted the token in this request.
    pub(crate) guarded: bool,
    /// The strictest revocation check that the token has passed.
    pub(crate) revocation: RevocationCheck,
    pub(crate) user: Option<User>,
    /// Whether users of different issuers come from different loaders, so they can have different types.
    pub(crate) users_differ: bool,
}

impl Provenance {
    pub(crate) const fn new(places: &'static [Location], refresh: bool, csrf_checked: bool) -> Self {
        Self {
            places,
            refresh: Some(refresh),
            csrf_checked,
            guarded: false,
            revocation: RevocationCheck::Nobody,
            user: None,
            users_differ: false,
        }
    }

    /// Whether a lookup that uses the names of refresh tokens, or does not, would find the token as well.
    pub(crate) fn has_names(&self, refresh: bool) -> bool {
        self.refresh.is_none_or(|names| names == refresh)
    }
}

impl Found {
    /// Counts a request that is accepted because of this token, once for all guards and extractors.
    pub(crate) fn count(self) -> Self {
        // Only the token of a request has a location.
        #[cfg(feature = "metrics")]
        if self.token.location().is_some() && self.token.is_accepted_first() {
            crate::metrics::accepted();
        }
        self
    }
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").finish_non_exhaustive()
    }
}

/// The result of a check, which a guard, a layer, or an extractor stores in the request. With it, later checks by the
/// same manager do not verify the signature again, and do not repeat calls to the store and the user loader.
///
/// Only the manager can create or read a memo.
#[derive(Clone, Debug)]
pub struct Memo(pub(crate) MemoInner);

impl Memo {
    /// Creates the memo of a layer, which lets every request through, or of an extractor, which only guards its own
    /// handler.
    pub(crate) const fn unguarded(manager: ManagerId, found: Found) -> Self {
        Self(MemoInner { manager, found, passed: false })
    }

    /// Replaces this memo with a later one of the same manager.
    ///
    /// The token that a guard accepted is kept. An extractor behind the guard can only add results for that token.
    fn update(&mut self, later: Self) {
        if later.0.passed || !self.0.passed {
            *self = later;
        } else if self.0.found.token.location() == later.0.found.token.location()
            && self.0.found.token.text() == later.0.found.token.text()
        {
            let Provenance { revocation, user, users_differ, csrf_checked, .. } = later.0.found.provenance;
            let known = &mut self.0.found.provenance;
            known.revocation = known.revocation.max(revocation);
            known.user = user.or_else(|| known.user.take());
            known.users_differ |= users_differ;
            known.csrf_checked |= csrf_checked;
        }
    }
}

#[derive(Clone)]
pub(crate) struct MemoInner {
    pub(crate) manager: ManagerId,
    pub(crate) found: Found,
    /// Whether a guard let the request through. Layers and extractors leave memos, too, but do not guard a route.
    pub(crate) passed: bool,
}

impl std::fmt::Debug for MemoInner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoInner").field("manager", &self.manager).finish_non_exhaustive()
    }
}

/// The memos in a request's extensions, at most one per manager, and the manager for extractors that have no other.
#[derive(Clone, Debug, Default)]
pub struct Memos {
    /// Separate from the others, because there is rarely more than one.
    first: Option<Memo>,
    others: Vec<Memo>,
    /// Kept in the same extension as the memos, because a guard should not pay for a second one.
    pub(crate) current: Option<AnyManager>,
    /// The manager of the nearest guard, if that guard has accepted a token.
    pub(crate) nearest: Option<AnyManager>,
}

impl Memos {
    /// Adds a memo. It replaces an earlier one of the same manager, with one exception: the memo of an extractor never
    /// replaces a guard's memo for a different token.
    pub fn insert(&mut self, memo: Memo) {
        let mut all = self.first.iter_mut().chain(&mut self.others);
        if let Some(earlier) = all.find(|other| other.0.manager == memo.0.manager) {
            earlier.update(memo);
        } else if self.first.is_none() {
            self.first = Some(memo);
        } else {
            self.others.push(memo);
        }
    }

    /// Returns the memo of this manager.
    #[must_use]
    pub fn of(&self, manager: ManagerId) -> Option<Memo> {
        self.first.iter().chain(&self.others).find(|memo| memo.0.manager == manager).cloned()
    }
}
