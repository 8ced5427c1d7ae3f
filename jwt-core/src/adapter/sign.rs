use crate::keys::SigningKey;

/// Signs arbitrary bytes, for `jwt-test`, whose tokens can have any header and payload. Returns `None` if the crypto
/// library fails.
#[doc(hidden)]
#[must_use]
pub fn sign_raw(key: &SigningKey, message: &[u8]) -> Option<Vec<u8>> {
    key.sign(message).map(|signature| signature.as_ref().to_vec())
}
