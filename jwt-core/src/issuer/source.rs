//! Keys that change while the manager runs.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::BoxError;
use crate::keys::KeySet;

/// A source of an [`Issuer`](crate::Issuer)'s keys, for keys that change.
///
/// The crate `jwt-jwks` has sources for the keys of identity providers, which it finds by discovery. Implement this
/// trait yourself for keys that come from elsewhere.
///
/// If there are no known keys, or the `kid` of a token is not among them, the request waits in
/// [`JwtManager::complete`](crate::JwtManager::complete) for [`fetch`](Self::fetch). Anyone can send such tokens. The
/// source must therefore limit how often it fetches, and fetch once for concurrent requests.
///
/// Return a [set](KeySet::new), which finds its keys by `kid`. A [single key](KeySet::single) ignores `kid`, so no
/// token ever causes a fetch. The keys are always used with the crypto library that they were [prepared
/// for](KeySet::prepared_by), regardless of the manager's.
///
/// ```
/// use std::sync::{Arc, RwLock};
///
/// use jwt_core::keys::KeySet;
/// use jwt_core::{BoxError, Issuer, KeySource};
///
/// /// Reads the keys from a file that another process keeps up to date.
/// #[derive(Default)]
/// struct KeyFile {
///     known: RwLock<Option<Arc<KeySet>>>,
/// }
///
/// impl KeySource for KeyFile {
///     fn known(&self) -> Option<Arc<KeySet>> {
///         self.known.read().ok()?.clone()
///     }
///
///     async fn fetch(&self) -> Result<Arc<KeySet>, BoxError> {
///         let keys = Arc::new(KeySet::from_jwks(std::fs::read_to_string("keys/login.json")?)?);
///         if let Ok(mut known) = self.known.write() {
///             *known = Some(Arc::clone(&keys));
///         }
///         Ok(keys)
///     }
/// }
///
/// let login = Issuer::with_source("https://login.example", KeyFile::default());
/// # let _ = login;
/// ```
pub trait KeySource: Send + Sync + 'static {
    /// Returns the known keys, or `None` if none have been fetched yet.
    ///
    /// The manager calls this for every token of the issuer, so it must not block. It never requests a refresh because
    /// of the age of the keys: return `None`, or keys that a task of yours refreshes, if a withdrawn key must not be
    /// trusted for long.
    fn known(&self) -> Option<Arc<KeySet>>;

    /// Returns whether a token that the known keys do not verify should wait for [`fetch`](Self::fetch).
    ///
    /// If it returns `false`, the token is invalid. It must not block. The default waits for an [unknown
    /// `kid`](KeyMismatch::UnknownId) only. Providers also replace keys under the same `kid`. If yours does, return
    /// `true` for [`KeyMismatch::Signature`] as well, but only as often as you want to fetch because of forged tokens:
    /// each of them is verified again after the fetch.
    fn worth_fetching(&self, mismatch: KeyMismatch) -> bool {
        mismatch == KeyMismatch::UnknownId
    }

    /// Returns whether the issuer has a discovery document at its name followed by `/.well-known/openid-configuration`
    /// (OpenID Connect Discovery 1.0, 4). By default, it returns `false`.
    ///
    /// This has no effect on tokens. Documents for clients, such as those of OpenAPI, name the address.
    fn has_discovery_document(&self) -> bool {
        false
    }

    /// Fetches the current keys.
    ///
    /// If it is too early for another fetch, return the known keys. A token with an unknown `kid` is then invalid.
    ///
    /// # Errors
    ///
    /// Returns an error if the keys can't be fetched. The manager then calls [`known`](Self::known) again. A token that
    /// those keys verify is accepted, so the source decides how long old keys are good enough. For all other tokens, the
    /// client gets a 503. The manager does not log the error, which may quote data, so log it here.
    fn fetch(&self) -> impl Future<Output = Result<Arc<KeySet>, BoxError>> + Send;
}

/// The keys of an issuer: a [`KeySet`], or a [`KeySource`].
#[derive(Clone)]
pub struct IssuerKeys(pub(super) Keys);

#[derive(Clone)]
pub(super) enum Keys {
    Fixed(Arc<KeySet>),
    Source(Arc<dyn DynKeySource>),
}

impl IssuerKeys {
    /// Creates keys that change.
    pub fn source(source: impl KeySource) -> Self {
        Self(Keys::Source(Arc::new(source)))
    }
}

impl From<KeySet> for IssuerKeys {
    fn from(keys: KeySet) -> Self {
        Self(Keys::Fixed(Arc::new(keys)))
    }
}

impl fmt::Debug for IssuerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerKeys").finish_non_exhaustive()
    }
}

/// Why known keys do not verify a token that newer keys may verify.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyMismatch {
    /// None of the keys has the `kid` of the token.
    UnknownId,
    /// The keys with the `kid` of the token, or all keys if it has none, do not verify its signature or are for
    /// different algorithms.
    Signature,
}

/// Implements [`KeySource`] for pointers to a source, so several issuers can share one.
macro_rules! forward {
    ($($pointer:ty),+) => {$(
        impl<S: KeySource> KeySource for $pointer {
            fn known(&self) -> Option<Arc<KeySet>> {
                S::known(self)
            }

            fn worth_fetching(&self, mismatch: KeyMismatch) -> bool {
                S::worth_fetching(self, mismatch)
            }

            fn has_discovery_document(&self) -> bool {
                S::has_discovery_document(self)
            }

            fn fetch(&self) -> impl Future<Output = Result<Arc<KeySet>, BoxError>> + Send {
                S::fetch(self)
            }
        }
    )+};
}

forward!(Arc<S>, Box<S>, &'static S);

pub(super) type Fetched<'a> = Pin<Box<dyn Future<Output = Result<Arc<KeySet>, BoxError>> + Send + 'a>>;

pub(super) trait DynKeySource: Send + Sync {
    fn known(&self) -> Option<Arc<KeySet>>;
    fn worth_fetching(&self, mismatch: KeyMismatch) -> bool;
    fn has_discovery_document(&self) -> bool;
    fn fetch(&self) -> Fetched<'_>;
}

impl<S: KeySource> DynKeySource for S {
    fn known(&self) -> Option<Arc<KeySet>> {
        KeySource::known(self)
    }

    fn worth_fetching(&self, mismatch: KeyMismatch) -> bool {
        KeySource::worth_fetching(self, mismatch)
    }

    fn has_discovery_document(&self) -> bool {
        KeySource::has_discovery_document(self)
    }

    fn fetch(&self) -> Fetched<'_> {
        Box::pin(KeySource::fetch(self))
    }
}
