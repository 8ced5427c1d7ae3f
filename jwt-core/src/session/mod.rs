//! Sessions that end, and refresh tokens that work once.
//!
//! The contract with stores is that of the crate [`jwt_session`], whose documentation says what a store promises; all of it is
//! here as well. [`Revocation`] is the small trait: one's own table of revoked tokens. [`Sessions`] adds sessions with refresh
//! rotation. [`MemorySessions`] keeps everything in the process, the crates `jwt-sqlx` and `jwt-redis` in a database, and the
//! crate `jwt-conformance` holds any other store to the contract.

mod erased;
mod error;
mod events;
mod memory;
mod pair;
mod rules;
mod subject_ref;
mod token_ref;

pub use error::SessionError;
pub use events::SessionEvents;
pub use jwt_session::{
    BATCH, BoxError, Consistency, EndRequest, Ended, Graced, IsRevokedRequest, ListRequest, NewSession,
    PAGE_LIMIT, Position, Revocation, RevokeRequest, RotateRequest, Rotated, Rotation, Selector, Session,
    SessionPage, SessionState, Sessions, StartRequest, Started, StateRequest, StatesRequest, Subject,
    TokenRef, TokenRefKind, TouchRequest,
};
pub use memory::{MemoryError, MemorySessions};
pub use pair::TokenPair;
pub use subject_ref::SubjectRef;

/// Times as this crate's own store keeps them: part of the contract, of no use to applications.
pub(crate) use jwt_session::{from_millis, millis};

pub(crate) use erased::{DynSessions, Store};
pub(crate) use rules::SessionRules;
pub(crate) use subject_ref::Known;
