use crate::dialect::Dialect;

pub(crate) struct Postgres;

impl Dialect for Postgres {
    /// The order of an index is then none of the operating system's, which changes with its version.
    const TEXT: &str = "TEXT COLLATE \"C\"";
    /// A rotation changes no indexed column: where the page has room for the new version of the row, no index gets a new
    /// entry.
    const OFTEN_CHANGED: &str = " WITH (fillfactor = 80)";
    const WHOLE_ID: Option<&str> = Some("whole_id");
    const ROW: &str = "ctid";
    /// `IN` may be made a join, which locks rows while it changes others, and again for each of them.
    const ONE_OF: (&str, &str) = ("= ANY (ARRAY(", "))");
    const LOCKED_IN_ORDER: &str = " ORDER BY s.id FOR UPDATE";
    const UNLOCKED_ONES: &str = " FOR UPDATE SKIP LOCKED";

    fn has_table(name: &str) -> String {
        format!("SELECT CAST(CASE WHEN to_regclass('{name}') IS NULL THEN 0 ELSE 1 END AS BIGINT)")
    }

    fn lock(text: &str) -> Option<String> {
        Some(format!("SELECT pg_advisory_xact_lock(hashtextextended({text}, 0))"))
    }
}
