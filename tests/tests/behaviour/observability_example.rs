//! The example `observability` from a newcomer's view: starts it, and runs the commands that it prints. Its own tests
//! compare the metrics with a load.

use jwt_tests::programs::Program;

use crate::walkthrough::Quickstart;

#[test]
fn the_metrics_count_what_the_commands_did() {
    let args = ["--port", "0", "--metrics-port", "0"];
    let server = Quickstart::started(Program::start("observability", &args, None));
    let [_login, missing, _expired, _valid, _logout, metrics] = server.walk();
    assert_eq!(missing.header("www-authenticate"), Some("Bearer"));
    let metrics = metrics.text();
    for line in [
        r#"jwt_requests_total{outcome="accepted",code="ok"} 1"#,
        r#"jwt_requests_total{outcome="expired",code="expired"} 1"#,
        r#"jwt_requests_total{outcome="rejected",code="missing"} 1"#,
        // With the login for the commands.
        r#"jwt_session_events_total{event="logged_in"} 2"#,
        r#"jwt_session_events_total{event="session_ended"} 1"#,
    ] {
        assert!(metrics.lines().any(|exported| exported == line), "{line} in {metrics}");
    }
    let log = server.stop();
    for part in [
        "path=\"/protected\"}: jwt: rejected a request code=\"missing\" status=401",
        "event=\"logged_in\" subject=\"test\"",
    ] {
        assert!(log.contains(part), "{part} in {log}");
    }
}
