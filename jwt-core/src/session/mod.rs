//! Sessions that can be ended, and refresh tokens that work only once.
//!
//! The [`jwt_session`] crate defines the traits of stores, and documents their guarantees. This module re-exports all
//! of it.
//!
//! * [`Revocation`] is the small trait, for your own table of revoked tokens.
//! * [`Sessions`] adds sessions with rotation of refresh tokens.
//! * [`MemorySessions`] keeps everything in the process. The `jwt-sqlx` and `jwt-redis` crates use a database.
//!
//! The `jwt-conformance` crate tests whether a custom store fulfills the contract.

mod erased;
mod error;
mod events;
mod label;
mod memory;
mod pair;
mod rules;
mod subject_ref;
mod token_ref;

pub use error::SessionError;
pub use events::{SessionEvents, TracingAudit};
pub use jwt_session::{
    AuditEvent, AuditEventKind, AuditSink, BATCH, BoxError, CLOCK_TOLERANCE, Consistency, EndRequest, Ended,
    EndedBy, Graced, IsRevokedRequest, LimitReached, ListRequest, NewSession, PAGE_LIMIT, ParsePositionError,
    Position, Revocation, RevokeRequest, RotateRequest, Rotated, Rotation, Selector, Session, SessionLimit,
    SessionPage, SessionState, Sessions, StartRequest, Started, StateRequest, StatesRequest, Subject,
    TokenRef, TokenRefKind, TouchRequest,
};
pub use memory::{MemoryError, MemorySessions};
pub use pair::TokenPair;
pub use subject_ref::SubjectRef;

/// Conversions between `SystemTime` and the milliseconds that the store in this crate keeps. They are part of the
/// contract, but applications do not need them.
pub(crate) use jwt_session::{from_millis, millis};

pub(crate) use erased::{DynSessions, Store};
pub(crate) use events::{Event, Events};
pub(crate) use label::LabelRules;
pub(crate) use rules::SessionRules;
pub(crate) use subject_ref::{Known, OwnedSubject};
