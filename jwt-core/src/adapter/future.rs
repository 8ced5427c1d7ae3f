use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

/// A future that may be sent to another thread.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A future that stays on its thread.
pub type LocalBoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

pin_project! {
    /// What a guard or a layer answers: the handler's future where nothing has to be waited for, so that a good token
    /// costs no memory of its own.
    ///
    /// `F` is the handler's future, and `B` a boxed one.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F: Future, B: Future> {
        #[pin]
        state: State<F, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F: Future, B: Future> {
        Direct { #[pin] handler: F, map: fn(F::Output) -> B::Output },
        Answered { answer: Option<B::Output> },
        Boxed { #[pin] future: B },
    }
}

impl<F: Future, B: Future> ResponseFuture<F, B> {
    /// The handler's answer, in the type that the layer answers with.
    pub const fn direct(handler: F, map: fn(F::Output) -> B::Output) -> Self {
        Self { state: State::Direct { handler, map } }
    }

    /// An answer that is there.
    pub const fn answered(answer: B::Output) -> Self {
        Self { state: State::Answered { answer: Some(answer) } }
    }

    /// An answer that is waited for.
    pub const fn boxed(future: B) -> Self {
        Self { state: State::Boxed { future } }
    }
}

impl<F: Future, B: Future> Future for ResponseFuture<F, B> {
    type Output = B::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<B::Output> {
        match self.project().state.project() {
            StateProjection::Direct { handler, map } => handler.poll(context).map(*map),
            // A future that was ready must not be polled again (`std::future::Future::poll`).
            StateProjection::Answered { answer } => answer.take().map_or(Poll::Pending, Poll::Ready),
            StateProjection::Boxed { future } => future.poll(context),
        }
    }
}

impl<F: Future, B: Future> std::fmt::Debug for ResponseFuture<F, B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
