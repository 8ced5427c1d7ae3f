//! What a check expects, and how it says that it got something else.

use std::fmt;
use std::marker::PhantomData;

use jwt_session::{BoxError, Ended, Graced, Rotation, SessionState};

use crate::Fixture;

/// What went wrong, as a sentence.
pub(crate) struct Failure(pub(crate) String);

impl From<BoxError> for Failure {
    fn from(error: BoxError) -> Self {
        Self(format!("the store failed: {error}"))
    }
}

pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Fails the check with a sentence unless something holds.
macro_rules! ensure {
    ($holds:expr, $($sentence:tt)+) => {
        if !$holds {
            return Err($crate::expect::Failure(format!($($sentence)+)));
        }
    };
}
pub(crate) use ensure;

/// The outcomes of a rotation that are right.
pub(crate) enum Is<'a> {
    Rotated,
    /// With the `jti` of the current token.
    Grace(&'a str),
    Reused,
    /// `Unknown` where ended sessions are forgotten.
    Ended,
    /// `Unknown` where sessions that are over are forgotten.
    Over,
    /// Whatever says that no token comes out.
    Dead,
    Unknown,
}

impl Is<'_> {
    fn includes(&self, rotation: &Rotation) -> bool {
        match (self, rotation) {
            (Self::Grace(right), Rotation::Grace(Graced { current, .. })) => current == right,
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
            Self::Grace(current) => write!(f, "Grace with the current token {current:?}"),
            Self::Reused => f.write_str("Reused"),
            Self::Ended => f.write_str("Revoked or Unknown"),
            Self::Over => f.write_str("Expired or Unknown"),
            Self::Dead => f.write_str("Revoked, Expired or Unknown"),
            Self::Unknown => f.write_str("Unknown"),
        }
    }
}

pub(crate) const ACTIVE: &[SessionState] = &[SessionState::Active];
pub(crate) const SPENT: &[SessionState] = &[SessionState::Spent];
/// `Unknown` where ended sessions are forgotten.
pub(crate) const ENDED: &[SessionState] = &[SessionState::Revoked, SessionState::Unknown];
/// `Unknown` where sessions that are over are forgotten.
pub(crate) const OVER: &[SessionState] = &[SessionState::Expired, SessionState::Unknown];
pub(crate) const DEAD: &[SessionState] =
    &[SessionState::Revoked, SessionState::Expired, SessionState::Unknown];
pub(crate) const REVOKED: &[SessionState] = &[SessionState::Revoked];
pub(crate) const UNKNOWN: &[SessionState] = &[SessionState::Unknown];

/// What is right of an access token whose session nobody has ended: a copy need not know such.
pub(crate) struct Access<F>(PhantomData<F>);

impl<F: Fixture> Access<F> {
    pub(crate) const OVER: &[SessionState] =
        if F::COPIES { &[SessionState::Expired, SessionState::Unknown, SessionState::Active] } else { OVER };
    pub(crate) const UNKNOWN: &[SessionState] =
        if F::COPIES { &[SessionState::Unknown, SessionState::Active] } else { UNKNOWN };
}

/// Compares an answer of the store with what is right.
pub(crate) trait MustBe<W> {
    /// Fails with what was asked, what came and what is right.
    fn must_be(self, right: W, asked: &str) -> Outcome;
}

impl MustBe<Is<'_>> for Rotation {
    fn must_be(self, right: Is<'_>, asked: &str) -> Outcome {
        ensure!(right.includes(&self), "{asked}: rotate says {self:?} where {right} is right");
        Ok(())
    }
}

impl MustBe<&[Self]> for SessionState {
    fn must_be(self, right: &[Self], asked: &str) -> Outcome {
        ensure!(right.contains(&self), "{asked}: the state is {self:?} where {right:?} is right");
        Ok(())
    }
}

impl MustBe<u64> for Ended {
    fn must_be(self, right: u64, asked: &str) -> Outcome {
        let live = self.live;
        ensure!(live == right, "{asked}: {live} where {right} is right");
        Ok(())
    }
}
