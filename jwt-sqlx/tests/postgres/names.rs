//! How names are stored.

use jwt_session::{
    EndRequest, NewSession, RotateRequest, Selector, SessionState, Sessions, StartRequest, Subject, TokenRef,
};

use crate::Database;
use crate::contract::{GRACE, IDLE, at, live, rotated, start, state_of};

#[tokio::test]
async fn tables_can_be_read() {
    let database = Database::new();
    let store = database.open().await;
    let subject = Subject::new("https://issuer.example", "Zoë");
    start(&store, subject, "a", 0).await;
    let row: (String, String, String, String, Option<String>) =
        sqlx::query_as("SELECT id, issuer, subject, current_id, whole_id FROM jwt_sessions")
            .fetch_one(&mut database.connection().await)
            .await
            .unwrap();
    let [id, issuer, name, current] = ["a", "https://issuer.example", "Zoë", "a-0"].map(str::to_owned);
    assert_eq!(row, (id, issuer, name, current, None));
}

#[tokio::test]
async fn what_stands_for_a_long_name_is_no_name() {
    let database = Database::new();
    let store = database.open().await;
    let long = "long".repeat(4000);
    let subject = Subject::new(&long, &long);
    let session = NewSession::new(subject, &long, &long, at(1000)).label(&long);
    store.start(StartRequest::new(session, at(0))).await.unwrap();
    let (id, issuer, name): (String, String, String) =
        sqlx::query_as("SELECT id, issuer, subject FROM jwt_sessions")
            .fetch_one(&mut database.connection().await)
            .await
            .unwrap();
    assert!(id.len() < 100 && id == issuer && id == name, "{id}");
    for (issuer, name, session) in [(&id, &long, &long), (&long, &id, &long), (&long, &long, &id)] {
        let token = TokenRef::access(Subject::new(issuer, name), session, "t");
        assert_eq!(state_of(&store, token, at(1)).await, SessionState::Unknown);
        let one = Selector::One { subject: Subject::new(issuer, name), session };
        assert_eq!(store.end(EndRequest::new(one, at(1))).await.unwrap().live, 0);
    }
    // A name that equals the hash is a different name.
    start(&store, Subject::new(&id, &id), &id, 0).await;
    assert_eq!(live(&store, Subject::new(&id, &id), at(1)).await, [id]);
    assert_eq!(live(&store, subject, at(1)).await, [long.as_str()]);
    let token = TokenRef::refresh(subject, &long, &long);
    assert_eq!(
        store.rotate(RotateRequest::new(token, "next", at(950)).grace(GRACE).idle(IDLE)).await.unwrap(),
        rotated(at(1000))
    );
}
