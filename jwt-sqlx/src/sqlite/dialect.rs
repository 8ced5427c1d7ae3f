use crate::dialect::Dialect;

pub(crate) struct Sqlite;

impl Dialect for Sqlite {
    const TEXT: &str = "TEXT";
    const OFTEN_CHANGED: &str = "";
    const WHOLE_ID: Option<&str> = None;
    const NUMBERED: &str = "INTEGER PRIMARY KEY AUTOINCREMENT";
    const ROW: &str = "rowid";
    const ONE_OF: (&str, &str) = ("IN (", ")");
    const LOCKED: &str = "";
    const UNLOCKED_ONES: &str = "";
    const WAITS_BRIEFLY: Option<&str> = None;

    fn has_table(name: &str) -> String {
        // SQLite ignores case in the names of tables.
        format!("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '{name}' COLLATE NOCASE")
    }

    fn append_only(table: &str) -> Vec<String> {
        let reject = |name: &str, event: &str, condition: &str| {
            format!(
                "CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} {condition}
                BEGIN SELECT RAISE(ABORT, 'the table is append-only'); END"
            )
        };
        vec![
            reject("no_update", "UPDATE", ""),
            reject(
                "no_delete",
                "DELETE",
                &format!("WHEN NOT EXISTS (SELECT 1 FROM {table}_purges AS p WHERE OLD.at < p.until)"),
            ),
            // REPLACE deletes a row without this trigger for deletions.
            reject(
                "no_replace",
                "INSERT",
                &format!("WHEN EXISTS (SELECT 1 FROM {table} AS a WHERE a.id = NEW.id)"),
            ),
        ]
    }

    fn lock(_text: &str) -> Option<String> {
        None
    }
}
