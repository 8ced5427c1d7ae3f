use std::time::Duration;

use jwt_session::{AuditSink as _, Subject};
use jwt_test_servers::Postgres;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection};

use crate::contract::audit::{assert_append_only, event, until};
use crate::contract::secrecy::Log;
use crate::contract::{ALICE, at};
use crate::{Audit, Database};

#[tokio::test]
async fn events_are_only_added() {
    assert_append_only(&[
        "TRUNCATE jwt_audit",
        "INSERT INTO jwt_audit (id, at, event) OVERRIDING SYSTEM VALUE VALUES (2, 0, 'x')
            ON CONFLICT (id) DO UPDATE SET event = 'x'",
    ])
    .await;
}

#[tokio::test]
async fn events_survive_an_outage_of_the_server() {
    let log = Log::of_this_thread();
    let mut server = Postgres::start();
    let audit = Audit::builder().time_limit(Duration::from_secs(1)).connect(&server.url()).await.unwrap();
    audit.record(&event(ALICE, 0));
    audit.flush().await.unwrap();
    server.kill();
    for seconds in 1..1_000 {
        audit.record(&event(ALICE, seconds));
    }
    until("a failure", async || log.text().contains("cannot write audit events")).await;
    server.restart();
    audit.flush().await.unwrap();
    let page = audit.of_subject(ALICE, 100, None).await.unwrap();
    assert_eq!(page[99].at, at(900));
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let rows: Vec<i64> =
        sqlx::query_scalar("SELECT at FROM jwt_audit ORDER BY id").fetch_all(&mut connection).await.unwrap();
    assert_eq!(rows.len(), 1_000);
    assert!(rows.is_sorted());
    assert_eq!(audit.dropped(), 0);
    let text = log.text();
    assert!(text.contains("audit events are written again") && !text.contains("alice"), "{text}");
}

#[tokio::test]
async fn an_event_that_the_database_does_not_accept_does_not_block_the_others() {
    let log = Log::of_this_thread();
    let url = Postgres::shared().url();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let create = "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
    connection.execute(create).await.unwrap();
    let audit = Audit::connect(&format!("{}latin", url.trim_end_matches("postgres"))).await.unwrap();
    for seconds in 0..100 {
        let name = if seconds == 37 { "5ecret🦀" } else { "alice" };
        audit.record(&event(Subject::new("", name), seconds));
    }
    audit.flush().await.unwrap();
    assert_eq!(audit.dropped(), 1);
    let page = audit.of_subject(Subject::new("", "alice"), 100, None).await.unwrap();
    let times: Vec<_> = page.iter().map(|entry| entry.at).rev().collect();
    assert_eq!(times, (0..100).filter(|seconds| *seconds != 37).map(at).collect::<Vec<_>>());
    let text = log.text();
    assert!(text.contains("ERROR jwt: an audit event is lost") && text.contains("22P05"), "{text}");
    assert!(!text.contains("5ecret"), "{text}");
}

#[tokio::test]
async fn an_application_needs_few_privileges() {
    let database = Database::new();
    drop(database.audit(Audit::builder()).await);
    let mut owner = database.connection().await;
    let (_, grants) = include_str!("../../src/lib.md").split_once("```sql\nGRANT").unwrap();
    let grants = format!("GRANT{}", grants.split_once("```").unwrap().0);
    owner.execute("CREATE ROLE application LOGIN").await.unwrap();
    owner
        .execute(&*format!("GRANT USAGE ON SCHEMA {} TO application; {grants}", database.schema()))
        .await
        .unwrap();
    let options = database.options().await.username("application");
    let audit = Audit::builder().connect_with(options.clone()).await.unwrap();
    audit.record(&event(ALICE, 0));
    audit.flush().await.unwrap();
    assert_eq!(audit.of_subject(ALICE, 10, None).await.unwrap().len(), 1);
    audit.purge(at(1)).await.unwrap_err();
    let mut application = options.connect().await.unwrap();
    for change in [
        "UPDATE jwt_audit SET subject = 'bob'",
        "DELETE FROM jwt_audit",
        "TRUNCATE jwt_audit",
        "INSERT INTO jwt_audit_purges VALUES (9000000000000)",
        "ALTER TABLE jwt_audit DISABLE TRIGGER ALL",
    ] {
        let error = application.execute(change).await.unwrap_err().to_string();
        assert!(error.contains("permission denied") || error.contains("must be owner"), "{error}");
    }
}
