//! An MCP server that is an OAuth 2.1 resource server: it accepts the access tokens of an authorization server, and each
//! tool has its own scopes.
//!
//! `cargo run -p mcp-server` starts a toy authorization server on this machine instead of yours, and prints `curl`
//! commands to paste. `cargo test -p mcp-server` lets the client of the official SDK log in. This file is the one to copy.

mod toy_authorization_server;
mod walkthrough;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use std::{error::Error, process::ExitCode};

use axum::Router;
use axum::http::request::Parts;
use clap::Parser;
use jwt_axum::mcp::ToolScopes;
use jwt_axum::{Config, ConfigError, JwtManager, JwtManagerBuilder, Policy, require, resource_metadata};
use jwt_jwks::RemoteIssuer;
use rmcp::handler::server::tool::Extension;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, schemars, tool, tool_router};
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::toy_authorization_server::ToyAuthorizationServer;

/// The scopes of each tool, in addition to those of the policy. A tool that is not listed cannot be called.
const TOOLS: ToolScopes = ToolScopes::new(&[("list_notes", &[]), ("add_note", &["notes:write"])]);

/// What every request needs.
const POLICY: Policy = Policy::access().scopes(&["notes:read"]).rule(&TOOLS);

/// An MCP server that accepts the access tokens of an authorization server.
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
    // In an application, this is the public address of your server, such as "https://notes.example.com/mcp".
    let resource = format!("http://{}/mcp", listener.local_addr()?);
    // In an application, this is the address of your authorization server, such as "https://login.example.com".
    let toy = ToyAuthorizationServer::start(&resource, Arc::new(SystemTime::now)).await?;
    let login = RemoteIssuer::discover(toy.url()).build()?;

    let jwt = manager(&login, &resource).build()?;
    // Without this line, the first request fetches the keys. If the authorization server is down, this server starts
    // anyway.
    if let Err(error) = login.ready().await {
        eprintln!("the keys of the authorization server are not there yet: {error}");
    }

    walkthrough::print(&toy, &resource)?;
    Ok(axum::serve(listener, app(&jwt)?).await?)
}

/// Accepts the tokens that the authorization server issues for this server, and no others.
fn manager(login: &RemoteIssuer, resource: &str) -> JwtManagerBuilder {
    // The address is also the audience that tokens must have (RFC 8707), and from it, clients learn where to log in. They
    // request the scopes in `scopes_supported` right at the login, so only list those that every user needs. The 403 of a
    // tool names the others.
    let config = Config::default().resource(resource).resource_name("Notes").scopes_supported(["notes:read"]);
    JwtManager::builder(config).trusted_issuer(login.issuer().rfc9068())
}

fn app(jwt: &JwtManager) -> Result<Router, ConfigError> {
    let notes = Notes { jwt: jwt.clone(), notes: Arc::default() };
    // The sessions of the SDK do not belong to a user: anyone with a token can use the session of someone else. So this
    // server has no sessions. Scripts of web pages are rejected by their origin. With a public address, also call
    // `with_allowed_hosts`, because the default is this machine only.
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .enforce_origin_validation();
    let mcp = StreamableHttpService::new(
        move || Ok(notes.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );

    let metadata = resource_metadata(jwt)?;
    Ok(Router::new()
        .route_service("/mcp", mcp)
        .route_layer(require(jwt, POLICY))
        // Clients read this document before they have a token, so it comes after the guard.
        .route_service(metadata.path(), metadata.clone()))
}

/// The notes of all users.
#[derive(Clone)]
struct Notes {
    jwt: JwtManager,
    notes: Arc<Mutex<HashMap<String, Vec<String>>>>,
}

#[derive(Deserialize, schemars::JsonSchema)]
struct NewNote {
    text: String,
}

#[tool_router(server_handler)]
impl Notes {
    #[tool(description = "Lists your notes, one per line")]
    async fn list_notes(&self, Extension(request): Extension<Parts>) -> Result<String, ErrorData> {
        let caller = self.caller(&request)?;
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(notes.get(&caller).map(|notes| notes.join("\n")).unwrap_or_default())
    }

    #[tool(description = "Adds a note to yours")]
    async fn add_note(
        &self,
        Extension(request): Extension<Parts>,
        Parameters(NewNote { text }): Parameters<NewNote>,
    ) -> Result<String, ErrorData> {
        let caller = self.caller(&request)?;
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).entry(caller).or_default().push(text);
        Ok("added".to_owned())
    }
}

impl Notes {
    /// Returns the user whose token came with this request.
    ///
    /// The SDK passes the request to each tool, and the guard has left the verified token there.
    fn caller(&self, request: &Parts) -> Result<String, ErrorData> {
        let token = self.jwt.guarded(request).and_then(|guarded| guarded.into_token().ok());
        let token = token.ok_or_else(|| ErrorData::internal_error("the route has no guard", None))?;
        // With several issuers, use `token.issuer()` as well: the same name can be a different user.
        Ok(token.identity().to_owned())
    }
}
