use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{Client, Cmd, IntoConnectionInfo as _};
use tokio::time::{Instant, timeout};

use crate::bucket::Bucket;
use crate::link::{Dial, Link, Request};
use crate::replicas::{Replicas, Replication};
use crate::store::Inner;
use crate::{Error, RedisSessions, eviction};

const SHORTEST_LIMIT: Duration = Duration::from_millis(1);
const LONGEST_LIMIT: Duration = Duration::from_secs(3600);
/// Long enough for a copy to continue from its position after it was cut off for a while.
const LOG_LENGTH: u32 = 10_000;
/// More than the number of nodes in most clusters.
const BUCKETS_OF_A_CLUSTER: u16 = 16;
const MOST_BUCKETS: u16 = 256;

/// A builder for [`RedisSessions`].
///
/// # Example
///
/// ```no_run
/// use std::time::Duration;
///
/// use jwt_redis::RedisSessions;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = RedisSessions::builder()
///     .key_prefix("auth")
///     .time_limit(Duration::from_secs(1))
///     .cluster(["redis://node1.internal", "redis://node2.internal"])
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RedisSessionsBuilder {
    prefix: String,
    time_limit: Duration,
    log_length: u32,
    buckets: Option<u16>,
    replication: Replication,
}

impl RedisSessionsBuilder {
    pub(crate) fn new() -> Self {
        let (prefix, time_limit) = ("jwt".to_owned(), Duration::from_secs(2));
        Self { prefix, time_limit, log_length: LOG_LENGTH, buckets: None, replication: Replication::Checked }
    }

    /// Sets the prefix of the key names. Default: `jwt`.
    ///
    /// A prefix has 1 to 64 characters: ASCII letters, digits, `-`, `_`, `.`, and `:`. Opening the store with an
    /// invalid prefix returns an error. Stores with different prefixes do not share any data, even on the same Redis
    /// server.
    #[must_use]
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long each call can take, from 1 millisecond to 1 hour. Default: 2 seconds. Other values are clamped.
    ///
    /// A call that takes longer returns [`Error::TimeLimit`], and is not carried out later. When a call ends the
    /// sessions of everyone, the limit applies to each of its steps.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit.clamp(SHORTEST_LIMIT, LONGEST_LIMIT);
        self
    }

    /// Sets the number of buckets across which subjects are distributed, from 1 to 256. Default: 16 in a cluster, 1
    /// otherwise.
    ///
    /// A cluster keeps each part on one node. The number is a property of the stored data: all programs must use the
    /// same number, and it cannot change later. Opening a store with a different number returns an error.
    #[must_use]
    pub fn buckets(mut self, buckets: u16) -> Self {
        self.buckets = Some(buckets);
        self
    }

    /// Sets how many of the latest changes each bucket keeps for copies, at least 1. Default: 10,000.
    ///
    /// A [`Replicated`](crate::Replicated) copy reloads everything if it has missed more changes than that.
    #[must_use]
    pub fn log_length(mut self, changes: u32) -> Self {
        self.log_length = changes.max(1);
        self
    }

    /// Declares that each server with replicas rejects changes that no replica receives, after at most this time, from 1
    /// to 10 seconds. The store then does not check it.
    ///
    /// Use this for managed servers that hide `CONFIG`. The declaration must be true: `min-replicas-to-write` is at
    /// least 1, and `min-replicas-max-lag` is at most `max_lag`. It is also true for a service whose failover never
    /// loses a change that the service has acknowledged. [Replicas](crate#replicas) describes the check.
    #[must_use]
    pub const fn declare_min_replicas(mut self, max_lag: Duration) -> Self {
        self.replication = Replication::Declared(max_lag);
        self
    }

    /// Accepts servers that have replicas and acknowledge changes that no replica has received.
    ///
    /// A failover then loses logouts that clients regard as done. If the old master is cut off but still running, a
    /// [copy](crate::Replicated) of it accepts tokens that were revoked on the new master, without a bound on the time.
    /// [Replicas](crate#replicas) describes the check that this turns off.
    #[must_use]
    pub const fn insecure_unreplicated_writes(mut self) -> Self {
        self.replication = Replication::Unchecked;
        self
    }

    /// Connects to a single server: `redis://[[user:]password@]host[:port][/database]`, or `rediss://` with the `tls`
    /// feature.
    ///
    /// # Errors
    /// - [`Error::KeyPrefix`] if the prefix is invalid.
    /// - [`Error::BucketCount`] if the number of buckets is out of range.
    /// - [`Error::Buckets`] if the keys were created with a different number of buckets.
    /// - [`Error::UnreplicatedWrites`], [`Error::ReplicationUnknown`], or [`Error::NotMaster`] if a failover could lose
    ///   acknowledged changes.
    /// - [`Error::DeclaredLag`] if the lag of [`declare_min_replicas`](Self::declare_min_replicas) is out of range.
    /// - [`Error::TimeLimit`] if the server does not respond.
    /// - [`Error::Redis`] if the address is invalid or the server cannot be reached.
    pub async fn connect(self, url: &str) -> Result<RedisSessions, Error> {
        #[cfg(feature = "tls")]
        crate::tls::provide();
        let replicas = Replicas::new(self.replication)?;
        let link = Link::server(Dial::Address(Client::open(url)?), replicas, self.time_limit);
        self.open(link, 1).await
    }

    /// Connects through sentinels to the master with this name, and to the new master after a failover.
    ///
    /// `urls` are the addresses of sentinels. The user, password, and database of the first one also apply to the
    /// master.
    ///
    /// # Errors
    /// Returns the same errors as [`connect`](Self::connect).
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
        let link = Link::server(Dial::Sentinels(client), Replicas::new(self.replication)?, self.time_limit);
        self.open(link, 1).await
    }

    /// Connects to a cluster. `urls` are the addresses of some of its nodes.
    ///
    /// # Errors
    /// Returns the same errors as [`connect`](Self::connect).
    pub async fn cluster<'a>(self, urls: impl IntoIterator<Item = &'a str>) -> Result<RedisSessions, Error> {
        #[cfg(feature = "tls")]
        crate::tls::provide();
        let client = ClusterClient::builder(urls)
            .connection_timeout(self.time_limit)
            .response_timeout(self.time_limit)
            // The store retries, because it looks at a new master first.
            .retries(0)
            .build()?;
        let connected = timeout(self.time_limit, client.get_async_connection()).await;
        let connection = connected.map_err(|_| Error::TimeLimit)??;
        let link = Link::cluster(connection, Replicas::new(self.replication)?, self.time_limit).await?;
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
                tracing::warn!(%error, "cannot determine whether redis can evict sessions and revoked tokens");
            }
        }
        Ok(store)
    }
}
