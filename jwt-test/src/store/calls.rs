/// A call to a store of sessions: a method of [`Revocation`](jwt_core::session::Revocation) or
/// [`Sessions`](jwt_core::session::Sessions).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum StoreCall {
    /// [`Revocation::is_revoked`](jwt_core::session::Revocation::is_revoked).
    IsRevoked,
    /// [`Revocation::revoke`](jwt_core::session::Revocation::revoke).
    Revoke,
    /// [`Sessions::start`](jwt_core::session::Sessions::start).
    Start,
    /// [`Sessions::rotate`](jwt_core::session::Sessions::rotate).
    Rotate,
    /// [`Sessions::state`](jwt_core::session::Sessions::state).
    State,
    /// [`Sessions::states`](jwt_core::session::Sessions::states).
    States,
    /// [`Sessions::touch`](jwt_core::session::Sessions::touch).
    Touch,
    /// [`Sessions::end`](jwt_core::session::Sessions::end).
    End,
    /// [`Sessions::list`](jwt_core::session::Sessions::list).
    List,
}

/// The number of calls that a [`FailingStore`](crate::FailingStore) received.
///
/// A call counts when it arrives. Calls that fail count, too.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StoreCalls([usize; 9]);

impl StoreCalls {
    /// Returns the number of calls of one kind.
    #[must_use]
    pub const fn of(&self, call: StoreCall) -> usize {
        self.0[call as usize]
    }

    /// Returns the number of all calls.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }

    pub(super) const fn add(&mut self, call: StoreCall) {
        self.0[call as usize] += 1;
    }
}
