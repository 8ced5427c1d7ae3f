use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::SystemTime;

use jwt_core::keys::Algorithm;
use serde_json::Value;

use crate::addresses::{Addresses, parsed};
use crate::discovery::Discovery;
use crate::issuer::FakeIssuer;
use crate::ring::Ring;
use crate::server::Server;
use crate::shared::Shared;

/// Sets up a [`FakeIssuer`]. Create one with [`FakeIssuer::builder`].
#[must_use = "the issuer starts with start()"]
pub struct FakeIssuerBuilder {
    algorithm: Algorithm,
    name: Name,
    jwks: Option<String>,
    certificates: Option<String>,
    discovery: Vec<Discovery>,
    with_kid: bool,
    audience: Value,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

enum Name {
    /// The address of the server, with this path.
    Path(String),
    Public(String),
}

impl FakeIssuerBuilder {
    pub(crate) fn new() -> Self {
        Self {
            algorithm: Algorithm::ES256,
            name: Name::Path(String::new()),
            jwks: None,
            certificates: None,
            discovery: Discovery::ALL.to_vec(),
            with_kid: true,
            audience: "api".into(),
            clock: Arc::new(SystemTime::now),
        }
    }

    /// Sets the algorithm of the keys. Default: `ES256`.
    ///
    /// RSA keys are not generated, because this can take seconds. An issuer has eight of them, uses them in turn, and
    /// everyone knows them.
    ///
    /// # Panics
    ///
    /// [`start`](Self::start) panics for the algorithms of secrets, because an issuer publishes its keys.
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets the path of the issuer's name, such as `/realms/a` for `http://127.0.0.1:PORT/realms/a`. Default: none.
    ///
    /// `/` is a name with a slash at its end. The setter replaces the name that [`named`](Self::named) has set.
    ///
    /// # Panics
    ///
    /// Panics if the path does not begin with a slash.
    #[track_caller]
    pub fn path(mut self, path: &str) -> Self {
        assert!(path.starts_with('/'), "{path:?} does not begin with a slash");
        self.name = Name::Path(path.to_owned());
        self
    }

    /// Sets the name of the issuer, such as `https://accounts.google.com`. Default: the address of the server.
    ///
    /// Documents and tokens have this name, and so have the addresses in the documents. The server only listens on the
    /// loopback interface. [`FakeIssuer::local_url`] says where a public address is there.
    ///
    /// # Panics
    ///
    /// Panics if the name is not an absolute URL.
    #[track_caller]
    pub fn named(mut self, name: &str) -> Self {
        parsed(name);
        self.name = Name::Public(name.to_owned());
        self
    }

    /// Sets the public address of the JWK set. It can have a different host than the issuer's name. Default: the name,
    /// followed by `/.well-known/jwks.json`.
    ///
    /// # Panics
    ///
    /// Panics if the address is not an absolute URL.
    #[track_caller]
    pub fn jwks_url(mut self, url: &str) -> Self {
        parsed(url);
        self.jwks = Some(url.to_owned());
        self
    }

    /// Sets the public address of the map from `kid` to certificate. Default: the name, followed by `/certificates`.
    ///
    /// # Panics
    ///
    /// Panics if the address is not an absolute URL.
    #[track_caller]
    pub fn certificates_url(mut self, url: &str) -> Self {
        parsed(url);
        self.certificates = Some(url.to_owned());
        self
    }

    /// Sets the places of the discovery document. The others get the status 404. Default: all.
    pub fn discovery(mut self, places: impl IntoIterator<Item = Discovery>) -> Self {
        self.discovery = places.into_iter().collect();
        self
    }

    /// Makes the keys and the tokens lack a `kid`. The certificate map has the ids of the keys nevertheless.
    pub const fn without_kid(mut self) -> Self {
        self.with_kid = false;
        self
    }

    /// Sets the `aud` of tokens: one name, or a list of them. Default: `api`.
    pub fn audience(mut self, audience: impl Into<Value>) -> Self {
        self.audience = audience.into();
        self
    }

    /// Sets the clock that determines `iat` and `exp` of tokens. Default: [`SystemTime::now`].
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Starts the issuer. Its server then accepts connections.
    ///
    /// # Panics
    ///
    /// Panics if the system does not provide a port or a thread, or if a setter has received a value that it describes
    /// as a panic.
    #[must_use = "dropping the issuer stops it"]
    #[track_caller]
    pub fn start(self) -> FakeIssuer {
        let ring = Ring::new(self.algorithm);
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("the loopback interface has a free port");
        let server = listener.local_addr().expect("the listener is bound");
        let issuer = match self.name {
            Name::Path(path) => format!("http://{server}{path}"),
            Name::Public(name) => name,
        };
        let jwks = self.jwks.unwrap_or_else(|| Addresses::under(&issuer, "/.well-known/jwks.json"));
        let certificates = self.certificates.unwrap_or_else(|| Addresses::under(&issuer, "/certificates"));
        let addresses = Addresses { server, issuer, jwks, certificates, discovery: self.discovery };
        let shared = Arc::new(Shared::new(addresses, ring, self.with_kid, self.audience, self.clock));
        let server = Server::start(listener, Arc::clone(&shared)).expect("the server starts");
        FakeIssuer::new(shared, server)
    }
}

impl fmt::Debug for FakeIssuerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeIssuerBuilder").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
