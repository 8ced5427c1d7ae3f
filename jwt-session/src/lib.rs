//! The contract between jwt-core and stores of sessions and revoked tokens.

mod selector;
mod store;
mod time;
mod token_ref;

pub use selector::{Selector, Subject};
pub use store::{NewSession, Revocation, Rotation, RotationPolicy, Session, SessionState, Sessions};
pub use time::{from_millis, millis};
pub use token_ref::TokenRef;

/// Whatever keeps a store from answering.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
