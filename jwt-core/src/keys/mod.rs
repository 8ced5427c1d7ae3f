//! Keys. Each key is prepared once, for one algorithm. This is the only module that deals with cryptography.
//!
//! Most applications only need a [`Secret`] or a [`SigningKey`], which they pass to the builder. A [`KeyRing`] holds
//! several keys, for rotation. A [`KeySet`] holds the keys of another service.
//!
//! ```
//! use jwt_core::keys::{Algorithm, KeyRing, SigningKey, VerifyingKey};
//! use jwt_core::{Config, JwtManager};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (private, old) = (include_str!("../../tests/keys/es256.pem"), include_str!("../../tests/keys/rs256.pub.pem"));
//! let ring = KeyRing::new(SigningKey::from_pem(Algorithm::ES256, private)?)
//!     .with_verifying_key(VerifyingKey::from_pem(Algorithm::RS256, old)?);
//! let jwt = JwtManager::builder(Config::default()).keys(ring).build()?;
//! assert_eq!(jwt.jwks().len(), 2);
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "aws-lc")]
mod aws_lc;
mod backend;
mod compute;
mod der;
#[cfg(any(feature = "aws-lc", feature = "rust-crypto"))]
mod hmac;
mod issued;
mod jwk;
mod key;
mod loaded;
mod material;
mod pem;
mod placeholder;
mod prepared;
mod published;
mod ring;
#[cfg(feature = "rust-crypto")]
mod rust_crypto;
mod secret;
mod set;
mod weak_secret;
mod wipe;

pub use crate::algorithm::{Algorithm, UnknownAlgorithm};
pub use backend::Backend;
pub use key::{SigningKey, VerifyingKey};
pub use loaded::LoadedKey;
pub use published::JwkSet;
pub use ring::KeyRing;
pub(crate) use ring::{Keys, Signer};
pub use secret::Secret;
pub use set::KeySet;
