//! A gRPC server with tonic, whose calls need a token, and a client for it.
//!
//! ```sh
//! cargo run -q -p grpc
//! ```
//!
//! The server creates a secret, and prints commands that call it, with the responses that you get.

use std::error::Error;
use std::process::ExitCode;

use grpc::client::{WithToken, orders};
use grpc::orders::{GetRequest, ListRequest};
use grpc::server::serve;
use jwt_tower::keys::Secret;
use jwt_tower::{Config, JwtManager};
use tokio::net::TcpListener;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

const USAGE: &str = "usage: grpc [ADDRESS]; or: grpc get|list|health ADDRESS [TOKEN]";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match *arguments {
        [] => start("127.0.0.1:50051").await,
        [what @ ("get" | "list" | "health"), address] => call(what, address, None).await,
        [what @ ("get" | "list" | "health"), address, token] => call(what, address, Some(token)).await,
        [address] => start(address).await,
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout, reason = "the output of the program")]
async fn start(address: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let jwt = JwtManager::builder(Config::default()).secret(Secret::generate()?).build()?;
    let reader = jwt.access_token("alice").scopes(["orders:read"]).encode()?;
    let other = jwt.access_token("bob").encode()?;
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    println!("Serving on {address}. These commands call it:\n");
    for (command, token, response) in [
        ("health", "", "Serving"),
        ("get", "", "Unauthenticated: Missing Authorization Header"),
        ("get", &*other, "PermissionDenied: Token lacks a required scope"),
        ("get", &*reader, "1: tea (read by alice)"),
        ("list", &*reader, "1: tea (read by alice), 2: biscuits (read by alice)"),
    ] {
        println!("# {response}");
        println!("{}\n", format!("cargo run -q -p grpc -- {command} {address} {token}").trim_end());
    }
    serve(&jwt, listener).await
}

#[allow(clippy::print_stdout, reason = "the output of the program")]
async fn call(what: &str, address: &str, token: Option<&str>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let channel = Endpoint::try_from(format!("http://{address}"))?.connect().await?;
    let mut client = orders(channel.clone(), WithToken::new(token)?);
    let outcome = match what {
        "get" => client.get(GetRequest { id: 1 }).await.map(|order| vec![order.into_inner()]),
        "list" => match client.list(ListRequest {}).await {
            Ok(stream) => {
                let mut orders = Vec::new();
                let mut stream = stream.into_inner();
                while let Some(order) = stream.message().await? {
                    orders.push(order);
                }
                Ok(orders)
            }
            Err(status) => Err(status),
        },
        _ => {
            let response = HealthClient::new(channel).check(HealthCheckRequest::default()).await?;
            println!("{:?}", response.into_inner().status());
            return Ok(());
        }
    };
    // `Status` prints its metadata as well, with the challenge of the server.
    let orders = outcome.map_err(|status| format!("{:?}: {}", status.code(), status.message()))?;
    let lines: Vec<_> = orders
        .iter()
        .map(|order| format!("{}: {} (read by {})", order.id, order.item, order.read_by))
        .collect();
    println!("{}", lines.join(", "));
    Ok(())
}
