//! The statements, in the SQL that SQLite and PostgreSQL share. A comment above each lists the values of `$1`, `$2`, …

use jwt_session::{BATCH, SessionLimit};

use crate::dialect::Dialect;
use crate::prefix::Prefix;

/// The number of rows that one step purges. A larger step would make other writers wait. The number is part of the
/// statement, because PostgreSQL would otherwise plan for a fraction of all rows.
const PURGED_AT_ONCE: u32 = 1000;

/// The number of sessions that one step ends. A larger step would make other writers wait.
pub(crate) const ENDED_AT_ONCE: usize = 1000;

/// The number of sessions that [`Sql::make_room`] ranks. Of these, at most the highest limit stay, so a step that finds
/// this many always ends [`ENDED_AT_ONCE`]. The number is part of the statement for the same reason as
/// [`PURGED_AT_ONCE`].
const RANKED_AT_ONCE: usize = SessionLimit::MAX + ENDED_AT_ONCE;

/// The outcomes of [`Sql::rotate`].
pub(crate) const CURRENT: i64 = 1;
pub(crate) const PREVIOUS: i64 = 2;
pub(crate) const SPENT: i64 = 3;
pub(crate) const KEPT: i64 = 4;

/// The codes of [`Sql::state`].
pub(crate) const STATE_ACTIVE: i64 = 1;
pub(crate) const STATE_SPENT: i64 = 2;
pub(crate) const STATE_EXPIRED: i64 = 3;
pub(crate) const STATE_REVOKED: i64 = 4;
pub(crate) const STATE_UNKNOWN: i64 = 5;

/// All statements, with the names of the tables filled in.
#[derive(Debug)]
pub(crate) struct Sql {
    pub(crate) lock_schema: Option<String>,
    pub(crate) is_revoked: String,
    pub(crate) revoke: String,
    pub(crate) start: String,
    pub(crate) lock_subject: Option<String>,
    pub(crate) make_room: String,
    pub(crate) count_others: String,
    pub(crate) rotate: String,
    pub(crate) state: String,
    pub(crate) state_without_session: String,
    pub(crate) touch: String,
    pub(crate) end_one: String,
    pub(crate) end_all: String,
    pub(crate) end_others: String,
    pub(crate) lock_cutoffs: Option<String>,
    pub(crate) issued_before: String,
    pub(crate) issued_to_before: String,
    pub(crate) end_future: String,
    pub(crate) end_future_of: String,
    pub(crate) cut_off: String,
    pub(crate) list: String,
    pub(crate) list_after: String,
    /// The text of the [`Sql::states`] query before and after its list of rows.
    states: [String; 2],
    pub(crate) purge_sessions: String,
    pub(crate) purge_revoked: String,
}

/// The idle limit $7 if it is later than the current one, but never past the absolute limit.
const LATER_IDLE: &str = "CASE
    WHEN s.idle_expires_at >= $7 THEN s.idle_expires_at
    WHEN $7 < s.expires_at THEN $7
    ELSE s.expires_at
END";

/// The order in which statements lock several sessions `s`: oldest first. It never changes, and it is that of the index of
/// a subject's sessions, so a step does not have to sort all of them.
pub(crate) const LOCK_ORDER: &str = "s.started_at, s.id DESC";

/// The result of a condition. The cast makes it a 64-bit integer in PostgreSQL, as it already is in SQLite.
fn number(cases: &str) -> String {
    format!("CAST(CASE {cases} END AS BIGINT)")
}

/// Whether the `jti` of a token is revoked.
fn revoked(prefix: &Prefix, issuer: &str, id: &str) -> String {
    let revoked = prefix.name("revoked");
    format!("EXISTS (SELECT 1 FROM {revoked} AS r WHERE r.issuer = {issuer} AND r.id = {id})")
}

/// Whether a cutoff for everyone or for the subject applies. `refuses` is the condition on a cutoff `c`.
fn cut_off(prefix: &Prefix, issuer: &str, subject: &str, refuses: &str) -> String {
    let cutoffs = prefix.name("cutoffs");
    // Two lookups by key. A single one with OR would read all cutoffs of the issuer.
    format!(
        "(EXISTS (SELECT 1 FROM {cutoffs} AS c
            WHERE c.issuer = {issuer} AND c.everyone = 1 AND c.subject = '' AND {refuses})
        OR EXISTS (SELECT 1 FROM {cutoffs} AS c
            WHERE c.issuer = {issuer} AND c.everyone = 0 AND c.subject = {subject} AND {refuses}))"
    )
}

/// Whether a cutoff has ended the session `s`.
fn session_cut_off(prefix: &Prefix, s: &str) -> String {
    let started_before = format!("{s}.started_at < c.moment");
    cut_off(prefix, &format!("{s}.issuer"), &format!("{s}.subject"), &started_before)
}

/// Whether the session `s`, which has not been ended individually, is live at a moment.
fn not_over(prefix: &Prefix, s: &str, now: &str) -> String {
    let cut_off = session_cut_off(prefix, s);
    format!("{now} < {s}.idle_expires_at AND {now} < {s}.expires_at AND NOT {cut_off}")
}

/// Whether the jti belongs to the token before the current one, which was exchanged within the window.
fn within_grace(id: &str, low: &str, high: &str) -> String {
    format!("s.previous_id = {id} AND s.rotated_at > {low} AND s.rotated_at < {high}")
}

/// The number of rows of [`Sql::states`] for this many tokens. There are only a few sizes, so each connection prepares
/// only a few statements.
pub(crate) fn batch_rows(tokens: usize) -> usize {
    [4, 16, 64, 256].into_iter().find(|rows| tokens <= *rows).unwrap_or(BATCH)
}

/// [`Sql::state`] and [`Sql::state_without_session`] for all tokens of a batch.
fn states(prefix: &Prefix) -> [String; 2] {
    let sessions = prefix.name("sessions");
    let token_revoked = revoked(prefix, "a.issuer", "a.id");
    let cases = number(&format!(
        "WHEN a.session IS NULL AND ({token_revoked} OR {issue_cut_off}) THEN {STATE_REVOKED}
        WHEN a.session IS NULL THEN {STATE_ACTIVE}
        WHEN s.id IS NULL THEN {STATE_UNKNOWN}
        WHEN s.ended_at IS NOT NULL OR {token_revoked} OR {session_cut_off} THEN {STATE_REVOKED}
        WHEN $1 >= s.idle_expires_at OR $1 >= s.expires_at THEN {STATE_EXPIRED}
        WHEN a.refresh = 0 OR s.current_id = a.current_id OR ({grace}) THEN {STATE_ACTIVE}
        ELSE {STATE_SPENT}",
        issue_cut_off = cut_off(prefix, "a.issuer", "a.subject", "a.issued <= c.moment"),
        session_cut_off = session_cut_off(prefix, "s"),
        grace = within_grace("a.current_id", "$2", "$3"),
    ));
    [
        "WITH a (place, session, issuer, subject, current_id, id, refresh, issued) AS (VALUES ".to_owned(),
        format!(
            ") SELECT {cases} FROM a LEFT JOIN {sessions} AS s
                ON s.id = a.session AND s.issuer = a.issuer AND s.subject = a.subject
            ORDER BY a.place"
        ),
    ]
}

impl Sql {
    /// Now, now - grace, now + grace, and for each row: session, issuer, subject, jti, jti, whether it is a refresh
    /// token, and the second when it was issued. Selects a row for each token, in the same order.
    pub(crate) fn states(&self, rows: usize) -> String {
        let [before, after] = &self.states;
        let mut sql = before.clone();
        for row in 0..rows {
            let first = row.saturating_mul(7).saturating_add(4);
            sql.push_str(if row == 0 { "(" } else { ", (" });
            sql.push_str(&row.to_string());
            for value in first..first.saturating_add(7) {
                sql.push_str(", $");
                sql.push_str(&value.to_string());
            }
            sql.push(')');
        }
        sql.push_str(after);
        sql
    }

    pub(crate) fn new<D: Dialect>(prefix: &Prefix) -> Self {
        let [sessions, tokens, cutoffs] = ["sessions", "revoked", "cutoffs"].map(|table| prefix.name(table));
        let session_cut_off = session_cut_off(prefix, "s");
        let live = |now: &str| format!("s.ended_at IS NULL AND {}", not_over(prefix, "s", now));
        // The session $1 of the issuer $2 and the subject $3.
        let own = "s.id = $1 AND s.issuer = $2 AND s.subject = $3";
        // The jti is bound twice: $4 in the form of the sessions table, $5 in the form of the table of revoked tokens.
        let token_revoked = revoked(prefix, "$2", "$5");
        // For `rotate`.
        let kept = "s.current_id = $4 AND s.rotated_at > $11 AND s.rotated_at < $12";
        let grace = within_grace("$4", "$8", "$9");
        // What a rotation, and a use within the grace period, change. A kept token and a reused one leave it as it is.
        let moved = [
            ("current_id", "$10", "s.current_id"),
            ("previous_id", "s.current_id", "s.previous_id"),
            ("rotated_at", "$6", "s.rotated_at"),
            ("graced", "0", "1"),
            ("graced_in_a_row", "s.graced * s.graced_in_a_row", "s.graced_in_a_row + 1 - s.graced"),
        ]
        .map(|(column, rotated, graced)| {
            format!(
                "{column} = CASE
                    WHEN {kept} THEN s.{column}
                    WHEN s.current_id = $4 THEN {rotated}
                    WHEN {grace} THEN {graced}
                    ELSE s.{column}
                END"
            )
        });
        let (one_of, end_of) = D::ONE_OF;
        // The issuer $1, the subject $2 and now $3. Returns a row for each session that has not ended, which says
        // whether it was live. An expired session is ended as well, because it may be live according to the clock of
        // another node.
        // At most a step's number of them, so the caller repeats it. They are found in the order of an index, so a step
        // does not read the others.
        let was_live = number(&format!("WHEN {} THEN 1 ELSE 0", not_over(prefix, &sessions, "$3")));
        let end_where = |which: &str| {
            format!(
                "UPDATE {sessions} SET ended_at = $3 WHERE ended_at IS NULL AND id {one_of}
                    SELECT s.id FROM {sessions} AS s WHERE s.issuer = $1 AND {which} AND s.ended_at IS NULL
                    ORDER BY {LOCK_ORDER} LIMIT {ENDED_AT_ONCE}{locked}{end_of}
                RETURNING {was_live}",
                locked = D::LOCKED,
            )
        };
        let end = |which: &str| end_where(&format!("s.subject = $2 {which}"));
        // The issuer $1, the moment $2 and now $3.
        let issued_before = |which: &str| {
            format!(
                "SELECT COUNT(*) FROM {sessions} AS s WHERE s.issuer = $1 AND s.started_at < $2 {which} AND {}",
                live("$3")
            )
        };
        let whole_id = D::WHOLE_ID.map(|column| format!(", {column}")).unwrap_or_default();
        // The issuer $1, the subject $2, now $3 and the limit $4.
        let list = |which: &str| {
            format!(
                "SELECT s.id, s.label{whole_id}, s.started_at, s.last_used_at,
                    COALESCE(s.rotated_at, s.started_at), s.idle_expires_at
                FROM {sessions} AS s
                WHERE s.issuer = $1 AND s.subject = $2 AND {} {which}
                ORDER BY s.started_at DESC, s.id LIMIT $4",
                live("$3")
            )
        };
        let purged = |table: &str, until: &str| {
            format!(
                "DELETE FROM {table} WHERE {row} {one_of}
                    SELECT {row} FROM {table} WHERE {until} <= $1 LIMIT {PURGED_AT_ONCE}{unlocked}{end_of}",
                row = D::ROW,
                unlocked = D::UNLOCKED_ONES
            )
        };
        Self {
            lock_schema: D::lock("'jwt-sqlx'"),
            // Issuer, jti.
            is_revoked: format!(
                "SELECT {}",
                number(&format!("WHEN {} THEN 1 ELSE 0", revoked(prefix, "$1", "$2")))
            ),
            // Issuer, jti, until.
            revoke: format!(
                "INSERT INTO {tokens} (issuer, id, until) VALUES ($1, $2, $3)
                ON CONFLICT (issuer, id) DO UPDATE SET until = CASE
                    WHEN {tokens}.until IS NULL OR {tokens}.until > excluded.until THEN {tokens}.until
                    ELSE excluded.until
                END"
            ),
            // Session, issuer, subject, label, jti, now, idle limit, absolute limit, and the full id if it has a
            // column.
            start: format!(
                "INSERT INTO {sessions}
                    (id, issuer, subject, label, current_id, started_at, last_used_at, idle_expires_at,
                    expires_at{whole_id})
                VALUES ($1, $2, $3, $4, $5, $6, $6, CASE WHEN $7 < $8 THEN $7 ELSE $8 END, $8{})
                ON CONFLICT (id) DO NOTHING",
                D::WHOLE_ID.map(|_| ", $9").unwrap_or_default()
            ),
            // Issuer, subject.
            lock_subject: D::lock(&format!("'{sessions} ' || $1 || ' ' || $2")),
            // Issuer, subject, now, the number of sessions that may stay, whether live sessions end, and the session that
            // starts. Ends a step of the surplus. Returns each, and whether it was live. A session that is used in the
            // meantime ends, too.
            //
            // Ranks the oldest sessions, which are all of them unless the limit is new. At most $4 of those can be among
            // the $4 that stay of all, so what ends here would end if all of them were ranked, too.
            make_room: format!(
                "UPDATE {sessions} SET ended_at = $3 WHERE ended_at IS NULL AND id {one_of}
                    SELECT s.id FROM {sessions} AS s WHERE s.ended_at IS NULL AND s.id {one_of}
                        SELECT o.id FROM (
                            SELECT s.id, s.started_at, s.last_used_at, {is_live} AS live FROM (
                                SELECT s.id, s.issuer, s.subject, s.started_at, s.last_used_at, s.idle_expires_at,
                                    s.expires_at
                                FROM {sessions} AS s
                                WHERE s.issuer = $1 AND s.subject = $2 AND s.ended_at IS NULL AND s.id <> $6
                                ORDER BY {LOCK_ORDER} LIMIT {RANKED_AT_ONCE}
                            ) AS s
                            ORDER BY live DESC, s.last_used_at DESC, s.started_at DESC, s.id
                            LIMIT {RANKED_AT_ONCE} OFFSET $4
                        ) AS o WHERE $5 = 1 OR o.live = 0
                        ORDER BY o.live, o.last_used_at, o.started_at, o.id DESC LIMIT {ENDED_AT_ONCE}
                    {end_of} ORDER BY {LOCK_ORDER}{locked}{end_of}
                RETURNING id{returned_whole_id}, {was_live}",
                is_live = number(&format!("WHEN {} THEN 1 ELSE 0", not_over(prefix, "s", "$3"))),
                returned_whole_id = whole_id,
                locked = D::LOCKED,
            ),
            // Issuer, subject, and the highest number that matters.
            count_others: format!(
                "SELECT COUNT(*) FROM (
                    SELECT s.id FROM {sessions} AS s
                    WHERE s.issuer = $1 AND s.subject = $2 AND s.ended_at IS NULL
                    ORDER BY {LOCK_ORDER} LIMIT $3
                ) AS o"
            ),
            // Session, issuer, subject, jti, jti, now, now + idle, now - grace, now + grace, the next jti, now - keep,
            // now + keep. Expressions in SET read the row before the update. `rotated_at` is NULL before the first
            // rotation, so the first token is never kept.
            rotate: format!(
                "UPDATE {sessions} AS s SET
                    outcome = CASE
                        WHEN {kept} THEN {KEPT}
                        WHEN s.current_id = $4 THEN {CURRENT}
                        WHEN {grace} THEN {PREVIOUS}
                        ELSE {SPENT}
                    END,
                    {moved},
                    last_used_at = CASE WHEN s.current_id = $4 THEN $6 ELSE s.last_used_at END,
                    idle_expires_at = CASE
                        WHEN s.current_id = $4 THEN {idle}
                        ELSE s.idle_expires_at
                    END,
                    ended_at = CASE WHEN s.current_id = $4 OR ({grace}) THEN NULL ELSE $6 END
                WHERE {own} AND {live} AND NOT {token_revoked}
                RETURNING outcome, current_id, idle_expires_at, graced_in_a_row",
                idle = LATER_IDLE,
                moved = moved.join(", "),
                live = live("$6"),
            ),
            // Session, issuer, subject, jti, jti, now, whether it is a refresh token, now - grace, now + grace. The
            // order of the cases ensures that a token without a jti, for which every comparison is NULL, is spent.
            state: format!(
                "SELECT {} FROM {sessions} AS s WHERE {own}",
                number(&format!(
                    "WHEN s.ended_at IS NOT NULL OR {token_revoked} OR {session_cut_off} THEN {STATE_REVOKED}
                    WHEN $6 >= s.idle_expires_at OR $6 >= s.expires_at THEN {STATE_EXPIRED}
                    WHEN $7 = 0 OR s.current_id = $4 OR ({grace}) THEN {STATE_ACTIVE}
                    ELSE {STATE_SPENT}",
                    grace = within_grace("$4", "$8", "$9"),
                ))
            ),
            // Issuer, subject, jti, the second when the token was issued.
            state_without_session: format!(
                "SELECT {}",
                number(&format!(
                    "WHEN {} OR {} THEN {STATE_REVOKED} ELSE {STATE_ACTIVE}",
                    revoked(prefix, "$1", "$3"),
                    cut_off(prefix, "$1", "$2", "$4 <= c.moment"),
                ))
            ),
            // Session, issuer, subject, jti, jti, now, now + idle, whether it is a refresh token.
            touch: format!(
                "UPDATE {sessions} AS s
                SET last_used_at = CASE WHEN $6 > s.last_used_at THEN $6 ELSE s.last_used_at END,
                    idle_expires_at = {LATER_IDLE}
                WHERE {own} AND {} AND NOT {token_revoked} AND ($8 = 0 OR s.current_id = $4)",
                live("$6")
            ),
            // And the session $4.
            end_one: end("AND s.id = $4"),
            end_all: end(""),
            end_others: end("AND s.id <> $4"),
            // Issuer.
            lock_cutoffs: D::lock(&format!("'{cutoffs} ' || $1")),
            issued_before: issued_before(""),
            // And the subject $4.
            issued_to_before: issued_before("AND s.subject = $4"),
            // Issuer, moment, now: sessions that seem to start later than both.
            end_future: end_where("s.started_at >= $2 AND s.started_at > $3"),
            // And the subject $4.
            end_future_of: end_where("s.subject = $4 AND s.started_at >= $2 AND s.started_at > $3"),
            // Issuer, whether the cutoff is for everyone, subject, moment.
            cut_off: format!(
                "INSERT INTO {cutoffs} (issuer, everyone, subject, moment) VALUES ($1, $2, $3, $4)
                ON CONFLICT (issuer, everyone, subject) DO UPDATE SET moment = CASE
                    WHEN {cutoffs}.moment > excluded.moment THEN {cutoffs}.moment
                    ELSE excluded.moment
                END"
            ),
            list: list(""),
            // And the start $5 and the id $6 of the last session on the page before.
            list_after: list("AND s.started_at <= $5 AND (s.started_at < $5 OR s.id > $6)"),
            states: states(prefix),
            // Now.
            purge_sessions: purged(&sessions, "expires_at"),
            purge_revoked: purged(&tokens, "until"),
        }
    }
}
