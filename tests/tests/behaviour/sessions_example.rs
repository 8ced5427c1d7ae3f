//! The example `sessions`: one story, whatever the framework.

use jwt_tests::programs::Program;

/// All that it prints, after the line that names the framework.
fn story(package: &str, framework: &str) -> Vec<String> {
    let mut program = Program::start(package, &[], None);
    assert_eq!(program.line(), Some(format!("sessions on {framework}")));
    let story: Vec<_> = std::iter::from_fn(|| program.line()).collect();
    assert_eq!(program.code(), Some(0), "{story:#?}");
    assert_eq!(program.complaints(), "");
    story
}

#[test]
fn the_story_is_the_same_on_every_framework() {
    let told = story("sessions", "axum");
    assert_eq!(told.last().map(String::as_str), Some("all as told"));
    for step in
        ["200, phone (this one), laptop", r#"401 {"error":"reused_token"}"#, "logs out everywhere: 200"]
    {
        assert!(told.iter().any(|line| line.contains(step)), "{step} is not in {told:#?}");
    }
    assert_eq!(story("sessions-actix", "actix-web"), told);
    assert_eq!(story("sessions-warp", "warp"), told);
}
