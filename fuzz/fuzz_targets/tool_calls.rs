//! Bodies of requests to an MCP server. If the official SDK would run a tool, the rule must have seen the call of that
//! tool, or have rejected the request.

#![no_main]

use std::future::Future;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use http::HeaderMap;
use jwt_core::error::InvalidRequest;
use jwt_core::keys::Algorithm;
use jwt_core::mcp::ToolScopes;
use jwt_core::{Config, JwtManager, Policy, RequestInfo, TokenError};
use jwt_fuzz::{Key, NOW, sign};
use libfuzzer_sys::fuzz_target;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, JsonRpcMessage};

/// The token has the scope of the second tool, and lacks that of the third.
const TOOLS: ToolScopes = ToolScopes::new(&[("a", &[]), ("b", &["held"]), ("c", &["lacking"])]);
const POLICY: Policy = Policy::access().rule(&TOOLS);

static MANAGER: LazyLock<JwtManager> = LazyLock::new(|| jwt_fuzz::strict(Config::default()));

static TOKEN: LazyLock<String> = LazyLock::new(|| {
    let payload = format!(r#"{{"sub":"alice","jti":"1","type":"access","scope":"held","exp":{}}}"#, NOW + 60);
    sign(Key::Own, Algorithm::HS256, br#"{"alg":"HS256","typ":"JWT"}"#, payload.as_bytes())
});

/// Polls a future that never waits.
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the rule waits"),
    }
}

fuzz_target!(|body: &[u8]| {
    let info = RequestInfo::new("POST", "/mcp", None, HeaderMap::new()).with_body(body.to_vec());
    let outcome = ready(MANAGER.verify_in(&TOKEN, &POLICY, info));
    if matches!(outcome, Err(TokenError::InvalidRequest(InvalidRequest::Malformed))) {
        return;
    }
    let Ok(message) = serde_json::from_slice::<ClientJsonRpcMessage>(body) else { return };
    let JsonRpcMessage::Request(request) = message else { return };
    let ClientRequest::CallToolRequest(call) = request.request else { return };
    match &*call.params.name {
        "a" | "b" => assert!(outcome.is_ok(), "a permitted call was rejected: {outcome:?}"),
        "c" => assert!(matches!(outcome, Err(TokenError::InsufficientScope { .. })), "{outcome:?}"),
        _ => assert!(matches!(outcome, Err(TokenError::Forbidden(_))), "{outcome:?}"),
    }
});
