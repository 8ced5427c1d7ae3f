use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{Client, Cmd, IntoConnectionInfo as _};
use tokio::time::{Instant, timeout};

use crate::bucket::Bucket;
use crate::link::{Dial, Link, Request};
use crate::store::Inner;
use crate::{Error, RedisSessions, eviction};

const SHORTEST_LIMIT: Duration = Duration::from_millis(1);
const LONGEST_LIMIT: Duration = Duration::from_secs(3600);
/// Enough for a copy that has been cut off for a while to go on where it was.
const LOG_LENGTH: u32 = 10_000;
/// More than most clusters have nodes.
const BUCKETS_OF_A_CLUSTER: u16 = 16;
const MOST_BUCKETS: u16 = 256;

/// Options of [`RedisSessions`].
#[derive(Clone, Debug)]
pub struct RedisSessionsBuilder {
    prefix: String,
    time_limit: Duration,
    log_length: u32,
    buckets: Option<u16>,
}

impl RedisSessionsBuilder {
    pub(crate) fn new() -> Self {
        let (prefix, time_limit) = ("jwt".to_owned(), Duration::from_secs(2));
        Self { prefix, time_limit, log_length: LOG_LENGTH, buckets: None }
    }

    /// What the names of the keys start with, `jwt` by default: 1 to 64 ASCII letters, digits and `-`, `_`, `.`, `:`. Stores with
    /// different prefixes in one Redis know nothing of each other.
    #[must_use]
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long each call may take, 2 seconds by default; from a millisecond to an hour. What takes longer is
    /// [`Error::TimeLimit`], and is not done later. Ending the sessions of everyone has this time for each of its steps.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit.clamp(SHORTEST_LIMIT, LONGEST_LIMIT);
        self
    }

    /// Into how many parts the subjects are divided, each of which a cluster keeps on one node: 1 to 256. By default 16 in a
    /// cluster, 1 otherwise. It is a matter of the data: all programs have to say the same, and it cannot be changed
    /// afterwards.
    #[must_use]
    pub fn buckets(mut self, buckets: u16) -> Self {
        self.buckets = Some(buckets);
        self
    }

    /// How many of the last changes each bucket keeps for copies, 10,000 by default. A [`Replicated`](crate::Replicated) copy that was
    /// away for more than these loads everything anew.
    #[must_use]
    pub fn log_length(mut self, changes: u32) -> Self {
        self.log_length = changes.max(1);
        self
    }

    /// Connects to one server: `redis://[[user:]password@]host[:port][/database]`, with the feature `tls` also `rediss://`.
    ///
    /// # Errors
    /// [`Error::KeyPrefix`], [`Error::BucketCount`], [`Error::Buckets`], [`Error::TimeLimit`]; [`Error::Redis`] when the address is
    /// none, or the server cannot be reached.
    pub async fn connect(self, url: &str) -> Result<RedisSessions, Error> {
        #[cfg(feature = "tls")]
        crate::tls::provide();
        let link = Link::server(Dial::Address(Client::open(url)?), self.time_limit);
        self.open(link, 1).await
    }

    /// Connects to the master that sentinels know by this name, and follows it. The addresses are those of sentinels; user,
    /// password and database in the first one are the master's as well.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn sentinel<'a>(
        self,
        urls: impl IntoIterator<Item = &'a str>,
        master: &str,
    ) -> Result<RedisSessions, Error> {
        #[cfg(feature = "tls")]
        crate::tls::provide();
        let sentinels: Vec<_> =
            urls.into_iter().map(|url| url.into_connection_info()).collect::<Result<_, _>>()?;
        let mut node = SentinelNodeConnectionInfo::default();
        if let Some(first) = sentinels.first() {
            node = node.set_redis_connection_info(first.redis_settings().clone());
        }
        let client =
            SentinelClient::build(sentinels, String::from(master), Some(node), SentinelServerType::Master)?;
        let link = Link::server(Dial::Sentinels(client), self.time_limit);
        self.open(link, 1).await
    }

    /// Connects to a cluster, of which some nodes are named.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn cluster<'a>(self, urls: impl IntoIterator<Item = &'a str>) -> Result<RedisSessions, Error> {
        #[cfg(feature = "tls")]
        crate::tls::provide();
        let client = ClusterClient::builder(urls)
            .connection_timeout(self.time_limit)
            .response_timeout(self.time_limit)
            .build()?;
        let connected = timeout(self.time_limit, client.get_async_connection()).await;
        let link = Link::Cluster(connected.map_err(|_| Error::TimeLimit)??);
        self.open(link, BUCKETS_OF_A_CLUSTER).await
    }

    async fn open(self, link: Link, buckets: u16) -> Result<RedisSessions, Error> {
        let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if !(1..=64).contains(&self.prefix.len()) || !self.prefix.bytes().all(is_valid) {
            return Err(Error::KeyPrefix);
        }
        let buckets = self.buckets.unwrap_or(buckets);
        if !(1..=MOST_BUCKETS).contains(&buckets) {
            return Err(Error::BucketCount);
        }
        let Self { prefix, time_limit, log_length, .. } = self;
        let buckets = (0..buckets).map(|number| Bucket::new(&prefix, number)).collect();
        let store = RedisSessions::new(Inner { link, prefix, buckets, time_limit, log_length });
        for bucket in store.inner().buckets() {
            store.inner().open(bucket).await?;
        }
        let mut info = Cmd::new();
        info.arg("INFO");
        let end = Instant::now().checked_add(time_limit).ok_or(Error::TimeLimit)?;
        match store.inner().link.send(&Request::Command(info), end).await {
            Ok(info) => eviction::warn(&info),
            Err(error) => {
                tracing::warn!(%error, "redis does not say whether it may evict sessions and revoked tokens");
            }
        }
        Ok(store)
    }
}
