use crate::dialect::Dialect;

pub(crate) struct Postgres;

impl Dialect for Postgres {
    /// The `C` collation keeps indexes independent of the operating system's collations, which change between versions.
    const TEXT: &str = "TEXT COLLATE \"C\"";
    /// A rotation changes no indexed column. If the page has room for the new version of the row, no index needs a new
    /// entry.
    const OFTEN_CHANGED: &str = " WITH (fillfactor = 80)";
    const WHOLE_ID: Option<&str> = Some("whole_id");
    const NUMBERED: &str = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
    const ROW: &str = "ctid";
    /// The planner can turn `IN` into a join, which locks rows while it changes others, and does so again for each row.
    const ONE_OF: (&str, &str) = ("= ANY (ARRAY(", "))");
    const LOCKED: &str = " FOR UPDATE";
    const UNLOCKED_ONES: &str = " FOR UPDATE SKIP LOCKED";
    /// `SKIP LOCKED` can wait: if the transaction that had locked a row commits at that moment, PostgreSQL follows the row
    /// to its new version, which another transaction may have locked already. The limit is far below the default of
    /// `deadlock_timeout`, 1 second.
    const WAITS_BRIEFLY: Option<&str> = Some("SET LOCAL lock_timeout = 50");

    fn has_table(name: &str) -> String {
        format!("SELECT CAST(CASE WHEN to_regclass('{name}') IS NULL THEN 0 ELSE 1 END AS BIGINT)")
    }

    fn append_only(table: &str) -> Vec<String> {
        vec![
            format!(
                "CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF TG_OP <> 'DELETE' OR NOT EXISTS (SELECT 1 FROM {table}_purges) THEN
                        RAISE EXCEPTION 'the table is append-only';
                    END IF;
                    RETURN NULL;
                END $$"
            ),
            // Once for each statement, so a purge does not slow down. The result of such a trigger is ignored.
            format!(
                "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
            ),
        ]
    }

    fn lock(text: &str) -> Option<String> {
        Some(format!("SELECT pg_advisory_xact_lock(hashtextextended({text}, 0))"))
    }
}
