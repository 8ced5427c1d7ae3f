//! The contract.

use std::time::{Duration, SystemTime};

use jwt_session::{
    BoxError, NewSession, Revocation, Rotation, RotationPolicy, Selector, Session, SessionState, Sessions,
    Subject, TokenRef, from_millis,
};
use redis::Value;

use crate::bucket::Bucket;
use crate::names::{self, Name};
use crate::reply::Reply;
use crate::scripts::{SCRIPTS, Script};
use crate::store::{Call, Inner};
use crate::time::{after, issued, millis, millis_up, window};
use crate::{Error, RedisSessions};

/// What the scripts know of a token.
const ACTIVE: i64 = 1;
const SPENT: i64 = 2;
const EXPIRED: i64 = 3;
const REVOKED: i64 = 4;

impl Revocation for RedisSessions {
    async fn is_revoked(&self, token: TokenRef<'_>, now: SystemTime) -> Result<bool, BoxError> {
        Ok(self.inner().is_revoked(token, millis(now)).await?)
    }

    async fn revoke(
        &self,
        token: TokenRef<'_>,
        until: Option<SystemTime>,
        now: SystemTime,
    ) -> Result<(), BoxError> {
        Ok(self.inner().revoke(token, until, millis(now)).await?)
    }
}

impl Sessions for RedisSessions {
    async fn start(&self, session: NewSession<'_>, now: SystemTime) -> Result<(), BoxError> {
        Ok(self.inner().start(session, millis(now)).await?)
    }

    async fn rotate(
        &self,
        presented: TokenRef<'_>,
        next: &str,
        policy: RotationPolicy,
        now: SystemTime,
    ) -> Result<Rotation, BoxError> {
        Ok(self.inner().rotate(presented, next, policy, millis(now)).await?)
    }

    async fn state(
        &self,
        token: TokenRef<'_>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        Ok(self.inner().state(token, grace, millis(now)).await?)
    }

    async fn touch(
        &self,
        token: TokenRef<'_>,
        idle: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        Ok(self.inner().touch(token, idle, millis(now)).await?)
    }

    async fn end(&self, selector: Selector<'_>, now: SystemTime) -> Result<u64, BoxError> {
        Ok(self.inner().end(selector, millis(now)).await?)
    }

    async fn list(&self, subject: Subject<'_>, now: SystemTime) -> Result<Vec<Session>, BoxError> {
        Ok(self.inner().list(subject, millis(now)).await?)
    }
}

impl Inner {
    async fn is_revoked(&self, token: TokenRef<'_>, now: i64) -> Result<bool, Error> {
        let (bucket, _) = self.place(token.subject)?;
        let call = Call::new(&SCRIPTS.is_revoked, bucket, now);
        let mut reply = self.run(call.token(token).int(issued(token.issued_at))).await?;
        Ok(reply.int()? != 0)
    }

    async fn revoke(&self, token: TokenRef<'_>, until: Option<SystemTime>, now: i64) -> Result<(), Error> {
        let name = names::token(token).ok_or(Error::NoTokenId)?;
        let (bucket, _) = self.place(token.subject)?;
        let until = until.map_or("+inf".to_owned(), |moment| millis_up(moment).to_string());
        self.run(Call::new(&SCRIPTS.revoke, bucket, now).bytes(&name).text(&until)).await?;
        Ok(())
    }

    async fn start(&self, session: NewSession<'_>, now: i64) -> Result<(), Error> {
        let subject = session.subject;
        let (bucket, own) = self.place(subject)?;
        let everyone = names::issuer(subject.issuer);
        let call = Call::new(&SCRIPTS.start, bucket, now)
            .key(bucket.subject(own))
            .key(bucket.subjects(everyone))
            .text(session.id)
            .bytes(&names::session(subject, session.id))
            .text(session.current)
            // With a character before it, a label that is empty is none that is missing.
            .text(&session.label.map_or(String::new(), |label| format!("={label}")))
            .int(millis(session.idle_expires_at))
            .int(millis(session.expires_at))
            .bytes(&everyone)
            .bytes(&own)
            .bytes(&own);
        match self.run(call).await?.int()? {
            0 => Ok(()),
            _ => Err(Error::SessionExists),
        }
    }

    async fn rotate(
        &self,
        mut presented: TokenRef<'_>,
        next: &str,
        policy: RotationPolicy,
        now: i64,
    ) -> Result<Rotation, Error> {
        let Some(session) = presented.session else {
            return Ok(Rotation::Unknown);
        };
        // Whatever is presented is judged as a refresh token: any other is one that is not the current one.
        presented.refresh = true;
        let call = self.of_session(&SCRIPTS.rotate, presented, session, policy.grace, now)?;
        let mut reply = self.run(call.text(next).int(after(now, policy.idle))).await?;
        Ok(match reply.int()? {
            ACTIVE => {
                let expires_at = from_millis(reply.int()?);
                match reply.optional_text()? {
                    Some(current) => Rotation::Grace { current, expires_at },
                    None => Rotation::Rotated { expires_at },
                }
            }
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
                    .int(issued(token.issued_at))
                    .bytes(&names::issuer(token.subject.issuer))
                    .bytes(&own)
            }
        };
        known(&mut self.run(call).await?)
    }

    async fn touch(&self, token: TokenRef<'_>, idle: Duration, now: i64) -> Result<SessionState, Error> {
        let Some(session) = token.session else {
            return self.state(token, Duration::ZERO, now).await;
        };
        let call = self.of_session(&SCRIPTS.touch, token, session, Duration::ZERO, now)?;
        known(&mut self.run(call.int(after(now, idle))).await?)
    }

    async fn end(&self, selector: Selector<'_>, now: i64) -> Result<u64, Error> {
        let (subject, which, session, moment) = match selector {
            Selector::One { subject, session } => (subject, "one", session, 0),
            Selector::AllOf(subject) => (subject, "all", "", 0),
            Selector::AllExcept { subject, session } => (subject, "others", session, 0),
            Selector::IssuedBefore { issuer, subject: Some(name), moment } => {
                (Subject::new(issuer, name), "before", "", millis(moment))
            }
            Selector::IssuedBefore { issuer, subject: None, moment } => {
                return self.end_everyones(issuer, millis(moment), now).await;
            }
            _ => return Err(Error::UnknownSelector),
        };
        let (bucket, own) = self.place(subject)?;
        let call = Call::new(&SCRIPTS.end, bucket, now)
            .key(bucket.subject(own))
            .text(which)
            .text(session)
            .int(moment)
            .bytes(&names::issuer(subject.issuer))
            .bytes(&own);
        count(&mut self.run(call).await?)
    }

    /// First nothing counts any more that is older, in any bucket. Then the sessions are ended one by one, so that copies
    /// hear of each; each step has the time limit.
    async fn end_everyones(&self, issuer: &str, moment: i64, now: i64) -> Result<u64, Error> {
        let everyone = names::issuer(issuer);
        for bucket in self.buckets() {
            let call = Call::new(&SCRIPTS.cut_off_everyone, bucket, now).bytes(&everyone).int(moment);
            self.run(call).await?;
        }
        let mut live = 0_u64;
        for bucket in self.buckets() {
            let mut cursor = "0".to_owned();
            loop {
                let page = Call::new(&SCRIPTS.subjects, bucket, now).key(bucket.subjects(everyone));
                let mut page = self.run(page.text(&cursor)).await?;
                cursor = page.text()?;
                live = live.saturating_add(self.sweep(bucket, page.array()?, moment, now).await?);
                if cursor == "0" {
                    break;
                }
            }
        }
        Ok(live)
    }

    /// Ends the sessions of a page of subjects, each with a number that is of no interest here.
    async fn sweep(&self, bucket: &Bucket, page: Vec<Value>, moment: i64, now: i64) -> Result<u64, Error> {
        let mut call = Call::new(&SCRIPTS.sweep, bucket, now).int(moment);
        let mut page = Reply::new(page);
        while page.has_more() {
            let name = Name::try_from(page.bytes()?).map_err(|_| Error::Answer)?;
            call = call.key(bucket.subject(name)).bytes(&name);
            page.bytes()?;
        }
        if call.keys.is_empty() {
            return Ok(0);
        }
        count(&mut self.run(call).await?)
    }

    async fn list(&self, subject: Subject<'_>, now: i64) -> Result<Vec<Session>, Error> {
        let (bucket, own) = self.place(subject)?;
        let call = Call::new(&SCRIPTS.list, bucket, now)
            .key(bucket.subject(own))
            .bytes(&names::issuer(subject.issuer))
            .bytes(&own);
        let rows = self.run(call).await?.array()?;
        let mut sessions = rows.into_iter().map(session).collect::<Result<Vec<_>, _>>()?;
        sessions
            .sort_by(|one, other| other.started_at.cmp(&one.started_at).then_with(|| one.id.cmp(&other.id)));
        Ok(sessions)
    }

    /// A script about a token of a session.
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
            .key(bucket.subject(own))
            .text(session)
            .text(token.id.unwrap_or_default())
            .token(token)
            .int(i64::from(token.refresh))
            .int(low)
            .int(high)
            .bytes(&names::issuer(token.subject.issuer))
            .bytes(&own))
    }
}

impl Call<'_> {
    /// What the token is buried under; nothing for one without `jti`.
    fn token(self, token: TokenRef<'_>) -> Self {
        match names::token(token) {
            Some(name) => self.bytes(&name),
            None => self.bytes(&[]),
        }
    }
}

fn known(reply: &mut Reply) -> Result<SessionState, Error> {
    Ok(match reply.int()? {
        ACTIVE => SessionState::Active,
        SPENT => SessionState::Spent,
        EXPIRED => SessionState::Expired,
        REVOKED => SessionState::Revoked,
        _ => SessionState::Unknown,
    })
}

fn count(reply: &mut Reply) -> Result<u64, Error> {
    u64::try_from(reply.int()?).map_err(|_| Error::Answer)
}

/// Id, label, start, last use, idle limit.
fn session(row: Value) -> Result<Session, Error> {
    let Value::Array(row) = row else { return Err(Error::Answer) };
    let mut row = Reply::new(row);
    let (id, label) = (row.text()?, row.optional_text()?);
    let [started_at, last_used_at, expires_at] = [row.int()?, row.int()?, row.int()?].map(from_millis);
    Ok(Session::new(id, started_at, expires_at).label(label).last_used_at(last_used_at))
}
