//! What must not end halfway because a client disconnects.

use std::future::Future;

/// Carries out what a client has started, even if it disconnects and the request is dropped. Otherwise, a thief could
/// present a used token, disconnect, and end the session without an event, and a user who closes the page right after
/// logging out could stay logged in.
///
/// On a Tokio runtime, this is a task. Without one, it ends with the request.
#[cfg(feature = "tokio")]
pub(super) async fn uninterrupted<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    use tracing::Instrument as _;
    use tracing::instrument::WithSubscriber as _;

    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return future.await;
    };
    // The log of a task is that of the request.
    match runtime.spawn(future.in_current_span().with_current_subscriber()).await {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and drops the request as well.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(not(feature = "tokio"))]
pub(super) fn uninterrupted<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = T> + Send {
    future
}
