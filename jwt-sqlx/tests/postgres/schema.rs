//! Opening a store: tables, their versions and names, and settings.

use std::process::{Command, Stdio};
use std::time::Duration;

use jwt_session::{ListRequest, Revocation, RevokeRequest, Rotation, SessionState, Sessions, TokenRef};
use jwt_sqlx::Error;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Executor as _, PgConnection};
use tokio::task::JoinSet;

use crate::contract::surplus::add;
use crate::contract::{
    ALICE, AS_VERSION_1, IDLE, at, documented_upgrade, is_revoked, live, rotate, rotated, session_state,
    start,
};
use crate::{Database, LOCK, Store};

async fn names(connection: &mut PgConnection) -> Vec<String> {
    let query = "SELECT relname::TEXT FROM pg_class WHERE relnamespace = current_schema()::regnamespace
        AND relkind IN ('r', 'i') AND relname NOT LIKE '%_pkey' ORDER BY relname COLLATE \"C\"";
    sqlx::query_scalar(query).fetch_all(connection).await.unwrap()
}

#[tokio::test]
async fn tables_are_made_once() {
    let database = Database::new();
    database.open().await.close().await;
    let mut connection = database.connection().await;
    let made = names(&mut connection).await;
    assert_eq!(
        made,
        [
            "jwt_cutoffs",
            "jwt_revoked",
            "jwt_revoked_until",
            "jwt_schema_versions",
            "jwt_sessions",
            "jwt_sessions_expires_at",
            "jwt_sessions_live",
            "jwt_sessions_started_at",
        ]
    );
    database.open().await.close().await;
    assert_eq!(names(&mut connection).await, made);
    let versions: Vec<i64> = sqlx::query_scalar("SELECT version FROM jwt_schema_versions")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(versions, [1, 2]);
}

#[tokio::test]
async fn tables_of_the_first_version_are_upgraded() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at(1)).await, rotated(at(1) + IDLE));
    store.close().await;
    let mut connection = database.connection().await;
    for statement in AS_VERSION_1 {
        connection.execute(statement).await.unwrap();
    }
    let store = database.open().await;
    assert_eq!(live(&store, ALICE, at(2)).await, ["a"]);
    let listed = store.list(ListRequest::new(ALICE, at(2))).await.unwrap();
    assert_eq!(listed.sessions[0].rotated_at, at(1));
    match rotate(&store, "a", "a-0", "a-2", at(2)).await {
        Rotation::Grace(graced) => assert_eq!((&*graced.current, graced.in_a_row), ("a-1", 1)),
        other => panic!("{other:?}"),
    }
    assert_eq!(rotate(&store, "a", "a-1", "a-2", at(3)).await, rotated(at(3) + IDLE));
    start(&store, ALICE, "b", 3).await;
    assert!(names(&mut connection).await.contains(&"jwt_sessions_live".to_owned()));
}

/// Returns the columns and the definitions of the indexes.
async fn definitions(connection: &mut PgConnection) -> Vec<(String, String)> {
    let query = "SELECT indexname::TEXT, indexdef FROM pg_indexes WHERE schemaname = current_schema()
        UNION ALL
        SELECT table_name || '.' || column_name, data_type || is_nullable || COALESCE(column_default, '')
        FROM information_schema.columns WHERE table_schema = current_schema()
        ORDER BY 1";
    sqlx::query_as(query).fetch_all(connection).await.unwrap()
}

#[tokio::test]
async fn the_documentation_has_the_statements_of_the_upgrade() {
    let database = Database::new();
    database.open().await.close().await;
    let mut connection = database.connection().await;
    for statement in AS_VERSION_1 {
        connection.execute(statement).await.unwrap();
    }
    let old = definitions(&mut connection).await;
    database.open().await.close().await;
    let upgraded = definitions(&mut connection).await;
    assert_ne!(upgraded, old);
    for statement in AS_VERSION_1.into_iter().chain(documented_upgrade()) {
        connection.execute(statement).await.unwrap();
    }
    assert_eq!(definitions(&mut connection).await, upgraded);
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    assert_eq!(definitions(&mut connection).await, upgraded);
}

#[tokio::test]
async fn an_upgrade_has_a_time_limit_of_its_own() {
    let database = Database::new();
    database.open().await.close().await;
    add(&database, 20_000, 1000).await;
    let mut connection = database.connection().await;
    for statement in AS_VERSION_1 {
        connection.execute(statement).await.unwrap();
    }
    let old = definitions(&mut connection).await;
    let opened = async |limit| {
        let options = database.options().await;
        Store::builder().upgrade_time_limit(limit).connect_with(options).await
    };
    let impatient = opened(Duration::from_millis(1)).await;
    assert!(impatient.is_err(), "{impatient:?}");
    assert_eq!(definitions(&mut connection).await, old);
    opened(Duration::from_secs(600)).await.unwrap().close().await;
    assert_ne!(definitions(&mut connection).await, old);
    // The tables are not old anymore.
    opened(Duration::from_millis(1)).await.unwrap();
}

#[tokio::test]
async fn an_upgrade_of_somebody_else_is_waited_for() {
    let database = Database::new();
    database.open().await.close().await;
    let mut connection = database.connection().await;
    for statement in AS_VERSION_1 {
        connection.execute(statement).await.unwrap();
    }
    // As another process does it.
    connection.execute("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('jwt-sqlx', 0))").await.unwrap();
    let opening = database.open();
    tokio::pin!(opening);
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut opening).await.is_err());
    for statement in documented_upgrade() {
        connection.execute(&*statement.replace(" CONCURRENTLY", "")).await.unwrap();
    }
    connection.execute("COMMIT").await.unwrap();
    start(&opening.await, ALICE, "a", 0).await;
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused() {
    let database = Database::new();
    database.open().await.close().await;
    database
        .connection()
        .await
        .execute("INSERT INTO jwt_schema_versions (version) VALUES (7)")
        .await
        .unwrap();
    let error = Store::from_pool(database.pool(1).await).await.unwrap_err();
    assert!(matches!(error, Error::NewerSchema { found: 7, known: 2 }), "{error:?}");
}

#[tokio::test]
async fn a_table_of_somebody_else_is_not_taken_for_ours() {
    let database = Database::new();
    let mut connection = database.connection().await;
    connection.execute("CREATE TABLE jwt_revoked (issuer TEXT, id TEXT, until BIGINT)").await.unwrap();
    let error = Store::from_pool(database.pool(1).await).await.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(names(&mut connection).await, ["jwt_revoked"], "all or nothing is made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_open_a_new_database_at_once() {
    for _ in 0..5 {
        let database = Database::new();
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            let options = database.options().await;
            tasks.spawn(async move { Store::builder().connect_with(options).await.unwrap() });
        }
        let stores = tasks.join_all().await;
        for (number, store) in stores.iter().enumerate() {
            store
                .revoke(RevokeRequest::new(TokenRef::new(ALICE, &number.to_string()), None, at(0)))
                .await
                .unwrap();
        }
        for number in 0..8 {
            assert!(is_revoked(&stores[0], TokenRef::new(ALICE, &number.to_string())).await);
        }
    }
}

#[tokio::test]
async fn processes_open_a_new_database_at_once() {
    let database = Database::new();
    // Creates the schema, because a new database has none for the tables.
    database.connection().await;
    let mut children = Vec::new();
    for number in 0..4 {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "schema::a_process_that_opens_and_revokes", "--ignored"])
            .env("JWT_SQLX_URL", database.url())
            .env("JWT_SQLX_ID", number.to_string())
            .stdout(Stdio::null())
            .spawn();
        children.push(child.unwrap());
    }
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = database.open().await;
    for number in 0..4 {
        assert!(is_revoked(&store, TokenRef::new(ALICE, &number.to_string())).await);
    }
}

#[tokio::test]
#[ignore = "a process that the test above starts"]
async fn a_process_that_opens_and_revokes() {
    let store = Store::connect(&std::env::var("JWT_SQLX_URL").unwrap()).await.unwrap();
    let id = std::env::var("JWT_SQLX_ID").unwrap();
    store.revoke(RevokeRequest::new(TokenRef::new(ALICE, &id), None, at(0))).await.unwrap();
}

#[tokio::test]
async fn tables_that_somebody_is_making_are_waited_for() {
    let database = Database::new();
    let mut other = database.connection().await;
    other
        .execute("BEGIN; CREATE TABLE jwt_schema_versions (version BIGINT NOT NULL PRIMARY KEY)")
        .await
        .unwrap();
    let limit = Duration::from_millis(20);
    let options = database.options().await;
    let opening = Store::builder().time_limit(limit).connect_with(options);
    tokio::pin!(opening);
    assert!(tokio::time::timeout(limit * 10, &mut opening).await.is_err());
    other.execute("ROLLBACK").await.unwrap();
    assert!(opening.await.is_ok());
}

#[tokio::test]
async fn who_may_only_use_the_tables_opens_them() {
    let database = Database::new();
    let schema = database.schema();
    database.open().await.close().await;
    let role = format!("user_of_{schema}");
    let granted = format!(
        "CREATE ROLE {role} LOGIN;
        GRANT USAGE ON SCHEMA {schema} TO {role};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}"
    );
    database.connection().await.execute(&*granted).await.unwrap();
    let options = database.options().await.username(&role);
    let store = Store::builder().connect_with(options.clone()).await.unwrap();
    start(&store, ALICE, "a", 0).await;
    assert_eq!(session_state(&store, "a", at(1)).await, SessionState::Active);
    assert_eq!(store.purge(at(1000)).await.unwrap(), 1);
    let error = Store::builder().table_prefix("other_").connect_with(options).await.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
}

#[tokio::test]
async fn stores_with_different_prefixes_know_nothing_of_each_other() {
    let database = Database::new();
    let open = async |prefix: &str| {
        Store::builder().table_prefix(prefix).connect_with(database.options().await).await.unwrap()
    };
    let (one, two) = (open("one_").await, open("_Two2").await);
    start(&one, ALICE, "a", 0).await;
    one.revoke(RevokeRequest::new(TokenRef::new(ALICE, "t"), None, at(0))).await.unwrap();
    assert_eq!(live(&two, ALICE, at(1)).await, [""; 0]);
    assert!(!is_revoked(&two, TokenRef::new(ALICE, "t")).await);
    start(&two, ALICE, "a", 0).await;
    assert_eq!(live(&one, ALICE, at(1)).await, ["a"]);
    assert_eq!(live(&open("_tWO2").await, ALICE, at(1)).await, ["a"]);
}

#[tokio::test]
async fn a_prefix_is_a_name() {
    let long = "x".repeat(33);
    for prefix in ["", "1a", "a-", "a;", "a\"", "a'", "ä", "a\0", "a.b", &long] {
        let pool = PgPoolOptions::new().connect_lazy_with(Database::new().options().await);
        let opened = Store::builder().table_prefix(prefix).pool(pool).await;
        assert!(matches!(opened, Err(Error::TablePrefix)), "{prefix:?}");
    }
    for prefix in ["a", "_", "JWT_2_", "pg_", "select", &long[..32]] {
        let store = Store::builder()
            .table_prefix(prefix)
            .connect_with(Database::new().options().await)
            .await
            .unwrap();
        start(&store, ALICE, "a", 0).await;
    }
}

#[tokio::test]
async fn connections_that_lose_what_they_acknowledged_are_refused() {
    for (setting, refused) in
        [("off", true), ("local", false), ("remote_write", false), ("on", false), ("remote_apply", false)]
    {
        let options = Database::new().options().await.options([("synchronous_commit", setting)]);
        let store = Store::builder().connect_with(options).await;
        assert_eq!(matches!(store, Err(Error::NotSynchronous)), refused, "{setting}");
        assert_eq!(store.is_ok(), !refused, "{setting}");
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_an_error() {
    for url in ["", "postgres", "postgres://127.0.0.1:port/", "postgres://h/d?sslmode=5ecret"] {
        let error = Store::connect(url).await.unwrap_err();
        assert!(matches!(error, Error::Database(_)), "{url}: {error:?}");
    }
    let options = Database::new().options().await;
    let error = Store::builder().connect_with(options.database("5ecret")).await.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
}

#[tokio::test]
async fn any_time_limit_and_number_of_connections_open() {
    let database = Database::new();
    for (limit, connections) in
        [(Duration::MAX, 0), (Duration::MAX, 1), (Duration::from_secs(2), u32::MAX >> 16)]
    {
        let builder = Store::builder().time_limit(limit).max_connections(connections);
        let store = builder.connect_with(database.options().await).await.unwrap();
        live(&store, ALICE, at(0)).await;
        store.purge(at(0)).await.unwrap();
    }
    let mut other = database.connection().await;
    other.execute(LOCK).await.unwrap();
    let store = database.open_within(Duration::ZERO).await;
    let revoked = store.revoke(RevokeRequest::new(TokenRef::new(ALICE, "t"), None, at(0))).await;
    assert!(revoked.is_err());
}
