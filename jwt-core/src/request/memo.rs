use std::any::Any;
use std::sync::Arc;

use super::ManagerId;
use crate::location::Location;
use crate::policy::RevocationCheck;
use crate::token::Token;

/// What the application's loader of users gave, of a type that only the application knows.
pub(crate) type User = Arc<dyn Any + Send + Sync>;

/// A verified token with its history in this request.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) token: Token,
    pub(crate) provenance: Provenance,
}

/// Where a token was looked for, and which of the stages with I/O have run for it.
#[derive(Clone)]
pub(crate) struct Provenance {
    /// The places that the policy named; none are the configured ones.
    pub(crate) places: &'static [Location],
    /// Whether the names were those of refresh tokens.
    pub(crate) refresh: bool,
    /// Who said that it is not revoked.
    pub(crate) revocation: RevocationCheck,
    pub(crate) user: Option<User>,
}

impl Provenance {
    pub(crate) const fn new(places: &'static [Location], refresh: bool) -> Self {
        Self { places, refresh, revocation: RevocationCheck::Nobody, user: None }
    }
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Found").finish_non_exhaustive()
    }
}

/// What a guard leaves in a request, so that an extractor of the same manager need not check the signature
/// again. Nobody but the manager can make one or look into it.
#[derive(Clone, Debug)]
pub struct Memo(pub(crate) MemoInner);

impl Memo {
    /// Of a layer, which lets every request pass.
    pub(crate) const fn of_layer(manager: ManagerId, found: Found) -> Self {
        Self(MemoInner { manager, found, passed: false })
    }
}

#[derive(Clone)]
pub(crate) struct MemoInner {
    pub(crate) manager: ManagerId,
    pub(crate) found: Found,
    /// Whether a guard let the request pass, as opposed to a layer that only looked.
    pub(crate) passed: bool,
}

impl std::fmt::Debug for MemoInner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoInner").field("manager", &self.manager).finish_non_exhaustive()
    }
}

/// The memos in a request's extensions: at most one of each manager.
#[derive(Clone, Debug, Default)]
pub struct Memos {
    /// Apart from the others, because it is the only one almost always.
    first: Option<Memo>,
    others: Vec<Memo>,
}

impl Memos {
    /// Adds one, in place of an earlier one of the same manager.
    pub fn insert(&mut self, memo: Memo) {
        let mut all = self.first.iter_mut().chain(&mut self.others);
        if let Some(earlier) = all.find(|other| other.0.manager == memo.0.manager) {
            *earlier = memo;
        } else if self.first.is_none() {
            self.first = Some(memo);
        } else {
            self.others.push(memo);
        }
    }

    /// The memo of this manager.
    #[must_use]
    pub fn of(&self, manager: ManagerId) -> Option<Memo> {
        self.first.iter().chain(&self.others).find(|memo| memo.0.manager == manager).cloned()
    }
}
