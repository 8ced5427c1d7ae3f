use std::fmt;

use redis::RedisError;

/// An error from opening or using a store.
///
/// The message never contains an address, a password, a token, an id, a subject or a label.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The [`key_prefix`](crate::RedisSessionsBuilder::key_prefix) is invalid.
    #[error("the key prefix must be 1 to 64 ASCII letters, digits and the characters - _ . :")]
    KeyPrefix,
    /// The number of [`buckets`](crate::RedisSessionsBuilder::buckets) is out of range.
    #[error("the number of buckets must be 1 to 256")]
    BucketCount,
    /// The keys with this prefix were created with another number of buckets, so their data would not be found.
    #[error("the keys were created with {found} buckets, but this program is configured for {set}")]
    Buckets {
        /// The number of buckets with which the keys were created.
        found: u64,
        /// The configured number of buckets.
        set: u16,
    },
    /// Redis did not answer within the time limit. If the server gets to a change after the time limit, it rejects it,
    /// so the change is not made later. If only the answer was lost, the change has been made.
    #[error("redis did not answer within the time limit")]
    TimeLimit,
    /// There is no connection, and it is too early for the next attempt to connect.
    #[error("there is no connection to redis")]
    Disconnected,
    /// The data was lost repeatedly during the call.
    #[error("the store lost its data repeatedly during the call")]
    Replaced,
    /// The subject already has a session with this id.
    #[error("a session with this id already exists")]
    SessionExists,
    /// A token without a `jti` cannot be revoked.
    #[error("a token without a jti cannot be revoked")]
    NoTokenId,
    /// This version of the crate does not know the [`Selector`](jwt_session::Selector).
    #[error("the store does not support this selector")]
    UnknownSelector,
    /// The operating system did not provide random bytes.
    #[error("the operating system did not provide random bytes")]
    Random,
    /// The server sent a reply of an unexpected form.
    #[error("unexpected reply from redis")]
    Answer,
    /// A bug in this crate: a script lacked the key or argument of this name. The script was not sent.
    #[error("bug in jwt-redis: a script was about to run without {0}")]
    Unset(&'static str),
    /// Redis failed. For example, it cannot be reached, is out of memory or rejects the command, or the server is not
    /// Redis.
    #[error("redis failed: {0}")]
    Redis(Failure),
    /// A [`Replicated`](crate::Replicated) copy has not heard from its source for longer than its
    /// [`bound`](crate::ReplicatedBuilder::bound).
    #[error("the copy is older than its bound")]
    Stale,
}

/// How Redis failed: the kind of failure, and the first word of the server's message, such as `OOM`.
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
