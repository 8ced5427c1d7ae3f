//! The contract.

use std::time::{Duration, SystemTime};

use jwt_core::BoxError;
use jwt_core::session::{
    NewSession, Revocation, Rotation, RotationPolicy, Selector, Session, SessionState, Sessions, Subject,
    TokenRef,
};
use sqlx::SqliteConnection;

use super::SqliteSessions;
use crate::Error;
use crate::rows::{self, SessionRow};
use crate::sql::{End, Sql};
use crate::time::{duration, millis, millis_up, second};

/// What lies in it was rotated less than `grace` ago, by a clock that may have been set back since.
fn window(grace: Duration, now: i64) -> (i64, i64) {
    let grace = duration(grace);
    (now.saturating_sub(grace), now.saturating_add(grace))
}

impl Revocation for SqliteSessions {
    async fn is_revoked(&self, token: TokenRef<'_>, _now: SystemTime) -> Result<bool, BoxError> {
        // An entry counts until it is purged: the time that it is kept for is over when the token has expired.
        self.answer(async {
            let query = sqlx::query_scalar(&self.sql().is_revoked).bind(token.subject.issuer).bind(token.id);
            let code: i64 = query.fetch_one(self.pool()).await?;
            Ok(code != 0)
        })
        .await
    }

    async fn revoke(
        &self,
        token: TokenRef<'_>,
        until: Option<SystemTime>,
        _now: SystemTime,
    ) -> Result<(), BoxError> {
        self.answer(async {
            let id = token.id.ok_or(Error::NoTokenId)?;
            let mut writing = self.write().await?;
            let query = sqlx::query(&self.sql().revoke).bind(token.subject.issuer).bind(id);
            query.bind(until.map(millis_up)).execute(writing.connection()).await?;
            writing.commit().await
        })
        .await
    }
}

impl Sessions for SqliteSessions {
    async fn start(&self, session: NewSession<'_>, now: SystemTime) -> Result<(), BoxError> {
        self.answer(async {
            let mut writing = self.write().await?;
            let query = sqlx::query(&self.sql().start)
                .bind(session.id)
                .bind(session.subject.issuer)
                .bind(session.subject.name)
                .bind(session.label)
                .bind(session.current)
                .bind(millis(now))
                .bind(millis(session.idle_expires_at))
                .bind(millis(session.expires_at));
            let rows = query.execute(writing.connection()).await?.rows_affected();
            writing.commit().await?;
            if rows == 0 { Err(Error::SessionExists) } else { Ok(()) }
        })
        .await
    }

    async fn rotate(
        &self,
        presented: TokenRef<'_>,
        next: &str,
        policy: RotationPolicy,
        now: SystemTime,
    ) -> Result<Rotation, BoxError> {
        self.answer(async {
            let now = millis(now);
            let (low, high) = window(policy.grace, now);
            let mut writing = self.write().await?;
            let query = sqlx::query_as(&self.sql().rotate)
                .bind(presented.session)
                .bind(presented.subject.issuer)
                .bind(presented.subject.name)
                .bind(presented.id)
                .bind(next)
                .bind(now)
                .bind(now.saturating_add(duration(policy.idle)))
                .bind(low)
                .bind(high);
            let rotation = match query.fetch_optional(writing.connection()).await? {
                Some(row) => rows::rotation(row),
                None => refused(self.sql(), presented, writing.connection()).await?,
            };
            writing.commit().await?;
            Ok(rotation)
        })
        .await
    }

    async fn state(
        &self,
        token: TokenRef<'_>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        self.answer(async {
            let mut connection = self.pool().acquire().await?;
            state(self.sql(), token, grace, millis(now), &mut connection).await
        })
        .await
    }

    async fn touch(
        &self,
        token: TokenRef<'_>,
        idle: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        self.answer(async {
            let now = millis(now);
            let mut writing = self.write().await?;
            let query = sqlx::query(&self.sql().touch)
                .bind(token.session)
                .bind(token.subject.issuer)
                .bind(token.subject.name)
                .bind(token.id)
                .bind(now)
                .bind(i64::from(token.refresh))
                .bind(now.saturating_add(duration(idle)));
            let moved = query.execute(writing.connection()).await?.rows_affected();
            let state = if moved == 0 {
                state(self.sql(), token, Duration::ZERO, now, writing.connection()).await?
            } else {
                SessionState::Active
            };
            writing.commit().await?;
            Ok(state)
        })
        .await
    }

    async fn end(&self, selector: Selector<'_>, now: SystemTime) -> Result<u64, BoxError> {
        self.answer(async {
            let (sql, now) = (self.sql(), millis(now));
            let mut writing = self.write().await?;
            let connection = writing.connection();
            let ended = match selector {
                Selector::One { subject, session } => {
                    end(&sql.end_one, subject, Some(session), now, connection).await?
                }
                Selector::AllOf(subject) => end(&sql.end_all, subject, None, now, connection).await?,
                Selector::AllExcept { subject, session } => {
                    end(&sql.end_others, subject, Some(session), now, connection).await?
                }
                Selector::IssuedBefore { issuer, subject, moment } => {
                    cut_off(sql, issuer, subject, millis(moment), now, connection).await?
                }
                _ => return Err(Error::UnknownSelector),
            };
            writing.commit().await?;
            Ok(ended)
        })
        .await
    }

    async fn list(&self, subject: Subject<'_>, now: SystemTime) -> Result<Vec<Session>, BoxError> {
        self.answer(async {
            let query = sqlx::query_as(&self.sql().list);
            let query = query.bind(subject.issuer).bind(subject.name).bind(millis(now));
            let found: Vec<SessionRow> = query.fetch_all(self.pool()).await?;
            Ok(found.into_iter().map(rows::session).collect())
        })
        .await
    }
}

async fn refused(
    sql: &Sql,
    presented: TokenRef<'_>,
    connection: &mut SqliteConnection,
) -> Result<Rotation, Error> {
    let query = sqlx::query_scalar(&sql.refused)
        .bind(presented.session)
        .bind(presented.subject.issuer)
        .bind(presented.subject.name)
        .bind(presented.id);
    Ok(rows::refused(query.fetch_optional(connection).await?))
}

async fn state(
    sql: &Sql,
    token: TokenRef<'_>,
    grace: Duration,
    now: i64,
    connection: &mut SqliteConnection,
) -> Result<SessionState, Error> {
    let Subject { issuer, name, .. } = token.subject;
    let (low, high) = window(grace, now);
    let query = match token.session {
        Some(session) => sqlx::query_scalar(&sql.state)
            .bind(session)
            .bind(issuer)
            .bind(name)
            .bind(token.id)
            .bind(now)
            .bind(i64::from(token.refresh))
            .bind(low)
            .bind(high),
        None => sqlx::query_scalar(&sql.state_without_session)
            .bind(issuer)
            .bind(name)
            .bind(token.id)
            // A token that does not say when it was issued may be older than any cutoff.
            .bind(token.issued_at.map_or(i64::MIN, second)),
    };
    Ok(rows::state(query.fetch_optional(connection).await?))
}

async fn end(
    statements: &End,
    subject: Subject<'_>,
    session: Option<&str>,
    now: i64,
    connection: &mut SqliteConnection,
) -> Result<u64, Error> {
    let mut counts = [0_u64; 2];
    for (statement, count) in [&statements.live, &statements.rest].into_iter().zip(&mut counts) {
        let mut query = sqlx::query(statement).bind(subject.issuer).bind(subject.name).bind(now);
        if let Some(session) = session {
            query = query.bind(session);
        }
        *count = query.execute(&mut *connection).await?.rows_affected();
    }
    let [live, _] = counts;
    Ok(live)
}

/// The rows of the sessions stay as they are: whoever asks for one looks at the cutoff as well. Everyone's can be
/// millions, more than could be rewritten within the time limit.
async fn cut_off(
    sql: &Sql,
    issuer: &str,
    subject: Option<&str>,
    moment: i64,
    now: i64,
    connection: &mut SqliteConnection,
) -> Result<u64, Error> {
    let statement = if subject.is_some() { &sql.issued_to_before } else { &sql.issued_before };
    let mut query = sqlx::query_scalar(statement).bind(issuer).bind(moment).bind(now);
    if let Some(subject) = subject {
        query = query.bind(subject);
    }
    let live: i64 = query.fetch_one(&mut *connection).await?;
    let query = sqlx::query(&sql.cut_off).bind(issuer).bind(i64::from(subject.is_none()));
    query.bind(subject.unwrap_or_default()).bind(moment).execute(connection).await?;
    Ok(u64::try_from(live).unwrap_or(0))
}
