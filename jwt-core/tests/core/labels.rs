//! The labels of sessions.

use jwt_core::error::InvalidRequest;
use jwt_core::session::SessionError;
use jwt_core::{Config, ErrorKind, TokenError};

use crate::support::{block_on, builder};
use crate::support_sessions::{House, house};

/// Returns the label of a session that starts with this one.
fn stored(house: &House, label: &str) -> Result<String, SessionError> {
    let pair = block_on(async { house.jwt.log_in("alice").label(label).await })?;
    let sessions = block_on(house.jwt.list_sessions("alice")).unwrap();
    let session = sessions.iter().find(|session| *session.id == *pair.session()).unwrap();
    Ok(session.label.clone().unwrap())
}

/// Labels with at most 200 characters that a list can show as they are.
fn good() -> [String; 8] {
    [
        String::new(),
        " phone ".into(),
        "Firefox on Linux".into(),
        "x".repeat(200),
        "\u{1f600}".repeat(200),
        "\u{627}\u{644}\u{647}\u{627}\u{62a}\u{641}\u{200f} \u{5d0}".into(),
        "\u{1f469}\u{200d}\u{1f4bb} <b>&amp;</b> e\u{301}".into(),
        "\u{e4}\u{fffd}\u{a0}".into(),
    ]
}

/// Labels, with what is stored of them.
fn bad() -> Vec<(String, String)> {
    let mut bad = vec![
        ("x".repeat(201), "x".repeat(200)),
        ("x".repeat(64 * 1024), "x".repeat(200)),
        ("\u{1f600}".repeat(201), "\u{1f600}".repeat(200)),
        (format!("{}\n", "x".repeat(199)), format!("{} ", "x".repeat(199))),
        (format!("{}\n", "x".repeat(200)), "x".repeat(200)),
        ("\u{1b}[2Jphone\r\nfake: line".into(), " [2Jphone  fake: line".into()),
    ];
    for character in "\0\t\u{7f}\u{85}\u{9b}\u{2028}\u{2029}\u{202a}\u{202d}\u{202e}\u{2066}\u{2069}".chars()
    {
        bad.push((format!("a{character}b"), "a b".into()));
    }
    bad
}

#[test]
fn by_default_labels_are_cut_and_control_characters_become_spaces() {
    let house = house(Config::default());
    for label in good() {
        assert_eq!(stored(&house, &label).unwrap(), label);
    }
    for (label, expected) in bad() {
        assert_eq!(stored(&house, &label).unwrap(), expected, "{label:?}");
    }
}

#[test]
fn an_application_can_reject_them() {
    let house = house(Config::default().reject_invalid_labels(true));
    for label in good() {
        assert_eq!(stored(&house, &label).unwrap(), label);
    }
    block_on(house.jwt.end_sessions("alice")).unwrap();
    for (label, _) in bad() {
        let Err(SessionError::Rejected(error)) = stored(&house, &label) else { panic!("{label:?}") };
        assert!(matches!(error, TokenError::InvalidRequest(InvalidRequest::Label)));
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        let text = "session label is too long or contains control characters";
        assert_eq!(InvalidRequest::Label.to_string(), text);
    }
    assert!(block_on(house.jwt.list_sessions("alice")).unwrap().is_empty(), "no session has started");
}

#[test]
fn the_limit_can_be_set_and_has_a_limit() {
    for limit in [1, 7, 1000] {
        let house = house(Config::default().session_label_limit(limit));
        assert_eq!(stored(&house, &"\u{e4}".repeat(2000)).unwrap(), "\u{e4}".repeat(limit));
    }
    for limit in [0, 1001, usize::MAX] {
        let config = Config::default().session_label_limit(limit);
        let problem = builder(config).build().unwrap_err().to_string();
        assert!(problem.starts_with("session_label_limit must be between 1 and 1,000"), "{problem}");
    }
}
