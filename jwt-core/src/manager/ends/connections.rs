//! The table of connections that wait for the end of their tokens.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, SystemTime};

use rustc_hash::FxHashMap;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::EndReason;
use super::lookup::Outcome;
use crate::Token;
use crate::session::{Selector, Subject, TokenRef};

/// How many entries to keep room for after all connections have been closed.
const KEPT: usize = 1024;

/// The connections of a manager. An entry costs no allocation of its own.
#[derive(Default)]
pub(crate) struct Connections {
    table: Mutex<Table>,
    /// Tells the watcher that something is due, that a token expires before the others, or that nobody waits.
    pub(super) changed: Notify,
    hasher: RandomState,
}

#[derive(Default)]
struct Table {
    next_id: u64,
    open: FxHashMap<u64, Connection>,
    /// Those that have ended, until they notice.
    ended: FxHashMap<u64, EndReason>,
    /// By the expiry of the token.
    expiring: BTreeSet<(SystemTime, u64)>,
    /// By the hash of the subject. Two subjects with the same hash cost a lookup too many, and nothing else.
    by_subject: BTreeSet<(u64, u64)>,
    /// Those to check soon, because something on this node may have ended them.
    due: BTreeSet<u64>,
    /// Those to check once more after they have been due, because the store may not have done yet what ends them.
    late: BTreeSet<u64>,
    /// Those whose tokens cannot be checked.
    failing: BTreeSet<u64>,
    is_watched: bool,
}

struct Connection {
    token: Token,
    of_session: bool,
    expires_at: Option<SystemTime>,
    subject: u64,
    /// When the first check began that has failed since the last one that succeeded.
    failing_since: Option<Instant>,
    patience: Duration,
    waker: Option<Waker>,
}

/// A connection to check.
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) token: Token,
}

impl Connections {
    /// Adds a connection.
    pub(super) fn open(
        &self,
        token: Token,
        of_session: bool,
        expires_at: Option<SystemTime>,
        outage_limit: Duration,
    ) -> u64 {
        let subject = self.hash(TokenRef::from(&token).subject);
        let mut table = self.lock();
        let id = table.next_id;
        table.next_id = id.wrapping_add(1);
        // Not all at once, because their clients come back when they have been closed.
        let patience = outage_limit.saturating_sub(jitter(outage_limit, 4, self.hasher.hash_one(id)));
        let is_first =
            expires_at.is_some_and(|at| table.expiring.first().is_none_or(|(first, _)| at < *first));
        table.expiring.extend(expires_at.map(|at| (at, id)));
        table.by_subject.insert((subject, id));
        let failing_since = None;
        let connection =
            Connection { token, of_session, expires_at, subject, failing_since, patience, waker: None };
        table.open.insert(id, connection);
        drop(table);
        if is_first {
            self.changed.notify_one();
        }
        id
    }

    pub(super) fn close(&self, id: u64) {
        let mut table = self.lock();
        table.ended.remove(&id);
        let closed = table.remove(id);
        let is_last = closed.is_some() && table.open.is_empty();
        drop(table);
        if is_last {
            self.changed.notify_one();
        }
        // Dropped without the lock, because a waker is foreign code.
        drop(closed);
    }

    /// Returns why the connection has ended. `None` if the caller has to start the watcher, which then counts as started.
    pub(super) fn poll(&self, id: u64, waker: &Waker) -> Poll<Option<EndReason>> {
        // Cloned and dropped without the lock, because a waker is foreign code.
        let mut new = Some(waker.clone());
        let mut table = self.lock();
        let Some(connection) = table.open.get_mut(&id) else {
            // An unknown id would be a bug, and must not stay open.
            return Poll::Ready(Some(table.ended.get(&id).copied().unwrap_or(EndReason::Unavailable)));
        };
        if !connection.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            mem::swap(&mut connection.waker, &mut new);
        }
        let must_start = !mem::replace(&mut table.is_watched, true);
        drop(table);
        drop(new);
        if must_start { Poll::Ready(None) } else { Poll::Pending }
    }

    /// Ends the watch if there is no connection. A later connection starts it again.
    pub(super) fn stop_if_idle(&self) -> bool {
        let mut table = self.lock();
        let is_idle = table.open.is_empty();
        table.is_watched = !is_idle;
        if is_idle {
            table.open.shrink_to(KEPT);
            table.ended.shrink_to(KEPT);
        }
        is_idle
    }

    /// Lets the next connection that is polled start a watcher, because the last one is gone, for example with its
    /// runtime.
    pub(super) fn abandon(&self) {
        let mut table = self.lock();
        table.is_watched = false;
        let wakers: Vec<_> = table.open.values_mut().filter_map(|open| open.waker.take()).collect();
        drop(table);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Ends the connections whose tokens have expired. Returns when the next token expires.
    pub(super) fn expire(&self, now: SystemTime) -> Option<SystemTime> {
        let mut table = self.lock();
        let (mut ended, mut next) = (Vec::new(), None);
        while let Some(&(at, id)) = table.expiring.first() {
            if at > now {
                next = Some(at);
                break;
            }
            ended.extend(table.end(id, EndReason::Expired));
            // Also if there were no such connection, so that the loop ends.
            table.expiring.remove(&(at, id));
        }
        drop(table);
        ended.into_iter().for_each(Connection::wake);
        next
    }

    /// Ends the connections whose tokens could not be checked for too long. Returns whether there are others that fail.
    pub(super) fn give_up(&self, now: Instant) -> bool {
        let mut table = self.lock();
        let Table { open, failing, .. } = &mut *table;
        let gives_up = |id: &u64| {
            open.get(id).is_none_or(|open| {
                open.failing_since.is_some_and(|since| now.duration_since(since) >= open.patience)
            })
        };
        let ids: Vec<_> = failing.iter().copied().filter(gives_up).collect();
        let is_failing = failing.len() > ids.len();
        Self::end_each(table, ids, EndReason::Unavailable);
        is_failing
    }

    /// Ends all connections.
    pub(super) fn end_all(&self, reason: EndReason) {
        let table = self.lock();
        let ids = table.open.keys().copied().collect();
        Self::end_each(table, ids, reason);
    }

    fn end_each(mut table: MutexGuard<'_, Table>, ids: Vec<u64>, reason: EndReason) {
        let ended: Vec<_> = ids.into_iter().filter_map(|id| table.end(id, reason)).collect();
        drop(table);
        ended.into_iter().for_each(Connection::wake);
    }

    /// Why a connection has ended. `None` if it is open.
    pub(super) fn ended(&self, id: u64) -> Option<EndReason> {
        self.lock().ended.get(&id).copied()
    }

    pub(super) fn all(&self) -> Vec<Entry> {
        let table = self.lock();
        table.open.iter().map(|(id, open)| Entry { id: *id, token: open.token.clone() }).collect()
    }

    /// The connections to check soon, and whether there are some to check later. Another call does not return them again.
    pub(super) fn due(&self) -> (Vec<Entry>, bool) {
        let mut table = self.lock();
        let late = mem::take(&mut table.late);
        let is_rest = !late.is_empty();
        let due = mem::replace(&mut table.due, late);
        let entry = |id| Some(Entry { id, token: table.open.get(&id)?.token.clone() });
        (due.into_iter().filter_map(entry).collect(), is_rest)
    }

    /// Makes the connections that are still open due again.
    pub(super) fn retry(&self, ids: Vec<u64>) {
        let mut table = self.lock();
        let Table { open, due, .. } = &mut *table;
        due.extend(ids.into_iter().filter(|id| open.contains_key(id)));
    }

    /// Records the outcome for connections with the same token.
    pub(super) fn record(&self, ids: &[u64], outcome: Outcome) {
        let mut ended = Vec::new();
        let mut table = self.lock();
        for id in ids {
            let Some(open) = table.open.get_mut(id) else { continue };
            let reason = match outcome {
                Outcome::Good => None,
                Outcome::Spent => (!open.of_session).then_some(EndReason::Revoked),
                Outcome::Ended(reason) => Some(reason),
            };
            match reason {
                Some(reason) => ended.extend(table.end(*id, reason)),
                None => {
                    open.failing_since = None;
                    table.failing.remove(id);
                }
            }
        }
        drop(table);
        ended.into_iter().for_each(Connection::wake);
    }

    /// Records that the tokens of these connections could not be checked, in an attempt that began at `at`.
    pub(super) fn fail(&self, ids: impl IntoIterator<Item = u64>, at: Instant) {
        let mut table = self.lock();
        let Table { open, failing, .. } = &mut *table;
        for id in ids {
            if let Some(open) = open.get_mut(&id) {
                open.failing_since.get_or_insert(at);
                failing.insert(id);
            }
        }
    }

    /// Has the watcher check the connections that a selector may have ended: now, and once more if the store may do it
    /// later.
    pub(crate) fn look_at(&self, selector: &Selector<'_>, once_more: bool) {
        let (subject, session) = match selector {
            Selector::One { subject, session } => (*subject, Some(*session)),
            Selector::AllExcept { subject, .. } | Selector::AllOf(subject) => (*subject, None),
            Selector::IssuedBefore { issuer, subject: Some(name), .. } => (Subject::new(issuer, name), None),
            _ => return self.look_at_all(),
        };
        let subject = self.hash(subject);
        let mut table = self.lock();
        let Table { open, by_subject, due, late, .. } = &mut *table;
        let is_of_session = |id: &u64| {
            let is = |session| open.get(id).is_some_and(|open| open.token.session() == Some(session));
            session.is_none_or(is)
        };
        let of_subject = by_subject.range((subject, 0)..=(subject, u64::MAX)).map(|(_, id)| *id);
        let mut has_more = false;
        for id in of_subject.filter(is_of_session) {
            has_more = true;
            due.insert(id);
            if once_more {
                late.insert(id);
            }
        }
        drop(table);
        if has_more {
            self.changed.notify_one();
        }
    }

    /// Has the watcher check all connections.
    pub(crate) fn look_at_all(&self) {
        let mut table = self.lock();
        let Table { open, due, .. } = &mut *table;
        due.extend(open.keys());
        drop(table);
        self.changed.notify_one();
    }

    pub(super) fn hash_of_text(&self, token: &Token) -> u64 {
        self.hasher.hash_one(token.text())
    }

    fn hash(&self, subject: Subject<'_>) -> u64 {
        self.hasher.hash_one((subject.issuer, subject.name))
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn remove(&mut self, id: u64) -> Option<Connection> {
        let removed = self.open.remove(&id)?;
        self.by_subject.remove(&(removed.subject, id));
        for ids in [&mut self.due, &mut self.late, &mut self.failing] {
            ids.remove(&id);
        }
        if let Some(at) = removed.expires_at {
            self.expiring.remove(&(at, id));
        }
        Some(removed)
    }

    fn end(&mut self, id: u64, reason: EndReason) -> Option<Connection> {
        let removed = self.remove(id)?;
        self.ended.insert(id, reason);
        Some(removed)
    }
}

impl Connection {
    /// Not with the lock, because a waker is foreign code.
    fn wake(self) {
        if let Some(waker) = self.waker {
            waker.wake();
        }
    }
}

/// A random duration between zero and a fraction of another one.
pub(super) fn jitter(of: Duration, divisor: u32, random: u64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "the last bits do not matter")]
    let part = (random >> 11) as f64 / (1_u64 << 53) as f64;
    of.checked_div(divisor).unwrap_or_default().mul_f64(part)
}
