//! Claims that must have certain values.

use super::rules::{Condition, MOST_CONDITIONS};
use crate::error::{InvalidToken, Segment};
use crate::wire::json::Members;

/// Checks the conditions on the claims of a payload. It reads the payload once more, which tokens of issuers without
/// conditions do not need.
#[cold]
pub(super) fn check(payload: &str, conditions: &[Condition]) -> Result<(), InvalidToken> {
    let place = |name: &str| conditions.iter().position(|condition| *condition.name == *name);
    let members =
        Members::<MOST_CONDITIONS>::read_by(payload, place).ok_or(InvalidToken::Json(Segment::Payload))?;
    for (condition, value) in conditions.iter().zip(members.known()) {
        let name = || condition.name.clone();
        let Some(value) = value else {
            if condition.can_be_absent {
                continue;
            }
            return Err(InvalidToken::ClaimMissing(name()));
        };
        let text = value.text(payload).ok_or_else(|| InvalidToken::ClaimType(name()))?;
        if !condition.values.iter().any(|accepted| **accepted == *text) {
            return Err(InvalidToken::ClaimValue(name()));
        }
    }
    Ok(())
}
