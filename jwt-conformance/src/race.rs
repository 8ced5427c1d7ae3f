//! Tasks that start at once.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinHandle;

use crate::expect::{Failure, Outcome};

fn task<T: Send + 'static>(
    barrier: &Arc<Barrier>,
    task: impl Future<Output = Outcome<T>> + Send + 'static,
) -> JoinHandle<Outcome<T>> {
    let barrier = Arc::clone(barrier);
    tokio::spawn(async move {
        barrier.wait().await;
        task.await
    })
}

async fn result<T>(task: JoinHandle<Outcome<T>>) -> Outcome<T> {
    task.await.unwrap_or_else(|error| Err(Failure(format!("the store panicked: {error}"))))
}

/// What a number of tasks give that start together.
pub(crate) async fn all<T: Send + 'static>(
    tasks: Vec<impl Future<Output = Outcome<T>> + Send + 'static>,
) -> Outcome<Vec<T>> {
    let barrier = Arc::new(Barrier::new(tasks.len()));
    let running: Vec<_> = tasks.into_iter().map(|one| task(&barrier, one)).collect();
    let mut results = Vec::new();
    for one in running {
        results.push(result(one).await?);
    }
    Ok(results)
}

/// What two different tasks give that start together.
pub(crate) async fn two<A: Send + 'static, B: Send + 'static>(
    a: impl Future<Output = Outcome<A>> + Send + 'static,
    b: impl Future<Output = Outcome<B>> + Send + 'static,
) -> Outcome<(A, B)> {
    let barrier = Arc::new(Barrier::new(2));
    let (a, b) = (task(&barrier, a), task(&barrier, b));
    Ok((result(a).await?, result(b).await?))
}
