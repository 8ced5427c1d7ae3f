//! Opening a store: tables, their versions and names.

use std::process::{Command, Stdio};
use std::time::Duration;

use jwt_session::{ListRequest, Revocation, RevokeRequest, Rotation, Sessions, TokenRef};
use jwt_sqlx::Error;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use tokio::task::JoinSet;

use crate::contract::surplus::add;
use crate::contract::{
    ALICE, AS_VERSION_1, IDLE, at, documented_upgrade, is_revoked, live, rotate, rotated, start,
};
use crate::{Database, Store};

async fn pool(database: &Database, synchronous: SqliteSynchronous) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(database.file()).create_if_missing(true);
    SqlitePool::connect_with(options.synchronous(synchronous)).await.unwrap()
}

async fn names(pool: &SqlitePool) -> Vec<String> {
    let query = "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name";
    sqlx::query_scalar(query).fetch_all(pool).await.unwrap()
}

#[tokio::test]
async fn tables_are_made_once() {
    let database = Database::new();
    database.open().await.close().await;
    let pool = pool(&database, SqliteSynchronous::Full).await;
    let made = names(&pool).await;
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
    assert_eq!(names(&pool).await, made);
    let versions: Vec<i64> =
        sqlx::query_scalar("SELECT version FROM jwt_schema_versions").fetch_all(&pool).await.unwrap();
    assert_eq!(versions, [1, 2]);
    pool.close().await;
}

#[tokio::test]
async fn tables_of_the_first_version_are_upgraded() {
    let database = Database::new();
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at(1)).await, rotated(at(1) + IDLE));
    store.close().await;
    let pool = pool(&database, SqliteSynchronous::Full).await;
    for statement in AS_VERSION_1 {
        sqlx::query(statement).execute(&pool).await.unwrap();
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
    assert!(names(&pool).await.contains(&"jwt_sessions_live".to_owned()));
    pool.close().await;
}

/// Returns the names and definitions of the tables and indexes.
async fn definitions(pool: &SqlitePool) -> Vec<(String, String)> {
    let query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name";
    let all: Vec<(String, String)> = sqlx::query_as(query).fetch_all(pool).await.unwrap();
    let on_one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    all.into_iter().map(|(name, definition)| (name, on_one_line(definition))).collect()
}

#[tokio::test]
async fn the_documentation_has_the_statements_of_the_upgrade() {
    let database = Database::new();
    database.open().await.close().await;
    let pool = pool(&database, SqliteSynchronous::Full).await;
    for statement in AS_VERSION_1 {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    let old = definitions(&pool).await;
    database.open().await.close().await;
    let upgraded = definitions(&pool).await;
    assert_ne!(upgraded, old);
    for statement in AS_VERSION_1 {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    for statement in documented_upgrade() {
        sqlx::query(&statement.replace(" CONCURRENTLY", "")).execute(&pool).await.unwrap();
    }
    assert_eq!(definitions(&pool).await, upgraded);
    let store = database.open().await;
    start(&store, ALICE, "a", 0).await;
    assert_eq!(definitions(&pool).await, upgraded);
    pool.close().await;
}

#[tokio::test]
async fn an_upgrade_has_a_time_limit_of_its_own() {
    let database = Database::new();
    database.open().await.close().await;
    add(&database, 20_000, 1000).await;
    let pool = pool(&database, SqliteSynchronous::Full).await;
    for statement in AS_VERSION_1 {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    let old = definitions(&pool).await;
    let impatient = Store::builder().time_limit(Duration::from_secs(60));
    let impatient = impatient.upgrade_time_limit(Duration::from_millis(1)).open(database.file()).await;
    assert!(matches!(impatient, Err(Error::TimeLimit)), "{impatient:?}");
    assert_eq!(definitions(&pool).await, old);
    // The limit of calls does not apply.
    let patient = Store::builder().time_limit(Duration::from_millis(1)).open(database.file()).await;
    patient.unwrap().close().await;
    assert_ne!(definitions(&pool).await, old);
    // The tables are not old anymore.
    let impatient = Store::builder().upgrade_time_limit(Duration::from_millis(1)).open(database.file());
    impatient.await.unwrap().close().await;
    pool.close().await;
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused() {
    let database = Database::new();
    database.open().await.close().await;
    let pool = pool(&database, SqliteSynchronous::Full).await;
    sqlx::query("INSERT INTO jwt_schema_versions (version) VALUES (7)").execute(&pool).await.unwrap();
    for error in
        [Store::open(database.file()).await.unwrap_err(), Store::from_pool(pool.clone()).await.unwrap_err()]
    {
        assert!(matches!(error, Error::NewerSchema { found: 7, known: 2 }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "the tables have version 7, but this program only supports versions up to 2"
        );
    }
    pool.close().await;
}

#[tokio::test]
async fn a_table_of_somebody_else_is_not_taken_for_ours() {
    let database = Database::new();
    let pool = pool(&database, SqliteSynchronous::Full).await;
    sqlx::query("CREATE TABLE jwt_revoked (issuer, id, until)").execute(&pool).await.unwrap();
    let error = Store::open(database.file()).await.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(names(&pool).await, ["jwt_revoked"], "all or nothing is made");
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_open_a_new_file_at_once() {
    for _ in 0..5 {
        let database = Database::new();
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            let file = database.file();
            tasks.spawn(async move { Store::open(file).await.unwrap() });
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
        for store in stores {
            store.close().await;
        }
    }
}

#[tokio::test]
async fn processes_open_a_new_file_at_once() {
    let database = Database::new();
    let mut children = Vec::new();
    for number in 0..4 {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "schema::a_process_that_opens_and_revokes", "--ignored"])
            .env("JWT_SQLX_FILE", database.file())
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
    let store = Store::open(std::env::var_os("JWT_SQLX_FILE").unwrap()).await.unwrap();
    let id = std::env::var("JWT_SQLX_ID").unwrap();
    store.revoke(RevokeRequest::new(TokenRef::new(ALICE, &id), None, at(0))).await.unwrap();
}

#[tokio::test]
async fn a_file_that_somebody_is_making_is_waited_for() {
    let database = Database::new();
    let pool = pool(&database, SqliteSynchronous::Full).await;
    let mut other = pool.acquire().await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut *other).await.unwrap();
    let limit = Duration::from_millis(20);
    let opening = Store::builder().time_limit(limit).open(database.file());
    tokio::pin!(opening);
    assert!(tokio::time::timeout(limit * 10, &mut opening).await.is_err());
    sqlx::query("COMMIT").execute(&mut *other).await.unwrap();
    assert!(opening.await.is_ok());
    drop(other);
    pool.close().await;
}

#[tokio::test]
async fn stores_with_different_prefixes_know_nothing_of_each_other() {
    let database = Database::new();
    let open =
        async |prefix: &str| Store::builder().table_prefix(prefix).open(database.file()).await.unwrap();
    let (one, two) = (open("one_").await, open("_Two2").await);
    start(&one, ALICE, "a", 0).await;
    one.revoke(RevokeRequest::new(TokenRef::new(ALICE, "t"), None, at(0))).await.unwrap();
    assert_eq!(live(&two, ALICE, at(1)).await, [""; 0]);
    assert!(!is_revoked(&two, TokenRef::new(ALICE, "t")).await);
    start(&two, ALICE, "a", 0).await;
    assert_eq!(live(&one, ALICE, at(1)).await, ["a"]);
}

#[tokio::test]
async fn a_prefix_is_a_name() {
    let database = Database::new();
    let long = "x".repeat(33);
    for prefix in ["", "1a", "a-", "a b", "a;", "a\"", "a'", "ä", "sqlite_", "SQLite_a", "a\0", "a.b", &long]
    {
        let opened = Store::builder().table_prefix(prefix).open(database.file()).await;
        assert!(matches!(opened, Err(Error::TablePrefix)), "{prefix:?}");
        let pool = SqlitePoolOptions::new().connect_lazy_with(SqliteConnectOptions::new());
        let opened = Store::builder().table_prefix(prefix).pool(pool).await;
        assert!(matches!(opened, Err(Error::TablePrefix)), "{prefix:?}");
    }
    for prefix in ["a", "_", "JWT_2_", "sqlite", "select", &long[..32]] {
        Store::builder().table_prefix(prefix).open(database.file()).await.unwrap();
    }
}

#[tokio::test]
async fn a_pool_that_loses_what_it_acknowledged_is_refused() {
    for (synchronous, refused) in [
        (SqliteSynchronous::Off, true),
        (SqliteSynchronous::Normal, false),
        (SqliteSynchronous::Full, false),
        (SqliteSynchronous::Extra, false),
    ] {
        let database = Database::new();
        let pool = pool(&database, synchronous).await;
        let store = Store::from_pool(pool.clone()).await;
        assert_eq!(matches!(store, Err(Error::NotSynchronous)), refused, "{synchronous:?}");
        pool.close().await;
    }
}

#[tokio::test]
async fn our_own_connections_write_to_the_disk_whatever_the_options_say() {
    let database = Database::new();
    let options = SqliteConnectOptions::new().filename(database.file()).create_if_missing(true);
    Store::builder().connect(options.synchronous(SqliteSynchronous::Off)).await.unwrap();
}

#[tokio::test]
async fn what_is_in_memory_alone_is_refused() {
    let error = Store::open(":memory:").await.unwrap_err();
    assert!(matches!(error, Error::NotWal), "{error:?}");
}

#[tokio::test]
async fn what_cannot_be_opened_is_an_error() {
    let database = Database::new();
    let error = Store::open(database.path().join("missing").join("file")).await.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    let text = database.path().join("text");
    std::fs::write(&text, "no database ".repeat(1000)).unwrap();
    let error = Store::open(text).await.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    let options = SqliteConnectOptions::new().filename(database.file());
    let error = Store::builder().connect(options).await.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "not made unless asked for: {error:?}");
}

#[tokio::test]
async fn any_time_limit_opens() {
    let database = Database::new();
    let store = Store::builder().time_limit(Duration::MAX).open(database.file()).await.unwrap();
    start(&store, ALICE, "a", 0).await;
}
