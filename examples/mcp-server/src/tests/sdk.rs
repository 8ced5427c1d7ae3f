//! The client of the official SDK, from the first 401 to the tool that needs another scope.

use std::sync::Arc;

use reqwest::Client;
use rmcp::model::{CallToolRequestParams, ProtocolVersion};
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::auth::{AuthClient, AuthorizationCallback, AuthorizationRequest, OAuthState};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{ClientLifecycleMode, ClientServiceExt as _, ServiceError};
use serde_json::json;

use super::{CALLBACK, Servers};

type Session = RunningService<RoleClient, ()>;

#[tokio::test]
async fn logs_in_and_gets_more_scopes() {
    logs_in_with(ClientLifecycleMode::Initialize).await;
}

/// The newest protocol, which has no sessions and names the tool in a header field.
#[tokio::test]
async fn logs_in_and_gets_more_scopes_without_initialization() {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    logs_in_with(ClientLifecycleMode::Discover { preferred_versions }).await;
}

async fn logs_in_with(lifecycle: ClientLifecycleMode) {
    let servers = Servers::start().await;
    let resource = Arc::<str>::from(&*servers.resource);

    // Without a token, the client gets a challenge.
    let transport = StreamableHttpClientTransport::from_uri(Arc::clone(&resource));
    let error = ().serve_with_lifecycle(transport, lifecycle.clone()).await.unwrap_err();
    let challenge = error.auth_challenge().expect("a challenge").to_owned();

    // From the challenge, it finds the authorization server, registers, and learns which scope to request.
    let mut login = OAuthState::new(&*resource, None).await.unwrap();
    let request = AuthorizationRequest::new(CALLBACK).with_client_name("test").with_challenge(challenge);
    login.start_authorization(request).await.unwrap();
    let page = login.get_authorization_url().await.unwrap();
    assert!(page.starts_with(&format!("{}/authorize?", servers.toy.url())), "{page}");
    assert!(page.contains("scope=notes%3Aread&"), "{page}");
    login.handle_callback_url(&servers.log_in(&page).await).await.unwrap();

    let manager = login.into_authorization_manager().expect("a logged-in client");
    let client = AuthClient::new(Client::default(), manager);
    let manager = Arc::clone(&client.auth_manager);
    let config = StreamableHttpClientTransportConfig::with_uri(resource);
    let transport = StreamableHttpClientTransport::with_client(client, config);
    let session = ().serve_with_lifecycle(transport, lifecycle).await.unwrap();
    let tools = session.list_all_tools().await.unwrap();
    assert_eq!(tools.iter().map(|tool| &*tool.name).collect::<Vec<_>>(), ["add_note", "list_notes"]);

    // It may read, and it may not write. The challenge names what it needs.
    assert_eq!(list(&session).await.unwrap(), "");
    let refused = add(&session).await.unwrap_err();
    let challenge = refused.auth_challenge().expect("a challenge").to_owned();
    assert!(challenge.contains(r#"error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(r#"scope="notes:read notes:write""#), "{challenge}");
    assert_eq!(list(&session).await.unwrap(), "");

    // It logs in again, and may.
    let page = manager.lock().await.request_scope_upgrade("notes:read notes:write").await.unwrap();
    let back = AuthorizationCallback::from_redirect_url(&servers.log_in(&page).await).unwrap();
    let manager = manager.lock().await;
    let issuer = back.issuer.as_deref();
    manager.exchange_code_for_token_with_issuer(&back.code, &back.csrf_token, issuer).await.unwrap();
    drop(manager);
    assert_eq!(add(&session).await.unwrap(), "added");
    assert_eq!(list(&session).await.unwrap(), "milk");
    assert_eq!(servers.notes("alice").await, "milk");
    session.cancel().await.unwrap();
}

async fn list(session: &Session) -> Result<String, ServiceError> {
    called(session, CallToolRequestParams::new("list_notes")).await
}

async fn add(session: &Session) -> Result<String, ServiceError> {
    let arguments = json!({ "text": "milk" }).as_object().cloned().unwrap();
    called(session, CallToolRequestParams::new("add_note").with_arguments(arguments)).await
}

async fn called(session: &Session, call: CallToolRequestParams) -> Result<String, ServiceError> {
    let result = session.call_tool(call).await?;
    Ok(result.content[0].as_text().expect("a text").text.clone())
}
