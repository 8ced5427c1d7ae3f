//! Outages of what a manager calls. Each is logged once, when it begins.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// What fails or works as a whole.
#[derive(Clone, Copy)]
pub(super) enum Part {
    BlocklistLoader,
    /// Sources of keys report their outages themselves, for each issuer.
    Keys,
    Rule,
    Store,
    UserLoader,
    VerificationLoader,
}

impl Part {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::BlocklistLoader => "blocklist loader",
            Self::Keys => "source of keys",
            Self::Rule => "rule",
            Self::Store => "store",
            Self::UserLoader => "user loader",
            Self::VerificationLoader => "verification loader",
        }
    }
}

/// The outages of what a manager calls.
#[derive(Default)]
pub(super) struct Outages {
    blocklist_loader: Outage,
    rule: Outage,
    store: Outage,
    user_loader: Outage,
    verification_loader: Outage,
}

impl Outages {
    const fn of(&self, part: Part) -> Option<&Outage> {
        Some(match part {
            Part::BlocklistLoader => &self.blocklist_loader,
            Part::Keys => return None,
            Part::Rule => &self.rule,
            Part::Store => &self.store,
            Part::UserLoader => &self.user_loader,
            Part::VerificationLoader => &self.verification_loader,
        })
    }

    /// Whether to warn of a failure.
    pub(super) fn begin(&self, part: Part, now: impl FnOnce() -> SystemTime) -> bool {
        self.of(part).is_some_and(|outage| outage.begin(now))
    }

    pub(super) fn end(&self, part: Part) {
        if self.of(part).is_some_and(Outage::end) {
            tracing::info!(target: "jwt", "the {} works again", part.as_str());
        }
    }
}

/// What fails for only some requests begins an outage with each of them. The log must not fill up.
const MOST_WARNINGS: u32 = 10;
const WARNINGS_PER: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Outage {
    is_on: AtomicBool,
    /// Since when warnings are counted, and how many there were.
    warnings: Mutex<Option<(SystemTime, u32)>>,
}

impl Outage {
    fn begin(&self, now: impl FnOnce() -> SystemTime) -> bool {
        if self.is_on.swap(true, Ordering::Relaxed) {
            return false;
        }
        let now = now();
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = warnings
            .filter(|(since, _)| now.duration_since(*since).is_ok_and(|elapsed| elapsed < WARNINGS_PER));
        let (since, count) = counted.unwrap_or((now, 0));
        *warnings = Some((since, count.saturating_add(1)));
        count < MOST_WARNINGS
    }

    /// Whether there was an outage.
    fn end(&self) -> bool {
        self.is_on.load(Ordering::Relaxed) && self.is_on.swap(false, Ordering::Relaxed)
    }
}
