//! A bucket: a part of the subjects. A cluster keeps its keys on one node.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use tokio::time::Instant;

use crate::names::{self, Name};
use crate::scripts::SHARED_KEYS;

/// The keys of the bucket, the epoch of its data as far as this process knows, and the clock of its server.
pub(crate) struct Bucket {
    /// In braces, because a cluster chooses a key's node by the text in braces.
    tag: String,
    shared: [String; 4],
    epoch: AtomicU64,
    /// The server's time in milliseconds at `started`.
    offset: AtomicI64,
    started: Instant,
}

impl Bucket {
    pub(crate) fn new(prefix: &str, number: u16) -> Self {
        let tag = format!("{{{prefix}:{number}}}");
        let shared = SHARED_KEYS.map(|key| format!("{tag}:{key}"));
        let (epoch, offset) = (AtomicU64::new(0), AtomicI64::new(0));
        Self { tag, shared, epoch, offset, started: Instant::now() }
    }

    /// Returns the key of the sessions of a subject.
    pub(crate) fn subject(&self, subject: Name) -> String {
        format!("{}:subject:{}", self.tag, names::text(subject))
    }

    /// Returns the key of the subjects of an issuer.
    pub(crate) fn subjects(&self, issuer: Name) -> String {
        format!("{}:subjects:{}", self.tag, names::text(issuer))
    }

    /// Returns the keys that every script receives.
    pub(crate) fn shared(&self) -> impl Iterator<Item = &[u8]> {
        self.shared.iter().map(String::as_bytes)
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    /// Sets the epoch, and returns the previous one.
    pub(crate) fn set_epoch(&self, epoch: u64) -> u64 {
        self.epoch.swap(epoch, Ordering::Relaxed)
    }

    fn elapsed(&self, until: Instant) -> i64 {
        i64::try_from(until.saturating_duration_since(self.started).as_millis()).unwrap_or(i64::MAX)
    }

    /// Converts a moment to the server's clock.
    pub(crate) fn servers(&self, moment: Instant) -> i64 {
        self.offset.load(Ordering::Relaxed).saturating_add(self.elapsed(moment))
    }

    /// Sets the server's clock to the time that the server reported.
    pub(crate) fn set_clock(&self, time: i64) {
        self.offset.store(time.saturating_sub(self.elapsed(Instant::now())), Ordering::Relaxed);
    }
}
