use std::fmt;

use redis::RedisError;

/// Why a store could not be opened, or could not answer. No text shows an address, a password, a token, an id, a subject
/// or a label.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// [`key_prefix`](crate::RedisSessionsBuilder::key_prefix) was given something else.
    #[error("a key prefix is 1 to 64 ASCII letters, digits and the characters - _ . :")]
    KeyPrefix,
    /// [`buckets`](crate::RedisSessionsBuilder::buckets) was given something else.
    #[error("there can be 1 to 256 buckets")]
    BucketCount,
    /// The keys of this prefix were made with another number of buckets, and would not be found.
    #[error("the store has {found} buckets, this program is set to {set}")]
    Buckets {
        /// How many the store has.
        found: u64,
        /// How many were asked for.
        set: u16,
    },
    /// Redis did not answer in time. A change has not been made, and will not be made later: a server that gets to it
    /// after the time limit refuses it. Only its answer may have been lost.
    #[error("no answer within the time limit")]
    TimeLimit,
    /// There is no connection, and it is too early to try again.
    #[error("no connection to redis")]
    Disconnected,
    /// The data were lost again and again while the call was going on.
    #[error("the data of the store are being replaced")]
    Replaced,
    /// The subject has a session of that id.
    #[error("a session of this id exists")]
    SessionExists,
    /// A token without `jti` was to be revoked.
    #[error("a token without jti cannot be revoked")]
    NoTokenId,
    /// A [`Selector`](jwt_session::Selector) that this version does not know.
    #[error("this selector is not supported")]
    UnknownSelector,
    /// The operating system gave no random bytes.
    #[error("no random bytes")]
    Random,
    /// The server answered something else than was asked for.
    #[error("unexpected reply from Redis")]
    Answer,
    /// A mistake in this crate: a script was to be run without the key or argument of this name. It was not sent.
    #[error("jwt-redis runs a script without setting {0}")]
    Unset(&'static str),
    /// Redis failed: it cannot be reached, is no Redis, is out of memory, or refuses the command.
    #[error("redis failed: {0}")]
    Redis(Failure),
    /// A [`Replicated`](crate::Replicated) copy has not heard from its source for longer than its bound.
    #[error("the copy is older than its bound")]
    Stale,
}

/// How Redis failed: what kind of failure it is, and the first word of what the server says, such as `OOM`. Not the rest, in
/// which there may be addresses and names.
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
