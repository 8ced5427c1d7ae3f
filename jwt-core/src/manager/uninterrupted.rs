//! What must not end halfway because a client disconnects.

use std::future::Future;

/// Carries out what a client has started, even if it disconnects and the request is dropped. Otherwise, a thief could
/// present a used token, disconnect, and end the session without an event, and a user who closes the page right after
/// logging out could stay logged in.
///
/// If the request is dropped on a Tokio runtime, what is left becomes a task. Without a runtime, it ends with the
/// request.
#[cfg(feature = "tokio")]
pub(crate) fn uninterrupted<T: 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = T> + Send {
    detach::Uninterrupted::new(future)
}

#[cfg(not(feature = "tokio"))]
pub(crate) fn uninterrupted<T: 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = T> + Send {
    future
}

#[cfg(feature = "tokio")]
mod detach {
    use std::future::Future;
    use std::pin::Pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll};

    use tokio::runtime::Handle;
    use tracing::Instrument as _;
    use tracing::instrument::WithSubscriber as _;

    /// The most tasks of the process. Further requests end as they are dropped, so that a store that hangs does not
    /// collect tasks.
    const MOST: usize = 1000;

    static TASKS: AtomicUsize = AtomicUsize::new(0);

    pub(super) struct Uninterrupted<T: 'static> {
        /// `None` once it has finished or panicked.
        rest: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
        /// The runtime on which it began. It can be dropped elsewhere.
        runtime: Option<Handle>,
    }

    impl<T> Uninterrupted<T> {
        pub(super) fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
            Self { rest: Some(Box::pin(future)), runtime: None }
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
                    if self.runtime.is_none() {
                        self.runtime = Handle::try_current().ok();
                    }
                    Poll::Pending
                }
            }
        }
    }

    impl<T> Drop for Uninterrupted<T> {
        fn drop(&mut self) {
            // Nothing has happened yet if it was never polled.
            if let (Some(rest), Some(runtime)) = (self.rest.take(), &self.runtime)
                && let Some(place) = Place::take()
            {
                let task = async move {
                    rest.await;
                    drop(place);
                };
                // The log of the task is that of the request.
                drop(runtime.spawn(task.in_current_span().with_current_subscriber()));
            }
        }
    }

    /// One of [`MOST`] tasks.
    struct Place;

    impl Place {
        fn take() -> Option<Self> {
            // Made before it is checked, so that it is given back in any case.
            let place = Self;
            (TASKS.fetch_add(1, Ordering::Relaxed) < MOST).then_some(place)
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            TASKS.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
