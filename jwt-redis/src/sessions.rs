//! Implements the traits.

use std::error::Error as StdError;
use std::time::Duration;

use jwt_session::{
    BATCH, BoxError, EndRequest, Ended, Graced, IsRevokedRequest, LimitReached, ListRequest, Revocation,
    RevokeRequest, RotateRequest, Rotated, Rotation, Selector, Session, SessionLimit, SessionPage,
    SessionState, Sessions, StartRequest, Started, StateRequest, StatesRequest, Subject, TokenRef,
    TokenRefKind, TouchRequest, from_millis,
};
use redis::Value;
use tokio::time::{Instant, timeout};

use crate::bucket::Bucket;
use crate::names::{self, Name};
use crate::reply::Reply;
use crate::scripts::{SCRIPTS, Script};
use crate::store::{Call, Inner};
use crate::time::{after, issued, millis, millis_up, window};
use crate::{Error, RedisSessions};

/// The codes that scripts return for the state of a token.
const ACTIVE: i64 = 1;
const SPENT: i64 = 2;
const EXPIRED: i64 = 3;
const REVOKED: i64 = 4;
/// Only of `rotate`.
const KEPT: i64 = 6;

/// The codes that the script of a start returns. Any other code means that the session exists.
const DONE: i64 = 0;
const FULL: i64 = 2;
const NOT_YET: i64 = 3;

/// The maximum number of steps of a start. Each ends 250 sessions, so together they end 10,000, as in the other stores.
const STEPS: usize = 40;

impl Revocation for RedisSessions {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        Ok(self.inner().is_revoked(request.token, millis(request.now)).await?)
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        Ok(self.inner().revoke(request).await?)
    }

    fn describe_error(&self, error: &(dyn StdError + 'static)) -> Option<String> {
        error.downcast_ref().map(Error::to_string)
    }
}

impl Sessions for RedisSessions {
    async fn start(&self, request: StartRequest<'_>) -> Result<Started, BoxError> {
        // A rejection is not an error of the server.
        Ok(self.inner().start(request).await??)
    }

    async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, BoxError> {
        Ok(self.inner().rotate(request).await?)
    }

    async fn state(&self, request: StateRequest<'_>) -> Result<SessionState, BoxError> {
        Ok(self.inner().state(request.token, request.grace, millis(request.now)).await?)
    }

    async fn states(&self, request: StatesRequest<'_>) -> Result<Vec<SessionState>, BoxError> {
        Ok(self.inner().states(request).await?)
    }

    async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, BoxError> {
        Ok(self.inner().touch(request).await?)
    }

    async fn end(&self, request: EndRequest<'_>) -> Result<Ended, BoxError> {
        Ok(Ended::new(self.inner().end(request).await?))
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, BoxError> {
        // The time limit applies to all steps together.
        let listed = timeout(self.inner().time_limit, self.inner().list(request)).await;
        Ok(listed.unwrap_or(Err(Error::TimeLimit))?)
    }
}

impl Inner {
    async fn is_revoked(&self, token: TokenRef<'_>, now: i64) -> Result<bool, Error> {
        let (bucket, _) = self.place(token.subject)?;
        let call = Call::new(&SCRIPTS.is_revoked, bucket, now).token(token);
        let mut reply = self.run(call.int("issued", issued(token.issued_at))).await?;
        Ok(reply.int()? != 0)
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), Error> {
        let RevokeRequest { token, until, now, .. } = request;
        let name = names::token(token).ok_or(Error::NoTokenId)?;
        let (bucket, _) = self.place(token.subject)?;
        let until = until.map_or("+inf".to_owned(), |moment| millis_up(moment).to_string());
        let call = Call::new(&SCRIPTS.revoke, bucket, millis(now)).bytes("name", &name);
        self.run(call.text("moment", &until)).await?;
        Ok(())
    }

    /// Runs one script, or several if the subject has many more sessions than the limit. The time limit applies to all of
    /// them together.
    ///
    /// The first script starts the session, unless the limit rejects and expired sessions are left. From then on, an error
    /// only means that the next start has to end the rest. The call must not return it, because the caller would not learn
    /// which sessions have ended.
    async fn start(&self, request: StartRequest<'_>) -> Result<Result<Started, LimitReached>, Error> {
        let end = self.end_of_call()?;
        let (mut has_started, mut evicted) = (false, Vec::new());
        for _ in 0..STEPS {
            match self.start_step(&request, has_started, end).await {
                Ok(Step::Done { evicted: mut ended, is_last }) => {
                    has_started = true;
                    evicted.append(&mut ended);
                    if is_last {
                        break;
                    }
                }
                Ok(Step::NotYet) => {}
                Ok(Step::Full) => return Ok(Err(LimitReached)),
                Err(_) if has_started => break,
                Err(error) => return Err(error),
            }
        }
        if has_started { Ok(Ok(Started::new().evicted(evicted))) } else { Err(Error::TimeLimit) }
    }

    async fn start_step(
        &self,
        request: &StartRequest<'_>,
        has_started: bool,
        end: Instant,
    ) -> Result<Step, Error> {
        let mut reply = self.run_until(self.start_call(request, has_started)?, end).await?;
        Ok(match reply.int()? {
            DONE => {
                let (mut ids, mut evicted) = (Reply::new(reply.array()?), Vec::new());
                while ids.has_more() {
                    evicted.push(ids.text()?);
                }
                Step::Done { evicted, is_last: reply.int()? == 0 }
            }
            FULL => Step::Full,
            NOT_YET => Step::NotYet,
            _ => return Err(Error::SessionExists),
        })
    }

    fn start_call(&self, request: &StartRequest<'_>, has_started: bool) -> Result<Call<'_>, Error> {
        let StartRequest { session, limit, now, .. } = *request;
        let subject = session.subject;
        let (bucket, own) = self.place(subject)?;
        let everyone = names::issuer(subject.issuer);
        let others = |limit: SessionLimit| i64::try_from(limit.others()).unwrap_or(i64::MAX);
        Ok(Call::new(&SCRIPTS.start, bucket, millis(now))
            .key("subject", bucket.subject(own))
            .key("subjects", bucket.subjects(everyone))
            .text("id", session.id)
            .bytes("name", &names::session(subject, session.id))
            .text("current", session.current)
            // The prefix distinguishes an empty label from a missing one.
            .text("label", &session.label.map_or(String::new(), |label| format!("={label}")))
            .int("idle", millis(session.idle_expires_at))
            .int("expires", millis(session.expires_at))
            .bytes("everyone", &everyone)
            .bytes("own", &own)
            .int("others", limit.map_or(-1, others))
            .int("evicts", limit.map_or(0, |limit| i64::from(limit.evicts())))
            .int("has_started", i64::from(has_started)))
    }

    async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, Error> {
        let RotateRequest { mut presented, next, grace, keep, idle, now, .. } = request;
        let Some(session) = presented.session else {
            return Ok(Rotation::Unknown);
        };
        let now = millis(now);
        // The script treats a presented token as a refresh token. A token of a different kind is never the current one.
        presented.kind = TokenRefKind::Refresh;
        let call = self.of_session(&SCRIPTS.rotate, presented, session, grace, now)?;
        let (kept_low, kept_high) = window(keep, now);
        let call = call
            .text("next", next)
            .int("idle", after(now, idle))
            .int("kept_low", kept_low)
            .int("kept_high", kept_high);
        let mut reply = self.run(call).await?;
        Ok(match reply.int()? {
            ACTIVE => {
                let expires_at = from_millis(reply.int()?);
                match reply.optional_text()? {
                    Some(current) => {
                        let in_a_row = u32::try_from(reply.int()?).unwrap_or(u32::MAX);
                        Rotation::Grace(Graced::new(current, expires_at).in_a_row(in_a_row))
                    }
                    None => Rotation::Rotated(Rotated::new(expires_at)),
                }
            }
            KEPT => Rotation::Kept(Rotated::new(from_millis(reply.int()?))),
            SPENT => Rotation::Reused,
            EXPIRED => Rotation::Expired,
            REVOKED => Rotation::Revoked,
            _ => Rotation::Unknown,
        })
    }

    async fn state(&self, token: TokenRef<'_>, grace: Duration, now: i64) -> Result<SessionState, Error> {
        let call = match token.session {
            Some(session) => self.of_session(&SCRIPTS.state, token, session, grace, now)?,
            None => {
                let (bucket, own) = self.place(token.subject)?;
                Call::new(&SCRIPTS.state_without_session, bucket, now)
                    .token(token)
                    .int("issued", issued(token.issued_at))
                    .bytes("everyone", &names::issuer(token.subject.issuer))
                    .bytes("own", &own)
            }
        };
        Ok(known(self.run(call).await?.int()?))
    }

    /// Runs one script per bucket and batch.
    async fn states(&self, request: StatesRequest<'_>) -> Result<Vec<SessionState>, Error> {
        let mut asked = Vec::with_capacity(request.tokens.len());
        for (place, token) in request.tokens.iter().enumerate() {
            asked.push((self.number(names::subject(token.subject)), place, *token));
        }
        asked.sort_by_key(|(bucket, ..)| *bucket);
        let of_buckets = async {
            let mut known = Vec::with_capacity(asked.len());
            for of_bucket in asked.chunk_by(|(one, ..), (other, ..)| one == other) {
                for batch in of_bucket.chunks(BATCH) {
                    known.extend(self.batch(batch, request.grace, millis(request.now)).await?);
                }
            }
            Ok(known)
        };
        // The time limit applies to all scripts together.
        let mut known = timeout(self.time_limit, of_buckets).await.unwrap_or(Err(Error::TimeLimit))?;
        known.sort_by_key(|(place, _)| *place);
        Ok(known.into_iter().map(|(_, state)| state).collect())
    }

    /// Looks up tokens in a single bucket. Each comes with its position in the request.
    async fn batch(
        &self,
        asked: &[(usize, usize, TokenRef<'_>)],
        grace: Duration,
        now: i64,
    ) -> Result<Vec<(usize, SessionState)>, Error> {
        let Some((_, _, first)) = asked.first() else { return Ok(Vec::new()) };
        let (bucket, _) = self.place(first.subject)?;
        let (low, high) = window(grace, now);
        let mut call = Call::new(&SCRIPTS.states, bucket, now).int("low", low).int("high", high);
        for (_, _, token) in asked {
            let own = names::subject(token.subject);
            call = call
                .one_more(bucket.subject(own))
                .int("is_of_session", i64::from(token.session.is_some()))
                .text("id", token.session.unwrap_or_default())
                .text("jti", token.id.unwrap_or_default())
                .token(*token)
                .int("refresh", i64::from(token.is_refresh()))
                .int("issued", issued(token.issued_at))
                .bytes("everyone", &names::issuer(token.subject.issuer))
                .bytes("own", &own);
        }
        let mut codes = Reply::new(self.run(call).await?.array()?);
        asked.iter().map(|(_, place, _)| Ok((*place, known(codes.int()?)))).collect()
    }

    async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, Error> {
        let TouchRequest { token, idle, now, .. } = request;
        let now = millis(now);
        let Some(session) = token.session else {
            return self.state(token, Duration::ZERO, now).await;
        };
        let call = self.of_session(&SCRIPTS.touch, token, session, Duration::ZERO, now)?;
        Ok(known(self.run(call.int("idle", after(now, idle))).await?.int()?))
    }

    async fn end(&self, request: EndRequest<'_>) -> Result<u64, Error> {
        let (now, future) = (millis(request.now), request.includes_future_starts());
        let (subject, which, session, moment) = match request.selector {
            Selector::One { subject, session } => (subject, "one", session, 0),
            Selector::AllOf(subject) => (subject, "all", "", 0),
            Selector::AllExcept { subject, session } => (subject, "others", session, 0),
            Selector::IssuedBefore { issuer, subject: Some(name), moment } => {
                (Subject::new(issuer, name), "before", "", millis(moment))
            }
            Selector::IssuedBefore { issuer, subject: None, moment } => {
                return self.end_everyones(issuer, millis(moment), future, now).await;
            }
            _ => return Err(Error::UnknownSelector),
        };
        let (bucket, own) = self.place(subject)?;
        let (mut live, mut cursor, mut before) = (0_u64, "0".to_owned(), String::new());
        loop {
            let call = Call::new(&SCRIPTS.end, bucket, now)
                .key("subject", bucket.subject(own))
                .text("which", which)
                .text("id", session)
                .int("moment", moment)
                .int("future", i64::from(future))
                .bytes("everyone", &names::issuer(subject.issuer))
                .bytes("own", &own)
                .text("before", &before)
                .text("cursor", &cursor);
            let mut reply = self.run(call).await?;
            live = live.saturating_add(count(&mut reply)?);
            (cursor, before) = (reply.text()?, reply.text()?);
            if cursor == "0" {
                return Ok(live);
            }
        }
    }

    /// First sets the cutoff in every bucket, so everything older is rejected. Then ends the sessions individually,
    /// because copies receive the end of each session as a separate change. The time limit applies to each step.
    async fn end_everyones(&self, issuer: &str, moment: i64, future: bool, now: i64) -> Result<u64, Error> {
        let everyone = names::issuer(issuer);
        for bucket in self.buckets() {
            let call = Call::new(&SCRIPTS.cut_off_everyone, bucket, now)
                .bytes("everyone", &everyone)
                .int("moment", moment);
            self.run(call).await?;
        }
        let mut live = 0_u64;
        for bucket in self.buckets() {
            let mut cursor = "0".to_owned();
            loop {
                let page =
                    Call::new(&SCRIPTS.subjects, bucket, now).key("subjects", bucket.subjects(everyone));
                let mut page = self.run(page.text("cursor", &cursor)).await?;
                cursor = page.text()?;
                live = live.saturating_add(self.sweep(bucket, page.array()?, moment, future, now).await?);
                if cursor == "0" {
                    break;
                }
            }
        }
        Ok(live)
    }

    /// Ends the sessions of a page of subjects. The page contains a score after each subject, which is ignored.
    async fn sweep(
        &self,
        bucket: &Bucket,
        page: Vec<Value>,
        moment: i64,
        future: bool,
        now: i64,
    ) -> Result<u64, Error> {
        let (mut subjects, mut page) = (Vec::new(), Reply::new(page));
        while page.has_more() {
            subjects.push(Name::try_from(page.bytes()?).map_err(|_| Error::Answer)?);
            page.bytes()?;
        }
        let (mut live, mut cursor, mut rest) = (0_u64, "0".to_owned(), &subjects[..]);
        while !rest.is_empty() {
            let mut call = Call::new(&SCRIPTS.sweep, bucket, now)
                .int("moment", moment)
                .int("future", i64::from(future))
                .text("cursor", &cursor);
            for name in rest {
                call = call.one_more(bucket.subject(*name)).bytes("own", name);
            }
            let mut reply = self.run(call).await?;
            live = live.saturating_add(count(&mut reply)?);
            let done = usize::try_from(reply.int()?).map_err(|_| Error::Answer)?;
            rest = rest.get(done..).ok_or(Error::Answer)?;
            cursor = reply.text()?;
        }
        Ok(live)
    }

    /// Reads all sessions of the subject in steps, and keeps those of the page.
    async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, Error> {
        let ListRequest { subject, after, now, .. } = request;
        let limit = request.page_limit();
        let most = limit.saturating_add(1);
        let (bucket, own) = self.place(subject)?;
        // An empty start means the first page.
        let (after_started, after_id) = match after {
            Some(after) => (millis(after.started_at).to_string(), &*after.id),
            None => (String::new(), ""),
        };
        let (mut found, mut cursor) = (Vec::new(), "0".to_owned());
        loop {
            let is_full = found.len() >= most;
            let oldest =
                found.last().filter(|_| is_full).map(|last: &Session| millis(last.started_at).to_string());
            let call = Call::new(&SCRIPTS.list, bucket, millis(now))
                .key("subject", bucket.subject(own))
                .bytes("everyone", &names::issuer(subject.issuer))
                .bytes("own", &own)
                .text("cursor", &cursor)
                .text("oldest", &oldest.unwrap_or_default())
                .text("after_started", &after_started)
                .text("after_id", after_id);
            let mut reply = self.run(call).await?;
            cursor = reply.text()?;
            for row in reply.array()? {
                found.push(session(row)?);
            }
            found.sort_by(|one, other| (other.started_at, &*one.id).cmp(&(one.started_at, &*other.id)));
            // Two steps can contain the same session.
            found.dedup_by(|one, other| one.id == other.id);
            found.truncate(most);
            if cursor == "0" {
                return Ok(SessionPage::new(found, limit));
            }
        }
    }

    /// Creates the call of a script for a token of a session.
    fn of_session<'a>(
        &'a self,
        script: &'a Script,
        token: TokenRef<'_>,
        session: &str,
        grace: Duration,
        now: i64,
    ) -> Result<Call<'a>, Error> {
        let (bucket, own) = self.place(token.subject)?;
        let (low, high) = window(grace, now);
        Ok(Call::new(script, bucket, now)
            .key("subject", bucket.subject(own))
            .text("id", session)
            .text("jti", token.id.unwrap_or_default())
            .token(token)
            .int("refresh", i64::from(token.is_refresh()))
            .int("low", low)
            .int("high", high)
            .bytes("everyone", &names::issuer(token.subject.issuer))
            .bytes("own", &own))
    }
}

/// What a script of a start has done.
enum Step {
    /// The session has started, and these live ones have ended.
    Done { evicted: Vec<String>, is_last: bool },
    /// Only expired sessions have ended.
    NotYet,
    /// The limit rejects the session.
    Full,
}

impl Call<'_> {
    /// Sets the name of the token's entry if it is revoked. The name is empty if the token has no `jti`.
    fn token(self, token: TokenRef<'_>) -> Self {
        match names::token(token) {
            Some(name) => self.bytes("name", &name),
            None => self.bytes("name", &[]),
        }
    }
}

const fn known(code: i64) -> SessionState {
    match code {
        ACTIVE => SessionState::Active,
        SPENT => SessionState::Spent,
        EXPIRED => SessionState::Expired,
        REVOKED => SessionState::Revoked,
        _ => SessionState::Unknown,
    }
}

fn count(reply: &mut Reply) -> Result<u64, Error> {
    u64::try_from(reply.int()?).map_err(|_| Error::Answer)
}

/// Id, label, start, last use, last exchange, idle limit.
fn session(row: Value) -> Result<Session, Error> {
    let Value::Array(row) = row else { return Err(Error::Answer) };
    let mut row = Reply::new(row);
    let (id, label) = (row.text()?, row.optional_text()?);
    let [started_at, last_used_at, rotated_at, expires_at] =
        [row.int()?, row.int()?, row.int()?, row.int()?].map(from_millis);
    Ok(Session::new(id, started_at, expires_at)
        .label(label)
        .last_used_at(last_used_at)
        .rotated_at(rotated_at))
}
