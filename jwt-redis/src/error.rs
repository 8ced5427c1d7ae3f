use std::fmt;
use std::time::Duration;

use redis::{ErrorKind, RedisError, RetryMethod, ServerErrorKind};

/// An error from opening or using a store.
///
/// The message never contains an address, a password, a token, an id, a subject, or a label.
///
/// # Example
///
/// ```
/// use jwt_redis::Error;
/// use jwt_session::{BoxError, Revocation, RevokeRequest};
///
/// /// Revokes a token, and tries once more if Redis was too slow.
/// async fn revoke(store: impl Revocation, request: RevokeRequest<'_>) -> Result<(), BoxError> {
///     match store.revoke(request).await {
///         Err(error) if matches!(error.downcast_ref(), Some(Error::TimeLimit)) => store.revoke(request).await,
///         result => result,
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The [`key_prefix`](crate::RedisSessionsBuilder::key_prefix) is invalid.
    #[error("the key prefix must have 1 to 64 characters: ASCII letters, digits, and - _ . :")]
    KeyPrefix,
    /// The number of [`buckets`](crate::RedisSessionsBuilder::buckets) is out of range.
    #[error("the number of buckets must be from 1 to 256")]
    BucketCount,
    /// The keys with this prefix were created with a different number of buckets, so the store would not find their
    /// data.
    #[error("the keys were created with {found} buckets, but this program is configured for {set}")]
    Buckets {
        /// The number of buckets when the keys were created.
        found: u64,
        /// The configured number of buckets.
        set: u16,
    },
    /// Redis did not respond within the time limit. The server rejects a change that it receives after the time limit,
    /// so the change is not made later. If only the reply was lost, the change has been made.
    #[error("redis did not respond within the time limit")]
    TimeLimit,
    /// The server has replicas and acknowledges changes that none of them has received, for too long. A failover would
    /// lose these changes. See [replicas](crate#replicas).
    #[error("{}", unreplicated(*.longest))]
    UnreplicatedWrites {
        /// The longest `min-replicas-max-lag` that is accepted: 10 seconds, or the
        /// [`bound`](crate::ReplicatedBuilder::bound) of a copy.
        longest: Duration,
    },
    /// The server does not tell whether it acknowledges changes without a replica, because it rejects `INFO` or
    /// `CONFIG GET`. See [replicas](crate#replicas).
    #[error(
        "cannot read whether the redis server acknowledges changes without a replica, because it rejects INFO or \
         CONFIG GET: permit both commands, or state the server's settings with declare_min_replicas; \
         insecure_unreplicated_writes turns the check off"
    )]
    ReplicationUnknown,
    /// The server is a replica, so changes on it are lost.
    #[error("the redis server is a replica: connect to its master")]
    NotMaster,
    /// The lag of [`declare_min_replicas`](crate::RedisSessionsBuilder::declare_min_replicas) is out of range.
    #[error("the lag that declare_min_replicas takes must be from 1 to 10 seconds")]
    DeclaredLag,
    /// The store is not connected, and it is too early for the next attempt to connect.
    #[error("not connected to redis")]
    Disconnected,
    /// Redis lost its data repeatedly during the call.
    #[error("redis lost its data repeatedly during the call")]
    Replaced,
    /// The subject already has a session with this id.
    #[error("session with this id already exists")]
    SessionExists,
    /// A token without a `jti` cannot be revoked.
    #[error("token lacks the jti that is needed to revoke it")]
    NoTokenId,
    /// This version of the crate does not know the [`Selector`](jwt_session::Selector).
    #[error("selector is not supported")]
    UnknownSelector,
    /// The operating system did not provide random bytes.
    #[error("the operating system did not provide random bytes")]
    Random,
    /// The server sent an unexpected reply.
    #[error("unexpected reply from redis")]
    Answer,
    /// A bug in this crate: a script lacked the key or argument with this name. The script was not sent.
    #[error("bug in jwt-redis: a script lacks {0}")]
    Unset(&'static str),
    /// Redis failed. For example, it cannot be reached, is out of memory, or rejects the command, or the server is not
    /// Redis.
    #[error("redis failed: {0}")]
    Redis(Failure),
    /// A [`Replicated`](crate::Replicated) copy has not been updated within its
    /// [`bound`](crate::ReplicatedBuilder::bound).
    #[error("the in-memory copy has not been updated within its bound")]
    Stale,
}

/// The text of [`Error::UnreplicatedWrites`].
fn unreplicated(longest: Duration) -> String {
    let fix = match longest.as_secs() {
        0 => "raise the bound of the copy to at least one second".to_owned(),
        1 => "set min-replicas-to-write to at least 1, and min-replicas-max-lag to 1".to_owned(),
        most => {
            format!(
                "set min-replicas-to-write to at least 1, and min-replicas-max-lag to a number from 1 to {most}"
            )
        }
    };
    format!(
        "the redis server has replicas, but acknowledges changes that none of them has received, so a failover loses \
         logouts: {fix}; insecure_unreplicated_writes turns the check off"
    )
}

/// The details of a Redis failure: its kind, and the first word of the server's message, such as `OOM`.
///
/// The rest of the message is omitted, because it can contain addresses and names.
pub struct Failure(RedisError);

impl Failure {
    /// Returns whether the connection must be replaced because it is broken or the server is no longer the master.
    pub(crate) fn is_broken(&self) -> bool {
        let demoted = ErrorKind::Server(ServerErrorKind::ReadOnly);
        self.0.is_unrecoverable_error() || self.0.is_io_error() || self.0.kind() == demoted
    }

    /// Returns whether a node of a cluster is gone, is not the master of the key, or is not ready yet.
    pub(crate) fn is_temporary(&self) -> bool {
        !matches!(self.0.retry_method(), RetryMethod::NoRetry)
    }

    pub(crate) fn is_connection_dropped(&self) -> bool {
        self.0.is_connection_dropped()
    }
}

impl From<RedisError> for Error {
    fn from(error: RedisError) -> Self {
        Self::Redis(Failure(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let category = self.0.category();
        let is_plain = |code: &&str| code.len() <= 20 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        match self.0.code().filter(is_plain) {
            Some(code) if category.is_empty() => f.write_str(code),
            Some(code) => write!(f, "{category} ({code})"),
            None => f.write_str(category),
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
