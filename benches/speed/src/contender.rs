//! The libraries that are compared.

use jwt_core::Algorithm;

use crate::peers;
use crate::sample::{Sample, manager};
use crate::{floors, ours};

/// A library that checks tokens.
pub struct Contender {
    pub name: &'static str,
    /// What it does less or differently; can be empty.
    pub note: &'static str,
    /// `None` if the library lacks the algorithm.
    pub check: Option<Check>,
}

pub type Check = Box<dyn Fn(&Sample) -> bool>;

impl Contender {
    pub fn new(name: &'static str, check: impl Fn(&Sample) -> bool + 'static) -> Self {
        Self { name, note: "", check: Some(Box::new(check)) }
    }

    pub fn of(name: &'static str, check: Option<Check>) -> Self {
        Self { name, note: "", check }
    }

    pub fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// Panics unless it accepts valid tokens and rejects invalid ones.
    pub fn prove(&self, good: &[Sample], bad: &[Sample]) {
        if let Some(check) = &self.check {
            for sample in good {
                assert!(check(sample), "{} refuses {}", self.name, sample.token);
            }
            for sample in bad {
                assert!(!check(sample), "{} accepts {}", self.name, sample.token);
            }
        }
    }
}

/// All libraries, for tokens like this one.
pub fn all(algorithm: Algorithm, like: &Sample) -> Vec<Contender> {
    let mut all = vec![ours::check(manager(algorithm)), ours::complete(manager(algorithm))];
    all.extend(floors::all(algorithm, like));
    all.extend(peers::all(algorithm));
    all
}
