//! The revoked tokens and ended sessions, in the memory of this process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{PoisonError, RwLock};

use jwt_session::{SessionState, Subject, TokenRef};
use rustc_hash::FxBuildHasher;

use crate::names::{self, Name};
use crate::time::issued;

/// How long entries are kept after they expire, because clocks can be fast for a while.
const MARGIN: i64 = 3_600_000;
const SECOND: i64 = 1000;
/// The value that means that no data was lost.
const NEVER: i64 = i64::MIN;

/// A change that the source reports.
#[allow(unnameable_types, reason = "sealed")]
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// A token is revoked or a session has ended. By the given time, all affected tokens will have expired.
    Dead(Name, i64),
    /// Everything that was issued before the given time is revoked: to one subject, or to all subjects of an issuer.
    CutOff(Name, i64),
    /// Data was lost: the tokens that were revoked before the given time are unknown.
    Lost(i64),
}

/// Times by name. The names are already hashes.
type Moments = HashMap<Name, i64, FxBuildHasher>;

/// Revoked tokens and ended sessions, in 64 shards, so a write blocks lookups in only one of them.
struct Dead([RwLock<Moments>; 64]);

impl Dead {
    fn new() -> Self {
        Self(std::array::from_fn(|_| RwLock::default()))
    }

    fn piece(&self, name: Name) -> &RwLock<Moments> {
        let [first, others @ ..] = &self.0;
        let [.., last] = name;
        let number = usize::from(last).checked_rem(self.0.len()).and_then(|place| place.checked_sub(1));
        number.and_then(|place| others.get(place)).unwrap_or(first)
    }

    fn contains(&self, name: Name) -> bool {
        self.piece(name).read().unwrap_or_else(PoisonError::into_inner).contains_key(&name)
    }

    /// Adds a name. If the name already exists, the later time applies.
    fn insert(&self, name: Name, until: i64) {
        let mut piece = self.piece(name).write().unwrap_or_else(PoisonError::into_inner);
        let there = piece.entry(name).or_insert(until);
        *there = until.max(*there);
    }

    fn retain(&self, stays: impl Fn(i64) -> bool) {
        for piece in &self.0 {
            piece.write().unwrap_or_else(PoisonError::into_inner).retain(|_, until| stays(*until));
        }
    }

    fn len(&self) -> usize {
        let lens = self.0.iter().map(|piece| piece.read().unwrap_or_else(PoisonError::into_inner).len());
        lens.fold(0, usize::saturating_add)
    }
}

/// The copy. An entry is kept until it expires, even if the source no longer has it.
pub(crate) struct Local {
    dead: Dead,
    cutoffs: RwLock<Moments>,
    lost: AtomicI64,
}

impl Local {
    pub(crate) fn new() -> Self {
        Self { dead: Dead::new(), cutoffs: RwLock::default(), lost: AtomicI64::new(NEVER) }
    }

    pub(crate) fn apply(&self, change: Change) {
        match change {
            Change::Dead(name, until) => self.dead.insert(name, until),
            Change::CutOff(whose, moment) => {
                let mut cutoffs = self.cutoffs.write().unwrap_or_else(PoisonError::into_inner);
                let there = cutoffs.entry(whose).or_insert(moment);
                *there = moment.max(*there);
            }
            Change::Lost(moment) => {
                self.lost.fetch_max(moment, Ordering::Relaxed);
            }
        }
    }

    /// Removes expired entries.
    pub(crate) fn purge(&self, now: i64) {
        self.dead.retain(|until| until.saturating_add(MARGIN) > now);
    }

    pub(crate) fn len(&self) -> usize {
        self.dead.len()
    }

    fn is_dead(&self, name: Name) -> bool {
        self.dead.contains(name)
    }

    /// Returns whether the token was issued before data was lost, so it may have been revoked.
    fn is_lost(&self, token: TokenRef<'_>) -> bool {
        issued(token.issued_at) <= self.lost.load(Ordering::Relaxed)
    }

    /// Returns the latest cutoff of a subject.
    pub(crate) fn cutoff(&self, subject: Subject<'_>) -> Option<i64> {
        let cutoffs = self.cutoffs.read().unwrap_or_else(PoisonError::into_inner);
        if cutoffs.is_empty() {
            return None;
        }
        let whose = [names::issuer(subject.issuer), names::subject(subject)];
        whose.iter().filter_map(|whose| cutoffs.get(whose)).copied().max()
    }

    pub(crate) fn is_revoked(&self, token: TokenRef<'_>) -> bool {
        names::token(token).is_some_and(|name| self.is_dead(name)) || self.is_lost(token)
    }

    /// Returns the state of an access token. `None` if only the source knows the state.
    pub(crate) fn state(&self, token: TokenRef<'_>) -> Option<SessionState> {
        if names::token(token).is_some_and(|name| self.is_dead(name)) {
            return Some(SessionState::Revoked);
        }
        let Some(session) = token.session else {
            let refused = self.is_lost(token)
                || self.cutoff(token.subject).is_some_and(|moment| issued(token.issued_at) <= moment);
            return Some(if refused { SessionState::Revoked } else { SessionState::Active });
        };
        // A session starts before its tokens are issued, within the same second. If a token is newer than the cutoff,
        // its session may still have started before the cutoff. The source ends such sessions individually.
        let cut_off = token.issued_at.is_some()
            && self
                .cutoff(token.subject)
                .is_some_and(|moment| issued(token.issued_at).saturating_add(SECOND) <= moment);
        if cut_off || self.is_dead(names::session(token.subject, session)) {
            return Some(SessionState::Revoked);
        }
        (!self.is_lost(token)).then_some(SessionState::Active)
    }
}
