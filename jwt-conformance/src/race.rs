//! Tasks that start at the same time.

use std::future::Future;
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Handle;
use tokio::sync::Barrier;
use tokio::task::{JoinHandle, spawn_blocking};

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

/// Starts tasks together, and returns their results.
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

/// Starts two tasks on two threads within nanoseconds, and returns their results. The tasks of a runtime wake one after
/// the other, which is too slow to race in a store that never waits.
pub(crate) async fn two_threads<T: Send + 'static>(
    tasks: [impl Future<Output = Outcome<T>> + Send + 'static; 2],
) -> Outcome<Vec<T>> {
    let ready = Arc::new(AtomicUsize::new(0));
    let running = tasks.map(|task| {
        let (ready, runtime) = (Arc::clone(&ready), Handle::current());
        spawn_blocking(move || {
            ready.fetch_add(1, Ordering::SeqCst);
            while ready.load(Ordering::SeqCst) < 2 {
                spin_loop();
            }
            runtime.block_on(task)
        })
    });
    let mut results = Vec::new();
    for one in running {
        results.push(result(one).await?);
    }
    Ok(results)
}

/// Starts two different tasks together, and returns their results.
///
/// A runtime with one free thread runs them one after the other, up to the first point where one of them waits. The
/// order therefore changes from round to round, so that each of them is the first in half of the rounds.
pub(crate) async fn two<A: Send + 'static, B: Send + 'static>(
    round: u32,
    a: impl Future<Output = Outcome<A>> + Send + 'static,
    b: impl Future<Output = Outcome<B>> + Send + 'static,
) -> Outcome<(A, B)> {
    let barrier = Arc::new(Barrier::new(2));
    let (a, b) = if round.is_multiple_of(2) {
        (task(&barrier, a), task(&barrier, b))
    } else {
        let b = task(&barrier, b);
        (task(&barrier, a), b)
    };
    Ok((result(a).await?, result(b).await?))
}
