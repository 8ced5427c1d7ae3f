use std::fmt;

use redis::RedisError;

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

/// The details of a Redis failure: its kind, and the first word of the server's message, such as `OOM`.
///
/// The rest of the message is omitted, because it can contain addresses and names.
pub struct Failure(RedisError);

impl Failure {
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
