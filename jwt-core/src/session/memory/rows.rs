//! The sessions by id, and the ids by subject.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use super::MemoryError;
use super::revoked::{give_places_back, take_place};
use super::row::Row;
use super::shards::{Shard, Shards};
use crate::BoxError;
use crate::session::{LimitReached, ListRequest, NewSession, SessionLimit, SessionPage, Subject, millis};

/// Returns the time before which a session must have expired to be removed. A clock that is fast by less than an hour
/// therefore does not remove live sessions.
const fn long_ago(now: i64) -> i64 {
    now.saturating_sub(60 * 60 * 1000)
}

type Owner = (Box<str>, Box<str>);

/// The ids of a subject.
struct Ids {
    ids: Vec<Box<str>>,
    /// When there are this many ids, the expired ones are removed.
    sweep_at: usize,
}

/// How long to wait before a full store is swept again, in milliseconds. Ended sessions make room immediately.
const FULL_FOR: u64 = 1000;

/// The number of ids before the first sweep.
const FIRST_SWEEP: usize = 16;

impl Ids {
    const fn new() -> Self {
        Self { ids: Vec::new(), sweep_at: FIRST_SWEEP }
    }
}

/// Lock order: first the ids of a subject, then a row.
pub(super) struct Rows {
    rows: Shards<Box<str>, Row>,
    ids: Shards<Owner, Ids>,
    most: usize,
    len: AtomicUsize,
    /// When the last sweep did not make room.
    full_at: AtomicI64,
}

impl Rows {
    pub(super) fn new(most: usize) -> Self {
        Self {
            rows: Shards::new(),
            ids: Shards::new(),
            most,
            len: AtomicUsize::new(0),
            full_at: AtomicI64::new(i64::MIN),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Adds a session. Returns the ids of the live sessions that the limit has ended.
    pub(super) fn insert(
        &self,
        session: &NewSession<'_>,
        limit: Option<SessionLimit>,
        now: i64,
        is_live: impl Fn(&Row) -> bool,
    ) -> Result<Vec<String>, BoxError> {
        let mut has_place = take_place(&self.len, self.most) || self.makes_place(now);
        let outcome = self.insert_with(session, limit, now, is_live, &mut has_place);
        if has_place && outcome.is_err() {
            give_places_back(&self.len, 1);
        }
        outcome
    }

    /// Sweeps a full store. Returns whether that made a place, which the caller has then taken.
    fn makes_place(&self, now: i64) -> bool {
        // Sweeping everything for each rejected login would be too expensive.
        if now.abs_diff(self.full_at.load(Ordering::Relaxed)) < FULL_FOR {
            return false;
        }
        self.purge(now);
        let has_place = take_place(&self.len, self.most);
        if !has_place {
            self.full_at.store(now, Ordering::Relaxed);
        }
        has_place
    }

    fn insert_with(
        &self,
        session: &NewSession<'_>,
        limit: Option<SessionLimit>,
        now: i64,
        is_live: impl Fn(&Row) -> bool,
        has_place: &mut bool,
    ) -> Result<Vec<String>, BoxError> {
        let owner = owner(session.subject);
        // Locked until the session is added, so concurrent starts of a subject take turns.
        let mut ids = self.ids.of(&owner);
        if self.rows.of(session.id).entries.contains_key(session.id) {
            return Err(MemoryError::Duplicate.into());
        }
        let evicted = match (limit, ids.entries.get_mut(&owner)) {
            (Some(limit), Some(own)) => self.make_room(own, limit, is_live, has_place)?,
            _ => Vec::new(),
        };
        if !*has_place {
            return Err(MemoryError::Full.into());
        }
        let mut rows = self.rows.of(session.id);
        if rows.entries.contains_key(session.id) {
            // A different subject has taken the id in the meantime.
            return Err(MemoryError::Duplicate.into());
        }
        rows.entries.insert(session.id.into(), Row::new(session, now));
        drop(rows);
        let own = ids.entries.entry(owner).or_insert_with(Ids::new);
        own.ids.push(session.id.into());
        // A single subject can log in again and again while no other subject does.
        if own.ids.len() >= own.sweep_at {
            self.forget(own, |row| row.is_over(long_ago(now)));
            own.sweep_at = own.ids.len().saturating_mul(2).max(FIRST_SWEEP);
        }
        if ids.is_due() {
            self.sweep(&mut ids, long_ago(now));
        }
        Ok(evicted)
    }

    /// Removes sessions of a subject until there is room for one more: first those that are not live, then those that
    /// were unused for longest. Returns the live ones.
    fn make_room(
        &self,
        own: &mut Ids,
        limit: SessionLimit,
        is_live: impl Fn(&Row) -> bool,
        has_place: &mut bool,
    ) -> Result<Vec<String>, LimitReached> {
        let others = limit.others();
        if own.ids.len() <= others {
            return Ok(Vec::new());
        }
        let mut removed = self.remove(own, |row| !is_live(row)).len();
        let surplus = own.ids.len().saturating_sub(others);
        let mut evicted = Vec::new();
        if surplus > 0 && limit.evicts() {
            let mut by_use = Vec::with_capacity(own.ids.len());
            for id in &own.ids {
                if let Some(row) = self.rows.of(id).entries.get(id) {
                    by_use.push((row.last_used_at, row.started_at, id.clone()));
                }
            }
            by_use.sort_unstable();
            let chosen: HashSet<_> = by_use.into_iter().take(surplus).map(|(.., id)| id).collect();
            evicted = self.remove(own, |row| chosen.contains(&row.id));
            removed = removed.saturating_add(evicted.len());
        }
        if !*has_place && removed > 0 {
            // The new session takes the place of one that ended, even if the store is full.
            *has_place = true;
            removed = removed.saturating_sub(1);
        }
        give_places_back(&self.len, removed);
        if own.ids.len() > others {
            return Err(LimitReached);
        }
        Ok(evicted.into_iter().map(String::from).collect())
    }

    /// Looks up a session and changes it, in one atomic step.
    pub(super) fn with<T>(&self, id: Option<&str>, step: impl FnOnce(Option<&mut Row>) -> T) -> T {
        match id {
            Some(id) => step(self.rows.of(id).entries.get_mut(id)),
            None => step(None),
        }
    }

    /// Ends the chosen sessions of a subject, and counts those that were alive.
    pub(super) fn end_of(
        &self,
        subject: Subject<'_>,
        is_live: impl Fn(&Row) -> bool,
        chosen: impl Fn(&Row) -> bool,
    ) -> u64 {
        let owner = owner(subject);
        let mut ids = self.ids.of(&owner);
        let Some(own) = ids.entries.get_mut(&owner) else {
            return 0;
        };
        let ended = self.end_among(own, is_live, chosen);
        if own.ids.is_empty() {
            ids.entries.remove(&owner);
        }
        ended
    }

    /// Does the same as [`end_of`](Self::end_of) for every subject of an issuer.
    pub(super) fn end_of_issuer(
        &self,
        issuer: &str,
        is_live: impl Fn(&Row) -> bool,
        chosen: impl Fn(&Row) -> bool,
    ) -> u64 {
        let mut ended = 0_u64;
        for mut ids in self.ids.each() {
            ids.entries.retain(|(of, _), own| {
                if **of == *issuer {
                    ended = ended.saturating_add(self.end_among(own, &is_live, &chosen));
                }
                !own.ids.is_empty()
            });
        }
        ended
    }

    fn end_among(&self, own: &mut Ids, is_live: impl Fn(&Row) -> bool, chosen: impl Fn(&Row) -> bool) -> u64 {
        let mut ended = 0_u64;
        self.forget(own, |row| {
            let is_chosen = chosen(row);
            ended = ended.saturating_add((is_chosen && is_live(row)).into());
            is_chosen
        });
        ended
    }

    pub(super) fn forget_ended(&self, subject: Subject<'_>) {
        self.end_of(subject, |_| false, |row| row.ended);
    }

    pub(super) fn purge(&self, now: i64) {
        for mut ids in self.ids.each() {
            self.sweep(&mut ids, now);
        }
    }

    fn sweep(&self, ids: &mut Shard<Owner, Ids>, now: i64) {
        ids.sweep(|_, own| {
            self.forget(own, |row| row.ended || row.is_over(now));
            !own.ids.is_empty()
        });
    }

    pub(super) fn list(&self, request: &ListRequest<'_>, is_live: impl Fn(&Row) -> bool) -> SessionPage {
        let owner = owner(request.subject);
        let after = request.after.map(|after| (Reverse(millis(after.started_at)), &*after.id));
        let limit = request.page_limit();
        // No session is added or removed while they are locked.
        let ids = self.ids.of(&owner);
        let mut found = Vec::new();
        for id in ids.entries.get(&owner).into_iter().flat_map(|own| &own.ids) {
            if let Some(row) = self.rows.of(id).entries.get(id).filter(|row| is_live(row)) {
                found.push((Reverse(row.started_at), &**id));
            }
        }
        found.retain(|place| Some(*place) > after);
        // Only sort the entries that can be on the page.
        if found.len() > limit {
            found.select_nth_unstable(limit);
            found.truncate(limit.saturating_add(1));
        }
        found.sort_unstable();
        let sessions =
            found.into_iter().filter_map(|(_, id)| Some(self.rows.of(id).entries.get(id)?.listed()));
        SessionPage::new(sessions.collect(), limit)
    }

    /// Removes some sessions of a subject, and gives their places back.
    fn forget(&self, own: &mut Ids, goes: impl FnMut(&Row) -> bool) {
        let removed = self.remove(own, goes).len();
        give_places_back(&self.len, removed);
    }

    /// Removes some sessions of a subject. Their places stay taken.
    fn remove(&self, own: &mut Ids, mut goes: impl FnMut(&Row) -> bool) -> Vec<Box<str>> {
        let mut removed = Vec::new();
        own.ids.retain_mut(|id| {
            let mut rows = self.rows.of(id);
            let stays = rows.entries.get(id).is_some_and(|row| !goes(row));
            if !stays {
                rows.entries.remove(id);
                removed.push(std::mem::take(id));
            }
            stays
        });
        removed
    }
}

fn owner(subject: Subject<'_>) -> Owner {
    (subject.issuer.into(), subject.name.into())
}
