#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod audit;
mod limit;
mod page;
mod request;
mod selector;
mod store;
mod time;
mod token_ref;

pub use answer::{Ended, Graced, Rotated, Rotation, SessionState, Started};
#[doc(hidden)]
pub use audit::is_confusing;
pub use audit::{AuditEvent, AuditEventKind, AuditSink, EndedBy};
pub use limit::{LimitReached, SessionLimit};
pub use page::{PAGE_LIMIT, ParsePositionError, Position, Session, SessionPage};
pub use request::{
    BATCH, CLOCK_TOLERANCE, Consistency, EndRequest, IsRevokedRequest, ListRequest, NewSession,
    RevokeRequest, RotateRequest, StartRequest, StateRequest, StatesRequest, TouchRequest,
};
pub use selector::{Selector, Subject};
pub use store::{Revocation, Sessions};
pub use time::{from_millis, millis};
pub use token_ref::{TokenRef, TokenRefKind};

/// An error from a store or from one of the application's loaders. It can hold any error type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Implements `Debug` with the type's name only, because ids, subjects, and labels do not belong in a log.
macro_rules! debug_by_name {
    ($($name:ident $(<$lifetime:lifetime>)?),+) => {$(
        impl std::fmt::Debug for $name $(<$lifetime>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}
use debug_by_name;

/// Checks that the program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
