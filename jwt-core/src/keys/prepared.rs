//! Keys that a crypto library has parsed.

use crate::algorithm::SHORT_SIGNATURE;

/// A key that verifies signatures of one algorithm.
pub(crate) trait Prepared: Send + Sync {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool;
}

/// A key that signs with one algorithm.
pub(crate) trait PreparedSigner: Send + Sync {
    /// Returns `None` if the library fails to sign.
    fn sign(&self, message: &[u8]) -> Option<Signature>;
}

/// A signature. Only RSA signatures allocate.
pub(crate) enum Signature {
    Short { bytes: [u8; SHORT_SIGNATURE], len: usize },
    Long(Vec<u8>),
}

impl From<&[u8]> for Signature {
    fn from(signature: &[u8]) -> Self {
        let mut bytes = [0; SHORT_SIGNATURE];
        match bytes.get_mut(..signature.len()) {
            Some(place) => {
                place.copy_from_slice(signature);
                Self::Short { bytes, len: signature.len() }
            }
            None => Self::Long(signature.to_vec()),
        }
    }
}

impl AsRef<[u8]> for Signature {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Short { bytes, len } => bytes.get(..*len).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}
