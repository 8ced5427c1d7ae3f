//! Commands to try the server with. You do not need them in an application.

use std::error::Error;
use std::io::{self, Write as _};

use crate::toy_authorization_server::ToyAuthorizationServer;

/// Prints commands to paste into a shell, each with a comment that says what it shows.
pub(crate) fn print(toy: &ToyAuthorizationServer, resource: &str) -> Result<(), Box<dyn Error>> {
    let token = |scopes: &[&str], resource| toy.token("alice", "curl", scopes, resource);
    let server = resource.trim_end_matches("/mcp");
    let steps = STEPS
        .replace("{read}", &token(&["notes:read"], resource)?)
        .replace("{both}", &token(&["notes:read", "notes:write"], resource)?)
        .replace("{other}", &token(&["notes:read"], "https://shop.example/mcp")?)
        .replace("{call}", CALL)
        .replace("{server}", server)
        .replace("{toy}", toy.url())
        .replace("# ", "\n# ")
        .replace(" | ", "\n");
    // Not println!, which panics if the reader of a pipe is gone.
    io::stdout().write_all(format!("listening on {server}\n{steps}\n\n{LAST} {resource}\n").as_bytes())?;
    Ok(())
}

const CALL: &str = "curl -i {server}/mcp -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream'";
const LAST: &str =
    "To see the login, add this address to an MCP client. A page of the toy authorization server opens:";

const STEPS: &str = r#"# no token: 401, and the challenge says where the metadata is, and which scope is needed | curl -i {server}/mcp
# the metadata, which names the authorization server: 200 | curl -i {server}/.well-known/oauth-protected-resource/mcp
# the metadata of the authorization server, which says how to register and to log in: 200 | curl -i {toy}/.well-known/oauth-authorization-server
# a token for reading: 200 | {call} -H 'Authorization: Bearer {read}' -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_notes"}}'
# the same token for a tool that writes: 403, and the challenge names the scopes | {call} -H 'Authorization: Bearer {read}' -d '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"add_note","arguments":{"text":"milk"}}}'
# a token with more scopes: 200 | {call} -H 'Authorization: Bearer {both}' -d '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"add_note","arguments":{"text":"milk"}}}'
# a token for another server: 401 | curl -i {server}/mcp -H 'Authorization: Bearer {other}'
# a good token in the address, where logs would keep it: 401 | curl -i '{server}/mcp?access_token={both}'"#;
