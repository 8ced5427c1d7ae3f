use crate::error::Misuse;
use crate::token::TokenError;
use crate::{JwtManager, Policy, RequestView};

/// Bodies, for guards and layers.
impl JwtManager {
    /// The most bytes of the body that a guard with this policy has to read before [`check`](Self::check), and to leave
    /// as [`BufferedBody`](crate::request::BufferedBody). `None` where it need not: no place is the body, an earlier
    /// one has the token, or the content type does not fit.
    #[must_use]
    pub fn wants_body(&self, view: &dyn RequestView, policy: &Policy) -> Option<usize> {
        let limit = self.0.parts.locator.buffered_body?;
        let places = self.places(policy.locations);
        match self.0.parts.locator.locate(view, places, policy.asks_for_refresh()) {
            Err(TokenError::Misuse(Misuse::BodyNotBuffered)) => Some(limit),
            _ => None,
        }
    }

    /// [`wants_body`](Self::wants_body) for a layer that does not know the policies of the guards inside: whether any
    /// of them could find something in a body of this content type.
    #[must_use]
    pub fn may_want_body(&self, view: &dyn RequestView) -> Option<usize> {
        let limit = self.0.parts.locator.buffered_body?;
        self.0.parts.locator.reads_body(view).then_some(limit)
    }
}
