//! What the example's client sees of the example's server, over the loopback interface.

// Helpers panic like the tests that call them.
#![allow(clippy::panic, clippy::unwrap_used)]

use grpc::client::{WithToken, orders};
use grpc::orders::{GetRequest, ListRequest, Order};
use grpc::server::serve;
use jwt_tower::keys::Secret;
use jwt_tower::{Config, JwtManager, Token};
use tokio::net::TcpListener;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

/// A manager whose blocklist is down for the tokens of Carol.
fn manager() -> JwtManager {
    let blocklist = |token: Token| async move {
        if token.identity() == "carol" { Err("the database is down") } else { Ok(false) }
    };
    let builder = JwtManager::builder(Config::default()).secret(Secret::generate().unwrap());
    builder.token_in_blocklist_loader(blocklist).build().unwrap()
}

/// Serves for as long as the test runs, and connects.
async fn connect(jwt: &JwtManager) -> Channel {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, jwt) = (listener.local_addr().unwrap(), jwt.clone());
    tokio::spawn(async move { serve(&jwt, listener).await });
    Endpoint::try_from(format!("http://{address}")).unwrap().connect().await.unwrap()
}

/// Calls both methods, and expects the same status of them.
async fn call(channel: &Channel, token: Option<&str>) -> Result<Vec<Order>, Status> {
    let mut client = orders(channel.clone(), WithToken::new(token).unwrap());
    let one = client.get(GetRequest { id: 1 }).await.map(tonic::Response::into_inner);
    let all = async {
        let mut stream = client.list(ListRequest {}).await?.into_inner();
        let mut orders = Vec::new();
        while let Some(order) = stream.message().await? {
            orders.push(order);
        }
        Ok::<_, Status>(orders)
    };
    match (one, all.await) {
        (Ok(one), Ok(all)) => {
            assert_eq!(all.first(), Some(&one));
            Ok(all)
        }
        (Err(one), Err(all)) => {
            assert_eq!((one.code(), one.message()), (all.code(), all.message()));
            Err(one)
        }
        (one, all) => panic!("{one:?} {all:?}"),
    }
}

#[tokio::test]
async fn a_client_sees_why_it_was_rejected() {
    let jwt = manager();
    let channel = connect(&jwt).await;
    let read = |identity| jwt.access_token(identity).scopes(["orders:read"]).encode().unwrap();
    let orders = call(&channel, Some(&read("alice"))).await.unwrap();
    let orders: Vec<_> = orders.iter().map(|order| (order.id, &*order.item, &*order.read_by)).collect();
    assert_eq!(orders, [(1, "tea", "alice"), (2, "biscuits", "alice")]);

    for (token, code, message) in [
        (None, Code::Unauthenticated, "Missing Authorization Header"),
        (Some("forged".to_owned()), Code::Unauthenticated, "Not enough segments"),
        (
            Some(manager().access_token("alice").encode().unwrap()),
            Code::Unauthenticated,
            "Signature verification failed",
        ),
        (
            Some(jwt.access_token("bob").encode().unwrap()),
            Code::PermissionDenied,
            "Token lacks a required scope",
        ),
        (Some(read("carol")), Code::Unavailable, "Token could not be checked"),
    ] {
        let status = call(&channel, token.as_deref()).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (code, message));
    }
}

#[tokio::test]
async fn everyone_can_check_the_health() {
    let channel = connect(&manager()).await;
    let mut client = HealthClient::new(channel);
    let mut request = HealthCheckRequest::default();
    assert_eq!(client.check(request.clone()).await.unwrap().into_inner().status, 1);
    "orders.v1.Orders".clone_into(&mut request.service);
    assert_eq!(client.check(request).await.unwrap().into_inner().status, 1);
}
