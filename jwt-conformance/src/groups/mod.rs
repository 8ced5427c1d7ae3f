//! The checks, one file per group. The catalog describes each check.

pub(crate) mod batch;
pub(crate) mod clock;
pub(crate) mod cutoff;
pub(crate) mod end;
pub(crate) mod grace;
pub(crate) mod limits;
pub(crate) mod listing;
pub(crate) mod names;
pub(crate) mod pages;
pub(crate) mod races;
pub(crate) mod races_of_end;
pub(crate) mod restart;
pub(crate) mod revocation;
pub(crate) mod revocation_names;
pub(crate) mod rotation;
pub(crate) mod source;
pub(crate) mod start;
pub(crate) mod state;
pub(crate) mod subject_limit;
pub(crate) mod subjects;
pub(crate) mod touch;
