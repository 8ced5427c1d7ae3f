//! Cutoffs: moments before which sessions and tokens are rejected.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::MemoryError;
use crate::session::{Subject, TokenRef, millis};

const SECOND: i64 = 1000;

/// Cutoffs by issuer and subject. `None` is the cutoff for all subjects.
type Moments = HashMap<Box<str>, HashMap<Option<Box<str>>, i64>>;

pub(super) struct Cutoffs {
    moments: RwLock<Moments>,
    most: usize,
}

impl Cutoffs {
    pub(super) fn new(most: usize) -> Self {
        Self { moments: RwLock::default(), most }
    }

    /// Sets a cutoff, unless there is a later one. Returns the previous cutoff.
    pub(super) fn insert(
        &self,
        issuer: &str,
        subject: Option<&str>,
        moment: i64,
    ) -> Result<i64, MemoryError> {
        let mut moments = self.moments.write().unwrap_or_else(PoisonError::into_inner);
        let len: usize = moments.values().map(HashMap::len).sum();
        let subjects = moments.entry(issuer.into()).or_default();
        let subject: Option<Box<str>> = subject.map(Box::from);
        match &subject {
            // A cutoff for all subjects replaces earlier ones for single subjects. There is always room for it.
            None => subjects.retain(|_, there| *there > moment),
            Some(_) if len >= self.most && !subjects.contains_key(&subject) => return Err(MemoryError::Full),
            Some(_) => {}
        }
        let there = subjects.entry(subject).or_insert(i64::MIN);
        Ok(std::mem::replace(there, moment.max(*there)))
    }

    /// The cutoff for this subject alone, or for all subjects.
    pub(super) fn at(&self, issuer: &str, subject: Option<&str>) -> i64 {
        let moments = self.moments.read().unwrap_or_else(PoisonError::into_inner);
        let moment = moments.get(issuer).and_then(|subjects| subjects.get(&subject.map(Box::from)));
        moment.copied().unwrap_or(i64::MIN)
    }

    /// The latest cutoff that applies to a subject.
    fn of(&self, subject: Subject<'_>) -> Option<i64> {
        let moments = self.moments.read().unwrap_or_else(PoisonError::into_inner);
        let subjects = moments.get(subject.issuer)?;
        let own = subjects.get(&Some(subject.name.into()));
        own.into_iter().chain(subjects.get(&None)).copied().max()
    }

    pub(super) fn refuse_start(&self, subject: Subject<'_>, started_at: i64) -> bool {
        self.of(subject).is_some_and(|moment| started_at < moment)
    }

    /// Compares whole seconds. The second of the cutoff itself is rejected as well.
    pub(super) fn refuse_issue(&self, token: &TokenRef<'_>) -> bool {
        let second = |millis: i64| millis.div_euclid(SECOND);
        self.of(token.subject).is_some_and(|moment| {
            token.issued_at.is_none_or(|issued_at| second(millis(issued_at)) <= second(moment))
        })
    }
}
