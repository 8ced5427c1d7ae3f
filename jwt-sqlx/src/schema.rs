//! The tables and their versions.

use crate::Error;
use crate::dialect::Dialect;
use crate::prefix::Prefix;

/// Tables that are created and upgraded together, and the statements for the table of their versions.
pub(crate) struct Schema {
    /// The statements that upgrade the tables from one version to the next. The first ones create version 1.
    steps: Vec<Vec<String>>,
    pub(crate) create_versions: String,
    pub(crate) has_versions: String,
    pub(crate) version: String,
    pub(crate) add_version: String,
}

impl Schema {
    pub(crate) fn sessions<D: Dialect>(prefix: &Prefix) -> Self {
        Self::new::<D>(&prefix.name("schema_versions"), vec![first::<D>(prefix), second(prefix)])
    }

    /// An audit log has versions of its own, because it can be in a database without sessions.
    pub(crate) fn audit<D: Dialect>(prefix: &Prefix) -> Self {
        Self::new::<D>(&prefix.name("audit_versions"), vec![audit::<D>(prefix)])
    }

    fn new<D: Dialect>(versions: &str, steps: Vec<Vec<String>>) -> Self {
        Self {
            steps,
            create_versions: format!("CREATE TABLE {versions} (version BIGINT NOT NULL PRIMARY KEY)"),
            has_versions: D::has_table(versions),
            version: format!("SELECT COALESCE(MAX(version), 0) FROM {versions}"),
            add_version: format!("INSERT INTO {versions} (version) VALUES ($1)"),
        }
    }

    /// Returns the versions newer than `found`, each with its statements. `found` is 0 if there are no tables.
    pub(crate) fn missing(&self, found: i64) -> Result<Vec<(i64, &[String])>, Error> {
        let steps: Vec<_> = (1..).zip(self.steps.iter().map(Vec::as_slice)).collect();
        let known = steps.last().map_or(0, |(version, _)| *version);
        if found > known {
            return Err(Error::NewerSchema { found, known });
        }
        Ok(steps.into_iter().filter(|(version, _)| *version > found).collect())
    }
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

/// The first index has the order of the pages of a subject, and the second one that of a purge.
fn audit<D: Dialect>(prefix: &Prefix) -> Vec<String> {
    let audit = prefix.name("audit");
    let (text, number) = (D::TEXT, D::NUMBERED);
    let mut statements = vec![
        format!(
            "CREATE TABLE {audit} (
                id {number},
                at BIGINT NOT NULL,
                event {text} NOT NULL,
                issuer {text},
                subject {text},
                session {text},
                label {text},
                count BIGINT,
                ended_by {text}
            )"
        ),
        format!("CREATE INDEX {audit}_subject ON {audit} (subject, at, id)"),
        format!("CREATE INDEX {audit}_at ON {audit} (at)"),
        // A row in this table permits its transaction to delete older events. It is never committed.
        format!("CREATE TABLE {audit}_purges (until BIGINT NOT NULL)"),
    ];
    statements.extend(D::append_only(&audit));
    statements
}
