use std::future::Future;
use std::time::Duration;

use jwt_session::{Sessions, Subject};
use redis::Value;

use super::copy::Change;
use crate::bucket::Bucket;
use crate::names::{self, Name};
use crate::reply::Reply;
use crate::scripts::SCRIPTS;
use crate::store::{Call, Inner};
use crate::{Error, RedisSessions};

/// A store that [`Replicated`](crate::Replicated) can copy. It is sealed: only [`RedisSessions`] implements it.
pub trait Source: Sessions + Clone + Follow {}

impl Source for RedisSessions {}

#[allow(unnameable_types, reason = "sealed")]
/// The methods that a copy uses to follow a store. They are not public, so they can change.
pub trait Follow {
    /// A position in the log of a part.
    type Position: Send + Sync + 'static;

    /// Returns the number of parts. Each part is followed separately.
    fn parts(&self) -> usize;

    /// Returns the part of a subject.
    fn part(&self, subject: Subject<'_>) -> usize;

    /// Returns the prefix of the names in the store.
    fn prefix(&self) -> &str;

    /// Returns the time limit for a call.
    fn time_limit(&self) -> Duration;

    /// Returns how long the server of a part acknowledges changes that no replica receives.
    fn lag(&self, part: usize) -> Result<Duration, Error>;

    /// Reports everything in a part.
    fn load(
        &self,
        part: usize,
        now: i64,
        tell: &(dyn Fn(Change) + Sync),
    ) -> impl Future<Output = Result<Self::Position, Error>> + Send;

    /// Reports the changes since `position`, and moves it. Returns `false` if some of the changes are missing, so
    /// everything has to be reloaded.
    fn follow(
        &self,
        part: usize,
        position: &mut Self::Position,
        now: i64,
        tell: &(dyn Fn(Change) + Sync),
    ) -> impl Future<Output = Result<bool, Error>> + Send;
}

/// A position in the log of a bucket: its number, and the mark that distinguishes it from other positions with the same
/// number.
#[allow(unnameable_types, reason = "sealed")]
#[derive(Clone, Debug)]
pub struct At {
    epoch: u64,
    number: i64,
    mark: String,
}

impl Follow for RedisSessions {
    type Position = At;

    fn parts(&self) -> usize {
        self.inner().buckets.len()
    }

    fn part(&self, subject: Subject<'_>) -> usize {
        // Skips the hash if there is only one part.
        if self.parts() > 1 { self.inner().number(names::subject(subject)) } else { 0 }
    }

    fn prefix(&self) -> &str {
        &self.inner().prefix
    }

    fn time_limit(&self) -> Duration {
        self.inner().time_limit
    }

    fn lag(&self, part: usize) -> Result<Duration, Error> {
        let bucket = self.inner().buckets.get(part).ok_or(Error::BucketCount)?;
        self.inner().link.lag(bucket.shared().next().unwrap_or_default())
    }

    async fn load(&self, part: usize, now: i64, tell: &(dyn Fn(Change) + Sync)) -> Result<At, Error> {
        let bucket = self.inner().buckets.get(part).ok_or(Error::BucketCount)?;
        self.inner().load(bucket, now, tell).await
    }

    async fn follow(
        &self,
        part: usize,
        position: &mut At,
        now: i64,
        tell: &(dyn Fn(Change) + Sync),
    ) -> Result<bool, Error> {
        let bucket = self.inner().buckets.get(part).ok_or(Error::BucketCount)?;
        self.inner().follow(bucket, position, now, tell).await
    }
}

impl Inner {
    async fn load(&self, bucket: &Bucket, now: i64, tell: &(dyn Fn(Change) + Sync)) -> Result<At, Error> {
        let epoch = bucket.epoch();
        // Read first, so changes during the load are reported afterwards. Some may be reported twice.
        let mut reply = self.run(Call::new(&SCRIPTS.position, bucket, now)).await?;
        let (number, mark, lost) = (reply.int()?, reply.text()?, reply.text()?);
        tell_lost(&lost, tell)?;
        for (command, change) in [
            ("ZSCAN", Change::Dead as fn(Name, i64) -> Change),
            ("HSCAN", Change::CutOff as fn(Name, i64) -> Change),
        ] {
            let mut cursor = "0".to_owned();
            loop {
                let call =
                    Call::new(&SCRIPTS.page, bucket, now).text("command", command).text("cursor", &cursor);
                let mut page = self.run(call).await?;
                cursor = page.text()?;
                let mut entries = Reply::new(page.array()?);
                while entries.has_more() {
                    let (name, moment) = (entries.bytes()?, moment(&entries.text()?)?);
                    // Skips the placeholder that every bucket contains.
                    if !name.is_empty() {
                        tell(change(fixed(name)?, moment));
                    }
                }
                if cursor == "0" {
                    break;
                }
            }
        }
        if bucket.epoch() == epoch { Ok(At { epoch, number, mark }) } else { Err(Error::Replaced) }
    }

    async fn follow(
        &self,
        bucket: &Bucket,
        at: &mut At,
        now: i64,
        tell: &(dyn Fn(Change) + Sync),
    ) -> Result<bool, Error> {
        loop {
            let call =
                Call::new(&SCRIPTS.changes, bucket, now).int("number", at.number).text("last", &at.mark);
            let mut reply = self.run(call).await?;
            if reply.int()? != 0 || bucket.epoch() != at.epoch {
                return Ok(false);
            }
            tell_lost(&reply.text()?, tell)?;
            let changes = reply.array()?;
            if changes.is_empty() {
                return Ok(true);
            }
            for entry in changes {
                let Value::Array(entry) = entry else { return Err(Error::Answer) };
                let mut entry = Reply::new(entry);
                let (kind, name, moment_of) = (entry.text()?, fixed(entry.bytes()?)?, entry.text()?);
                let moment = moment(&moment_of)?;
                match &*kind {
                    "dead" => tell(Change::Dead(name, moment)),
                    "cut" => tell(Change::CutOff(name, moment)),
                    // A newer version of this crate wrote this entry. Ignoring it would leave the copy incomplete.
                    _ => return Err(Error::Answer),
                }
                (at.number, at.mark) = (at.number.saturating_add(1), entry.text()?);
            }
        }
    }
}

/// Reports a loss of data that any process has noticed.
fn tell_lost(moment: &str, tell: &(dyn Fn(Change) + Sync)) -> Result<(), Error> {
    if !moment.is_empty() {
        tell(Change::Lost(moment.parse().map_err(|_| Error::Answer)?));
    }
    Ok(())
}

fn fixed(name: Vec<u8>) -> Result<Name, Error> {
    Name::try_from(name).map_err(|_| Error::Answer)
}

/// Parses a number as Redis formats it. It can be infinite.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the number has 53 bits or is infinite, which becomes i64::MAX or i64::MIN"
)]
fn moment(text: &str) -> Result<i64, Error> {
    text.parse::<f64>().map(|moment| moment as i64).map_err(|_| Error::Answer)
}
