//! The two traits.

use std::time::{Duration, SystemTime};

use jwt_session::{
    BoxError, NewSession, Revocation, Rotation, RotationPolicy, Selector, Session, SessionState, Sessions,
    Subject, TokenRef,
};
use tokio::task::yield_now;

use super::{Reference, key};
use crate::flaw::Flaw;
use crate::tables::{Key, Row, Tables};

impl Revocation for Reference {
    async fn is_revoked(&self, token: TokenRef<'_>, now: SystemTime) -> Result<bool, BoxError> {
        Ok(self.is_token_revoked(&self.lock(), token, now))
    }

    async fn is_revoked_at_source(&self, token: TokenRef<'_>, now: SystemTime) -> Result<bool, BoxError> {
        Ok(!self.is(Flaw::SourceForgetsRevoked) && self.is_token_revoked(&self.lock(), token, now))
    }

    async fn revoke(
        &self,
        token: TokenRef<'_>,
        until: Option<SystemTime>,
        now: SystemTime,
    ) -> Result<(), BoxError> {
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
    async fn start(&self, session: NewSession<'_>, now: SystemTime) -> Result<(), BoxError> {
        let mut tables = self.lock();
        let key = key(session.subject, session.id);
        if tables.rows.contains_key(&key) && !self.is(Flaw::IdTakenTwice) {
            return Err("the id is taken".into());
        }
        if self.is(Flaw::IdTakenFromOthers) {
            tables.rows.retain(|(_, _, id), _| id != session.id);
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
        };
        tables.rows.insert(key, row);
        Ok(())
    }

    async fn rotate(
        &self,
        presented: TokenRef<'_>,
        next: &str,
        policy: RotationPolicy,
        now: SystemTime,
    ) -> Result<Rotation, BoxError> {
        if self.is(Flaw::ReadsThenWrites) {
            let (rotation, row) = self.exchange(&self.lock(), presented, next, policy, now);
            yield_now().await;
            self.lock().rows.extend(row);
            return Ok(rotation);
        }
        let mut tables = self.lock();
        let (rotation, row) = self.exchange(&tables, presented, next, policy, now);
        tables.rows.extend(row);
        Ok(rotation)
    }

    async fn state(
        &self,
        token: TokenRef<'_>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        let mut tables = self.lock();
        let state = self.judge(&tables, token, grace, now);
        let row = token.session.and_then(|id| tables.rows.get_mut(&key(token.subject, id)));
        if let (true, SessionState::Spent, Some(row)) = (self.is(Flaw::LookingEnds), state, row) {
            row.ended_at = Some(now);
        }
        Ok(state)
    }

    async fn state_at_source(
        &self,
        token: TokenRef<'_>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        let tables = self.lock();
        Ok(match self.flaw {
            Some(Flaw::SourceIsACopy) => self.judge_by_copy(&tables, token, now),
            Some(Flaw::SourceForgetsEnded) => match self.judge(&tables, token, grace, now) {
                SessionState::Revoked => SessionState::Active,
                state => state,
            },
            _ => self.judge(&tables, token, grace, now),
        })
    }

    async fn touch(
        &self,
        token: TokenRef<'_>,
        idle: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
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

    async fn end(&self, selector: Selector<'_>, now: SystemTime) -> Result<u64, BoxError> {
        let select =
            |tables: &Tables| self.chosen(tables, now, |id, row| self.is_selected(selector, id, row));
        let count = |chosen: &[Key]| u64::try_from(chosen.len()).unwrap_or(u64::MAX);
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

    async fn list(&self, subject: Subject<'_>, now: SystemTime) -> Result<Vec<Session>, BoxError> {
        let tables = self.lock();
        let is_listed = |row: &Row| self.are_same(row.subject(), subject) && self.is_live(&tables, row, now);
        let rows = tables.rows.iter().filter(|(_, row)| is_listed(row));
        let mut listed: Vec<_> = rows.map(|((_, _, id), row)| row.listed(id)).collect();
        listed.sort_by_key(|session| session.started_at);
        if !self.is(Flaw::OldestFirst) {
            listed.reverse();
        }
        Ok(listed)
    }
}
