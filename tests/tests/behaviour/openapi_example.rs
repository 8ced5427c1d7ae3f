//! The example `openapi` from a newcomer's view: starts it, and runs the commands that it prints. Its own tests read the
//! document, and `tests/tests/browser` opens its page.

use jwt_tests::programs::Program;

use crate::walkthrough::Quickstart;

#[test]
fn leads_from_the_document_to_a_scope() {
    let server = Quickstart::started(Program::start("openapi", &["--port", "0"], None));
    let [document, _login, missing, me, _lacking, _removed] = server.walk();
    assert!(document.text().starts_with("{\"openapi\":\"3.1.0\""));
    assert_eq!(missing.header("www-authenticate"), Some("Bearer"));
    assert!(me.text().starts_with("{\"name\":\"test\""));
    assert_eq!(server.stop(), "");
}
