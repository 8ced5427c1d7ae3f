use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use serde_json::Value;
use tokio::sync::watch;

use crate::addresses::Addresses;
use crate::failure::Failure;
use crate::hits::Hits;
use crate::ring::Ring;

/// What an issuer, its server, and its tokens share.
pub(crate) struct Shared {
    pub(crate) addresses: Addresses,
    pub(crate) with_kid: bool,
    pub(crate) audience: Value,
    pub(crate) clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    state: Mutex<State>,
    /// Wakes the requests that wait for a different state.
    changed: watch::Sender<()>,
    /// The number of requests.
    pub(crate) arrivals: watch::Sender<usize>,
}

pub(crate) struct State {
    pub(crate) ring: Ring,
    pub(crate) discovery_failure: Option<Failure>,
    pub(crate) keys_failure: Option<Failure>,
    pub(crate) delay: Duration,
    pub(crate) cache_control: Option<HeaderValue>,
    pub(crate) age: Option<u64>,
    pub(crate) hits: Hits,
}

impl Shared {
    pub(crate) fn new(
        addresses: Addresses,
        ring: Ring,
        with_kid: bool,
        audience: Value,
        clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    ) -> Self {
        let state = State {
            ring,
            discovery_failure: None,
            keys_failure: None,
            delay: Duration::ZERO,
            cache_control: None,
            age: None,
            hits: Hits::default(),
        };
        Self {
            addresses,
            with_kid,
            audience,
            clock,
            state: Mutex::new(state),
            changed: watch::Sender::new(()),
            arrivals: watch::Sender::new(0),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A test that panics can still stop its server.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state. Requests that wait then continue with the new state.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changed.send_replace(());
        result
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}
