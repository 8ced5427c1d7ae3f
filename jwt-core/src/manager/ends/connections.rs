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
use crate::Token;
use crate::session::{Selector, Subject, TokenRef};

/// The connections of a manager. An entry costs no allocation of its own.
#[derive(Default)]
pub(crate) struct Connections {
    table: Mutex<Table>,
    /// Tells the watcher that something is due, or that a token expires before the others.
    pub(super) changed: Notify,
    hasher: RandomState,
}

#[derive(Default)]
struct Table {
    next_id: u64,
    open: FxHashMap<u64, Connection>,
    /// Those that have ended, until they notice.
    ended: FxHashMap<u64, EndReason>,
    /// By the time that the token expires.
    expiring: BTreeSet<(SystemTime, u64)>,
    /// By the hash of the subject. Two subjects with the same hash cost a look-up too many, and nothing else.
    by_subject: BTreeSet<(u64, u64)>,
    /// Those that must be looked at soon, because something on this node may have ended them.
    due: BTreeSet<u64>,
    is_watched: bool,
}

struct Connection {
    token: Token,
    expires_at: Option<SystemTime>,
    subject: u64,
    /// When it gives up, unless its token turns out to be good before.
    gives_up_at: Instant,
    patience: Duration,
    waker: Option<Waker>,
}

/// A connection with its token, to be looked at.
pub(super) type Entry = (u64, Token);

impl Connections {
    /// Adds a connection whose token is good now.
    pub(super) fn open(
        &self,
        token: Token,
        expires_at: Option<SystemTime>,
        now: Instant,
        limit: Duration,
    ) -> u64 {
        let subject = self.hash(TokenRef::from(&token).subject);
        let mut table = self.lock();
        let id = table.next_id;
        table.next_id = id.wrapping_add(1);
        // Not all at once, because their clients come back when they have been closed.
        let patience = limit.saturating_sub(share(limit, 4, self.hasher.hash_one(id)));
        let gives_up_at = now.checked_add(patience).unwrap_or(now);
        let is_first =
            expires_at.is_some_and(|at| table.expiring.first().is_none_or(|(first, _)| at < *first));
        table.expiring.extend(expires_at.map(|at| (at, id)));
        table.by_subject.insert((subject, id));
        table.open.insert(id, Connection { token, expires_at, subject, gives_up_at, patience, waker: None });
        drop(table);
        if is_first {
            self.changed.notify_one();
        }
        id
    }

    /// Removes a connection.
    pub(super) fn close(&self, id: u64) {
        let mut table = self.lock();
        table.ended.remove(&id);
        let closed = table.remove(id);
        drop(table);
        // Dropped without the lock, because a waker is foreign code.
        drop(closed);
    }

    pub(super) fn poll(&self, id: u64, waker: &Waker) -> Poll<EndReason> {
        let mut table = self.lock();
        let Some(connection) = table.open.get_mut(&id) else {
            // What is in neither map has been forgotten by mistake, and must not stay open.
            return Poll::Ready(table.ended.get(&id).copied().unwrap_or(EndReason::Unavailable));
        };
        match &mut connection.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        Poll::Pending
    }

    /// Returns whether the caller has to start the watcher, which then counts as started.
    pub(super) fn claim_watch(&self) -> bool {
        !mem::replace(&mut self.lock().is_watched, true)
    }

    /// Ends the watch if there is no connection. A later connection starts it again.
    pub(super) fn stop_if_idle(&self) -> bool {
        let mut table = self.lock();
        let is_idle = table.open.is_empty();
        table.is_watched = !is_idle;
        is_idle
    }

    /// The watcher is gone, for example with its runtime. Each connection can start a new one.
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

    /// Ends the connections that could not be looked at for too long.
    pub(super) fn give_up(&self, now: Instant) {
        self.end_if(EndReason::Unavailable, |open| open.gives_up_at <= now);
    }

    /// Ends all connections.
    pub(super) fn end_all(&self, reason: EndReason) {
        self.end_if(reason, |_| true);
    }

    fn end_if(&self, reason: EndReason, ends: impl Fn(&Connection) -> bool) {
        let mut table = self.lock();
        let ids: Vec<_> = table.open.iter().filter(|(_, open)| ends(open)).map(|(id, _)| *id).collect();
        let ended: Vec<_> = ids.into_iter().filter_map(|id| table.end(id, reason)).collect();
        drop(table);
        ended.into_iter().for_each(Connection::wake);
    }

    /// All connections.
    pub(super) fn all(&self) -> Vec<Entry> {
        let mut table = self.lock();
        table.due.clear();
        table.open.iter().map(|(id, open)| (*id, open.token.clone())).collect()
    }

    /// The connections that must be looked at soon. Another call does not return them again.
    pub(super) fn due(&self) -> Vec<Entry> {
        let mut table = self.lock();
        let due = mem::take(&mut table.due);
        due.into_iter().filter_map(|id| Some((id, table.open.get(&id)?.token.clone()))).collect()
    }

    /// Records what a look at some connections has found: `None` if the token is good, as of `at`.
    pub(super) fn record(&self, at: Instant, found: impl IntoIterator<Item = (u64, Option<EndReason>)>) {
        let mut ended = Vec::new();
        let mut table = self.lock();
        for (id, reason) in found {
            match (reason, table.open.get_mut(&id)) {
                (Some(reason), _) => ended.extend(table.end(id, reason)),
                (None, Some(open)) => open.gives_up_at = at.checked_add(open.patience).unwrap_or(at),
                (None, None) => {}
            }
        }
        drop(table);
        ended.into_iter().for_each(Connection::wake);
    }

    /// Has the watcher look at the connections that a selector may have ended.
    pub(crate) fn look_at(&self, selector: &Selector<'_>) {
        match selector {
            Selector::One { subject, .. }
            | Selector::AllExcept { subject, .. }
            | Selector::AllOf(subject) => {
                self.look_at_subject(*subject);
            }
            Selector::IssuedBefore { issuer, subject: Some(name), .. } => {
                self.look_at_subject(Subject::new(issuer, name));
            }
            _ => {
                let mut table = self.lock();
                let Table { open, due, .. } = &mut *table;
                due.extend(open.keys());
                drop(table);
                self.changed.notify_one();
            }
        }
    }

    /// Has the watcher look at the connections of a subject.
    pub(crate) fn look_at_subject(&self, subject: Subject<'_>) {
        let subject = self.hash(subject);
        let mut table = self.lock();
        let Table { by_subject, due, .. } = &mut *table;
        let before = due.len();
        due.extend(by_subject.range((subject, 0)..=(subject, u64::MAX)).map(|(_, id)| *id));
        let has_more = due.len() > before;
        drop(table);
        if has_more {
            self.changed.notify_one();
        }
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
        self.due.remove(&id);
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
pub(super) fn share(of: Duration, divisor: u32, random: u64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "any share will do")]
    let part = (random >> 11) as f64 / (1_u64 << 53) as f64;
    of.checked_div(divisor).unwrap_or_default().mul_f64(part)
}
