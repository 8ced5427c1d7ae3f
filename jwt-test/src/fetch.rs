//! The client that finds an issuer under any address.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, CACHE_CONTROL, HOST};
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jwt_core::BoxError;
use jwt_jwks::{Fetch, FetchRequest};
use tokio::net::TcpStream;

use crate::issuer::FakeIssuer;
use crate::shared::Shared;

/// A client that sends the requests for every address to a [`FakeIssuer`]. Create one with [`FakeIssuer::client`].
///
/// It does not follow redirects.
#[derive(Clone)]
pub struct FakeClient(Arc<Shared>);

impl FakeIssuer {
    /// Returns a client for `RemoteIssuerBuilder::fetch` in jwt-jwks, which finds this issuer under every address.
    ///
    /// This shows an issuer with a fixed name, such as Google, without a connection to the outside.
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager, Policy};
    /// use jwt_jwks::RemoteIssuer;
    /// use jwt_test::FakeIssuer;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let google = FakeIssuer::builder().named("https://accounts.google.com").start();
    /// let login = RemoteIssuer::discover("https://accounts.google.com").fetch(google.client()).build()?;
    /// let login = login.issuer().audience("api").audience_alone();
    /// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login).build()?;
    /// let text = google.token().sign();
    /// let token = jwt.verify(&text, &Policy::access()).await?;
    /// # let _ = token;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn client(&self) -> FakeClient {
        FakeClient(self.shared())
    }
}

impl Fetch for FakeClient {
    async fn get(&self, request: FetchRequest) -> Result<Response<Bytes>, BoxError> {
        let local = tokio::time::timeout(request.timeout(), self.send(&request));
        local.await.unwrap_or_else(|_| Err("the fake issuer did not respond in time".into()))
    }
}

impl FakeClient {
    async fn send(&self, request: &FetchRequest) -> Result<Response<Bytes>, BoxError> {
        let server: SocketAddr = self.0.addresses.server;
        let uri: Uri = request.url().parse()?;
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let sent = Request::get(target)
            .header(HOST, host)
            .header(ACCEPT, FetchRequest::ACCEPT)
            .header(CACHE_CONTROL, request.cache_control());
        let stream = TcpStream::connect(server).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let received = sender.send_request(sent.body(Empty::<Bytes>::new())?).await?;
        let (head, mut body) = received.into_parts();
        let mut bytes = BytesMut::new();
        while let Some(frame) = body.frame().await {
            if let Some(data) = frame?.data_ref() {
                if bytes.len() + data.len() > request.max_bytes() {
                    return Err("the document of the fake issuer is too large".into());
                }
                bytes.extend_from_slice(data);
            }
        }
        connection.abort();
        Ok(Response::from_parts(head, bytes.freeze()))
    }
}

impl fmt::Debug for FakeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FakeClient").field(&self.0.addresses.server).finish()
    }
}
