use std::sync::atomic::{AtomicU64, Ordering};

/// Identifies a manager within the process, so a manager never uses the results of a different one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ManagerId(u64);

impl ManagerId {
    /// Returns an id that no other manager has.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
