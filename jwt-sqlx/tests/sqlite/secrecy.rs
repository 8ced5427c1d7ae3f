use std::time::Duration;

use jwt_session::{Revocation, RevokeRequest, Subject, TokenRef};
use sqlx::sqlite::SqliteConnectOptions;

use crate::contract::at;
use crate::contract::secrecy::{Log, SECRET, everything, shown};
use crate::{Database, Store};

#[tokio::test]
async fn nothing_that_is_stored_is_shown() {
    let log = Log::of_all_threads();
    let database = Database::new();
    let store = database.open().await;
    let duplicate = everything(&store).await;
    assert_eq!(duplicate.len(), 1);
    let debug = format!("{store:?} {:?}", Store::builder());
    store.close().await;
    let closed = everything(&store).await;

    let options = SqliteConnectOptions::new().filename(database.file()).pragma("max_page_count", "1");
    let store = Store::builder().time_limit(Duration::from_secs(5)).connect(options).await.unwrap();
    let long = SECRET.repeat(100_000);
    let full = store
        .revoke(RevokeRequest::new(TokenRef::new(Subject::new(SECRET, SECRET), &long), None, at(0)))
        .await;
    let errors = duplicate.iter().chain(&closed).chain(full.as_ref().err());
    let shown: Vec<String> = errors.map(|error| shown(&store, error)).collect();
    assert!(shown.concat().contains("the database failed: the pool is closed"), "{shown:?}");
    assert!(shown.concat().contains("the database failed with the code 13"), "{shown:?}");
    assert!(shown.len() > 10);
    assert!(!shown.concat().contains(SECRET), "{shown:?}");
    assert!(!debug.contains(SECRET));
    let text = log.text();
    assert!(text.contains("jwt_sessions"), "statements are logged");
    assert!(!text.contains(SECRET));
}
