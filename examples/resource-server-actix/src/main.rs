//! An API on actix-web that accepts the tokens of an identity provider, in a single file.
//!
//! `cargo run -p resource-server-actix` starts an issuer on this machine instead of the provider, and prints `curl` commands to
//! paste.

use std::{error::Error, net::TcpListener, process::ExitCode};

use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{App, HttpServer};
use clap::Parser;
use jwt_actix::{AccessToken, BearerHandlers, Config, JwtManager};
use jwt_jwks::RemoteIssuer;
use local_issuer::{AUDIENCE, LocalIssuer};
use serde_json::{Value, json};

/// An API that accepts the tokens of an identity provider.
#[derive(Parser)]
struct Options {
    /// The port on 127.0.0.1; 0 chooses a free port.
    #[arg(long, value_name = "N", default_value_t = 5000)]
    port: u16,
}

#[actix_web::main]
async fn main() -> ExitCode {
    let Err(error) = serve(Options::parse()).await else { return ExitCode::SUCCESS };
    eprintln!("{error}");
    ExitCode::FAILURE
}

async fn serve(Options { port }: Options) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
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
    let server = HttpServer::new(move || App::new().configure(app(jwt.clone()))).listen(listener)?;
    Ok(server.run().await?)
}

fn app(jwt: JwtManager) -> impl FnOnce(&mut ServiceConfig) {
    |config| {
        config.app_data(Data::new(jwt)).service(web::resource("/orders").get(orders));
    }
}

async fn orders(AccessToken(token): AccessToken) -> Json<Value> {
    Json(json!({ "orders_of": token.identity() }))
}
