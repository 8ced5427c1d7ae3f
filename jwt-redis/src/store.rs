use std::fmt;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use jwt_session::Subject;
use redis::Value;
use tokio::time::Instant;

use crate::bucket::Bucket;
use crate::link::{Link, Request};
use crate::names::{self, Name};
use crate::reply::Reply;
use crate::scripts::{Invocation, SCRIPTS, SHARED_ARGUMENTS, Script};
use crate::{Error, RedisSessionsBuilder};

/// A call starts over if the data has a new epoch or the clock was wrong. This allows for two of each.
const ATTEMPTS: usize = 4;
const LOST: i64 = -1;
const LATE: i64 = -2;
/// The epoch of a bucket that has not been opened.
const NO_EPOCH: u64 = 0;

/// A store of sessions and revoked tokens in Redis.
///
/// Clones are cheap and share one connection. The [crate](crate) documentation describes durability, settings, and
/// keys.
///
/// # Example
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_redis::RedisSessions;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let store = RedisSessions::connect("redis://redis.internal").await?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).session_store(store).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisSessions(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) link: Link,
    pub(crate) prefix: String,
    pub(crate) buckets: Box<[Bucket]>,
    pub(crate) time_limit: Duration,
    pub(crate) log_length: u32,
}

/// A call of a script in a bucket. Keys and arguments are set by name, and the call is not sent until all of them are
/// set.
pub(crate) struct Call<'a> {
    script: &'a Script,
    bucket: &'a Bucket,
    now: i64,
    keys: Vec<Option<String>>,
    arguments: Vec<Option<Vec<u8>>>,
    /// The names of the arguments that are set next, and the position of the first one.
    names: &'static [&'static str],
    first: usize,
}

impl<'a> Call<'a> {
    pub(crate) fn new(script: &'a Script, bucket: &'a Bucket, now: i64) -> Self {
        let keys = vec![None; script.keys.len()];
        let arguments = vec![None; script.arguments.len()];
        Self { script, bucket, now, keys, arguments, names: script.arguments, first: 0 }
    }

    pub(crate) fn key(mut self, name: &str, key: String) -> Self {
        let place = place(self.script.keys, name).and_then(|place| self.keys.get_mut(place));
        debug_assert!(place.is_some(), "this script has no key {name}");
        if let Some(place) = place {
            *place = Some(key);
        }
        self
    }

    /// Adds an item to a script that handles several items. The next arguments belong to this item.
    pub(crate) fn one_more(mut self, key: String) -> Self {
        self.keys.push(Some(key));
        (self.names, self.first) = (self.script.each, self.arguments.len());
        self.arguments.resize(self.first.saturating_add(self.names.len()), None);
        self
    }

    pub(crate) fn text(self, name: &str, text: &str) -> Self {
        self.bytes(name, text.as_bytes())
    }

    pub(crate) fn bytes(mut self, name: &str, bytes: &[u8]) -> Self {
        let place = place(self.names, name).and_then(|place| self.first.checked_add(place));
        let place = place.and_then(|place| self.arguments.get_mut(place));
        debug_assert!(place.is_some(), "this script has no argument {name}");
        if let Some(place) = place {
            *place = Some(bytes.to_vec());
        }
        self
    }

    pub(crate) fn int(self, name: &str, number: i64) -> Self {
        self.text(name, &number.to_string())
    }

    /// Returns an error if a key or an argument is missing. Otherwise, the script would read a different value in its
    /// position.
    fn invocation(&self, deadline: &str, mark: u64, log_length: u32) -> Result<Invocation<'a>, Error> {
        let mut arguments: Vec<Vec<u8>> = self.bucket.shared().map(<[u8]>::to_vec).collect();
        let names = self.script.keys.iter().chain(iter::repeat(&"key"));
        for (name, key) in names.zip(&self.keys) {
            arguments.push(key.as_ref().ok_or(Error::Unset(name))?.as_bytes().to_vec());
        }
        let keys = arguments.len();
        for name in SHARED_ARGUMENTS {
            let argument = match name {
                "epoch" => self.bucket.epoch().to_string(),
                "deadline" => deadline.to_owned(),
                "now" => self.now.to_string(),
                "mark" => mark.to_string(),
                "log_length" => log_length.to_string(),
                _ => return Err(Error::Unset(name)),
            };
            arguments.push(argument.into_bytes());
        }
        let names = self.script.arguments.iter().chain(self.script.each.iter().cycle());
        for (name, argument) in names.zip(&self.arguments) {
            arguments.push(argument.clone().ok_or(Error::Unset(name))?);
        }
        Ok(Invocation { script: self.script, keys, arguments })
    }
}

impl RedisSessions {
    /// Connects to a single server with default options: `redis://[[user:]password@]host[:port][/database]`, or
    /// `rediss://` with the `tls` feature.
    ///
    /// # Errors
    /// Returns the same errors as [`RedisSessionsBuilder::connect`].
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::builder().connect(url).await
    }

    /// Returns a builder with default options.
    #[must_use]
    pub fn builder() -> RedisSessionsBuilder {
        RedisSessionsBuilder::new()
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }
}

impl Inner {
    pub(crate) fn buckets(&self) -> impl Iterator<Item = &Bucket> {
        self.buckets.iter()
    }

    /// Returns the number of the bucket of a subject.
    pub(crate) fn number(&self, subject: Name) -> usize {
        let [high, low, ..] = subject;
        // There is at least one bucket.
        usize::from(u16::from_be_bytes([high, low])).checked_rem(self.buckets.len()).unwrap_or(0)
    }

    /// Returns the bucket of a subject.
    pub(crate) fn bucket(&self, subject: Name) -> Result<&Bucket, Error> {
        self.buckets.get(self.number(subject)).ok_or(Error::BucketCount)
    }

    /// Returns the bucket and the name of a subject.
    pub(crate) fn place(&self, subject: Subject<'_>) -> Result<(&Bucket, Name), Error> {
        let name = names::subject(subject);
        Ok((self.bucket(name)?, name))
    }

    /// Returns when a call that begins now has to end.
    pub(crate) fn end_of_call(&self) -> Result<Instant, Error> {
        Instant::now().checked_add(self.time_limit).ok_or(Error::TimeLimit)
    }

    /// Runs a script within the time limit.
    pub(crate) async fn run(&self, call: Call<'_>) -> Result<Reply, Error> {
        let end = self.end_of_call()?;
        self.run_until(call, end).await
    }

    /// Runs a script that is one step of a call.
    pub(crate) async fn run_until(&self, call: Call<'_>, end: Instant) -> Result<Reply, Error> {
        let mark = random()?;
        let mut last = Error::Replaced;
        for _ in 0..ATTEMPTS {
            let deadline = format!("{} {}", call.bucket.servers(end), self.time_limit.as_millis());
            let request = Request::Script(call.invocation(&deadline, mark, self.log_length)?);
            let values: Vec<Value> = self.link.send(&request, end).await?;
            match values.first() {
                Some(Value::Int(LOST)) => {
                    last = Error::Replaced;
                    self.adopt(call.bucket, call.now, end).await?;
                }
                Some(Value::Int(LATE)) => {
                    last = Error::TimeLimit;
                    let mut reply = Reply::new(values);
                    reply.int()?;
                    call.bucket.set_clock(reply.int()?);
                }
                _ => return Ok(Reply::new(values)),
            }
        }
        Err(last)
    }

    /// Reads the epoch of the data in a bucket, or creates new data.
    pub(crate) async fn open(&self, bucket: &Bucket) -> Result<(), Error> {
        self.adopt(bucket, 0, self.end_of_call()?).await
    }

    /// Adopts the epoch of the data in a bucket, or creates new data. If the epoch differs from the one that this
    /// process knows, the data was lost, and any token that was issued before now may have been revoked.
    async fn adopt(&self, bucket: &Bucket, now: i64, end: Instant) -> Result<(), Error> {
        let call = Call::new(&SCRIPTS.open, bucket, now)
            .text("new", &random()?.to_string())
            .text("buckets", &self.buckets.len().to_string());
        let request = Request::Script(call.invocation("", 0, self.log_length)?);
        let mut reply = Reply::new(self.link.send(&request, end).await?);
        let (epoch, found, time) = (reply.unsigned()?, reply.unsigned()?, reply.int()?);
        let set = u16::try_from(self.buckets.len()).map_err(|_| Error::BucketCount)?;
        if found != u64::from(set) {
            return Err(Error::Buckets { found, set });
        }
        bucket.set_clock(time);
        let before = bucket.set_epoch(epoch);
        if before != NO_EPOCH && before != epoch {
            tracing::error!(
                "redis has lost sessions and revoked tokens: all tokens issued before now are rejected"
            );
        }
        Ok(())
    }
}

fn place(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|other| *other == name)
}

fn random() -> Result<u64, Error> {
    // Scripts compare it as text. A Lua number would lose its last digits.
    getrandom::u64().map_err(|_| Error::Random)
}

impl fmt::Debug for RedisSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { prefix, buckets, time_limit, log_length, .. } = self.inner();
        f.debug_struct("RedisSessions")
            .field("key_prefix", prefix)
            .field("buckets", &buckets.len())
            .field("time_limit", time_limit)
            .field("log_length", log_length)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use jwt_session::{Revocation as _, RevokeRequest, TokenRef};
    use jwt_test_servers::Redis;

    use super::*;

    /// Returns the name of the first key or argument that a call lacks.
    fn unset(call: &Call<'_>) -> Option<&'static str> {
        match call.invocation("", 0, 0) {
            Err(Error::Unset(name)) => Some(name),
            Err(other) => panic!("{other}"),
            Ok(_) => None,
        }
    }

    #[test]
    fn a_script_is_not_sent_until_all_that_it_is_given_is_set() {
        let bucket = Bucket::new("prefix", 0);
        let call = Call::new(&SCRIPTS.sweep, &bucket, 0).int("future", 0).text("cursor", "0");
        assert_eq!(unset(&call), Some("moment"));
        let call = call.int("moment", 0);
        assert_eq!(unset(&call), None);
        let call = call.one_more("one".to_owned()).text("own", "").one_more("two".to_owned());
        assert_eq!(unset(&call), Some("own"));
        assert_eq!(unset(&call.text("own", "")), None);

        let call = Call::new(&SCRIPTS.subjects, &bucket, 0).text("cursor", "0");
        assert_eq!(unset(&call), Some("subjects"));
        assert_eq!(unset(&call.key("subjects", "subjects".to_owned())), None);
    }

    #[tokio::test]
    async fn a_lookup_that_comes_late_is_skipped() {
        let store = RedisSessions::connect(&Redis::shared().url()).await.unwrap();
        let Inner { link, buckets, .. } = store.inner();
        let lookup =
            || Call::new(&SCRIPTS.is_revoked, &buckets[0], 0).bytes("name", b"name").int("issued", 0);
        let now = Instant::now();
        for (since, skipped) in [(-1000, true), (1000, false)] {
            let deadline = format!("{} 2000", buckets[0].servers(now) + since);
            let request = Request::Script(lookup().invocation(&deadline, 0, 0).unwrap());
            let values: Vec<Value> = link.send(&request, now + Duration::from_secs(30)).await.unwrap();
            assert_eq!(values.first() == Some(&Value::Int(LATE)), skipped, "{values:?}");
        }
    }

    #[tokio::test]
    async fn a_clock_that_was_set_is_read_again() {
        let store = RedisSessions::builder()
            .time_limit(Duration::from_secs(30))
            .connect(&Redis::shared().url())
            .await
            .unwrap();
        let bucket = &store.inner().buckets[0];
        let token = TokenRef::new(Subject::new("issuer", "subject"), "id");
        for wrong in [-3_600_000, 3_600_000, -40_000, 1000] {
            let before = bucket.servers(Instant::now());
            bucket.set_clock(before + wrong);
            store.revoke(RevokeRequest::new(token, None, SystemTime::now())).await.unwrap();
            let after = bucket.servers(Instant::now());
            assert!((before - 1..before + 500).contains(&after), "{wrong}: {before} {after}");
        }
    }
}
