//! A provider on the loopback interface, under the real provider's name.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use jwt_core::keys::Algorithm;
use jwt_core::{Authenticated, BoxError, Config, JwtManager, Policy, TokenError};
use jwt_jwks::{Fetch, FetchRequest};
use jwt_test::FakeIssuer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::presets::{Keys, Preset};

/// A provider, and a manager that trusts it by the preset alone.
pub(crate) struct World {
    pub(crate) fake: FakeIssuer,
    pub(crate) jwt: JwtManager,
    /// The public addresses that the preset fetched, in order.
    pub(crate) fetched: Vec<String>,
}

impl World {
    pub(crate) async fn of(preset: &Preset) -> Result<Self, Box<dyn Error>> {
        let fake = start(preset);
        let log = Arc::default();
        let client = Loopback { server: fake.address(), log: Arc::clone(&log) };
        let login = (preset.build)().fetch(client).build()?;
        login.ready().await?;
        let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
        let fetched = log.lock().unwrap().clone();
        Ok(Self { fake, jwt, fetched })
    }

    pub(crate) async fn check(&self, token: &str) -> Result<Authenticated, TokenError> {
        self.jwt.verify(token, &Policy::access()).await
    }
}

/// Starts the provider whose documents the preset expects.
pub(crate) fn start(preset: &Preset) -> FakeIssuer {
    let builder = FakeIssuer::builder().algorithm(Algorithm::RS256).named(&preset.issuer);
    match &preset.keys {
        Keys::Discovered => builder,
        Keys::Set(address) => builder.jwks_url(address).discovery([]),
        Keys::Certificates(address) => builder.certificates_url(address).discovery([]),
    }
    .start()
}

/// Sends each request to one server on the loopback interface, regardless of the host.
pub(crate) struct Loopback {
    pub(crate) server: SocketAddr,
    pub(crate) log: Arc<Mutex<Vec<String>>>,
}

impl Fetch for Loopback {
    async fn get(&self, request: FetchRequest) -> Result<http::Response<Bytes>, BoxError> {
        let url = request.url().to_owned();
        let target: http::Uri = url.parse()?;
        let path = target.path_and_query().map_or("/", |target| target.as_str());
        self.log.lock().unwrap().push(url.clone());
        let mut stream = TcpStream::connect(self.server).await?;
        let text = format!("GET {path} HTTP/1.1\r\nhost: provider\r\nconnection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).await?;
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await?;
        let text = String::from_utf8(response)?;
        let (head, body) = text.split_once("\r\n\r\n").ok_or("no response")?;
        let status: u16 = head.split(' ').nth(1).ok_or("no status")?.parse()?;
        Ok(http::Response::builder().status(status).body(Bytes::copy_from_slice(body.as_bytes()))?)
    }
}
