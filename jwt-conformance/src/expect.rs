//! The expected results of a store, and the messages for unexpected results.

use std::fmt;
use std::marker::PhantomData;
use std::time::SystemTime;

use jwt_session::{BoxError, Ended, Graced, Rotation, SessionState};

use crate::Fixture;

/// The message of a failed check.
pub(crate) struct Failure(pub(crate) String);

impl From<BoxError> for Failure {
    fn from(error: BoxError) -> Self {
        Self(format!("the store returned an error: {error}"))
    }
}

pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Fails the check with a message unless a condition holds.
macro_rules! ensure {
    ($holds:expr, $($sentence:tt)+) => {
        if !$holds {
            return Err($crate::expect::Failure(format!($($sentence)+)));
        }
    };
}
pub(crate) use ensure;

/// The expected outcomes of a rotation.
pub(crate) enum Is<'a> {
    Rotated,
    /// With the idle limit of the session.
    Kept(SystemTime),
    /// With the `jti` of the current token.
    Grace(&'a str),
    /// With the `jti` of the current token, and how many rotations in a row such a use has followed.
    GraceInARow(&'a str, u32),
    Reused,
    /// `Unknown` if the store forgets ended sessions.
    Ended,
    /// `Unknown` if the store forgets expired sessions.
    Over,
    /// Any outcome without a token.
    Dead,
    Unknown,
}

impl Is<'_> {
    fn includes(&self, rotation: &Rotation) -> bool {
        match (self, rotation) {
            (Self::Grace(right), Rotation::Grace(Graced { current, .. })) => current == right,
            (Self::GraceInARow(right, count), Rotation::Grace(Graced { current, in_a_row, .. })) => {
                current == right && in_a_row == count
            }
            (Self::Kept(limit), Rotation::Kept(kept)) => kept.expires_at == *limit,
            (Self::Rotated, Rotation::Rotated(_))
            | (Self::Reused, Rotation::Reused)
            | (Self::Ended, Rotation::Revoked | Rotation::Unknown)
            | (Self::Over, Rotation::Expired | Rotation::Unknown)
            | (Self::Dead, Rotation::Revoked | Rotation::Expired | Rotation::Unknown)
            | (Self::Unknown, Rotation::Unknown) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Is<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rotated => f.write_str("Rotated"),
            Self::Kept(_) => f.write_str("Kept with the idle limit"),
            Self::Grace(current) => write!(f, "Grace with the current token {current:?}"),
            Self::GraceInARow(current, count) => {
                write!(f, "Grace with the current token {current:?} and {count} in a row")
            }
            Self::Reused => f.write_str("Reused"),
            Self::Ended => f.write_str("Revoked or Unknown"),
            Self::Over => f.write_str("Expired or Unknown"),
            Self::Dead => f.write_str("Revoked, Expired, or Unknown"),
            Self::Unknown => f.write_str("Unknown"),
        }
    }
}

pub(crate) const ACTIVE: &[SessionState] = &[SessionState::Active];
pub(crate) const SPENT: &[SessionState] = &[SessionState::Spent];
/// `Unknown` if the store forgets ended sessions.
pub(crate) const ENDED: &[SessionState] = &[SessionState::Revoked, SessionState::Unknown];
/// `Unknown` if the store forgets expired sessions.
pub(crate) const OVER: &[SessionState] = &[SessionState::Expired, SessionState::Unknown];
pub(crate) const DEAD: &[SessionState] =
    &[SessionState::Revoked, SessionState::Expired, SessionState::Unknown];
pub(crate) const REVOKED: &[SessionState] = &[SessionState::Revoked];
pub(crate) const UNKNOWN: &[SessionState] = &[SessionState::Unknown];

/// The expected states of an access token whose session has not been ended. A copy need not contain such a session.
pub(crate) struct Access<F>(PhantomData<F>);

impl<F: Fixture> Access<F> {
    pub(crate) const OVER: &[SessionState] =
        if F::COPIES { &[SessionState::Expired, SessionState::Unknown, SessionState::Active] } else { OVER };
    pub(crate) const UNKNOWN: &[SessionState] =
        if F::COPIES { &[SessionState::Unknown, SessionState::Active] } else { UNKNOWN };
}

/// Compares a result of the store with the expected result.
pub(crate) trait MustBe<W> {
    /// Fails with a message that names the request, the result, and the expected result.
    fn must_be(self, right: W, asked: &str) -> Outcome;
}

impl MustBe<Is<'_>> for Rotation {
    fn must_be(self, right: Is<'_>, asked: &str) -> Outcome {
        let count = match &self {
            Self::Grace(graced) => format!(" with {} in a row", graced.in_a_row),
            _ => String::new(),
        };
        ensure!(right.includes(&self), "{asked}: rotate returned {self:?}{count}, expected {right}");
        Ok(())
    }
}

impl MustBe<&[Self]> for SessionState {
    fn must_be(self, right: &[Self], asked: &str) -> Outcome {
        let expected: Vec<_> = right.iter().map(|state| format!("{state:?}")).collect();
        ensure!(right.contains(&self), "{asked}: the state is {self:?}, expected {}", expected.join(" or "));
        Ok(())
    }
}

impl MustBe<u64> for Ended {
    fn must_be(self, right: u64, asked: &str) -> Outcome {
        let live = self.live;
        ensure!(live == right, "{asked}: {live}, expected {right}");
        Ok(())
    }
}
