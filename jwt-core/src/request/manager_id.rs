use std::sync::atomic::{AtomicU64, Ordering};

/// Tells managers of one process apart, so that what one has checked is never taken for another's.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ManagerId(u64);

impl ManagerId {
    /// One that no other manager has.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
