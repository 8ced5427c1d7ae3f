//! The example `websocket` from a newcomer's view: starts it, and runs the commands that it prints. Its own tests have a
//! client for sockets, and `tests/tests/browser` opens its page.

use jwt_tests::programs::Program;

use crate::walkthrough::Quickstart;

#[test]
fn leads_from_the_first_401_to_an_open_socket() {
    let server = Quickstart::started(Program::start("websocket", &["--port", "0"], None));
    let [_login, missing, _expired, open, _logout, _revoked] = server.walk();
    assert_eq!(missing.header("www-authenticate"), Some("Bearer"));
    assert_eq!(open.header("sec-websocket-protocol"), Some("bearer"));
    assert_eq!(server.stop(), "");
}
