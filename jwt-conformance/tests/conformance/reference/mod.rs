//! A store that is correct because it is simple: it has a single lock, and never forgets anything. With a flaw, it is
//! wrong in one way.

mod store;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use jwt_conformance::Fixture;
use jwt_session::{
    BoxError, EndRequest, Graced, LimitReached, RotateRequest, Rotated, Rotation, Selector, SessionState,
    StartRequest, Subject, TokenRef,
};

use crate::flaw::Flaw;
use crate::tables::{Cutoff, Key, Row, Tables, distance, later, second};

pub(crate) struct Reference {
    tables: Mutex<Tables>,
    flaw: Option<Flaw>,
}

/// Opens a [`Reference`].
pub(crate) struct Opened(pub(crate) Option<Flaw>);

impl Fixture for Opened {
    type Store = Reference;

    async fn open(&self) -> Reference {
        Reference::new(self.0)
    }

    /// Its memory acts as a disk.
    async fn reopen(&self, store: Reference) -> Option<Reference> {
        store.restart();
        Some(store)
    }
}

pub(crate) fn key(subject: Subject<'_>, id: &str) -> Key {
    (subject.issuer.to_owned(), subject.name.to_owned(), id.to_owned())
}

/// The role of a refresh token in its session.
enum Place {
    Current,
    Previous,
    Spent,
}

impl Reference {
    pub(crate) fn new(flaw: Option<Flaw>) -> Self {
        Self { tables: Mutex::default(), flaw }
    }

    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn restart(&self) {
        let mut tables = self.lock();
        for row in tables.rows.values_mut() {
            if self.is(Flaw::RestartRevives) {
                row.ended_at = None;
            }
            if self.is(Flaw::RestartForgetsPrevious) {
                row.tokens.drain(..row.tokens.len().saturating_sub(1));
            }
            if self.is(Flaw::RestartForgetsGrace) {
                row.in_a_row = 0;
            }
        }
        if self.is(Flaw::RestartForgetsCutoffs) {
            tables.cutoffs.clear();
        }
    }

    fn key(&self, issuer: &str, id: &str) -> (String, String) {
        if self.is(Flaw::JoinsNames) {
            return (format!("{issuer}:{id}"), String::new());
        }
        (issuer.to_owned(), id.to_owned())
    }

    fn are_same(&self, one: Subject<'_>, other: Subject<'_>) -> bool {
        match self.flaw {
            Some(Flaw::JoinsNames) => self.key(one.issuer, one.name) == self.key(other.issuer, other.name),
            Some(Flaw::IgnoresCase) => {
                one.issuer == other.issuer && one.name.eq_ignore_ascii_case(other.name)
            }
            _ => one == other,
        }
    }

    fn is_token_revoked(&self, tables: &Tables, token: TokenRef<'_>, now: SystemTime) -> bool {
        let until = token.id.and_then(|id| tables.revoked.get(&self.key(token.subject.issuer, id)));
        until.is_some_and(|until| until.is_none_or(|until| now < until))
    }

    fn is_cut_off(
        &self,
        tables: &Tables,
        subject: Subject<'_>,
        is_before: impl Fn(SystemTime) -> bool,
    ) -> bool {
        let applies = |cutoff: &&Cutoff| match &cutoff.name {
            Some(name) => self.are_same(Subject::new(&cutoff.issuer, name), subject),
            None => cutoff.issuer == subject.issuer,
        };
        tables.cutoffs.iter().filter(applies).any(|cutoff| is_before(cutoff.moment))
    }

    fn is_issue_cut_off(&self, tables: &Tables, token: TokenRef<'_>) -> bool {
        self.is_cut_off(tables, token.subject, |moment| {
            token.issued_at.is_none_or(|issued| {
                let included = !self.is(Flaw::CutoffWithoutItsSecond) && second(issued) == second(moment);
                second(issued) < second(moment) || included
            })
        })
    }

    fn has_ended(&self, tables: &Tables, row: &Row, now: SystemTime) -> bool {
        let ended = match row.ended_at {
            Some(ended_at) => !self.is(Flaw::EndedByTime) || ended_at <= now,
            None => false,
        };
        let forgotten = self.is(Flaw::CutoffForgotten);
        ended || !forgotten && self.is_cut_off(tables, row.subject(), |moment| row.started_at < moment)
    }

    fn is_over(&self, row: &Row, now: SystemTime) -> bool {
        if self.is(Flaw::LimitIncluded) { now > row.limit() } else { now >= row.limit() }
    }

    fn is_live(&self, tables: &Tables, row: &Row, now: SystemTime) -> bool {
        !self.has_ended(tables, row, now) && !self.is_over(row, now)
    }

    fn place(&self, row: &Row, id: Option<&str>, grace: Duration, now: SystemTime) -> Place {
        let mut tokens = row.tokens.clone();
        if self.is(Flaw::OrdersBySeconds) {
            tokens.sort_by_key(|(id, came_at)| (second(*came_at), id.clone()));
        }
        let mut tokens = tokens.into_iter().rev();
        let Some((current, rotated_at)) = tokens.next() else { return Place::Spent };
        if id == Some(&*current) {
            return Place::Current;
        }
        let candidates = if self.is(Flaw::GraceForAnyEarlier) { usize::MAX } else { 1 };
        let is_candidate = tokens.take(candidates).any(|(earlier, _)| id == Some(&*earlier));
        let ago = match now.duration_since(rotated_at) {
            Err(_) if self.is(Flaw::GraceWhenSetBack) => Duration::ZERO,
            _ => distance(now, rotated_at),
        };
        if is_candidate && ago < grace { Place::Previous } else { Place::Spent }
    }

    fn row<'a>(&self, tables: &'a Tables, token: TokenRef<'_>) -> Option<(&'a Key, &'a Row)> {
        let id = token.session?;
        if let Some(Flaw::JoinsNames | Flaw::IgnoresCase | Flaw::IgnoresSubject) = self.flaw {
            let is_theirs =
                |row: &Row| self.is(Flaw::IgnoresSubject) || self.are_same(row.subject(), token.subject);
            return tables.rows.iter().find(|((_, _, other), row)| other == id && is_theirs(row));
        }
        tables.rows.get_key_value(&key(token.subject, id))
    }

    /// Returns the state from the source, even if the source is a copy itself.
    fn judge_by_copy(&self, tables: &Tables, token: TokenRef<'_>, now: SystemTime) -> SessionState {
        match self.judge(tables, token, Duration::MAX, now) {
            SessionState::Revoked => SessionState::Revoked,
            _ => SessionState::Active,
        }
    }

    fn judge(&self, tables: &Tables, token: TokenRef<'_>, grace: Duration, now: SystemTime) -> SessionState {
        if token.session.is_none() {
            let refused = self.is_token_revoked(tables, token, now) || self.is_issue_cut_off(tables, token);
            return if refused { SessionState::Revoked } else { SessionState::Active };
        }
        let Some((_, row)) = self.row(tables, token) else { return SessionState::Unknown };
        let by_issue =
            self.is(Flaw::CutoffByIssue) && token.issued_at.is_some() && self.is_issue_cut_off(tables, token);
        if self.has_ended(tables, row, now) || by_issue || self.is_token_revoked(tables, token, now) {
            SessionState::Revoked
        } else if self.is_over(row, now) {
            SessionState::Expired
        } else if token.is_refresh() && matches!(self.place(row, token.id, grace, now), Place::Spent) {
            SessionState::Spent
        } else {
            SessionState::Active
        }
    }

    /// Returns the outcome of a rotation, and the session afterwards if it changes.
    fn exchange(&self, tables: &Tables, request: RotateRequest<'_>) -> (Rotation, Option<(Key, Row)>) {
        let RotateRequest { presented, next, grace, keep, idle, now, .. } = request;
        let Some((key, row)) = self.row(tables, presented) else { return (Rotation::Unknown, None) };
        let ended = !self.is(Flaw::ExchangesWhatHasEnded) && self.has_ended(tables, row, now);
        let revoked = !self.is(Flaw::ExchangesWhatIsRevoked) && self.is_token_revoked(tables, presented, now);
        if ended || revoked {
            return (Rotation::Revoked, None);
        }
        if self.is_over(row, now) {
            return (Rotation::Expired, None);
        }
        let mut row = row.clone();
        match self.place(&row, presented.id, grace, now) {
            Place::Current if self.is_kept(&row, keep, now) => {
                match self.flaw {
                    Some(Flaw::KeepExtendedByUse) => {
                        if let Some(last) = row.tokens.last_mut() {
                            last.1 = now;
                        }
                    }
                    Some(Flaw::KeepForgetsPrevious) => {
                        row.tokens.drain(..row.tokens.len().saturating_sub(1));
                    }
                    Some(Flaw::KeepCounted) => row.in_a_row = row.in_a_row.saturating_add(1),
                    Some(Flaw::KeepClearsTheCount) => row.graced = false,
                    _ => {}
                }
                if !self.is(Flaw::KeepIsNoUse) {
                    self.used(&mut row, idle, now);
                }
                (Rotation::Kept(Rotated::new(row.limit())), Some((key.clone(), row)))
            }
            Place::Current => {
                row.tokens.push((next.to_owned(), now));
                if self.is(Flaw::GraceCountReset) || !row.graced && !self.is(Flaw::GraceCountKept) {
                    row.in_a_row = 0;
                }
                row.graced = false;
                self.used(&mut row, idle, now);
                (Rotation::Rotated(Rotated::new(row.limit())), Some((key.clone(), row)))
            }
            Place::Previous => {
                if let (true, Some(last)) = (self.is(Flaw::GraceExtendedByUse), row.tokens.last_mut()) {
                    last.1 = now;
                }
                if self.is(Flaw::GraceChangesTheSession) {
                    row.last_used_at = now;
                }
                let current = row.tokens.last().map(|(current, _)| current.clone()).unwrap_or_default();
                if !row.graced || self.is(Flaw::GraceCountedEachTime) {
                    row.in_a_row = row.in_a_row.saturating_add(1);
                }
                row.graced = true;
                let graced = Graced::new(current, row.limit()).in_a_row(row.in_a_row);
                (Rotation::Grace(graced), Some((key.clone(), row)))
            }
            Place::Spent => {
                row.ended_at = (!self.is(Flaw::ReuseEndsNothing)).then_some(now);
                (Rotation::Reused, Some((key.clone(), row)))
            }
        }
    }

    /// Whether the current token stays the current one.
    fn is_kept(&self, row: &Row, keep: Duration, now: SystemTime) -> bool {
        let Some((_, rotated_at)) = row.tokens.last() else { return false };
        if self.is(Flaw::KeepIgnored) || row.tokens.len() < 2 && !self.is(Flaw::KeepOfTheFirst) {
            return false;
        }
        let is_set_back = self.is(Flaw::KeepWhenSetBack) && now < *rotated_at;
        is_set_back && !keep.is_zero() || distance(now, *rotated_at) < keep
    }

    /// Records a use of the current token.
    fn used(&self, row: &mut Row, idle: Duration, now: SystemTime) {
        row.last_used_at = now;
        let latest = (!self.is(Flaw::SlidesBeyondTheLimit)).then_some(row.expires_at);
        let moved = later(now, idle, latest);
        row.expires_at = row.expires_at.max(moved);
        row.idle_expires_at = if self.is(Flaw::SlidesBack) { moved } else { moved.max(row.idle_expires_at) };
    }

    fn touched(&self, row: &Row, idle: Duration, now: SystemTime) -> Row {
        let mut row = row.clone();
        row.last_used_at = now.max(row.last_used_at);
        let latest = (!self.is(Flaw::TouchGoesBeyond)).then_some(row.expires_at);
        let moved = later(now, idle, latest);
        row.expires_at = row.expires_at.max(moved);
        row.idle_expires_at =
            if self.is(Flaw::TouchMovesBack) { moved } else { moved.max(row.idle_expires_at) };
        let extends = self.is(Flaw::GraceExtendedByTouch) || self.is(Flaw::RotatedByTouch);
        if let (true, Some(last)) = (extends, row.tokens.last_mut()) {
            last.1 = now;
        }
        row
    }

    /// Ends sessions of the subject that starts one. Returns the ids of those that were live.
    fn make_room(&self, tables: &mut Tables, request: &StartRequest<'_>) -> Result<Vec<String>, BoxError> {
        let StartRequest { session, limit: Some(limit), now, .. } = *request else { return Ok(Vec::new()) };
        if self.is(Flaw::LimitIgnored) {
            return Ok(Vec::new());
        }
        let counts = |row: &Row| self.is(Flaw::LimitCountsTheDead) || self.is_live(tables, row, now);
        let is_theirs = |row: &Row| {
            let namesake = self.is(Flaw::LimitOfNamesakes) && row.name == session.subject.name;
            namesake || self.are_same(row.subject(), session.subject)
        };
        let rows = tables.rows.iter().filter(|(_, row)| is_theirs(row) && counts(row));
        let by_start = self.is(Flaw::LimitByStart);
        let mut by_use: Vec<_> = rows
            .map(|(key, row)| {
                (if by_start { row.started_at } else { row.last_used_at }, row.started_at, key.clone())
            })
            .collect();
        by_use.sort_unstable();
        let surplus = by_use.len().saturating_sub(limit.others());
        if surplus > 0 && !limit.evicts() && !self.is(Flaw::RejectionEvicts) {
            return Err(match self.is(Flaw::RejectionWithoutItsError) {
                true => "there are too many".into(),
                false => LimitReached.into(),
            });
        }
        let most = if self.is(Flaw::LimitEndsOne) { 1 } else { usize::MAX };
        let chosen: Vec<_> = by_use.into_iter().take(surplus.min(most)).map(|(.., key)| key).collect();
        for key in &chosen {
            if let Some(row) = tables.rows.get_mut(key).filter(|_| !self.is(Flaw::LimitKeepsTokens)) {
                row.ended_at = Some(now);
            }
        }
        let named = chosen.into_iter().filter(|_| !self.is(Flaw::LimitNamesNothing));
        Ok(named.map(|(.., id)| id).collect())
    }

    /// Returns the keys of the selected sessions that are live, unless there is a flaw.
    fn chosen(&self, tables: &Tables, now: SystemTime, is_chosen: impl Fn(&str, &Row) -> bool) -> Vec<Key> {
        let counts = |row: &Row| self.is(Flaw::EndCountsTheDead) || self.is_live(tables, row, now);
        let rows = tables.rows.iter().filter(|((_, _, id), row)| is_chosen(id, row) && counts(row));
        rows.map(|(key, _)| key.clone()).collect()
    }

    fn is_selected(&self, request: &EndRequest<'_>, id: &str, row: &Row) -> bool {
        match request.selector {
            Selector::One { subject, session } => {
                id == session && (self.is(Flaw::IgnoresSubject) || self.are_same(row.subject(), subject))
            }
            Selector::AllOf(subject) => self.are_same(row.subject(), subject),
            Selector::AllExcept { subject, session } => {
                self.are_same(row.subject(), subject) && id != session
            }
            Selector::IssuedBefore { issuer, subject, moment } => {
                let is_theirs = match subject {
                    Some(name) => self.are_same(row.subject(), Subject::new(issuer, name)),
                    None => row.issuer == issuer,
                };
                let future = request.includes_future_starts() && !self.is(Flaw::CutoffSparesTheFuture)
                    || self.is(Flaw::CutoffEndsTheFuture);
                is_theirs && (row.started_at < moment || future && row.started_at > request.now)
            }
            _ => false,
        }
    }

    fn keep_cutoff(&self, tables: &mut Tables, selector: Selector<'_>) {
        if let Selector::IssuedBefore { issuer, subject, moment } = selector {
            let name = subject.map(str::to_owned);
            if self.is(Flaw::EarlierCutoffWins) {
                tables.cutoffs.retain(|cutoff| cutoff.issuer != issuer || cutoff.name != name);
            }
            tables.cutoffs.push(Cutoff { issuer: issuer.to_owned(), name, moment });
        }
    }
}
