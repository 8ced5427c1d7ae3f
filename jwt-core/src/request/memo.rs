use crate::loaders::User;
use crate::policy::Location;
use crate::{ManagerId, Token};

/// Which of the stages with I/O have run for a token.
#[derive(Clone, Default)]
pub(crate) struct Ran {
    pub(crate) revocation: bool,
    pub(crate) user: Option<User>,
}

/// What a guard leaves in a request, so that an extractor of the same manager need not check the signature
/// again. Nobody but the manager can make one or look into it.
#[derive(Clone, Debug)]
pub struct Memo(pub(crate) MemoInner);

#[derive(Clone)]
pub(crate) struct MemoInner {
    pub(crate) manager: ManagerId,
    pub(crate) token: Token,
    /// The places that the policy named; none are the configured ones.
    pub(crate) places: &'static [Location],
    /// Whether the names were those of refresh tokens.
    pub(crate) refresh: bool,
    pub(crate) ran: Ran,
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
pub struct Memos(Vec<Memo>);

impl Memos {
    /// Adds one, in place of an earlier one of the same manager.
    pub fn insert(&mut self, memo: Memo) {
        self.0.retain(|other| other.0.manager != memo.0.manager);
        self.0.push(memo);
    }

    /// The memo of this manager.
    #[must_use]
    pub fn of(&self, manager: ManagerId) -> Option<Memo> {
        self.0.iter().find(|memo| memo.0.manager == manager).cloned()
    }
}
