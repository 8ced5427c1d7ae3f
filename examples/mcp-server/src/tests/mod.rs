#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails with a panic"
)]

mod login;
mod requests;
mod sdk;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::http::HeaderMap;
use jwt_jwks::RemoteIssuer;
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::toy_authorization_server::ToyAuthorizationServer;

const READ: &[&str] = &["notes:read"];
const BOTH: &[&str] = &["notes:read", "notes:write"];
/// Nothing listens there: the tests read the address instead of following it.
const CALLBACK: &str = "http://127.0.0.1:1/callback";

/// The MCP server and its authorization server, on free ports. Both end with the test.
struct Servers {
    address: SocketAddr,
    /// The address of the MCP server, which is also the audience of its tokens.
    resource: String,
    toy: Arc<ToyAuthorizationServer>,
    time: Arc<Mutex<SystemTime>>,
    http: Client,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Servers {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let resource = format!("http://{address}/mcp");
        let time = Arc::new(Mutex::new(SystemTime::now()));
        let clock = {
            let time = Arc::clone(&time);
            move || *time.lock().unwrap()
        };
        let toy = ToyAuthorizationServer::start(&resource, Arc::new(clock.clone())).await.unwrap();
        let login = RemoteIssuer::discover(toy.url()).build().unwrap();
        let jwt = crate::manager(&login, &resource).clock(clock).build().unwrap();
        let app = crate::app(&jwt).unwrap();
        tokio::spawn(async { axum::serve(listener, app).await });
        let http = Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
        Self { address, resource, toy, time, http }
    }

    fn pass(&self, time: Duration) {
        *self.time.lock().unwrap() += time;
    }

    /// A token for the MCP server.
    fn token(&self, user: &str, scopes: &[&str]) -> String {
        self.toy.token(user, "test", scopes, &self.resource).unwrap()
    }

    async fn post(&self, token: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.send(self.http.post(&self.resource).bearer_auth(token), body).await
    }

    async fn send(&self, request: RequestBuilder, body: impl Into<reqwest::Body>) -> Answer {
        let request = request
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        answer(request.body(body)).await
    }

    /// The notes of a user, as the tool lists them.
    async fn notes(&self, user: &str) -> String {
        let answer = self.post(&self.token(user, READ), call("list_notes", &json!({}))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.result()
    }
}

impl Answer {
    fn challenge(&self) -> &str {
        self.headers["www-authenticate"].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The text that a tool returned.
    fn result(&self) -> String {
        self.json()["result"]["content"][0]["text"].as_str().expect(&self.text).to_owned()
    }
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

/// The call of a tool.
fn call(tool: &str, arguments: &Value) -> String {
    let params = json!({ "name": tool, "arguments": arguments });
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string()
}

/// The call that needs both scopes.
fn add(text: &str) -> String {
    call("add_note", &json!({ "text": text }))
}
