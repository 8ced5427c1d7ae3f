use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

/// The HTTP client of a device.
pub(crate) struct Client {
    agent: Agent,
    url: String,
}

/// A response of the server.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // The server is on the loopback interface, so ignore any proxy settings.
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(30)));
        Self { agent: config.build().new_agent(), url: format!("http://{address}") }
    }

    pub(crate) fn get(&self, path: &str, token: &str) -> Result<Answer, Box<dyn Error>> {
        let request = self.agent.get(format!("{}{path}", self.url));
        Answer::read(request.header("authorization", format!("Bearer {token}")).call()?)
    }

    pub(crate) fn post(&self, path: &str, token: &str) -> Result<Answer, Box<dyn Error>> {
        let request = self.agent.post(format!("{}{path}", self.url));
        Answer::read(request.header("authorization", format!("Bearer {token}")).send_empty()?)
    }

    pub(crate) fn post_json(&self, path: &str, body: &Value) -> Result<Answer, Box<dyn Error>> {
        let request = self.agent.post(format!("{}{path}", self.url));
        Answer::read(request.header("content-type", "application/json").send(body.to_string())?)
    }
}

impl Answer {
    fn read(mut response: Response<Body>) -> Result<Self, Box<dyn Error>> {
        let body = response.body_mut().read_to_string()?;
        // Show a body that is not JSON as plain text.
        let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
        Ok(Self { status: response.status().as_u16(), body })
    }
}
