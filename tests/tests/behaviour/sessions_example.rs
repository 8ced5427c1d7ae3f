//! The example `sessions`. `sessions.rs` tests the same behavior on every framework.

use jwt_tests::programs::Program;

#[test]
fn the_story_is_as_told() {
    let mut program = Program::start("sessions", &[], None);
    assert_eq!(program.line().as_deref(), Some("sessions on axum"));
    let told: Vec<_> = std::iter::from_fn(|| program.line()).collect();
    assert_eq!(program.code(), Some(0), "{told:#?}");
    assert_eq!(program.complaints(), "");
    assert_eq!(told.last().map(String::as_str), Some("all responses as expected"));
    for step in
        ["200, phone (this one), laptop", r#"401 {"error":"reused_token"}"#, "logs out everywhere: 200"]
    {
        assert!(told.iter().any(|line| line.contains(step)), "{step} is not in {told:#?}");
    }
}
