use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use jwt_core::keys::KeySet;
use serde_json::Value;

use crate::builder::FakeIssuerBuilder;
use crate::documents;
use crate::failure::Failure;
use crate::hits::Hits;
use crate::server::Server;
use crate::shared::Shared;
use crate::token::FakeToken;

/// An issuer of tokens on the loopback interface, for tests.
///
/// It serves a discovery document, a JWK set, and a map from `kid` to certificate, and signs tokens with any claims.
/// Its own thread runs the server, so it works in a plain `#[test]`, in `#[tokio::test]`, and in
/// `#[actix_web::test]`. Dropping the issuer stops the server and closes its connections.
///
/// All methods take `&self` and have an effect on the next request.
///
/// ```
/// use jwt_core::{Config, Issuer, JwtManager};
/// use jwt_test::FakeIssuer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = FakeIssuer::start();
/// let issuer = Issuer::new(login.url(), login.key_set()).audience("api").audience_alone();
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(issuer).build()?;
///
/// let text = login.token().subject("alice").claim("role", "admin").sign();
/// let token = jwt.decode(&text)?;
/// assert_eq!(token.claims()["role"], "admin");
///
/// assert!(jwt.decode(&login.token().audience("another api").sign()).is_err());
/// assert!(jwt.decode(&login.token().signed_by_unknown_key().sign()).is_err());
/// # Ok(())
/// # }
/// ```
///
/// # Panics
///
/// Methods panic if a test passes a value that cannot be meant, such as a `kid` that the issuer does not have.
pub struct FakeIssuer {
    shared: Arc<Shared>,
    /// Dropped with the issuer.
    _server: Server,
}

/// Setup and addresses.
impl FakeIssuer {
    pub(crate) const fn new(shared: Arc<Shared>, server: Server) -> Self {
        Self { shared, _server: server }
    }

    #[cfg(feature = "jwks")]
    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Starts an issuer whose name is its address, with an `ES256` key.
    ///
    /// # Panics
    ///
    /// Panics if the system does not provide a port or a thread.
    #[must_use = "dropping the issuer stops it"]
    #[track_caller]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Sets up an issuer with other properties.
    pub fn builder() -> FakeIssuerBuilder {
        FakeIssuerBuilder::new()
    }

    /// Returns the name of the issuer, which is the `iss` of its tokens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.addresses.issuer
    }

    /// Returns the address of the JWK set, as the discovery document has it.
    #[must_use]
    pub fn jwks_url(&self) -> &str {
        &self.shared.addresses.jwks
    }

    /// Returns the address of the map from `kid` to certificate. The certificates are self-signed.
    #[must_use]
    pub fn certificates_url(&self) -> &str {
        &self.shared.addresses.certificates
    }

    /// Returns the address that the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.addresses.server
    }

    /// Returns where the server has a document with this public address: the same path and query on the loopback
    /// interface. The host can be any.
    ///
    /// A client that uses this address for every URL sees the issuer under its [name](FakeIssuerBuilder::named).
    ///
    /// ```
    /// use jwt_test::FakeIssuer;
    ///
    /// let google = FakeIssuer::builder().named("https://accounts.google.com").start();
    /// let local = google.local_url("https://accounts.google.com/.well-known/openid-configuration");
    /// assert_eq!(local, format!("http://{}/.well-known/openid-configuration", google.address()));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `url` is not an absolute URL.
    #[must_use]
    #[track_caller]
    pub fn local_url(&self, url: &str) -> String {
        self.shared.addresses.local(url)
    }

    /// Returns the JWK set as the server has it while nothing [fails](Self::fail).
    #[must_use]
    pub fn jwks(&self) -> Value {
        documents::jwks(&self.shared.state().ring, self.shared.with_kid, None)
    }

    /// Returns the keys of the [JWK set](Self::jwks), for a test without a connection to the server.
    ///
    /// # Panics
    ///
    /// Panics if all keys have been [withdrawn](Self::withdraw), or if there are more than 64.
    #[must_use]
    #[track_caller]
    pub fn key_set(&self) -> KeySet {
        KeySet::from_jwks(self.jwks().to_string()).expect("the published keys form a set")
    }
}

/// Keys and tokens.
impl FakeIssuer {
    /// Returns a token with sensible claims, which you can change before you [sign](FakeToken::sign) it.
    pub fn token(&self) -> FakeToken {
        FakeToken::new(Arc::clone(&self.shared))
    }

    /// Whether there is a key with this `kid`, published or not.
    #[cfg(feature = "identity")]
    pub(crate) fn has_key(&self, kid: &str) -> bool {
        self.shared.state().ring.of_id(kid).is_some()
    }

    /// Returns the `kid` of the key that signs.
    #[must_use]
    pub fn kid(&self) -> String {
        self.shared.state().ring.signing().id.clone()
    }

    /// Returns the `kid`s of the published keys, oldest first.
    #[must_use]
    pub fn published(&self) -> Vec<String> {
        self.shared.state().ring.published().map(|key| key.id.clone()).collect()
    }

    /// Signs with a different key from now on: with the one that was [announced](Self::announce) first, or else with a
    /// new one. The old key stays published. Returns the `kid` of the key.
    ///
    /// ```
    /// use jwt_test::FakeIssuer;
    ///
    /// let issuer = FakeIssuer::start();
    /// let old = issuer.kid();
    /// let new = issuer.rotate();
    /// assert_eq!(issuer.published(), [old, new]);
    /// ```
    #[allow(clippy::must_use_candidate, reason = "most tests do not need the `kid`")]
    pub fn rotate(&self) -> String {
        self.shared.change(|state| state.ring.rotate())
    }

    /// Publishes a new key that signs after the next [rotation](Self::rotate). Returns its `kid`.
    #[allow(clippy::must_use_candidate, reason = "most tests do not need the `kid`")]
    pub fn announce(&self) -> String {
        self.shared.change(|state| state.ring.announce())
    }

    /// Replaces the key that signs with a new one under the same `kid`.
    ///
    /// RFC 7517 does not permit this, but issuers do it: after they have been installed again, or if they have a fixed
    /// `kid`.
    pub fn replace_key(&self) {
        self.shared.change(|state| state.ring.replace());
    }

    /// Removes a key from the set. The key signs nevertheless, so this also shows an issuer that signs too early.
    ///
    /// # Panics
    ///
    /// Panics if the issuer does not have a key with this `kid`.
    #[track_caller]
    pub fn withdraw(&self, kid: &str) {
        self.set_published(kid, false);
    }

    /// Adds a key to the set again after it was [withdrawn](Self::withdraw).
    ///
    /// # Panics
    ///
    /// Panics if the issuer does not have a key with this `kid`.
    #[track_caller]
    pub fn publish(&self, kid: &str) {
        self.set_published(kid, true);
    }

    #[track_caller]
    fn set_published(&self, kid: &str, published: bool) {
        let found = self.shared.change(|state| state.ring.publish(kid, published));
        assert!(found, "the fake issuer does not have a key with the kid {kid:?}");
    }
}

/// The behavior of the server.
impl FakeIssuer {
    /// Makes all documents fail until [`recover`](Self::recover).
    ///
    /// # Panics
    ///
    /// Panics if the failure is a status outside of 200 to 999, or has a text for a header field that cannot be in a header
    /// field.
    ///
    /// ```
    /// use jwt_test::{FakeIssuer, Failure};
    ///
    /// let issuer = FakeIssuer::start();
    /// issuer.fail(Failure::Status(503));
    /// // The application still accepts tokens of the keys that it knows.
    /// issuer.recover();
    /// ```
    #[track_caller]
    pub fn fail(&self, failure: Failure) {
        failure.check();
        self.shared.change(|state| {
            state.discovery_failure = Some(failure.clone());
            state.keys_failure = Some(failure);
        });
    }

    /// Makes only the discovery document fail.
    ///
    /// # Panics
    ///
    /// Panics as [`fail`](Self::fail) does.
    #[track_caller]
    pub fn fail_discovery(&self, failure: Failure) {
        failure.check();
        self.shared.change(|state| state.discovery_failure = Some(failure));
    }

    /// Makes only the JWK set and the certificate map fail.
    ///
    /// # Panics
    ///
    /// Panics as [`fail`](Self::fail) does.
    #[track_caller]
    pub fn fail_jwks(&self, failure: Failure) {
        failure.check();
        self.shared.change(|state| state.keys_failure = Some(failure));
    }

    /// Ends all failures. Requests that [hang](Failure::Hang) then get their document.
    pub fn recover(&self) {
        self.shared.change(|state| {
            state.discovery_failure = None;
            state.keys_failure = None;
        });
    }

    /// Delays every document by this time. It also applies to requests that wait already, counted from their arrival:
    /// a delay of zero sends their documents at once. Default: zero.
    ///
    /// The time is real, even if a test pauses tokio's clock. Use [`Failure::Hang`] to let requests wait until a test
    /// has done something else.
    pub fn delay(&self, delay: Duration) {
        self.shared.change(|state| state.delay = delay);
    }

    /// Sets the `Cache-Control` header field of the documents. An empty text removes it. Default: none.
    ///
    /// # Panics
    ///
    /// Panics if the text cannot be in a header field.
    #[track_caller]
    pub fn cache_control(&self, value: &str) {
        let value = HeaderValue::from_str(value).expect("the text can be in a header field");
        self.shared.change(|state| state.cache_control = Some(value).filter(|value| !value.is_empty()));
    }

    /// Sets the `Age` header field of the documents, in whole seconds: the time that a cache has kept them. Zero removes
    /// it. Default: none.
    pub fn age(&self, age: Duration) {
        self.shared.change(|state| state.age = Some(age.as_secs()).filter(|age| *age > 0));
    }

    /// Returns the numbers of requests since the start.
    #[must_use]
    pub fn hits(&self) -> Hits {
        self.shared.state().hits
    }

    /// Waits until the issuer has received this number of requests since its start, for any document.
    ///
    /// The future works on every runtime. It waits without a limit.
    ///
    /// # Panics
    ///
    /// The future panics if the issuer is dropped first.
    ///
    /// ```
    /// use jwt_test::{FakeIssuer, Failure};
    ///
    /// # async fn example(fetch: impl Future<Output = ()> + Send + 'static) {
    /// let issuer = FakeIssuer::start();
    /// issuer.fail(Failure::Hang);
    /// let fetching = tokio::spawn(fetch);
    /// issuer.until_hits(1).await;
    /// // The application waits for the document now.
    /// issuer.recover();
    /// fetching.await.unwrap();
    /// # }
    /// ```
    pub fn until_hits(&self, total: usize) -> impl Future<Output = ()> + Send + use<> {
        let mut arrivals = self.shared.arrivals.subscribe();
        async move {
            let arrived = arrivals.wait_for(|hits| *hits >= total).await;
            arrived.expect("the issuer runs until the requests have arrived");
        }
    }
}

impl fmt::Debug for FakeIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeIssuer")
            .field("url", &self.url())
            .field("address", &self.address())
            .finish_non_exhaustive()
    }
}
