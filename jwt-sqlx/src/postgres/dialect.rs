use crate::dialect::Dialect;

pub(crate) struct Postgres;

impl Dialect for Postgres {
    /// The `C` collation keeps indexes independent of the operating system's collations, which change between versions.
    const TEXT: &str = "TEXT COLLATE \"C\"";
    /// A rotation changes no indexed column. If the page has room for the new version of the row, no index needs a new
    /// entry.
    const OFTEN_CHANGED: &str = " WITH (fillfactor = 80)";
    const WHOLE_ID: Option<&str> = Some("whole_id");
    const ROW: &str = "ctid";
    /// The planner can turn `IN` into a join, which locks rows while it changes others, and does so again for each row.
    const ONE_OF: (&str, &str) = ("= ANY (ARRAY(", "))");
    const LOCKED: &str = " FOR UPDATE";
    const UNLOCKED_ONES: &str = " FOR UPDATE SKIP LOCKED";

    fn has_table(name: &str) -> String {
        format!("SELECT CAST(CASE WHEN to_regclass('{name}') IS NULL THEN 0 ELSE 1 END AS BIGINT)")
    }

    fn lock(text: &str) -> Option<String> {
        Some(format!("SELECT pg_advisory_xact_lock(hashtextextended({text}, 0))"))
    }
}
