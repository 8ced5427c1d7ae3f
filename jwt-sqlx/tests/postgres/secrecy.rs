use jwt_session::{ListRequest, Sessions};
use jwt_sqlx::Error;
use sqlx::Executor as _;

use crate::contract::at;
use crate::contract::secrecy::{Log, SECRET, everything, shown};
use crate::{Database, Store};

#[tokio::test]
async fn nothing_that_is_stored_is_shown() {
    let log = Log::of_all_threads();
    let database = Database::new();
    let options = database.options().await.password(SECRET);
    let store = Store::builder().connect_with(options).await.unwrap();
    let duplicate = everything(&store).await;
    assert_eq!(duplicate.len(), 1);
    let mut errors = duplicate;

    // The error of a constraint that an application has added contains whole rows.
    let mut connection = database.connection().await;
    let checks = "ALTER TABLE jwt_sessions ADD CHECK (outcome IS NULL) NOT VALID;
        ALTER TABLE jwt_sessions ADD CHECK (ended_at IS NULL) NOT VALID;
        ALTER TABLE jwt_revoked ADD CHECK (until IS NOT NULL) NOT VALID;
        DELETE FROM jwt_revoked;
        UPDATE jwt_sessions SET ended_at = NULL, outcome = NULL";
    connection.execute(checks).await.unwrap();
    connection.execute("DELETE FROM jwt_cutoffs").await.unwrap();
    let checked = everything(&store).await;
    let details = checked.iter().filter(|error| match error.downcast_ref() {
        Some(Error::Database(cause)) => format!("{cause:?}").contains(SECRET),
        _ => false,
    });
    assert!(details.count() > 2, "the database shows them");
    errors.extend(checked);

    let debug = format!("{store:?} {:?}", Store::builder());
    store.close().await;
    errors.extend(everything(&store).await);
    assert!(store.list(ListRequest::new(jwt_session::Subject::new("i", "s"), at(0))).await.is_err());
    let refused =
        Store::connect("postgres://user:5ecret@127.0.0.1:1/5ecret?sslmode=5ecret").await.unwrap_err();
    errors.push(refused.into());
    let shown: Vec<String> = errors.iter().map(|error| shown(&store, error)).collect();
    assert!(shown.concat().contains("the database failed with the code 23514"), "{shown:?}");
    assert!(shown.len() > 20);
    assert!(!shown.concat().contains(SECRET), "{shown:?}");
    assert!(!debug.contains(SECRET));
    let text = log.text();
    assert!(text.contains("jwt_sessions"), "statements are logged");
    assert!(!text.contains(SECRET));
}
