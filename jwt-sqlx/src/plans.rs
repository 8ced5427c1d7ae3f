//! Tests that the statements read sessions and audit events in the order of an index, and only as many as they need.

use crate::audit::AuditSql;
use crate::dialect::Dialect;
use crate::prefix::Prefix;
use crate::schema::Schema;
use crate::sql::Sql;

/// A statement, and how it may read its table.
struct Reads {
    name: &'static str,
    statement: String,
    /// The index in which it finds them.
    index: &'static str,
    /// How often it sorts what it has found. Each is of a bounded number.
    sorts: usize,
}

/// Returns the statements that create the tables, and those that must not read all sessions. The count of a cutoff for
/// everyone does.
fn statements<D: Dialect>() -> (Vec<String>, Vec<Reads>) {
    let prefix = Prefix::new("jwt_").unwrap();
    let schemas = [Schema::sessions::<D>(&prefix), Schema::audit::<D>(&prefix)];
    let missing = |schema: &Schema| {
        schema.missing(0).unwrap().into_iter().flat_map(|(_, tables)| tables.to_vec()).collect::<Vec<_>>()
    };
    let audit = AuditSql::new::<D>(&prefix);
    let sql = Sql::new::<D>(&prefix);
    let (key, live, started_at) = ("pkey", "jwt_sessions_live", "jwt_sessions_started_at");
    let statements = [
        // By use, by use in reverse, and by the order of locks: of 2000, 2000, and 1000 sessions.
        ("make_room", sql.make_room, live, 3),
        ("count_others", sql.count_others, live, 0),
        ("rotate", sql.rotate, key, 0),
        ("touch", sql.touch, key, 0),
        ("end_one", sql.end_one, key, 0),
        ("end_all", sql.end_all, live, 0),
        ("end_others", sql.end_others, live, 0),
        ("end_future", sql.end_future, started_at, 0),
        ("end_future_of", sql.end_future_of, live, 0),
        ("list", sql.list, live, 0),
        ("list_after", sql.list_after, live, 0),
        ("issued_to_before", sql.issued_to_before, live, 0),
        ("purge_sessions", sql.purge_sessions, "jwt_sessions_expires_at", 0),
        ("of_subject", audit.of_subject, "jwt_audit_subject", 0),
        ("of_subject_before", audit.of_subject_before, "jwt_audit_subject", 0),
        ("purge_audit", audit.purge, "jwt_audit_at", 0),
    ];
    let reads = |(name, statement, index, sorts)| Reads { name, statement, index, sorts };
    (schemas.iter().flat_map(missing).collect(), statements.into_iter().map(reads).collect())
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_reads_in_the_order_of_an_index() {
    use sqlx::{Connection as _, SqliteConnection};

    let (tables, statements) = statements::<crate::sqlite::Sqlite>();
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    for table in tables {
        sqlx::query(&table).execute(&mut connection).await.unwrap();
    }
    for Reads { name, statement, index, sorts } in statements {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(&explain).fetch_all(&mut connection).await.unwrap();
        let plan: Vec<_> = plan.into_iter().map(|(.., line)| line).collect();
        let text = plan.join("\n");
        let index = if index == "pkey" { "sqlite_autoindex_jwt_sessions_1" } else { index };
        assert!(text.contains(&format!("INDEX {index} (")), "{name}: {text}");
        // The aliases of subqueries.
        let scans = plan
            .iter()
            .filter(|line| line.starts_with("SCAN") && !text.contains(&line.replace("SCAN", "CO-ROUTINE")));
        assert_eq!(scans.count(), 0, "{name}: {text}");
        // Sorts of only the last term are of the sessions that started in the same millisecond.
        let sorted = plan.iter().filter(|line| *line == "USE TEMP B-TREE FOR ORDER BY").count();
        assert_eq!(sorted, sorts, "{name}: {text}");
    }
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_reads_in_the_order_of_an_index() {
    use jwt_test_servers::Postgres;
    use sqlx::{Connection as _, Executor as _, PgConnection};

    let (tables, statements) = statements::<crate::postgres::Postgres>();
    let mut connection = PgConnection::connect(&Postgres::shared().url()).await.unwrap();
    connection
        .execute("CREATE SCHEMA plans; SET search_path = plans; SET plan_cache_mode = force_generic_plan")
        .await
        .unwrap();
    for table in tables {
        connection.execute(&*table).await.unwrap();
    }
    connection
        .execute(
            // One subject with half of all sessions.
            "INSERT INTO jwt_sessions
                (id, issuer, subject, current_id, started_at, last_used_at, idle_expires_at, expires_at)
            SELECT number, 'issuer', number * (number % 2), 'first', number, number, number + 100000, number + 100000
            FROM generate_series(1, 50000) AS number;
            INSERT INTO jwt_audit (at, event, issuer, subject)
            SELECT number, 'logged_in', 'issuer', number * (number % 2)
            FROM generate_series(1, 50000) AS number;
            ANALYZE",
        )
        .await
        .unwrap();
    for Reads { name, statement, index, sorts } in statements {
        let values = (1..=12).take_while(|number| statement.contains(&format!("${number}"))).map(|_| "NULL");
        let values = values.collect::<Vec<_>>().join(", ");
        connection.execute(&*format!("PREPARE {name} AS {statement}")).await.unwrap();
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE {name} ({values})");
        let plan: Vec<String> =
            sqlx::query_scalar(&explain).persistent(false).fetch_all(&mut connection).await.unwrap();
        let text = plan.join("\n");
        let index = if index == "pkey" { "jwt_sessions_pkey" } else { index };
        assert!(text.contains(&format!(" using {index} on jwt_")), "{name}: {text}");
        assert!(!text.contains("Seq Scan on jwt_sessions"), "{name}: {text}");
        assert!(!text.contains("Seq Scan on jwt_audit"), "{name}: {text}");
        if name == "of_subject_before" {
            assert!(
                text.contains("(ROW(at, id) < ROW("),
                "a later page does not read the earlier ones: {text}"
            );
        }
        // An incremental sort is of the sessions that started in the same millisecond.
        let sorted = plan.iter().filter(|line| line.trim_start_matches([' ', '-', '>']) == "Sort").count();
        // The only session that can be found has to be in order, too.
        assert_eq!(sorted, if name == "end_one" { 1 } else { sorts }, "{name}: {text}");
    }
}
