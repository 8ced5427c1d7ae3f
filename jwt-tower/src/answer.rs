use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::sealed::Sealed;

/// How the layer turns its own responses into those of the service: [`Wrap`], [`Same`], or [`With`].
///
/// `R` is the body of the service's responses. You cannot implement this trait. For a body of your own, use
/// [`JwtLayer::body_with`](crate::JwtLayer::body_with).
pub trait Answer<R>: Clone + Sealed {
    /// The body of all responses.
    type Body;

    /// Converts the body of a response of the service.
    #[doc(hidden)]
    fn pass(body: R) -> Self::Body;

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

    fn pass(body: R) -> Guarded<R> {
        Guarded { inner: Inner::Service { body } }
    }

    fn refuse(&self, body: Bytes) -> Guarded<R> {
        Guarded { inner: Inner::Layer { body } }
    }
}

/// Keeps the body of the service. [`JwtLayer::same_body`](crate::JwtLayer::same_body) chooses it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Same;

impl Sealed for Same {}

impl<R: From<Bytes>> Answer<R> for Same {
    type Body = R;

    fn pass(body: R) -> R {
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

    fn pass(body: R) -> R {
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

pin_project! {
    /// The body of a response: that of the service, or that of the layer if it rejected the request.
    ///
    /// It has the errors and the data of the service's body.
    pub struct Guarded<R> {
        #[pin]
        inner: Inner<R>,
    }
}

pin_project! {
    #[project = InnerProjection]
    enum Inner<R> {
        Service { #[pin] body: R },
        Layer { body: Bytes },
    }
}

impl<R: Body<Data: From<Bytes>>> Body for Guarded<R> {
    type Data = R::Data;
    type Error = R::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<R::Data>, R::Error>>> {
        match self.project().inner.project() {
            InnerProjection::Service { body } => body.poll_frame(context),
            InnerProjection::Layer { body } => {
                let rest = Some(std::mem::take(body)).filter(|body| !body.is_empty());
                Poll::Ready(rest.map(|body| Ok(Frame::data(body.into()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Inner::Service { body } => body.is_end_stream(),
            Inner::Layer { body } => body.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Inner::Service { body } => body.size_hint(),
            Inner::Layer { body } => SizeHint::with_exact(u64::try_from(body.len()).unwrap_or(u64::MAX)),
        }
    }
}

impl<R> fmt::Debug for Guarded<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").finish_non_exhaustive()
    }
}
