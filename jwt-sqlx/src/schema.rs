//! The tables and their versions.

use crate::Error;
use crate::dialect::Dialect;
use crate::prefix::Prefix;

/// The statements that upgrade the tables from one version to the next. The first ones create version 1.
fn steps<D: Dialect>(prefix: &Prefix) -> Vec<Vec<String>> {
    vec![first::<D>(prefix), second(prefix)]
}

/// Returns the versions newer than `found`, each with its statements. `found` is 0 if there are no tables.
pub(crate) fn missing<D: Dialect>(prefix: &Prefix, found: i64) -> Result<Vec<(i64, Vec<String>)>, Error> {
    let steps: Vec<_> = (1..).zip(steps::<D>(prefix)).collect();
    let known = steps.last().map_or(0, |(version, _)| *version);
    if found > known {
        return Err(Error::NewerSchema { found, known });
    }
    Ok(steps.into_iter().filter(|(version, _)| *version > found).collect())
}

/// Returns the statement that creates the table of versions.
pub(crate) fn versions(prefix: &Prefix) -> String {
    format!("CREATE TABLE {} (version BIGINT NOT NULL PRIMARY KEY)", prefix.name("schema_versions"))
}

// No IF NOT EXISTS: an existing table with this name belongs to something else, which is an error.
fn first<D: Dialect>(prefix: &Prefix) -> Vec<String> {
    let [sessions, revoked, cutoffs] = ["sessions", "revoked", "cutoffs"].map(|table| prefix.name(table));
    let (text, often_changed) = (D::TEXT, D::OFTEN_CHANGED);
    let whole_id = D::WHOLE_ID.map(|column| format!(", {column} {text}")).unwrap_or_default();
    vec![
        // `outcome` is the result of the last rotation, because RETURNING only shows the row after the update.
        format!(
            "CREATE TABLE {sessions} (
                id {text} NOT NULL PRIMARY KEY,
                issuer {text} NOT NULL,
                subject {text} NOT NULL,
                label {text},
                current_id {text} NOT NULL,
                previous_id {text},
                outcome BIGINT,
                rotated_at BIGINT,
                started_at BIGINT NOT NULL,
                last_used_at BIGINT NOT NULL,
                idle_expires_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                ended_at BIGINT{whole_id}
            ){often_changed}"
        ),
        format!("CREATE INDEX {sessions}_subject ON {sessions} (issuer, subject)"),
        format!("CREATE INDEX {sessions}_expires_at ON {sessions} (expires_at)"),
        // NULL in `until` means forever.
        format!(
            "CREATE TABLE {revoked} (
                issuer {text} NOT NULL,
                id {text} NOT NULL,
                until BIGINT,
                PRIMARY KEY (issuer, id)
            )"
        ),
        format!("CREATE INDEX {revoked}_until ON {revoked} (until)"),
        // The cutoff for everyone has an empty subject. `everyone` distinguishes it from a subject with an empty name.
        format!(
            "CREATE TABLE {cutoffs} (
                issuer {text} NOT NULL,
                everyone BIGINT NOT NULL,
                subject {text} NOT NULL,
                moment BIGINT NOT NULL,
                PRIMARY KEY (issuer, everyone, subject)
            )"
        ),
    ]
}

/// Uses within the grace period, and indexes of the sessions that have not ended. A subject at its limit has few of those,
/// however many have ended and wait for the purge. The order of the first one is that of a list. Read from its end, it is
/// that of [`LOCK_ORDER`](crate::sql::LOCK_ORDER).
fn second(prefix: &Prefix) -> Vec<String> {
    let sessions = prefix.name("sessions");
    vec![
        format!("ALTER TABLE {sessions} ADD COLUMN graced BIGINT NOT NULL DEFAULT 0"),
        format!("ALTER TABLE {sessions} ADD COLUMN graced_in_a_row BIGINT NOT NULL DEFAULT 0"),
        format!("DROP INDEX {sessions}_subject"),
        format!(
            "CREATE INDEX {sessions}_live ON {sessions} (issuer, subject, started_at DESC, id) WHERE ended_at IS NULL"
        ),
        format!(
            "CREATE INDEX {sessions}_started_at ON {sessions} (issuer, started_at) WHERE ended_at IS NULL"
        ),
    ]
}
