use super::BoxError;

/// The [`KeySource`](crate::KeySource) of an issuer failed, and the keys that it still has do not verify the token.
///
/// It is what [`TokenError::Unavailable`](crate::TokenError::Unavailable) contains then, and its source is the error of
/// the `KeySource`. The library does not log it, because anyone can send tokens whose keys have to be fetched.
#[derive(Debug, thiserror::Error)]
#[error("the keys of the token's issuer are not available")]
pub struct KeysUnavailable(#[source] BoxError);

impl KeysUnavailable {
    pub(crate) fn new(error: BoxError) -> Self {
        Self(error)
    }
}
