//! Implements the two traits.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use jwt_session::{
    BATCH, BoxError, EndRequest, Ended, IsRevokedRequest, ListRequest, Position, Revocation, RevokeRequest,
    RotateRequest, Rotation, SessionPage, SessionState, Sessions, StartRequest, Started, StateRequest,
    StatesRequest, Subject, TokenRef, TouchRequest,
};
use tokio::task::yield_now;

use super::{Reference, key};
use crate::flaw::Flaw;
use crate::tables::{Key, Row, Tables};

impl Revocation for Reference {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        let forgotten = self.is(Flaw::SourceForgetsRevoked) && !request.consistency.is_local();
        Ok(!forgotten && self.is_token_revoked(&self.lock(), request.token, request.now))
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        let RevokeRequest { token, until, now, .. } = request;
        let key = self.key(token.subject.issuer, token.id.ok_or("no jti")?);
        let mut tables = self.lock();
        if self.is(Flaw::ForgetsWhatIsForEver) {
            tables.revoked.retain(|_, until| until.is_some_and(|until| now < until));
        }
        let until = match tables.revoked.get(&key) {
            Some(earlier) if !self.is(Flaw::ShorterMomentWins) => {
                earlier.zip(until).map(|(earlier, until)| earlier.max(until))
            }
            _ => until,
        };
        tables.revoked.insert(key, until);
        Ok(())
    }
}

impl Sessions for Reference {
    async fn start(&self, request: StartRequest<'_>) -> Result<Started, BoxError> {
        let StartRequest { session, now, .. } = request;
        let mut evicted = Vec::new();
        if self.is(Flaw::LimitNotAtomic) {
            evicted = self.make_room(&mut self.lock(), &request)?;
            yield_now().await;
        }
        let mut tables = self.lock();
        let key = key(session.subject, session.id);
        if tables.rows.contains_key(&key) && !self.is(Flaw::IdTakenTwice) {
            return Err("the id is taken".into());
        }
        if self.is(Flaw::IdTakenFromOthers) {
            tables.rows.retain(|(_, _, id), _| id != session.id);
        }
        if !self.is(Flaw::LimitNotAtomic) {
            evicted = self.make_room(&mut tables, &request)?;
        }
        let row = Row {
            issuer: session.subject.issuer.to_owned(),
            name: session.subject.name.to_owned(),
            label: session.label.map(str::to_owned),
            tokens: vec![(session.current.to_owned(), now)],
            started_at: now,
            last_used_at: now,
            idle_expires_at: session.idle_expires_at,
            expires_at: session.expires_at,
            ended_at: None,
            graced: false,
            in_a_row: 0,
        };
        tables.rows.insert(key, row);
        Ok(Started::new().evicted(evicted))
    }

    async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, BoxError> {
        if self.is(Flaw::ReadsThenWrites) {
            let (rotation, row) = self.exchange(&self.lock(), request);
            yield_now().await;
            self.lock().rows.extend(row);
            return Ok(rotation);
        }
        let mut tables = self.lock();
        let (rotation, row) = self.exchange(&tables, request);
        tables.rows.extend(row);
        Ok(rotation)
    }

    async fn state(&self, request: StateRequest<'_>) -> Result<SessionState, BoxError> {
        let StateRequest { token, grace, consistency, now, .. } = request;
        let mut tables = self.lock();
        let state = self.judge(&tables, token, grace, now);
        if !consistency.is_local() {
            return Ok(match self.flaw {
                Some(Flaw::SourceIsACopy) => self.judge_by_copy(&tables, token, now),
                Some(Flaw::SourceForgetsEnded) if state == SessionState::Revoked => SessionState::Active,
                _ => state,
            });
        }
        let row = token.session.and_then(|id| tables.rows.get_mut(&key(token.subject, id)));
        if let (true, SessionState::Spent, Some(row)) = (self.is(Flaw::LookingEnds), state, row) {
            row.ended_at = Some(now);
        }
        Ok(state)
    }

    async fn states(&self, request: StatesRequest<'_>) -> Result<Vec<SessionState>, BoxError> {
        let mut states = Vec::new();
        let mut seen = HashSet::new();
        for (place, token) in request.tokens.iter().enumerate() {
            let known = (token.subject, token.session, token.id);
            if self.is(Flaw::BatchOnceEach) && !seen.insert(known)
                || self.is(Flaw::BatchCutShort) && place >= BATCH
            {
                continue;
            }
            states.push(self.of_batch(request, *token));
        }
        if self.is(Flaw::BatchReversed) {
            states.reverse();
        }
        Ok(states)
    }

    async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, BoxError> {
        let TouchRequest { token, idle, now, .. } = request;
        let look = |tables: &Tables| {
            let state = self.judge(tables, token, Duration::ZERO, now);
            let moves = state == SessionState::Active || self.is(Flaw::TouchRevives);
            let row = self.row(tables, token).filter(|_| moves);
            (state, row.map(|(key, row)| (key.clone(), self.touched(row, idle, now))))
        };
        if self.is(Flaw::TouchWritesAll) {
            let (state, row) = look(&self.lock());
            yield_now().await;
            self.lock().rows.extend(row);
            return Ok(state);
        }
        let mut tables = self.lock();
        let (state, row) = look(&tables);
        tables.rows.extend(row);
        Ok(state)
    }

    async fn end(&self, request: EndRequest<'_>) -> Result<Ended, BoxError> {
        let EndRequest { selector, now, .. } = request;
        let select =
            |tables: &Tables| self.chosen(tables, now, |id, row| self.is_selected(&request, id, row));
        let count = |chosen: &[Key]| Ended::new(u64::try_from(chosen.len()).unwrap_or(u64::MAX));
        if self.is(Flaw::EndMissesExchanged) {
            let seen = self.lock().rows.clone();
            yield_now().await;
            let mut tables = self.lock();
            let chosen = select(&tables);
            for key in &chosen {
                let as_seen = |row: &&mut Row| seen.get(key).is_some_and(|seen| seen.tokens == row.tokens);
                if let Some(row) = tables.rows.get_mut(key).filter(as_seen) {
                    row.ended_at = Some(now);
                }
            }
            self.keep_cutoff(&mut tables, selector);
            return Ok(count(&chosen));
        }
        let mut tables = self.lock();
        let chosen = select(&tables);
        for key in &chosen {
            if let Some(row) = tables.rows.get_mut(key) {
                row.ended_at = Some(now);
            }
        }
        self.keep_cutoff(&mut tables, selector);
        Ok(count(&chosen))
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, BoxError> {
        let tables = self.lock();
        let is_live = |row: &Row| self.is_live(&tables, row, request.now);
        let is_theirs = |row: &Row| {
            let anyone = self.is(Flaw::PageOfAnyone) && request.after.is_some();
            anyone || self.are_same(row.subject(), request.subject)
        };
        let mut rows: Vec<_> = tables.rows.iter().filter(|(_, row)| is_theirs(row)).collect();
        rows.retain(|(_, row)| self.is(Flaw::PageCountsTheDead) || is_live(row));
        rows.sort_by_key(|((_, _, id), row)| (Reverse(row.started_at), id));
        if self.is(Flaw::OldestFirst) {
            rows.reverse();
        }
        if let Some(after) = request.after {
            let is_behind = |started_at: SystemTime, id: &str| match self.flaw {
                Some(Flaw::PageWithoutTies) => started_at < after.started_at,
                Some(Flaw::PageRepeats) => started_at <= after.started_at,
                _ => (Reverse(started_at), id) > (Reverse(after.started_at), &after.id),
            };
            let is_there = rows.iter().any(|((_, _, id), _)| *id == after.id);
            if is_there || !self.is(Flaw::PageNeedsItsSession) {
                rows.retain(|((_, _, id), row)| is_behind(row.started_at, id));
            }
        }
        let limit = if self.is(Flaw::PageWithoutBounds) { request.limit } else { request.page_limit() };
        let mut page = SessionPage::new(rows.iter().map(|((_, _, id), row)| row.listed(id)).collect(), limit);
        if self.is(Flaw::PageNeverLast) {
            page.next = page.sessions.last().map(Position::from);
        }
        page.sessions
            .retain(|session| rows.iter().any(|((_, _, id), row)| *id == session.id && is_live(row)));
        Ok(page)
    }
}

impl Reference {
    /// Returns the state of one token of a batch.
    fn of_batch(&self, request: StatesRequest<'_>, asked: TokenRef<'_>) -> SessionState {
        let StatesRequest { tokens, mut grace, consistency, now, .. } = request;
        let mut tables = self.lock();
        let owner = tables.rows.keys().find(|(_, _, id)| asked.session == Some(id)).cloned();
        let mut token = asked;
        match (self.flaw, tokens.first()) {
            (Some(Flaw::BatchOfOneSubject), Some(first)) => token.subject = first.subject,
            (Some(Flaw::BatchWithoutGrace), _) => grace = Duration::ZERO,
            (Some(Flaw::BatchIsACopy), _) if !token.is_refresh() => {
                return self.judge_by_copy(&tables, token, now);
            }
            (Some(Flaw::BatchTrims), _) => {
                token.subject = Subject::new(token.subject.issuer.trim(), token.subject.name.trim());
            }
            (Some(Flaw::BatchIgnoresSubject), _) => {
                if let Some((issuer, name, _)) = &owner {
                    token.subject = Subject::new(issuer, name);
                }
            }
            (Some(Flaw::SourceIsACopy), _) if !consistency.is_local() => {
                return self.judge_by_copy(&tables, token, now);
            }
            _ => {}
        }
        let state = self.judge(&tables, token, grace, now);
        let row = token.session.and_then(|id| tables.rows.get_mut(&key(token.subject, id)));
        if let (true, SessionState::Spent, Some(row)) = (self.is(Flaw::BatchEnds), state, row) {
            row.ended_at = Some(now);
        }
        state
    }
}
