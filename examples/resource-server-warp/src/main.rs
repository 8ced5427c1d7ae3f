//! An API on warp that accepts the tokens of an identity provider, in a single file.
//!
//! `cargo run -p resource-server-warp` starts an issuer on this machine instead of the provider, and prints `curl` commands to
//! paste.

use std::{error::Error, process::ExitCode};

use clap::Parser;
use jwt_jwks::RemoteIssuer;
use jwt_warp::{AccessToken, BearerHandlers, Config, JwtManager, guard};
use local_issuer::{AUDIENCE, LocalIssuer};
use serde_json::json;
use tokio::net::TcpListener;
use warp::filters::{BoxedFilter, method};
use warp::{Filter as _, Reply, path, reply};

/// An API that accepts the tokens of an identity provider.
#[derive(Parser)]
struct Options {
    /// The port on 127.0.0.1; 0 chooses a free port.
    #[arg(long, value_name = "N", default_value_t = 5000)]
    port: u16,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = serve(Options::parse()).await else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn serve(Options { port }: Options) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let provider = LocalIssuer::start()?;

    // In an application, this is the address of your provider, such as "https://login.example". There
    // are presets for well-known providers in `jwt_jwks::providers`.
    let login = RemoteIssuer::discover(provider.url()).build()?;
    let issuer = login.issuer().audience(AUDIENCE).rfc9068();
    let builder = JwtManager::builder(Config::default()).trusted_issuer(issuer);
    let jwt = builder.error_handlers(BearerHandlers).build()?;
    // Without this line, the first request fetches the keys. If the provider is down, the application starts anyway.
    if let Err(error) = login.ready().await {
        eprintln!("the keys of the provider are not there yet: {error}");
    }

    provider.print_walkthrough(listener.local_addr()?)?;
    warp::serve(app(&jwt)).incoming(listener).run().await;
    Ok(())
}

fn app(jwt: &JwtManager) -> BoxedFilter<(impl Reply + use<>,)> {
    guard(jwt, |token| path!("orders").and(method::get()).and(token).map(orders)).boxed()
}

fn orders(AccessToken(token): AccessToken) -> reply::Json {
    reply::json(&json!({ "orders_of": token.identity() }))
}
