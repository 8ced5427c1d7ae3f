//! The server.

use std::pin::Pin;

use jwt_tower::{ConfigError, JwtLayer, JwtManager, Policy, authenticated};
use tokio::net::TcpListener;
use tokio_stream::Stream;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Extensions, Request, Response, Status};

use crate::orders::orders_server::{Orders, OrdersServer};
use crate::orders::{GetRequest, ListRequest, Order};

/// What every call needs, except for health checks.
const READ: Policy = Policy::access().scopes(&["orders:read"]);

const ITEMS: [(u64, &str); 2] = [(1, "tea"), (2, "biscuits")];

/// The service. It does not look at tokens, because the layer has done so.
#[derive(Debug)]
struct Shop;

/// Returns the user of a call that the layer has let through.
fn user(extensions: &Extensions) -> Result<String, Status> {
    let token = authenticated(extensions).and_then(|authenticated| authenticated.into_token().ok());
    token.map(|token| token.identity().to_owned()).ok_or_else(|| Status::internal("no JwtLayer"))
}

#[tonic::async_trait]
impl Orders for Shop {
    async fn get(&self, request: Request<GetRequest>) -> Result<Response<Order>, Status> {
        let read_by = user(request.extensions())?;
        let id = request.into_inner().id;
        let found = ITEMS.into_iter().find(|(known, _)| *known == id);
        let (id, item) = found.ok_or_else(|| Status::not_found("no such order"))?;
        Ok(Response::new(Order { id, item: item.to_owned(), read_by }))
    }

    type ListStream = Pin<Box<dyn Stream<Item = Result<Order, Status>> + Send>>;

    async fn list(&self, request: Request<ListRequest>) -> Result<Response<Self::ListStream>, Status> {
        let read_by = user(request.extensions())?;
        let order =
            move |(id, item): (u64, &str)| Ok(Order { id, item: item.to_owned(), read_by: read_by.clone() });
        Ok(Response::new(Box::pin(tokio_stream::iter(ITEMS.into_iter().map(order)))))
    }
}

/// Creates the layer: everyone can check the health of the server, and all other calls need a token.
fn layer(
    jwt: &JwtManager,
) -> Result<JwtLayer<impl jwt_tower::Policies + Send + Sync + 'static>, ConfigError> {
    JwtLayer::new(jwt, READ)?.public_paths(["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"])
}

/// Serves the orders, and health checks.
///
/// # Errors
///
/// Returns an error if the manager looks for tokens in bodies, or if the socket fails.
pub async fn serve(
    jwt: &JwtManager,
    listener: TcpListener,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (health, service) = tonic_health::server::health_reporter();
    health.set_serving::<OrdersServer<Shop>>().await;
    let server =
        Server::builder().layer(layer(jwt)?).add_service(OrdersServer::new(Shop)).add_service(service);
    server.serve_with_incoming(TcpIncoming::from(listener)).await?;
    Ok(())
}
