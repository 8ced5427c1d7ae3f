use std::future::{Future, Ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::ResponseFields;

/// A future that can be sent to another thread.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A future that cannot be sent to another thread.
pub type LocalBoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

pin_project! {
    /// The future that a guard or a layer returns. If nothing has to be awaited, it is the handler's future, so a good
    /// token costs no allocation.
    ///
    /// `F` is the future of the handler, `B` a boxed future, and `C` what a guard keeps for the handler's response.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F: Future, B: Future, C = ResponseFields> {
        #[pin]
        state: State<F, B, C>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F: Future, B: Future, C> {
        Direct { #[pin] handler: F, map: fn(F::Output) -> B::Output },
        Guarded { #[pin] handler: F, kept: Option<C>, respond: fn(F::Output, C) -> B::Output },
        Answered { answer: Option<B::Output> },
        Boxed { #[pin] future: B },
    }
}

/// The future of a guard whose boxed future can be sent to another thread, with its result `T`.
pub type OrBoxed<F, T, C = ResponseFields> = ResponseFuture<F, BoxFuture<T>, C>;

/// A future without a handler: either an answer, or a boxed future.
pub type ReadyOr<B> = ResponseFuture<Ready<<B as Future>::Output>, B>;

impl<F: Future, B: Future, C> ResponseFuture<F, B, C> {
    /// Creates it from the handler's future, and converts the response.
    pub const fn direct(handler: F, map: fn(F::Output) -> B::Output) -> Self {
        Self { state: State::Direct { handler, map } }
    }

    /// Creates it from the handler's future behind a guard. `respond` converts the response, and
    /// [adds](super::add_fields) the guard's fields to it.
    pub const fn guarded(handler: F, kept: C, respond: fn(F::Output, C) -> B::Output) -> Self {
        Self { state: State::Guarded { handler, kept: Some(kept), respond } }
    }

    /// Creates it from a response.
    pub const fn answered(answer: B::Output) -> Self {
        Self { state: State::Answered { answer: Some(answer) } }
    }

    /// Creates it from a boxed future.
    pub const fn boxed(future: B) -> Self {
        Self { state: State::Boxed { future } }
    }
}

impl<F: Future, B: Future, C> Future for ResponseFuture<F, B, C> {
    type Output = B::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<B::Output> {
        match self.project().state.project() {
            StateProjection::Direct { handler, map } => handler.poll(context).map(*map),
            StateProjection::Guarded { handler, kept, respond } => match (handler.poll(context), kept.take())
            {
                (Poll::Ready(response), Some(taken)) => Poll::Ready(respond(response, taken)),
                (_, taken) => {
                    *kept = taken;
                    Poll::Pending
                }
            },
            // A future that was ready must not be polled again (`std::future::Future::poll`).
            StateProjection::Answered { answer } => answer.take().map_or(Poll::Pending, Poll::Ready),
            StateProjection::Boxed { future } => future.poll(context),
        }
    }
}

impl<F: Future, B: Future, C> std::fmt::Debug for ResponseFuture<F, B, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
