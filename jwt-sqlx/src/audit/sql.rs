//! The statements of an audit log. A comment above each lists the values of `$1`, `$2`, …

use crate::dialect::Dialect;
use crate::prefix::Prefix;

/// How many events one statement inserts. There are only a few sizes, so each connection prepares only a few statements.
const SIZES: [usize; 3] = [64, 8, 1];

/// The number of rows that one step purges. A larger step would make other writers wait. The number is part of the
/// statement, because PostgreSQL would otherwise plan for a fraction of all rows.
pub(crate) const PURGED_AT_ONCE: u64 = 1000;

const COLUMNS: [&str; 8] = ["at", "event", "issuer", "subject", "session", "label", "count", "ended_by"];

pub(crate) struct AuditSql {
    /// Each with the number of its rows, the largest first.
    pub(super) inserts: [(usize, String); SIZES.len()],
    pub(crate) of_subject: String,
    pub(crate) of_subject_before: String,
    pub(super) lock_purge: Option<String>,
    pub(super) permit_purge: String,
    pub(crate) purge: String,
    pub(super) end_purge: String,
}

impl AuditSql {
    pub(crate) fn new<D: Dialect>(prefix: &Prefix) -> Self {
        let audit = prefix.name("audit");
        let (one_of, end_of) = D::ONE_OF;
        let columns = COLUMNS.join(", ");
        // The subject $1, the issuer $2 if it is not empty, and the limit $3. Two long names do not fit into one index, so the
        // issuer is not part of it.
        let of_subject = |which: &str| {
            format!(
                "SELECT id, {columns} FROM {audit}
                WHERE subject = $1 AND issuer IS NOT DISTINCT FROM $2 {which}
                ORDER BY at DESC, id DESC LIMIT $3"
            )
        };
        Self {
            // The columns of each row.
            inserts: SIZES
                .map(|rows| (rows, format!("INSERT INTO {audit} ({columns}) VALUES {}", values(rows)))),
            of_subject: of_subject(""),
            // And the number $4 of the last event on the page before.
            of_subject_before: of_subject(&format!(
                "AND (at, id) < (SELECT a.at, a.id FROM {audit} AS a WHERE a.id = $4)"
            )),
            lock_purge: D::lock(&format!("'{audit} purge'")),
            // The moment.
            permit_purge: format!("INSERT INTO {audit}_purges (until) VALUES ($1)"),
            // The moment.
            purge: format!(
                "DELETE FROM {audit} WHERE id {one_of}
                    SELECT id FROM {audit} WHERE at < $1 ORDER BY at LIMIT {PURGED_AT_ONCE}{end_of}"
            ),
            end_purge: format!("DELETE FROM {audit}_purges"),
        }
    }
}

/// Returns the parameters of this many rows, such as `($1, $2), ($3, $4)`.
fn values(rows: usize) -> String {
    let mut number = 0_usize;
    let mut row = || {
        let values = COLUMNS.map(|_| {
            number = number.saturating_add(1);
            format!("${number}")
        });
        format!("({})", values.join(", "))
    };
    (0..rows).map(|_| row()).collect::<Vec<_>>().join(", ")
}
