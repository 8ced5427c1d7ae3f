//! The operations of the traits, on any of the databases.

use std::time::{Duration, Instant};

use jwt_session::{
    BATCH, EndRequest, Ended, IsRevokedRequest, LimitReached, ListRequest, RevokeRequest, RotateRequest,
    Rotation, Selector, SessionPage, SessionState, StartRequest, Started, StateRequest, StatesRequest,
    Subject, TokenRef, TouchRequest, millis,
};
use tokio::time::timeout;

use crate::Error;
use crate::backend::Value::{Name, Number, Text, WholeId};
use crate::backend::{Backend, Value, Writing};
use crate::dialect::Dialect as _;
use crate::rows;
use crate::sql::{ENDED_AT_ONCE, Sql, batch_rows};
use crate::time::{duration, millis_up, second};

/// The maximum number of steps of a start. Together, they end 10,000 sessions, as in the other stores.
const STEPS: usize = 10;

/// Runs `work`, or returns an error when the time limit has passed.
pub(crate) async fn limited<T>(
    store: &impl Backend,
    work: impl Future<Output = Result<T, Error>> + Send,
) -> Result<T, Error> {
    timeout(store.time_limit(), work).await.unwrap_or(Err(Error::TimeLimit))
}

/// The start and end of the window for a rotation that is less than `grace` ago. The end is in the future, because the
/// clock may have been set back since.
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

/// Session, issuer, subject, jti, and jti again.
fn token(token: TokenRef<'_>) -> [Value<'_>; 5] {
    let [issuer, name] = subject(token.subject);
    [Name(token.session), issuer, name, Text(token.id), Name(token.id)]
}

pub(crate) async fn is_revoked(store: &impl Backend, request: IsRevokedRequest<'_>) -> Result<bool, Error> {
    let token = request.token;
    // An entry is valid until it is purged. It can be purged once the token has expired.
    let values = [Name(Some(token.subject.issuer)), Name(token.id)];
    Ok(store.numbers(&store.sql().is_revoked, &values).await?.contains(&1))
}

pub(crate) async fn revoke(store: &impl Backend, request: RevokeRequest<'_>) -> Result<(), Error> {
    let RevokeRequest { token, until, .. } = request;
    let id = token.id.ok_or(Error::NoTokenId)?;
    let mut writing = store.begin(store.time_limit()).await?;
    let values = [Name(Some(token.subject.issuer)), Name(Some(id)), Number(until.map(millis_up))];
    writing.execute(&store.sql().revoke, &values).await?;
    writing.commit().await
}

/// Saves a session. If the subject has many more sessions than the limit, ends a bounded part of the surplus.
///
/// The session has started once the first step is committed. From then on, an error only means that the next start has to
/// end the rest. The call must not return it, because the caller would not learn which sessions have ended.
pub(crate) async fn start<B: Backend>(
    store: &B,
    request: StartRequest<'_>,
) -> Result<Result<Started, LimitReached>, Error> {
    let begun = Instant::now();
    let mut step = match limited(store, start_session(store, &request)).await? {
        Ok(step) => step,
        Err(reached) => return Ok(Err(reached)),
    };
    let mut evicted = Vec::new();
    for _ in 1..STEPS {
        let is_last = step.is_last();
        evicted.append(&mut step.evicted);
        let left = store.time_limit().saturating_sub(begun.elapsed());
        if is_last || left.is_zero() {
            break;
        }
        match timeout(left, end_surplus(store, &request, left)).await {
            Ok(Ok(next)) => step = next,
            _ => break,
        }
    }
    evicted.append(&mut step.evicted);
    Ok(Ok(Started::new().evicted(evicted)))
}

/// Saves a session, and ends the first step of the surplus in the same transaction.
///
/// At a limit that rejects, only expired sessions end, and the session starts once all of those have ended.
async fn start_session<B: Backend>(
    store: &B,
    request: &StartRequest<'_>,
) -> Result<Result<Step, LimitReached>, Error> {
    let sql = store.sql();
    for _ in 0..STEPS {
        let mut writing = store.begin(store.time_limit()).await?;
        let step = make_room(&mut writing, sql, request).await?;
        if let Some(limit) = request.limit
            && !limit.evicts()
        {
            if !step.is_last() {
                // The next step is a transaction of its own, so others can write in between.
                writing.commit().await?;
                continue;
            }
            let [issuer, name] = subject(request.session.subject);
            let others = count(limit.others());
            let most = number(others.saturating_add(1));
            let found = writing.numbers(&sql.count_others, &[issuer, name, most]).await?;
            if found.into_iter().any(|found| found > others) {
                writing.commit().await?;
                return Ok(Err(LimitReached));
            }
        }
        insert::<B>(&mut writing, sql, request).await?;
        writing.commit().await?;
        return Ok(Ok(step));
    }
    Err(Error::TimeLimit)
}

async fn insert<B: Backend>(
    writing: &mut impl Writing,
    sql: &Sql,
    request: &StartRequest<'_>,
) -> Result<(), Error> {
    let session = &request.session;
    let [issuer, name] = subject(session.subject);
    let mut values = vec![
        Name(Some(session.id)),
        issuer,
        name,
        Text(session.label),
        Text(Some(session.current)),
        number(millis(request.now)),
        number(millis(session.idle_expires_at)),
        number(millis(session.expires_at)),
    ];
    if B::Dialect::WHOLE_ID.is_some() {
        values.push(WholeId(session.id));
    }
    if writing.execute(&sql.start, &values).await? == 0 {
        // Not committed, so no live session has ended.
        return Err(Error::SessionExists);
    }
    Ok(())
}

/// Ends a step of the surplus after the session has started.
async fn end_surplus(
    store: &impl Backend,
    request: &StartRequest<'_>,
    limit: Duration,
) -> Result<Step, Error> {
    let mut writing = store.begin(limit).await?;
    let step = make_room(&mut writing, store.sql(), request).await?;
    writing.commit().await?;
    Ok(step)
}

/// A step of the sessions for which there is no room.
#[derive(Default)]
struct Step {
    /// How many have ended.
    ended: usize,
    /// The live ones among them.
    evicted: Vec<String>,
}

impl Step {
    /// Whether there are no more.
    const fn is_last(&self) -> bool {
        self.ended < ENDED_AT_ONCE
    }
}

/// Ends a step of the sessions for which there is no room.
async fn make_room(writing: &mut impl Writing, sql: &Sql, request: &StartRequest<'_>) -> Result<Step, Error> {
    let StartRequest { session, limit: Some(limit), now, .. } = *request else { return Ok(Step::default()) };
    let [issuer, name] = subject(session.subject);
    // Concurrent starts of the subject take turns until they commit.
    if let Some(lock) = &sql.lock_subject {
        writing.execute(lock, &[issuer, name]).await?;
    }
    let (others, evicts) = (count(limit.others()), number(limit.evicts()));
    let values = [issuer, name, number(millis(now)), number(others), evicts, Name(Some(session.id))];
    let rows = writing.ended(&sql.make_room, &values).await?;
    let ended = rows.len();
    Ok(Step { ended, evicted: rows.into_iter().filter(|(_, live)| *live == 1).map(|(id, _)| id).collect() })
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) async fn rotate(store: &impl Backend, request: RotateRequest<'_>) -> Result<Rotation, Error> {
    let RotateRequest { presented, next, grace, keep, idle, now, .. } = request;
    let now = millis(now);
    let [session, issuer, name, current, id] = token(presented);
    let idle = number(now.saturating_add(duration(idle)));
    let [low, high] = window(grace, now);
    let [kept_low, kept_high] = window(keep, now);
    let next = Text(Some(next));
    let values =
        [session, issuer, name, current, id, number(now), idle, low, high, next, kept_low, kept_high];
    let mut writing = store.begin(store.time_limit()).await?;
    let rotation = loop {
        if let Some(row) = writing.rotation(&store.sql().rotate, &values).await? {
            break rows::rotation(row);
        }
        let codes = writing.numbers(&store.sql().state, &of_session(presented, grace, now)).await?;
        // If the session is live now, another call has just started or touched it.
        if let Some(refused) = rows::refused(rows::state(&codes)) {
            break refused;
        }
    };
    writing.commit().await?;
    Ok(rotation)
}

/// The values of [`Sql::state`].
fn of_session(presented: TokenRef<'_>, grace: Duration, now: i64) -> [Value<'_>; 9] {
    let [session, issuer, name, current, id] = token(presented);
    let [low, high] = window(grace, now);
    [session, issuer, name, current, id, number(now), number(presented.is_refresh()), low, high]
}

/// The values of [`Sql::state_without_session`].
fn of_no_session(token: TokenRef<'_>) -> [Value<'_>; 4] {
    let [issuer, name] = subject(token.subject);
    [issuer, name, Name(token.id), issued(token)]
}

/// The second when the token was issued. A token without `iat` could be older than any cutoff.
fn issued(token: TokenRef<'_>) -> Value<'static> {
    number(token.issued_at.map_or(i64::MIN, second))
}

pub(crate) async fn state(store: &impl Backend, request: StateRequest<'_>) -> Result<SessionState, Error> {
    let StateRequest { token, grace, now, .. } = request;
    let sql = store.sql();
    let codes = match token.session {
        Some(_) => store.numbers(&sql.state, &of_session(token, grace, millis(now))).await?,
        None => store.numbers(&sql.state_without_session, &of_no_session(token)).await?,
    };
    Ok(rows::state(&codes))
}

pub(crate) async fn states(
    store: &impl Backend,
    request: StatesRequest<'_>,
) -> Result<Vec<SessionState>, Error> {
    let mut states = Vec::with_capacity(request.tokens.len());
    for tokens in request.tokens.chunks(BATCH) {
        let now = millis(request.now);
        let [low, high] = window(request.grace, now);
        let mut values = vec![number(now), low, high];
        // The last token pads the batch. The states of the padding are ignored.
        let padding = tokens.last().into_iter().cycle();
        let rows = batch_rows(tokens.len());
        for asked in tokens.iter().chain(padding).take(rows) {
            let [session, issuer, name, current, id] = token(*asked);
            values.extend([session, issuer, name, current, id]);
            values.extend([number(asked.is_refresh()), issued(*asked)]);
        }
        let codes = store.numbers(&store.sql().states(rows), &values).await?;
        if codes.len() != rows {
            return Err(sqlx::Error::Protocol("the statement did not return one row per token".into()).into());
        }
        states.extend(codes.iter().take(tokens.len()).map(|code| rows::state(&[*code])));
    }
    Ok(states)
}

pub(crate) async fn touch(store: &impl Backend, request: TouchRequest<'_>) -> Result<SessionState, Error> {
    let TouchRequest { token: touched, idle, now, .. } = request;
    let (sql, now) = (store.sql(), millis(now));
    let [session, issuer, name, current, id] = token(touched);
    let idle = number(now.saturating_add(duration(idle)));
    let values = [session, issuer, name, current, id, number(now), idle, number(touched.is_refresh())];
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
        // The same race as in `rotate`.
        if touched.session.is_none() || state != SessionState::Active {
            break state;
        }
    };
    writing.commit().await?;
    Ok(state)
}

pub(crate) async fn end(store: &impl Backend, request: EndRequest<'_>) -> Result<Ended, Error> {
    let EndRequest { selector, now, .. } = request;
    let (sql, now) = (store.sql(), number(millis(now)));
    let live = match selector {
        Selector::One { subject: whose, session } => {
            let [issuer, name] = subject(whose);
            end_in_steps(store, &sql.end_one, &[issuer, name, now, Name(Some(session))]).await?
        }
        Selector::AllOf(whose) => {
            let [issuer, name] = subject(whose);
            end_in_steps(store, &sql.end_all, &[issuer, name, now]).await?
        }
        Selector::AllExcept { subject: whose, session } => {
            let [issuer, name] = subject(whose);
            end_in_steps(store, &sql.end_others, &[issuer, name, now, Name(Some(session))]).await?
        }
        Selector::IssuedBefore { issuer, subject, moment } => {
            let mut live = 0;
            if request.includes_future_starts() {
                let (issuer, moment) = (Name(Some(issuer)), number(millis(moment)));
                live = match subject {
                    None => end_in_steps(store, &sql.end_future, &[issuer, moment, now]).await?,
                    Some(_) => {
                        let values = [issuer, moment, now, Name(subject)];
                        end_in_steps(store, &sql.end_future_of, &values).await?
                    }
                };
            }
            let mut writing = store.begin(store.time_limit()).await?;
            let cut_off = cut_off(&mut writing, sql, issuer, subject, millis(moment), now).await?;
            writing.commit().await?;
            live.saturating_add(sum(cut_off))
        }
        _ => return Err(Error::UnknownSelector),
    };
    Ok(Ended::new(live))
}

/// Ends sessions in steps, each in its own transaction. Returns how many were live. If a step fails, the sessions of
/// earlier ones have ended.
async fn end_in_steps(store: &impl Backend, statement: &str, values: &[Value<'_>]) -> Result<u64, Error> {
    let mut live = 0_u64;
    loop {
        let mut writing = store.begin(store.time_limit()).await?;
        let ended = writing.numbers(statement, values).await?;
        writing.commit().await?;
        let steps = ended.len();
        live = live.saturating_add(sum(ended));
        if steps < ENDED_AT_ONCE {
            return Ok(live);
        }
    }
}

fn sum(numbers: Vec<i64>) -> u64 {
    numbers.into_iter().filter_map(|number| u64::try_from(number).ok()).fold(0, u64::saturating_add)
}

/// Leaves the rows of the sessions unchanged, because every lookup of a session also reads the cutoff. An issuer can
/// have millions of sessions, which is too many to rewrite within the time limit.
async fn cut_off(
    writing: &mut impl Writing,
    sql: &Sql,
    issuer: &str,
    subject: Option<&str>,
    moment: i64,
    now: Value<'_>,
) -> Result<Vec<i64>, Error> {
    let (issuer, moment) = (Name(Some(issuer)), number(moment));
    // A second cutoff must not count the sessions that the first one has cut off.
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

pub(crate) async fn list(store: &impl Backend, request: ListRequest<'_>) -> Result<SessionPage, Error> {
    let (sql, [issuer, name]) = (store.sql(), subject(request.subject));
    let limit = request.page_limit();
    let rows = i64::try_from(limit).map_or(i64::MAX, |limit| limit.saturating_add(1));
    let first = [issuer, name, number(millis(request.now)), number(rows)];
    let found = match request.after {
        None => store.sessions(&sql.list, &first).await?,
        Some(after) => {
            let after = [number(millis(after.started_at)), Name(Some(&after.id))];
            store.sessions(&sql.list_after, &[&first[..], &after].concat()).await?
        }
    };
    Ok(SessionPage::new(found.into_iter().map(rows::session).collect(), limit))
}
