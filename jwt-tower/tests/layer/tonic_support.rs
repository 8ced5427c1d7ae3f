//! A tonic server on the loopback interface, and calls to it.

use std::pin::Pin;

use http_body::Body;
use jwt_tower::authenticated;
use tokio::net::TcpListener;
use tokio_stream::{Once, StreamExt as _};
use tonic::metadata::{AsciiMetadataValue, BinaryMetadataKey, MetadataMap, MetadataValue};
use tonic::transport::server::{Router, TcpIncoming};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tower::{Layer, Service};

/// A service whose generated code is in a published crate. It responds with the identity in the metadata.
pub(crate) struct WhoAmI;

impl WhoAmI {
    pub(crate) fn server() -> HealthServer<Self> {
        HealthServer::new(Self)
    }
}

fn respond<T>(request: &Request<HealthCheckRequest>, message: T) -> Response<T> {
    let authenticated = authenticated(request.extensions());
    let token = authenticated.as_ref().and_then(|authenticated| authenticated.token());
    let mut response = Response::new(message);
    let identity = token.map_or("nobody", |token| token.identity());
    response.metadata_mut().insert("x-identity", identity.parse().unwrap());
    response
}

#[tonic::async_trait]
impl Health for WhoAmI {
    type WatchStream = Once<Result<HealthCheckResponse, Status>>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(respond(&request, HealthCheckResponse::default()))
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        Ok(respond(&request, tokio_stream::once(Ok(HealthCheckResponse::default()))))
    }
}

/// Serves on a free port, as long as the runtime of the test lives, and connects to it.
pub(crate) async fn channel<L, R>(server: Router<L>) -> Channel
where
    L: Layer<tonic::service::Routes> + Send + 'static,
    L::Service:
        Service<http::Request<tonic::body::Body>, Response = http::Response<R>> + Clone + Send + 'static,
    <L::Service as Service<http::Request<tonic::body::Body>>>::Future: Send,
    <L::Service as Service<http::Request<tonic::body::Body>>>::Error:
        Into<Box<dyn std::error::Error + Send + Sync>> + Send,
    R: Body<Data = bytes::Bytes> + Send + 'static,
    R::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    Endpoint::try_from(format!("http://{address}")).unwrap().connect().await.unwrap()
}

/// Adds metadata to a request. Values of keys that end in `-bin` are binary.
pub(crate) fn with<T>(message: T, fields: &[(&'static str, &str)]) -> Request<T> {
    let mut request = Request::new(message);
    let metadata: &mut MetadataMap = request.metadata_mut();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        if name.ends_with("-bin") {
            let key = BinaryMetadataKey::from_static(name);
            metadata.append_bin(key, MetadataValue::from_bytes(value.as_bytes()));
        } else {
            metadata.append(*name, AsciiMetadataValue::try_from(*value).unwrap());
        }
    }
    request
}

fn identity<T>(response: &Response<T>) -> String {
    response.metadata().get("x-identity").unwrap().to_str().unwrap().to_owned()
}

/// A unary call. Returns the identity.
pub(crate) async fn call(channel: &Channel, authorization: &str) -> Result<String, Status> {
    let request = with(HealthCheckRequest::default(), &[("authorization", authorization)]);
    Ok(identity(&HealthClient::new(channel.clone()).check(request).await?))
}

/// A call with a stream of responses. Returns the identity.
pub(crate) async fn watch(channel: &Channel, authorization: &str) -> Result<String, Status> {
    let request = with(HealthCheckRequest::default(), &[("authorization", authorization)]);
    let response = HealthClient::new(channel.clone()).watch(request).await?;
    let identity = identity(&response);
    let mut messages = Pin::new(Box::new(response.into_inner()));
    assert!(messages.next().await.unwrap().is_ok() && messages.next().await.is_none());
    Ok(identity)
}
