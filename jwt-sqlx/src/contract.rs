//! The contract of sessions, over any of the databases.

use std::time::{Duration, SystemTime};

use jwt_session::{NewSession, Rotation, RotationPolicy, Selector, Session, SessionState, Subject, TokenRef};
use tokio::time::timeout;

use crate::Error;
use crate::backend::Value::{Name, Number, Text, WholeId};
use crate::backend::{Backend, Value, Writing};
use crate::dialect::Dialect as _;
use crate::rows;
use crate::sql::Sql;
use crate::time::{duration, millis, millis_up, second};

/// An error when the time is over.
pub(crate) async fn limited<T>(
    store: &impl Backend,
    work: impl Future<Output = Result<T, Error>> + Send,
) -> Result<T, Error> {
    timeout(store.time_limit(), work).await.unwrap_or(Err(Error::TimeLimit))
}

/// What lies in it was rotated less than `grace` ago, by a clock that may have been set back since.
fn window(grace: Duration, now: i64) -> [Value<'static>; 2] {
    let grace = duration(grace);
    [number(now.saturating_sub(grace)), number(now.saturating_add(grace))]
}

fn number(number: impl Into<i64>) -> Value<'static> {
    Number(Some(number.into()))
}

fn subject(subject: Subject<'_>) -> [Value<'_>; 2] {
    [Name(Some(subject.issuer)), Name(Some(subject.name))]
}

/// Session, issuer, subject, jti and jti once more.
fn token(token: TokenRef<'_>) -> [Value<'_>; 5] {
    let [issuer, name] = subject(token.subject);
    [Name(token.session), issuer, name, Text(token.id), Name(token.id)]
}

pub(crate) async fn is_revoked(store: &impl Backend, token: TokenRef<'_>) -> Result<bool, Error> {
    // An entry counts until it is purged: the time that it is kept for is over when the token has expired.
    let values = [Name(Some(token.subject.issuer)), Name(token.id)];
    Ok(store.numbers(&store.sql().is_revoked, &values).await?.contains(&1))
}

pub(crate) async fn revoke(
    store: &impl Backend,
    token: TokenRef<'_>,
    until: Option<SystemTime>,
) -> Result<(), Error> {
    let id = token.id.ok_or(Error::NoTokenId)?;
    let mut writing = store.begin(store.time_limit()).await?;
    let values = [Name(Some(token.subject.issuer)), Name(Some(id)), Number(until.map(millis_up))];
    writing.execute(&store.sql().revoke, &values).await?;
    writing.commit().await
}

pub(crate) async fn start<B: Backend>(
    store: &B,
    session: NewSession<'_>,
    now: SystemTime,
) -> Result<(), Error> {
    let mut writing = store.begin(store.time_limit()).await?;
    let [issuer, name] = subject(session.subject);
    let mut values = vec![
        Name(Some(session.id)),
        issuer,
        name,
        Text(session.label),
        Text(Some(session.current)),
        number(millis(now)),
        number(millis(session.idle_expires_at)),
        number(millis(session.expires_at)),
    ];
    if B::Dialect::WHOLE_ID.is_some() {
        values.push(WholeId(session.id));
    }
    let rows = writing.execute(&store.sql().start, &values).await?;
    writing.commit().await?;
    if rows == 0 { Err(Error::SessionExists) } else { Ok(()) }
}

pub(crate) async fn rotate(
    store: &impl Backend,
    presented: TokenRef<'_>,
    next: &str,
    policy: RotationPolicy,
    now: SystemTime,
) -> Result<Rotation, Error> {
    let now = millis(now);
    let [session, issuer, name, current, id] = token(presented);
    let idle = number(now.saturating_add(duration(policy.idle)));
    let [low, high] = window(policy.grace, now);
    let values = [session, issuer, name, current, id, number(now), idle, low, high, Text(Some(next))];
    let mut writing = store.begin(store.time_limit()).await?;
    let rotation = loop {
        if let Some(row) = writing.rotation(&store.sql().rotate, &values).await? {
            break rows::rotation(row);
        }
        let codes = writing.numbers(&store.sql().state, &of_session(presented, policy.grace, now)).await?;
        // If it is alive now, somebody has just started or touched it.
        if let Some(refused) = rows::refused(rows::state(&codes)) {
            break refused;
        }
    };
    writing.commit().await?;
    Ok(rotation)
}

/// What [`Sql::state`] takes.
fn of_session(presented: TokenRef<'_>, grace: Duration, now: i64) -> [Value<'_>; 9] {
    let [session, issuer, name, current, id] = token(presented);
    let [low, high] = window(grace, now);
    [session, issuer, name, current, id, number(now), number(presented.refresh), low, high]
}

/// What [`Sql::state_without_session`] takes.
fn of_no_session(token: TokenRef<'_>) -> [Value<'_>; 4] {
    let [issuer, name] = subject(token.subject);
    // A token that does not say when it was issued may be older than any cutoff.
    [issuer, name, Name(token.id), number(token.issued_at.map_or(i64::MIN, second))]
}

pub(crate) async fn state(
    store: &impl Backend,
    token: TokenRef<'_>,
    grace: Duration,
    now: SystemTime,
) -> Result<SessionState, Error> {
    let sql = store.sql();
    let codes = match token.session {
        Some(_) => store.numbers(&sql.state, &of_session(token, grace, millis(now))).await?,
        None => store.numbers(&sql.state_without_session, &of_no_session(token)).await?,
    };
    Ok(rows::state(&codes))
}

pub(crate) async fn touch(
    store: &impl Backend,
    touched: TokenRef<'_>,
    idle: Duration,
    now: SystemTime,
) -> Result<SessionState, Error> {
    let (sql, now) = (store.sql(), millis(now));
    let [session, issuer, name, current, id] = token(touched);
    let idle = number(now.saturating_add(duration(idle)));
    let values = [session, issuer, name, current, id, number(now), idle, number(touched.refresh)];
    let mut writing = store.begin(store.time_limit()).await?;
    let state = loop {
        if writing.execute(&sql.touch, &values).await? > 0 {
            break SessionState::Active;
        }
        let codes = match touched.session {
            Some(_) => writing.numbers(&sql.state, &of_session(touched, Duration::ZERO, now)).await?,
            None => writing.numbers(&sql.state_without_session, &of_no_session(touched)).await?,
        };
        let state = rows::state(&codes);
        // As in `rotate`.
        if touched.session.is_none() || state != SessionState::Active {
            break state;
        }
    };
    writing.commit().await?;
    Ok(state)
}

pub(crate) async fn end(store: &impl Backend, selector: Selector<'_>, now: SystemTime) -> Result<u64, Error> {
    let (sql, now) = (store.sql(), number(millis(now)));
    let mut writing = store.begin(store.time_limit()).await?;
    let ended = match selector {
        Selector::One { subject: whose, session } => {
            let [issuer, name] = subject(whose);
            writing.numbers(&sql.end_one, &[issuer, name, now, Name(Some(session))]).await?
        }
        Selector::AllOf(whose) => {
            let [issuer, name] = subject(whose);
            writing.numbers(&sql.end_all, &[issuer, name, now]).await?
        }
        Selector::AllExcept { subject: whose, session } => {
            let [issuer, name] = subject(whose);
            writing.numbers(&sql.end_others, &[issuer, name, now, Name(Some(session))]).await?
        }
        Selector::IssuedBefore { issuer, subject, moment } => {
            cut_off(&mut writing, sql, issuer, subject, millis(moment), now).await?
        }
        _ => return Err(Error::UnknownSelector),
    };
    writing.commit().await?;
    Ok(ended.into_iter().fold(0, |all, live| all.saturating_add(u64::try_from(live).unwrap_or(0))))
}

/// The rows of the sessions stay as they are: whoever asks for one looks at the cutoff as well. Everyone's can be
/// millions, more than could be rewritten within the time limit.
async fn cut_off(
    writing: &mut impl Writing,
    sql: &Sql,
    issuer: &str,
    subject: Option<&str>,
    moment: i64,
    now: Value<'_>,
) -> Result<Vec<i64>, Error> {
    let (issuer, moment) = (Name(Some(issuer)), number(moment));
    // Of two cutoffs, the later one must not count what the first has cut off.
    if let Some(lock) = &sql.lock_cutoffs {
        writing.execute(lock, &[issuer]).await?;
    }
    let live = match subject {
        None => writing.numbers(&sql.issued_before, &[issuer, moment, now]).await?,
        Some(_) => writing.numbers(&sql.issued_to_before, &[issuer, moment, now, Name(subject)]).await?,
    };
    let name = Name(Some(subject.unwrap_or_default()));
    writing.execute(&sql.cut_off, &[issuer, number(subject.is_none()), name, moment]).await?;
    Ok(live)
}

pub(crate) async fn list(
    store: &impl Backend,
    whose: Subject<'_>,
    now: SystemTime,
) -> Result<Vec<Session>, Error> {
    let [issuer, name] = subject(whose);
    let found = store.sessions(&store.sql().list, &[issuer, name, number(millis(now))]).await?;
    Ok(found.into_iter().map(rows::session).collect())
}
