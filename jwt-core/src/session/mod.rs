//! Sessions that end, and refresh tokens that work once.
//!
//! [`Revocation`] is the small trait: one's own table of revoked tokens. [`Sessions`] adds sessions with refresh
//! rotation. Both are a contract with a store; implementers write plain `async fn`. [`MemorySessions`] keeps everything in
//! the process, the crate `jwt-sqlx` in SQLite, and the crate `jwt-conformance` holds any other store to the contract.
//!
//! # What a store promises
//!
//! - **Whatever it acknowledges is kept** as long as it says of itself: what `Ok` was returned for is not lost again.
//! - **An error is no answer.** What could not be found out is an error, never "not revoked" and never "reused"; the
//!   request is then answered with 503, and a refresh token that was presented can be presented again.
//! - **[`rotate`](Sessions::rotate) is one step.** Between its look at the session and its change to it nothing else
//!   happens: one conditional statement, one script, one lock. Of any number of calls with one token, at most one is
//!   [`Rotated`](Rotation::Rotated).
//! - **The time is given.** A store never reads a clock. `now` may be earlier than in the call before, because clocks are
//!   set back and differ between nodes: that ends nothing too early that is alive, and revives nothing that has ended.
//! - **Times are kept to the millisecond** at least.
//! - **A call ends.** The manager has no timer: a store limits how long it waits for a database, and is then an error.
//! - **A copy is for access tokens alone**, whose state a store may look up in a copy of what nodes share. The copy knows at
//!   once what was refused through it, and what other nodes refused within a time that the store bounds; after that the
//!   answer is an error. A session that it does not know it may take for alive: an access token is over with its session at
//!   the latest. Everything else, and whatever is [asked at the source](Sessions::state_at_source), goes by what is shared.
//! - **Names are any text**: of any length and any characters, compared exactly.

mod erased;
mod error;
mod events;
mod memory;
mod pair;
mod rules;
mod token_ref;
mod whose;

pub use error::SessionError;
pub use events::SessionEvents;
pub use jwt_session::{
    NewSession, Revocation, Rotation, RotationPolicy, Selector, Session, SessionState, Sessions, Subject,
    TokenRef, from_millis, millis,
};
pub use memory::{MemoryError, MemorySessions};
pub use pair::TokenPair;
pub use whose::Whose;

pub(crate) use erased::{Kept, Store};
pub(crate) use rules::SessionRules;
pub(crate) use whose::Known;
