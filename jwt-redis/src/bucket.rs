//! A part of the subjects, whose keys a cluster keeps in one place.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use tokio::time::Instant;

use crate::names::{self, Name};
use crate::scripts::SHARED_KEYS;

/// The bucket's keys, which data are in it as far as this process knows, and its server's clock.
pub(crate) struct Bucket {
    /// In braces: a cluster places a key by what stands in them.
    tag: String,
    shared: [String; 4],
    epoch: AtomicU64,
    /// The server's time in milliseconds when `started` was.
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

    /// The sessions of a subject.
    pub(crate) fn subject(&self, subject: Name) -> String {
        format!("{}:subject:{}", self.tag, names::text(subject))
    }

    /// The subjects of an issuer.
    pub(crate) fn subjects(&self, issuer: Name) -> String {
        format!("{}:subjects:{}", self.tag, names::text(issuer))
    }

    /// What every script is given.
    pub(crate) fn shared(&self) -> impl Iterator<Item = &[u8]> {
        self.shared.iter().map(String::as_bytes)
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    /// Says which one it was before.
    pub(crate) fn set_epoch(&self, epoch: u64) -> u64 {
        self.epoch.swap(epoch, Ordering::Relaxed)
    }

    fn elapsed(&self, until: Instant) -> i64 {
        i64::try_from(until.saturating_duration_since(self.started).as_millis()).unwrap_or(i64::MAX)
    }

    /// A moment by the server's clock.
    pub(crate) fn servers(&self, moment: Instant) -> i64 {
        self.offset.load(Ordering::Relaxed).saturating_add(self.elapsed(moment))
    }

    /// The server says what time it is.
    pub(crate) fn set_clock(&self, time: i64) {
        self.offset.store(time.saturating_sub(self.elapsed(Instant::now())), Ordering::Relaxed);
    }
}
