//! From what the statements answer to what the traits say.

use jwt_core::session::{Rotation, Session, SessionState};

use crate::sql::{CURRENT, PREVIOUS, STATE_ACTIVE, STATE_EXPIRED, STATE_SPENT};
use crate::time::moment;

/// Outcome, current jti, idle limit.
pub(crate) fn rotation((outcome, current, expires_at): (i64, String, i64)) -> Rotation {
    let expires_at = moment(expires_at);
    match outcome {
        CURRENT => Rotation::Rotated { expires_at },
        PREVIOUS => Rotation::Grace { current, expires_at },
        _ => Rotation::Reused,
    }
}

/// Of a session that `rotate` did not find alive.
pub(crate) fn refused(code: Option<i64>) -> Rotation {
    match code {
        None => Rotation::Unknown,
        Some(STATE_EXPIRED) => Rotation::Expired,
        Some(_) => Rotation::Revoked,
    }
}

pub(crate) fn state(code: Option<i64>) -> SessionState {
    match code {
        None => SessionState::Unknown,
        Some(STATE_ACTIVE) => SessionState::Active,
        Some(STATE_SPENT) => SessionState::Spent,
        Some(STATE_EXPIRED) => SessionState::Expired,
        Some(_) => SessionState::Revoked,
    }
}

/// Id, label, start, last use, idle limit.
pub(crate) type SessionRow = (String, Option<String>, i64, i64, i64);

pub(crate) fn session((id, label, started_at, last_used_at, expires_at): SessionRow) -> Session {
    Session::new(id, moment(started_at), moment(expires_at)).label(label).last_used_at(moment(last_used_at))
}
