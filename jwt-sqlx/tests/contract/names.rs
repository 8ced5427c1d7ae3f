//! Names can be any text.

use jwt_session::{
    EndRequest, ListRequest, NewSession, Revocation, RevokeRequest, RotateRequest, Rotation, Selector,
    SessionState, Sessions, StartRequest, Subject, TokenRef,
};

use super::{GRACE, IDLE, at, grace, is_revoked, rotated, state_of};
use crate::Database;

fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "",
        " ",
        "a",
        "A",
        "ä",
        "a\u{308}",
        "'",
        "''",
        "\"",
        "`",
        "\\",
        "%",
        "_",
        "--",
        ";",
        "'; DROP TABLE jwt_sessions; --",
        "$1",
        "?1",
        ":a",
        "NULL",
        "0",
        "00",
        "1e3",
        "\n",
        "\r\n",
        "\t",
        "a ",
        " a",
        "名前",
        "🦀",
        "\u{202e}",
        "\u{feff}",
        "\u{10ffff}",
        "x'00'",
    ]
    .map(String::from)
    .to_vec();
    names.push("l".repeat(10_000));
    names.push("l".repeat(10_001));
    names.push("ſ🦀'".repeat(2_000));
    names
}

#[tokio::test]
async fn ids_subjects_and_labels_are_compared_exactly() {
    let database = Database::new();
    let store = database.open().await;
    let names = names();
    for name in &names {
        let session = NewSession::new(Subject::new(name, name), name, name, at(1000)).label(name);
        store.start(StartRequest::new(session.idle_expires_at(at(100)), at(0))).await.unwrap();
    }
    for name in &names {
        let subject = Subject::new(name, name);
        let found = store.list(ListRequest::new(subject, at(1))).await.unwrap().sessions;
        assert_eq!(found.len(), 1, "{name:?}");
        assert_eq!((&found[0].id, found[0].label.as_ref()), (name, Some(name)));
        let token = TokenRef::refresh(subject, name, name);
        assert_eq!(state_of(&store, token, at(1)).await, SessionState::Active);
        let next = format!("{name}{name}next");
        assert_eq!(
            store.rotate(RotateRequest::new(token, &next, at(1)).grace(GRACE).idle(IDLE)).await.unwrap(),
            rotated(at(1) + IDLE)
        );
        assert_eq!(
            store.rotate(RotateRequest::new(token, "x", at(2)).grace(GRACE).idle(IDLE)).await.unwrap(),
            grace(&next, at(1) + IDLE)
        );
        let odd = TokenRef::refresh(subject, name, "no such token");
        assert_eq!(
            store.rotate(RotateRequest::new(odd, "x", at(3)).grace(GRACE).idle(IDLE)).await.unwrap(),
            Rotation::Reused
        );
        assert_eq!(store.list(ListRequest::new(subject, at(3))).await.unwrap().sessions.len(), 0);
    }
}

#[tokio::test]
async fn revoked_ids_and_cutoffs_are_compared_exactly() {
    let database = Database::new();
    let store = database.open().await;
    let names = names();
    let (revoked, others): (Vec<_>, Vec<_>) = names.iter().enumerate().partition(|(index, _)| index % 2 == 0);
    for (_, name) in &revoked {
        store
            .revoke(RevokeRequest::new(TokenRef::new(Subject::new("i", "s"), name), None, at(0)))
            .await
            .unwrap();
        let cut_off = Selector::IssuedBefore { issuer: "j", subject: Some(name), moment: at(5) };
        store.end(EndRequest::new(cut_off, at(5))).await.unwrap();
    }
    for (expected, some) in [(true, &revoked), (false, &others)] {
        for (_, name) in some {
            assert_eq!(
                is_revoked(&store, TokenRef::new(Subject::new("i", "s"), name)).await,
                expected,
                "{name:?}"
            );
            let state = state_of(&store, TokenRef::new(Subject::new("j", name), "t"), at(6)).await;
            assert_eq!(state == SessionState::Revoked, expected, "{name:?}");
        }
    }
}

#[tokio::test]
async fn a_zero_character_is_a_character() {
    let database = Database::new();
    let store = database.open().await;
    store
        .revoke(RevokeRequest::new(TokenRef::new(Subject::new("i", "s"), "a\0b"), None, at(0)))
        .await
        .unwrap();
    for (id, expected) in [("a\0b", true), ("a", false), ("a\0c", false), ("a\0", false)] {
        assert_eq!(is_revoked(&store, TokenRef::new(Subject::new("i", "s"), id)).await, expected);
    }
}
