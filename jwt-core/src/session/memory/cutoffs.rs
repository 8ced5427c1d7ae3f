//! The moments before which nothing counts.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::MemoryError;
use crate::session::{Subject, TokenRef, millis};

const SECOND: i64 = 1000;

/// By issuer, and there by subject; `None` is everyone.
type Moments = HashMap<Box<str>, HashMap<Option<Box<str>>, i64>>;

pub(super) struct Cutoffs {
    moments: RwLock<Moments>,
    most: usize,
}

impl Cutoffs {
    pub(super) fn new(most: usize) -> Self {
        Self { moments: RwLock::default(), most }
    }

    /// The latest moment stays. Gives the one that counted until now.
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
            // What is refused to everyone need not be refused to each; and there is always room for it.
            None => subjects.retain(|_, there| *there > moment),
            Some(_) if len >= self.most && !subjects.contains_key(&subject) => return Err(MemoryError::Full),
            Some(_) => {}
        }
        let there = subjects.entry(subject).or_insert(i64::MIN);
        Ok(std::mem::replace(there, moment.max(*there)))
    }

    /// That of a subject alone, or of everyone alone.
    pub(super) fn at(&self, issuer: &str, subject: Option<&str>) -> i64 {
        let moments = self.moments.read().unwrap_or_else(PoisonError::into_inner);
        let moment = moments.get(issuer).and_then(|subjects| subjects.get(&subject.map(Box::from)));
        moment.copied().unwrap_or(i64::MIN)
    }

    /// The latest moment that counts for a subject.
    fn of(&self, subject: Subject<'_>) -> Option<i64> {
        let moments = self.moments.read().unwrap_or_else(PoisonError::into_inner);
        let subjects = moments.get(subject.issuer)?;
        let own = subjects.get(&Some(subject.name.into()));
        own.into_iter().chain(subjects.get(&None)).copied().max()
    }

    pub(super) fn refuse_start(&self, subject: Subject<'_>, started_at: i64) -> bool {
        self.of(subject).is_some_and(|moment| started_at < moment)
    }

    /// By whole seconds, with the moment's own.
    pub(super) fn refuse_issue(&self, token: &TokenRef<'_>) -> bool {
        let second = |millis: i64| millis.div_euclid(SECOND);
        self.of(token.subject).is_some_and(|moment| {
            token.issued_at.is_none_or(|issued_at| second(millis(issued_at)) <= second(moment))
        })
    }
}
