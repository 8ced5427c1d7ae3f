use std::fmt;

use bytes::Bytes;

use crate::Guarded;
use crate::sealed::Sealed;
use crate::streams::Watch;

/// How the layer turns its own responses into those of the service: [`Wrap`], [`Same`], or [`With`].
///
/// `R` is the body of the service's responses. You cannot implement this trait. For a body of your own, use
/// [`JwtLayer::body_with`](crate::JwtLayer::body_with).
pub trait Answer<R>: Clone + Sealed {
    /// The body of all responses.
    type Body;

    /// Converts the body of a response of the service, which may have to end with its token.
    #[doc(hidden)]
    fn pass(body: R, watch: Option<Watch>) -> Self::Body;

    /// Creates the body of a response to a rejected request.
    #[doc(hidden)]
    fn refuse(&self, body: Bytes) -> Self::Body;
}

/// Responds with a [`Guarded`] body. This is the default, and works with all services.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Wrap;

impl Sealed for Wrap {}

impl<R> Answer<R> for Wrap {
    type Body = Guarded<R>;

    fn pass(body: R, watch: Option<Watch>) -> Guarded<R> {
        Guarded::of_service(body, watch)
    }

    fn refuse(&self, body: Bytes) -> Guarded<R> {
        Guarded::of_layer(body)
    }
}

/// Keeps the body of the service. [`JwtLayer::same_body`](crate::JwtLayer::same_body) chooses it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Same;

impl Sealed for Same {}

impl<R: From<Bytes>> Answer<R> for Same {
    type Body = R;

    fn pass(body: R, _: Option<Watch>) -> R {
        body
    }

    fn refuse(&self, body: Bytes) -> R {
        body.into()
    }
}

/// Keeps the body of the service. [`JwtLayer::body_with`](crate::JwtLayer::body_with) chooses it.
#[derive(Clone, Copy)]
pub struct With<F>(pub(crate) F);

impl<F> Sealed for With<F> {}

impl<R, F: Fn(Bytes) -> R + Clone> Answer<R> for With<F> {
    type Body = R;

    fn pass(body: R, _: Option<Watch>) -> R {
        body
    }

    fn refuse(&self, body: Bytes) -> R {
        self.0(body)
    }
}

impl<F> fmt::Debug for With<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("With").finish_non_exhaustive()
    }
}
