//! The MCP server from a newcomer's view: starts it, and runs the commands that it prints. Its own tests run the client of
//! the official SDK.

use jwt_tests::Answer;
use jwt_tests::programs::Program;
use serde_json::{Value, json};

use crate::walkthrough::Quickstart;

#[test]
fn leads_from_the_first_401_to_the_tool_that_needs_another_scope() {
    let server = Quickstart::started(Program::start("mcp-server", &["--port", "0"], None));
    let [missing, metadata, login, read, refused, added, elsewhere, query] = server.walk();
    let address = format!("http://{}/.well-known/oauth-protected-resource/mcp", server.address);
    for answer in [&missing, &elsewhere, &query] {
        assert!(
            challenge(answer).contains(&format!("resource_metadata=\"{address}\"")),
            "{}",
            challenge(answer)
        );
        assert!(challenge(answer).contains("scope=\"notes:read\""), "{}", challenge(answer));
    }
    let issuer = json(&login)["issuer"].clone();
    assert_eq!(json(&metadata)["authorization_servers"], json!([issuer]));
    assert_eq!(json(&metadata)["resource"], format!("http://{}/mcp", server.address));
    assert_eq!(result(&read), "");
    assert!(challenge(&refused).contains("error=\"insufficient_scope\""), "{}", challenge(&refused));
    assert!(challenge(&refused).contains("scope=\"notes:read notes:write\""), "{}", challenge(&refused));
    assert_eq!(result(&added), "added");
    assert_eq!(server.stop(), "");
}

fn challenge(answer: &Answer) -> &str {
    answer.headers["www-authenticate"].to_str().unwrap()
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.text()).unwrap()
}

fn result(answer: &Answer) -> String {
    json(answer)["result"]["content"][0]["text"].as_str().unwrap().to_owned()
}
