use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use jwt_core::adapter::{BoxFuture, OrBoxed};
use pin_project_lite::pin_project;

use crate::service::Passed;

pin_project! {
    /// The future of the services in this crate.
    ///
    /// `F` is the future of the service behind them, and `T` the result.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F: Future, T> {
        #[pin]
        inner: OrBoxed<F, T, Passed>,
    }
}

impl<F: Future, T> ResponseFuture<F, T> {
    pub(crate) const fn direct(handler: F, map: fn(F::Output) -> T) -> Self {
        Self { inner: OrBoxed::direct(handler, map) }
    }

    pub(crate) const fn guarded(handler: F, passed: Passed, respond: fn(F::Output, Passed) -> T) -> Self {
        Self { inner: OrBoxed::guarded(handler, passed, respond) }
    }

    pub(crate) const fn answered(answer: T) -> Self {
        Self { inner: OrBoxed::answered(answer) }
    }

    pub(crate) const fn boxed(future: BoxFuture<T>) -> Self {
        Self { inner: OrBoxed::boxed(future) }
    }
}

impl<F: Future, T> Future for ResponseFuture<F, T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.project().inner.poll(context)
    }
}

impl<F: Future, T> fmt::Debug for ResponseFuture<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
