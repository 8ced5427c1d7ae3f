use crate::dialect::Dialect;

pub(crate) struct Sqlite;

impl Dialect for Sqlite {
    const TEXT: &str = "TEXT";
    const OFTEN_CHANGED: &str = "";
    const WHOLE_ID: Option<&str> = None;
    const ROW: &str = "rowid";
    const ONE_OF: (&str, &str) = ("IN (", ")");
    const LOCKED: &str = "";
    const UNLOCKED_ONES: &str = "";

    fn has_table(name: &str) -> String {
        // SQLite ignores case in the names of tables.
        format!("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '{name}' COLLATE NOCASE")
    }

    fn lock(_text: &str) -> Option<String> {
        None
    }
}
