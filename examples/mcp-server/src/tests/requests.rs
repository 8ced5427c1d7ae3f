//! Requests that are not as good as they look.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Answer, BOTH, READ, Servers, add, answer, call};

/// The response tells a client where to log in.
fn assert_leads_to_login(servers: &Servers, answer: &Answer, case: &str) {
    assert_eq!(answer.status, 401, "{case}");
    let metadata = format!("http://{}/.well-known/oauth-protected-resource/mcp", servers.address);
    let challenge = answer.challenge();
    assert!(challenge.starts_with("Bearer "), "{case}: {challenge}");
    assert!(challenge.contains(&format!("resource_metadata=\"{metadata}\"")), "{case}: {challenge}");
    assert!(challenge.contains("scope=\"notes:read\""), "{case}: {challenge}");
}

#[tokio::test]
async fn without_a_good_token_clients_learn_where_to_log_in() {
    let servers = Servers::start().await;
    let resource = &servers.resource;
    let missing = servers.send(servers.http.post(resource), add("milk")).await;
    assert_leads_to_login(&servers, &missing, "no token");
    assert!(!missing.challenge().contains("error="), "{}", missing.challenge());

    let good = servers.token("alice", BOTH);
    let query = servers.http.post(format!("{resource}?access_token={good}"));
    assert_leads_to_login(&servers, &servers.send(query, add("milk")).await, "in the query");

    let elsewhere = servers.toy.token("alice", "test", BOTH, "https://shop.example/mcp").unwrap();
    let answer = servers.post(&elsewhere, add("milk")).await;
    assert_leads_to_login(&servers, &answer, "for another audience");
    assert!(answer.challenge().contains(r#"error="invalid_token""#), "{}", answer.challenge());

    let old = servers.token("alice", BOTH);
    servers.pass(Duration::from_secs(3600));
    let answer = servers.post(&old, add("milk")).await;
    assert_leads_to_login(&servers, &answer, "expired");
    assert!(answer.challenge().contains(r#"error="invalid_token""#), "{}", answer.challenge());

    assert_eq!(servers.notes("alice").await, "");
}

#[tokio::test]
async fn the_metadata_names_the_authorization_server() {
    let servers = Servers::start().await;
    let address = format!("http://{}/.well-known/oauth-protected-resource/mcp", servers.address);
    let answer = answer(servers.http.get(address)).await;
    assert_eq!(answer.status, 200);
    let metadata = answer.json();
    assert_eq!(metadata["resource"], *servers.resource);
    assert_eq!(metadata["authorization_servers"], json!([servers.toy.url()]));
    assert_eq!(metadata["scopes_supported"], json!(["notes:read"]));
}

#[tokio::test]
async fn a_tool_needs_its_scopes() {
    let servers = Servers::start().await;
    let [read, write, both] = [READ, &["notes:write"], BOTH].map(|scopes| servers.token("alice", scopes));
    for (case, token) in [("read", &read), ("write", &write)] {
        let answer = servers.post(token, add("milk")).await;
        assert_eq!(answer.status, 403, "{case}");
        // All of them, because some clients request just these.
        let challenge = answer.challenge();
        assert!(challenge.contains(r#"error="insufficient_scope""#), "{case}: {challenge}");
        assert!(challenge.contains(r#"scope="notes:read notes:write""#), "{case}: {challenge}");
    }
    let unlisted = servers.post(&both, call("delete_everything", &json!({}))).await;
    assert_eq!(unlisted.status, 403, "{}", unlisted.text);
    assert_eq!(servers.notes("alice").await, "");
    assert_eq!(servers.post(&both, add("milk")).await.result(), "added");
    assert_eq!(servers.notes("alice").await, "milk");
    assert_eq!(servers.notes("bob").await, "");
}

/// No form of hiding a call from the guard makes the tool run.
#[tokio::test]
async fn a_hidden_call_does_not_run() {
    let servers = Servers::start().await;
    let read = servers.token("alice", READ);
    let good = add("milk");
    let batch = format!("[{good}]");
    let mixed = format!("[{},{good}]", call("list_notes", &json!({})));
    let name = r#""name":"add_note""#;
    let harmless = r#""name":"list_notes""#;
    let method = r#""method":"tools/call""#;
    let params = json!({ "name": "add_note", "arguments": { "text": "milk" } }).to_string();
    let raw = json!({ "$serde_json::private::RawValue": params }).to_string();
    let changes = [
        ("batch", batch),
        ("batch with another", mixed),
        ("second name", good.replace(name, &format!("{name},{harmless}"))),
        ("first name", good.replace(name, &format!("{harmless},{name}"))),
        ("escaped name", good.replace(name, &format!(r#"{harmless},"n\u0061me":"add_note""#))),
        ("second method", good.replace(method, &format!(r#"{method},"method":"ping""#))),
        ("first method", good.replace(method, &format!(r#""method":"ping",{method}"#))),
        ("raw params", good.replace(&params, &raw)),
        ("raw name", good.replace(r#""add_note""#, r#"{"$serde_json::private::RawValue":"\"add_note\""}"#)),
        ("raw message", json!({ "$serde_json::private::RawValue": good }).to_string()),
        ("trailing", format!("{}{good}", call("list_notes", &json!({})))),
        ("cut off", good[..good.len() - 1].to_owned()),
    ];
    for (case, body) in changes {
        assert_ne!(body, good, "{case}");
        let answer = servers.post(&read, body).await;
        assert_eq!(answer.status, 400, "{case}: {}", answer.text);
    }
    // A header field that names another tool does not help.
    for name in ["list_notes", "add_note"] {
        let request = servers.http.post(&servers.resource).bearer_auth(&read);
        let request = request.header("mcp-method", "tools/call").header("mcp-name", name);
        assert_eq!(servers.send(request, good.clone()).await.status, 403, "{name}");
    }
    // The name with an escape is the same name.
    let escaped = good.replace(name, r#""name":"\u0061dd_note""#);
    assert_eq!(servers.post(&read, escaped).await.status, 403);
    // A call without an id is a notification. Nobody would see its result, but the tool could run.
    let mut notification: Value = serde_json::from_str(&good).unwrap();
    notification.as_object_mut().unwrap().remove("id");
    let answer = servers.post(&read, notification.to_string()).await;
    assert!(matches!(answer.status, 400 | 403), "{}", answer.status);
    assert_eq!(servers.notes("alice").await, "");
}

#[tokio::test]
async fn a_script_of_a_web_page_is_rejected() {
    let servers = Servers::start().await;
    let request = servers.http.post(&servers.resource).bearer_auth(servers.token("alice", BOTH));
    let answer = servers.send(request.header("origin", "https://shop.example"), add("milk")).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert_eq!(servers.notes("alice").await, "");
}

/// The server has no sessions that someone else could use.
#[tokio::test]
async fn a_session_belongs_to_nobody_else() {
    let servers = Servers::start().await;
    let info = json!({ "name": "test", "version": "1" });
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info });
    let initialize = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params });
    let alice = servers.token("alice", BOTH);
    let answer = servers.post(&alice, initialize.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(!answer.headers.contains_key("mcp-session-id"));
    assert_eq!(servers.post(&alice, add("milk")).await.result(), "added");

    let request = servers.http.post(&servers.resource).bearer_auth(servers.token("bob", READ));
    let request = request.header("mcp-session-id", "alice");
    let listed = servers.send(request, call("list_notes", &json!({}))).await;
    assert_eq!((listed.status, listed.result()), (200, String::new()));
    // There is no stream of events to listen to.
    let stream = servers.http.get(&servers.resource).bearer_auth(servers.token("bob", READ));
    let stream = stream.header("mcp-session-id", "alice").header("accept", "text/event-stream");
    assert_eq!(super::answer(stream).await.status, 405);
}
