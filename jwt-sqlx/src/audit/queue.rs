//! The events that wait to be written.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::entry::Entry;

/// The number of events that one transaction writes. A larger one would make other writers wait.
const BATCH: usize = 512;

pub(crate) struct Queue {
    state: Mutex<State>,
    capacity: usize,
    /// There is something to do.
    pub(super) work: Notify,
    /// Someone waits, so a pause ends.
    pub(super) hurry: Notify,
}

#[derive(Default)]
struct State {
    events: VecDeque<Entry>,
    /// The number of events that have left the queue, but may not be in the table yet. They count as waiting.
    in_flight: usize,
    /// The number of events that the queue has ever had.
    accepted: u64,
    dropped: u64,
    /// How many of those found no room since the queue was last empty.
    lost: u64,
    end: End,
}

#[derive(Clone, Copy, Default, Eq, PartialEq)]
enum End {
    #[default]
    Open,
    /// There is no handle that could add events.
    Closed,
    /// Nobody writes events anymore.
    Stopped,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self { state: Mutex::default(), capacity, work: Notify::new(), hurry: Notify::new() }
    }

    /// No code panics while it has the lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, event: Entry) {
        let mut state = self.state();
        let has_room = state.events.len().saturating_add(state.in_flight) < self.capacity;
        if has_room && state.end == End::Open {
            state.events.push_back(event);
            state.accepted = state.accepted.saturating_add(1);
            drop(state);
            self.work.notify_one();
            return;
        }
        let (lost, end) = (state.lost, state.end);
        state.dropped = state.dropped.saturating_add(1);
        state.lost = lost.saturating_add(1);
        drop(state);
        if lost == 0 && end == End::Open {
            tracing::error!(target: "jwt", "audit events are lost, because the queue of the audit log is full");
        } else if lost == 0 {
            tracing::error!(target: "jwt", "audit events are lost, because the task of the audit log has ended");
        }
    }

    pub(crate) fn accepted(&self) -> u64 {
        self.state().accepted
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.state().dropped
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().end != End::Open
    }

    pub(super) fn has_work(&self) -> bool {
        let state = self.state();
        !state.events.is_empty() || state.end != End::Open
    }

    pub(crate) fn close(&self) {
        self.state().end = End::Closed;
        self.work.notify_one();
        self.hurry.notify_one();
    }

    /// Takes the oldest events, to be written. They count as waiting until they are [`done`](Self::done).
    pub(super) fn take(&self) -> Vec<Entry> {
        let mut state = self.state();
        let count = state.events.len().min(BATCH);
        let events: Vec<_> = state.events.drain(..count).collect();
        state.in_flight = events.len();
        events
    }

    /// Makes room for as many events as were written.
    pub(super) fn done(&self, count: usize) {
        let mut state = self.state();
        state.in_flight = state.in_flight.saturating_sub(count);
        if !state.events.is_empty() || state.in_flight > 0 {
            return;
        }
        let lost = std::mem::take(&mut state.lost);
        drop(state);
        if lost > 0 {
            tracing::info!(target: "jwt", lost, "audit events are no longer lost");
        }
    }

    /// Counts an event that the database does not accept.
    pub(super) fn reject(&self, cause: &str) {
        let mut state = self.state();
        state.dropped = state.dropped.saturating_add(1);
        drop(state);
        tracing::error!(target: "jwt", cause, "an audit event is lost, because the database does not accept it");
    }

    /// Counts what is left, because nobody writes it anymore.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        let lost = state.events.len().saturating_add(state.in_flight);
        state.events.clear();
        state.in_flight = 0;
        state.lost = 0;
        state.dropped = state.dropped.saturating_add(u64::try_from(lost).unwrap_or(u64::MAX));
        state.end = End::Stopped;
        drop(state);
        if lost > 0 {
            tracing::error!(
                target: "jwt",
                lost,
                "audit events are lost, because the task of the audit log ended before it had written them"
            );
        }
    }
}
