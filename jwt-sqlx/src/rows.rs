//! Converts the rows of the statements to the types of the traits.

use jwt_session::{Graced, Rotated, Rotation, Session, SessionState, from_millis};

use crate::sql::{CURRENT, KEPT, PREVIOUS, STATE_ACTIVE, STATE_EXPIRED, STATE_SPENT, STATE_UNKNOWN};

/// Outcome, current jti, idle limit, uses within the grace period in a row.
pub(crate) type RotationRow = (i64, String, i64, i64);

pub(crate) fn rotation((outcome, current, expires_at, in_a_row): RotationRow) -> Rotation {
    let expires_at = from_millis(expires_at);
    match outcome {
        CURRENT => Rotation::Rotated(Rotated::new(expires_at)),
        KEPT => Rotation::Kept(Rotated::new(expires_at)),
        PREVIOUS => {
            let in_a_row = u32::try_from(in_a_row).unwrap_or(u32::MAX);
            Rotation::Grace(Graced::new(current, expires_at).in_a_row(in_a_row))
        }
        _ => Rotation::Reused,
    }
}

/// Returns the outcome for a session that `rotate` did not find live. `None` if it is live.
pub(crate) fn refused(state: SessionState) -> Option<Rotation> {
    match state {
        SessionState::Unknown => Some(Rotation::Unknown),
        SessionState::Expired => Some(Rotation::Expired),
        SessionState::Active | SessionState::Spent => None,
        _ => Some(Rotation::Revoked),
    }
}

/// Returns the state for a code. No code means that there is no such session.
pub(crate) fn state(codes: &[i64]) -> SessionState {
    match codes.first() {
        None | Some(&STATE_UNKNOWN) => SessionState::Unknown,
        Some(&STATE_ACTIVE) => SessionState::Active,
        Some(&STATE_SPENT) => SessionState::Spent,
        Some(&STATE_EXPIRED) => SessionState::Expired,
        Some(_) => SessionState::Revoked,
    }
}

/// Id, label, start, last use, last exchange, idle limit.
pub(crate) type SessionRow = (String, Option<String>, i64, i64, i64, i64);

pub(crate) fn session((id, label, started_at, last_used_at, rotated_at, expires_at): SessionRow) -> Session {
    let [started_at, last_used_at, rotated_at, expires_at] =
        [started_at, last_used_at, rotated_at, expires_at].map(from_millis);
    Session::new(id, started_at, expires_at).label(label).last_used_at(last_used_at).rotated_at(rotated_at)
}

/// Number, time, event, issuer, subject, session, label, count, and who ended the sessions.
pub(crate) type AuditRow = (
    i64,
    i64,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<String>,
);

/// The id of a session that has just ended, and whether it was live.
pub(crate) type EndedRow = (String, i64);
