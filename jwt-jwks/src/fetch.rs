//! The seam between the keys and an HTTP client.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use jwt_core::{BoxError, ConfigError};

use crate::address::Rule;
use crate::origin::MOST_BYTES;

/// The default limit of a fetch.
pub(crate) const USUAL_TIMEOUT: Duration = Duration::from_secs(5);

/// An HTTP client that fetches documents, for [`RemoteIssuerBuilder::fetch`](crate::RemoteIssuerBuilder::fetch).
///
/// With the feature `reqwest`, there is one already, and
/// [`RemoteIssuerBuilder::client`](crate::RemoteIssuerBuilder::client) sets its certificates and proxies. Implement this
/// trait for a different client.
///
/// # Duties
///
/// The caller checks the first address, the status, and the length of the body, and stops waiting after the
/// [timeout](FetchRequest::timeout) on a tokio runtime with a timer. It cannot see what happens inside, so the client must:
///
/// * follow a redirect only if [`FetchRequest::permits`] its address, and at most three, or none at all;
/// * stop reading a body after [`FetchRequest::max_bytes`];
/// * stop after [`FetchRequest::timeout`], redirects and body included;
/// * verify certificates;
/// * send the fields `Accept` with [`FetchRequest::ACCEPT`], and `Cache-Control` with [`FetchRequest::cache_control`];
/// * never log credentials, or send them to a different origin.
///
/// A panic in the client is an error of the fetch.
///
/// ```
/// use bytes::Bytes;
/// use jwt_core::{BoxError, Issuer};
/// use jwt_jwks::{Fetch, FetchRequest, RemoteIssuer};
///
/// /// Serves a set from memory.
/// struct Fixed(&'static str);
///
/// impl Fetch for Fixed {
///     async fn get(&self, request: FetchRequest) -> Result<http::Response<Bytes>, BoxError> {
///         assert_eq!(request.url(), "https://login.example/keys");
///         Ok(http::Response::new(Bytes::from_static(self.0.as_bytes())))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let login = RemoteIssuer::jwks("https://login.example", "https://login.example/keys").fetch(Fixed(jwks)).build()?;
/// login.ready().await?;
/// # Ok(())
/// # }
/// ```
pub trait Fetch: Send + Sync + 'static {
    /// Fetches a document with GET, and returns the final response, whatever its status.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no complete response. It is logged, so it must not contain credentials.
    fn get(&self, request: FetchRequest) -> impl Future<Output = Result<Response<Bytes>, BoxError>> + Send;
}

impl<F: Fetch> Fetch for Arc<F> {
    fn get(&self, request: FetchRequest) -> impl Future<Output = Result<Response<Bytes>, BoxError>> + Send {
        F::get(self, request)
    }
}

/// A request for a document.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    pub(crate) url: Box<str>,
    pub(crate) max_bytes: usize,
    pub(crate) timeout: Duration,
    pub(crate) revalidate: bool,
    pub(crate) max_age: Duration,
    pub(crate) rule: Rule,
}

impl FetchRequest {
    /// The content types of the documents, for the field `Accept`. Some servers respond with 406 without the type of JWK
    /// sets (RFC 7517, 8.5.2), such as the API server of Kubernetes.
    pub const ACCEPT: &'static str = "application/jwk-set+json, application/json, */*;q=0.5";

    /// Creates a request with the default limits, for tests of a [`Fetch`]. It permits the redirects of an issuer at this
    /// address, and a cache can answer it with a response of up to one hour.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use jwt_jwks::FetchRequest;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let request = FetchRequest::new("https://login.example/keys")?.with_timeout(Duration::from_millis(50));
    /// assert_eq!(request.cache_control(), "max-age=3600");
    /// assert_eq!(request.revalidated().cache_control(), "no-cache");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ConfigError::Invalid`] if the address is not permitted.
    pub fn new(url: impl Into<Box<str>>) -> Result<Self, ConfigError> {
        let url = url.into();
        let (_, rule) = Rule::configured(&url, false)
            .map_err(|problem| ConfigError::Invalid { option: "FetchRequest::new", problem })?;
        let max_age = Duration::from_secs(3600);
        Ok(Self { url, max_bytes: MOST_BYTES, timeout: USUAL_TIMEOUT, revalidate: false, max_age, rule })
    }

    /// Sets the [limit of time](Self::timeout). Default: 5 seconds.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Makes this a request that caches must not answer on their own. See [`revalidate`](Self::revalidate).
    #[must_use]
    pub const fn revalidated(mut self) -> Self {
        self.revalidate = true;
        self
    }

    /// Returns the address, which is absolute.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the largest permitted body in bytes: 256 KiB.
    #[must_use]
    pub const fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// Returns how long the whole request can take. It is the rest of the [limit of the
    /// fetch](crate::RemoteIssuerBuilder::timeout), so it is shorter for the second document.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns whether caches on the way must ask the server. It is `true` if a request waits for newer keys than the known
    /// ones, and `false` for the first keys and for a refresh in the background.
    #[must_use]
    pub const fn revalidate(&self) -> bool {
        self.revalidate
    }

    /// Returns the value of the field `Cache-Control`: `no-cache` if caches must [ask the server](Self::revalidate) (RFC
    /// 9111, 5.2.1.4), and otherwise `max-age` with the longest [time to live](crate::RemoteIssuerBuilder::time_to_live)
    /// in seconds, so that no cache keeps a withdrawn key for longer (RFC 9111, 5.2.1.1).
    #[must_use]
    pub fn cache_control(&self) -> String {
        if self.revalidate { "no-cache".to_owned() } else { format!("max-age={}", self.max_age.as_secs()) }
    }

    /// Returns whether a redirect to this address is permitted: to `https`, or from the loopback interface to itself.
    #[must_use]
    pub fn permits(&self, address: &str) -> bool {
        self.rule.permits(address).is_ok()
    }

    /// Returns whether the issuer is on the loopback interface. A proxy must then not be used.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.rule.is_loopback()
    }
}

pub(crate) type Got<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, BoxError>> + Send + 'a>>;

pub(crate) trait DynFetch: Send + Sync {
    fn get_boxed(&self, request: FetchRequest) -> Got<'_>;
}

impl<F: Fetch> DynFetch for F {
    fn get_boxed(&self, request: FetchRequest) -> Got<'_> {
        Box::pin(self.get(request))
    }
}
