//! The tables and their versions.

use crate::prefix::Prefix;

/// The statements that lead from one version of the tables to the next: the first ones make version 1.
pub(crate) fn steps(prefix: &Prefix) -> Vec<Vec<String>> {
    vec![first(prefix)]
}

/// The table of the versions themselves.
pub(crate) fn versions(prefix: &Prefix) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {} (version BIGINT NOT NULL PRIMARY KEY)",
        prefix.name("schema_versions")
    )
}

// Without IF NOT EXISTS: a table of this name that somebody else made is an error, not ours.
fn first(prefix: &Prefix) -> Vec<String> {
    let [sessions, revoked, cutoffs] = ["sessions", "revoked", "cutoffs"].map(|table| prefix.name(table));
    vec![
        // `outcome` is what the last rotation found: RETURNING shows a row only as it is afterwards.
        format!(
            "CREATE TABLE {sessions} (
                id TEXT NOT NULL PRIMARY KEY,
                issuer TEXT NOT NULL,
                subject TEXT NOT NULL,
                label TEXT,
                current_id TEXT NOT NULL,
                previous_id TEXT,
                outcome BIGINT,
                rotated_at BIGINT,
                started_at BIGINT NOT NULL,
                last_used_at BIGINT NOT NULL,
                idle_expires_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                ended_at BIGINT
            )"
        ),
        format!("CREATE INDEX {sessions}_subject ON {sessions} (issuer, subject)"),
        format!("CREATE INDEX {sessions}_expires_at ON {sessions} (expires_at)"),
        // Without `until`: for ever.
        format!(
            "CREATE TABLE {revoked} (
                issuer TEXT NOT NULL,
                id TEXT NOT NULL,
                until BIGINT,
                PRIMARY KEY (issuer, id)
            )"
        ),
        format!("CREATE INDEX {revoked}_until ON {revoked} (until)"),
        // Everyone's cutoff has the empty subject, and `everyone` tells it from that of a subject with an empty name.
        format!(
            "CREATE TABLE {cutoffs} (
                issuer TEXT NOT NULL,
                everyone BIGINT NOT NULL,
                subject TEXT NOT NULL,
                moment BIGINT NOT NULL,
                PRIMARY KEY (issuer, everyone, subject)
            )"
        ),
    ]
}
