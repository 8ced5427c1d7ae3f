//! A store of sessions that fails on command.

mod calls;
mod sessions;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jwt_core::BoxError;
use jwt_core::session::MemorySessions;
use tokio::sync::watch;

pub use calls::{StoreCall, StoreCalls};

/// A way in which a [`FailingStore`] fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outage {
    /// Each call returns an error. The store is not changed.
    Down,
    /// Each call is carried out and returns an error, as if the connection had broken before the reply. By its
    /// contract, a [`rotate`](jwt_core::session::Sessions::rotate) that returns an error does not change the session.
    /// This outage breaks the contract on purpose.
    LostReply,
    /// No call returns until [`FailingStore::recover`], which then carries it out.
    Hang,
}

/// A store of sessions that fails on command, around any other one. All clones share the store and its failures.
///
/// The text of its errors looks like that of a database driver and contains the password `hunter2`, so a test can check
/// that no response contains it.
///
/// ```
/// use jwt_test::jwt_core::{Config, JwtManager, Policy, keys::Secret};
/// use jwt_test::{FailingStore, Outage, StoreCall};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = FailingStore::default();
/// let jwt = JwtManager::builder(Config::default())
///     .secret(&Secret::generate()?)
///     .session_store(store.clone())
///     .build()?;
/// let pair = jwt.log_in("alice").await?;
///
/// store.fail_next(1, Outage::Down);
/// assert!(jwt.verify(pair.access(), &Policy::access()).await.is_err());
/// assert!(jwt.verify(pair.access(), &Policy::access()).await.is_ok());
/// assert_eq!(store.calls().of(StoreCall::State), 2);
/// # Ok(())
/// # }
/// ```
///
/// # Calls that hang
///
/// To see what an application does while its store is slow, let a call hang, wait for the call, and let it continue. The
/// test does not need to sleep:
///
/// ```
/// use jwt_test::jwt_core::{JwtManager, Policy};
/// use jwt_test::{FailingStore, Outage};
///
/// # async fn example(jwt: JwtManager, store: FailingStore, token: String) {
/// store.fail(Outage::Hang);
/// let next = store.calls().total() + 1;
/// let checking = tokio::spawn(async move { jwt.verify(&token, &Policy::access()).await });
/// store.until_calls(next).await;
/// // The application waits for the store now.
/// store.recover();
/// assert!(checking.await.unwrap().is_ok());
/// # }
/// ```
pub struct FailingStore<S = MemorySessions> {
    store: Arc<S>,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Wakes the calls that hang.
    changed: watch::Sender<()>,
    /// The number of calls.
    arrivals: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    outage: Option<Outage>,
    /// The number of calls after which the outage ends. `None` if it does not end by itself.
    left: Option<usize>,
    calls: StoreCalls,
}

impl<S> FailingStore<S> {
    /// Wraps a store. No call fails yet.
    pub fn new(store: S) -> Self {
        let shared = Shared {
            state: Mutex::default(),
            changed: watch::Sender::new(()),
            arrivals: watch::Sender::new(0),
        };
        Self { store: Arc::new(store), shared: Arc::new(shared) }
    }

    /// Returns the store inside. Calls to it neither fail nor count.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.store
    }

    /// Makes all calls fail until [`recover`](Self::recover). It replaces an earlier outage, also for the calls that
    /// hang.
    pub fn fail(&self, outage: Outage) {
        self.change(Some(outage), None);
    }

    /// Makes the next calls fail, and those after them succeed. It replaces an earlier outage. Calls that already hang
    /// are carried out and do not count.
    pub fn fail_next(&self, calls: usize, outage: Outage) {
        self.change(Some(outage), Some(calls));
    }

    /// Ends all failures. Calls that [hang](Outage::Hang) are then carried out.
    pub fn recover(&self) {
        self.change(None, None);
    }

    /// Returns the numbers of calls since the creation of the store, including those that failed.
    #[must_use]
    pub fn calls(&self) -> StoreCalls {
        self.shared.state().calls
    }

    /// Waits until the store has received this number of calls since its creation, of any kind.
    ///
    /// The future works on every runtime. It waits without a limit.
    pub fn until_calls(&self, total: usize) -> impl Future<Output = ()> + Send + use<S> {
        let mut arrivals = self.shared.arrivals.subscribe();
        let shared = Arc::clone(&self.shared);
        async move {
            // The sender lives as long as `shared`.
            let _ = arrivals.wait_for(|calls| *calls >= total).await;
            drop(shared);
        }
    }

    fn change(&self, outage: Option<Outage>, left: Option<usize>) {
        let mut state = self.shared.state();
        (state.outage, state.left) = (outage, left);
        drop(state);
        self.shared.changed.send_replace(());
    }

    /// Carries out a call, or fails.
    async fn call<T>(
        &self,
        call: StoreCall,
        run: impl Future<Output = Result<T, BoxError>> + Send,
    ) -> Result<T, BoxError> {
        let mut changes = self.shared.changed.subscribe();
        let mut outage = self.shared.arrive(call);
        while outage == Some(Outage::Hang) {
            // The sender lives as long as this store.
            let _ = changes.changed().await;
            outage = self.shared.outage_of_hanging();
        }
        match outage {
            Some(Outage::Down) => Err(lost()),
            Some(Outage::LostReply) => run.await.and_then(|_| Err(lost())),
            Some(Outage::Hang) | None => run.await,
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panics can still drop its store.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, and decides whether it fails.
    fn arrive(&self, call: StoreCall) -> Option<Outage> {
        let mut state = self.state();
        state.calls.add(call);
        let outage = match &mut state.left {
            Some(0) => None,
            Some(left) => {
                *left -= 1;
                state.outage
            }
            None => state.outage,
        };
        // While the state is locked, so that the numbers arrive in their order.
        self.arrivals.send_replace(state.calls.total());
        outage
    }

    /// Decides again about a call that hangs.
    fn outage_of_hanging(&self) -> Option<Outage> {
        let state = self.state();
        state.outage.filter(|_| state.left.is_none())
    }
}

fn lost() -> BoxError {
    "connection to postgres://app:hunter2@db.internal/sessions was lost".into()
}

impl Default for FailingStore {
    fn default() -> Self {
        Self::new(MemorySessions::new())
    }
}

impl<S> Clone for FailingStore<S> {
    fn clone(&self) -> Self {
        Self { store: Arc::clone(&self.store), shared: Arc::clone(&self.shared) }
    }
}

impl<S> fmt::Debug for FailingStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.state();
        let outage = state.outage.filter(|_| state.left != Some(0));
        f.debug_struct("FailingStore").field("outage", &outage).finish_non_exhaustive()
    }
}
