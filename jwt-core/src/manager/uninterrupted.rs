//! What must not end halfway because a client disconnects.

use std::future::Future;
use std::sync::Arc;

#[cfg(feature = "tokio")]
use detach::{Tasks, Uninterrupted};

use crate::JwtManager;

/// What is left of requests that were dropped.
#[derive(Default)]
pub(super) struct Abandoned {
    /// Uses of refresh tokens, which can show a theft. Nothing else takes their places.
    uses: Arc<Tasks>,
    others: Arc<Tasks>,
}

#[cfg(not(feature = "tokio"))]
#[derive(Default)]
struct Tasks;

impl JwtManager {
    /// Carries out what a client has started, even if it disconnects and the request is dropped. Otherwise, a user who
    /// closes the page right after logging out could stay logged in.
    ///
    /// If the request is dropped on a Tokio runtime, what is left becomes a task. Without a runtime, it ends with the
    /// request.
    pub(crate) fn uninterrupted<T: 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = T> + Send {
        uninterrupted(&self.0.abandoned.others, future)
    }

    /// The same for the use of a refresh token. Otherwise, a thief could present a used one, disconnect, and end the
    /// session without an event.
    pub(super) fn uninterrupted_use<T: 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = T> + Send {
        uninterrupted(&self.0.abandoned.uses, future)
    }
}

#[cfg(feature = "tokio")]
fn uninterrupted<T>(
    tasks: &Arc<Tasks>,
    future: impl Future<Output = T> + Send + 'static,
) -> Uninterrupted<T> {
    Uninterrupted::new(Arc::clone(tasks), future)
}

#[cfg(not(feature = "tokio"))]
fn uninterrupted<T>(
    _: &Arc<Tasks>,
    future: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = T> + Send {
    future
}

#[cfg(feature = "tokio")]
mod detach {
    use std::future::Future;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::task::{Context, Poll};

    use tokio::runtime::Handle;
    use tracing::instrument::WithSubscriber as _;
    use tracing::{Dispatch, Instrument as _, Span, dispatcher};

    /// The most tasks at a time. Further requests end as they are dropped, so that a store that hangs does not collect
    /// tasks.
    const MOST: usize = 1000;

    /// Counts the tasks that are left of dropped requests.
    #[derive(Default)]
    pub(super) struct Tasks {
        count: AtomicUsize,
        is_full: AtomicBool,
    }

    impl Tasks {
        fn place(self: Arc<Self>) -> Option<Place> {
            let before = self.count.fetch_add(1, Ordering::Relaxed);
            // Made before it is checked, so that it is given back in any case.
            let place = Place(self);
            if before < MOST {
                return Some(place);
            }
            if !place.0.is_full.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    target: "jwt",
                    "{MOST} requests were dropped while the store did not respond, and what further ones have started \
                     is not carried out; this is logged once until all of them have ended"
                );
            }
            None
        }
    }

    struct Place(Arc<Tasks>);

    impl Drop for Place {
        fn drop(&mut self) {
            if self.0.count.fetch_sub(1, Ordering::Relaxed) == 1 {
                self.0.is_full.store(false, Ordering::Relaxed);
            }
        }
    }

    pub(super) struct Uninterrupted<T: 'static> {
        /// `None` once it has finished or panicked.
        rest: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
        tasks: Arc<Tasks>,
        origin: Option<Origin>,
    }

    /// Where a future began. It can be dropped elsewhere: on another thread, or outside of the span of its request.
    struct Origin {
        runtime: Handle,
        span: Span,
        subscriber: Dispatch,
    }

    impl Origin {
        fn current() -> Option<Self> {
            let runtime = Handle::try_current().ok()?;
            Some(Self { runtime, span: Span::current(), subscriber: dispatcher::get_default(Clone::clone) })
        }
    }

    impl<T> Uninterrupted<T> {
        pub(super) fn new(tasks: Arc<Tasks>, future: impl Future<Output = T> + Send + 'static) -> Self {
            Self { rest: Some(Box::pin(future)), tasks, origin: None }
        }
    }

    impl<T> Future for Uninterrupted<T> {
        type Output = T;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
            let Some(mut rest) = self.rest.take() else { return Poll::Pending };
            match rest.as_mut().poll(context) {
                Poll::Ready(output) => Poll::Ready(output),
                Poll::Pending => {
                    self.rest = Some(rest);
                    if self.origin.is_none() {
                        self.origin = Origin::current();
                    }
                    Poll::Pending
                }
            }
        }
    }

    impl<T> Drop for Uninterrupted<T> {
        fn drop(&mut self) {
            // Nothing has happened yet if it was never polled.
            if let (Some(rest), Some(origin)) = (self.rest.take(), self.origin.take())
                && let Some(place) = Arc::clone(&self.tasks).place()
            {
                let task = async move {
                    rest.await;
                    drop(place);
                };
                drop(origin.runtime.spawn(task.instrument(origin.span).with_subscriber(origin.subscriber)));
            }
        }
    }
}
